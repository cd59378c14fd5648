"""Pairs that people wrote or judged are read from files as their sets publish them."""

import json

import pytest
import torch

from benchmarks.entail_train import judged as of
from benchmarks.entail_train.fit import UNMARKED, _loss
from benchmarks.entail_train.judged import judged
from tellback.errors import UsageError
from tests.benchmarks.test_entail_train import docs, vocabulary  # noqa: F401

SENTENCE = "The ferry , which sails daily , was built in Leeds by Omar Haddad ."
TOLD = [
    "Omar Haddad built the ferry in Leeds . It sails every single day .",
    "The daily ferry was made in Leeds by a man called Omar Haddad .",
]


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "asset.valid.orig").write_text(f"{SENTENCE}\nThe mayor resigned .\n")
    for i, claim in enumerate(TOLD):
        (tmp_path / f"asset.valid.simp.{i}").write_text(f"{claim}\nThe mayor gave up the office at last .\n")
    (tmp_path / "tune.8turkers.organized.tsv").write_text(
        f"1\t{SENTENCE}\tThe ferry was made in Leeds and sails each day .\t\n"
    )
    (tmp_path / "SICK_train.txt").write_text(
        "pair_ID\tsentence_A\tsentence_B\trelatedness_score\tentailment_judgment\n1\tA dog runs\tAn animal moves\t4\tENTAILMENT\n2\tA dog runs\tA dog sleeps\t3\tCONTRADICTION\n"
    )
    for name, lines in {
        "s1": ["A man eats .", "A man eats ."],
        "s2": ["Somebody eats .", "A woman eats ."],
        "labels": ["entailment", "contradiction"],
    }.items():
        (tmp_path / f"{name}.dev").write_text("\n".join(lines) + "\n")
    evidence = {
        "evidence": ["The bridge opened.", "It is long.", "It cost 3 million."],
        "supporting_sentences": [[0, 1], [0]],
    }
    row = {
        "claim": "The old bridge opened.",
        "claim_tokens": ["The", "old", "bridge", "opened", "."],
        "non_supported_spans": [False, True, False, False, False],
    }
    (tmp_path / "wice.tokens.dev.jsonl").write_text(json.dumps(row | evidence) + "\n")
    claims = [
        {"claim": "The bridge opened.", "label": label} | evidence
        for label in ("supported", "partially_supported", "not_supported")
    ]
    (tmp_path / "wice.claims.dev.jsonl").write_text("".join(json.dumps(c) + "\n" for c in claims))
    rows = ["model_name\tdata_source\tknowledge\tmessage\tresponse\tbegin_label"]
    rows += [
        f't5\twow\tThe owl "hunts at night.\thm\t{text}\t{label}'
        for text, label in (
            ("owls hunt at night", "Fully attributable"),
            ("ok", "Generic"),
            ("owls sing", "Not fully attributable"),
        )
    ]
    (tmp_path / "begin_dev_wow.tsv").write_text("\n".join(rows) + "\n")
    return tmp_path


def test_each_set_is_read_with_what_people_said_of_it(folder, vocabulary, monkeypatch):  # noqa: F811
    monkeypatch.setattr(of, "CHANGED", 0.0)
    train, held = judged(folder, vocabulary, seed=0)
    every = {(p.claim, p.wrong) for p in [*train, *held]}
    assert ("Omar Haddad built the ferry in Leeds. It sails every single day.", ()) in every
    assert ("The ferry was made in Leeds and sails each day.", ()) in every
    assert {("An animal moves", ()), ("A dog sleeps", None), ("Somebody eats.", ()), ("A woman eats.", None)} <= every
    assert {("The old bridge opened.", ((4, 7),)), ("The bridge opened.", ()), ("The bridge opened.", None)} <= every
    assert {("owls hunt at night", ()), ("owls sing", None)} <= every and "ok" not in {claim for claim, _ in every}
    (source,) = {p.source for p in [*train, *held] if p.claim == "The old bridge opened."}
    assert source == "The bridge opened."  # of two marks the shorter
    assert judged(folder, vocabulary, seed=0) == (train, held)


def test_an_error_made_in_a_rewording_is_marked_on_its_words(folder, vocabulary, monkeypatch):  # noqa: F811
    monkeypatch.setattr(of, "CHANGED", 1.0)
    found = [p for seed in range(60) for _, p in of._simpler(folder, vocabulary, of.Random(seed))]
    assert len(found) > 5 and all(p.wrong for p in found)
    for pair in found:
        assert all(pair.claim[a:b].strip() == pair.claim[a:b] != "" for a, b in pair.wrong)


def test_what_is_held_out_has_sources_of_its_own(folder, vocabulary, monkeypatch):  # noqa: F811
    monkeypatch.setattr(of, "HELD", 2)
    train, held = judged(folder, vocabulary, seed=0)
    assert train and held and not {p.source for p in train if len(p.source) < 20} & {p.source for p in held}
    assert len(judged(folder, vocabulary, 0, at_most=1)[0]) < len(train)


def test_a_folder_without_a_set_is_refused(tmp_path, vocabulary):  # noqa: F811
    with pytest.raises(UsageError, match="no file of ASSET"):
        judged(tmp_path, vocabulary, seed=0)


def test_a_claim_whose_wrong_words_nobody_marked_teaches_as_a_whole():
    logits = torch.zeros(1, 4, 2, requires_grad=True)
    labels = torch.tensor([[-100, UNMARKED, UNMARKED, -100]])
    _loss(logits, labels).backward()
    moved = logits.grad[0, :, 1]
    assert (moved[1:3] < 0).all() and (
        moved[[0, 3]] == 0
    ).all()  # its words towards «unsupported», the source's nowhere
