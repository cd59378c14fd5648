"""Pairs to train a support model on, the network that compares, and the loop that goes on where it was stopped."""

import json
from random import Random

import numpy as np
import pytest

from benchmarks.entail_train import pairs as made
from benchmarks.entail_train.changes import CHANGES, Place, drawn
from benchmarks.entail_train.lexicon import opposites, shifts, synonyms
from benchmarks.entail_train.pairs import Pair, hand_made, pairs
from benchmarks.entail_train.rewordings import REWORDINGS, Word, reworded, said
from benchmarks.entail_train.texts import parsed, texts
from benchmarks.entail_train.vocabulary import Vocabulary
from tests.support_models import WORDS, bert

TEXTS = [
    "Maria Keller founded the bakery in 1987. She sold the old house to her brother and bought 12 ovens. The town council did "
    "not approve the plan until March. Few bakeries were founded there before.",
    "The hospital in Leeds opened a new wing last spring. Its director, Omar Haddad, thanked the builders at the ceremony. "
    "Doctors will treat about 300 patients a week. The old building was destroyed by fire.",
    "A small firm from Oslo builds quiet boats for fishermen. The engineers tested the motor in cold water. Sales rose by 14% "
    "after the first winter. The owner wants to hire more people before May.",
]


@pytest.fixture(scope="module")
def docs():
    return parsed(TEXTS)


@pytest.fixture(scope="module")
def vocabulary(docs):
    def vectors(words):
        rng = np.random.default_rng(0)
        out = rng.normal(size=(len(words), 8))
        return out / np.linalg.norm(out, axis=1, keepdims=True)

    return Vocabulary(docs, vectors)


@pytest.fixture(scope="module")
def some(docs, vocabulary):
    return [pair for seed in range(12) for pair in pairs(docs, vocabulary, seed)]


def test_the_same_seed_makes_the_same_pairs(docs, vocabulary):
    first, second, other = (list(pairs(docs, vocabulary, seed)) for seed in (3, 3, 4))
    assert first == second != other


def test_marks_are_words_of_the_claim(some):
    assert len(some) > 60 and {bool(p.wrong) for p in some} == {True, False}
    for pair in some:
        for start, end in pair.wrong:
            assert pair.claim[start:end].strip() == pair.claim[start:end] != ""
            assert not pair.claim[start - 1 : start].isalnum() and not pair.claim[end : end + 1].isalnum(), pair


def test_half_of_the_pairs_are_right(some):
    assert 0.3 < np.mean([bool(p.wrong) for p in some]) < 0.7


def place(docs, vocabulary, d, i):
    sentences = list(docs[d].sents)
    return sentences, Place(sentences[i], d, list(docs[(d + 1) % 3].sents), vocabulary)


def test_every_change_is_made_and_quotes_its_sentence(docs, vocabulary):
    found = dict.fromkeys(CHANGES, 0)
    for d in range(3):
        for i in range(4):
            sentences, at = place(docs, vocabulary, d, i)
            for change in CHANGES:
                for edits in change(at, Random(d + i)):
                    found[change] += 1
                    assert all(sentences[i].start <= e.first <= e.last <= sentences[i].end for e in edits)
    missing = {change.__name__ for change, n in found.items() if not n}
    assert missing <= {"roles", "words"}, missing  # no two people in one clause here, and too few words for neighbours


@pytest.mark.parametrize("seed", range(8))
def test_a_change_on_both_sides_is_no_error(docs, vocabulary, seed):
    """In the claim alone its new words are wrong, in the source alone the old ones, in both nothing is."""
    sentences, at = place(docs, vocabulary, seed % 3, 1)
    edits = drawn(at, Random(seed))
    words = made._words(sentences[1])
    both, claim, source = (said(made._edited(words, edits, side)) for side in ("both", "claim", "source"))
    assert both[0] == claim[0] != source[0] and both[1] == []
    assert claim[1] or source[1]
    assert source[0] == " ".join(sentences[1].text.split())


def test_rewordings_keep_marks_and_every_one_is_used(docs, vocabulary):
    seen = set()
    for doc in docs:
        for sentence in doc.sents:
            words = made._words(sentence)
            for reword in REWORDINGS:
                new = reword(words, vocabulary, Random(1))
                seen.add((reword.__name__, said(new)[0] != said(words)[0]))
            wrong = [Word(w.text, w.space, w.token, True) for w in words]
            told, spans = said(reworded(wrong, vocabulary, Random(2)))
            assert sum(b - a for a, b in spans) > 0.4 * len(told.replace(" ", ""))
    changed = {name for name, new in seen if new}
    assert {"shortened", "passive", "synonyms", "framed", "second"} <= changed


def test_denials_are_never_left_out(docs, vocabulary):
    sentence = list(docs[0].sents)[2]
    assert all("not" in said(reworded(made._words(sentence), vocabulary, Random(k)))[0].lower().replace("n't", " not") for k in range(30))


def test_what_people_changed_is_among_the_pairs():
    found = hand_made()
    assert len(found) > 800 and 0.2 < np.mean([not p.wrong for p in found]) < 0.8
    assert all(p.claim[a:b] for p in found for a, b in p.wrong if b > a)


def test_lists_do_not_contradict_themselves():
    same, contrary = synonyms(), opposites()
    both = [(w, o) for w, others in contrary.items() for o in others for pos in ("NOUN", "VERB", "ADJ") if o in same.get((pos, w), ())]
    assert not both and all(a and b and a != b for a, b in shifts())


def test_texts_come_in_pieces(tmp_path):
    (tmp_path / "a.jsonl").write_text("".join(json.dumps({"text": f"Text number {i}."}) + "\n" for i in range(10)))
    (tmp_path / "b.txt").write_text("\n\n".join(["A paragraph of some words, again and again. " * 20] * 6))
    own = sum(1 for _ in texts([]))
    assert len(list(texts([tmp_path / "a.jsonl"], limit=4))) == own + 4
    pieces = list(texts([tmp_path / "b.txt"]))[own:]
    assert len(pieces) > 1 and all(len(p) < 3000 for p in pieces)


def test_the_network_is_told_what_both_have():
    torch = pytest.importorskip("torch")
    from benchmarks.entail_train.network import matches

    ids = torch.tensor([[2, 10, 11, 12, 3, 11, 12, 13, 10, 3, 0, 0]])
    mask, types = (ids > 0).long(), torch.tensor([[0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 0, 0]])
    found = matches(ids, mask, types)[0].tolist()
    assert found[5:9] == [[1, 0, 1], [1, 1, 0], [0, 0, 0], [1, 0, 0]]  # «11 12» stands together there, 13 nowhere
    assert found[0] == [0, 0, 0] and found[10] == [0, 0, 0]


@pytest.mark.slow
def test_a_stopped_run_goes_on_as_if_it_had_not_stopped(tmp_path, monkeypatch):
    torch = pytest.importorskip("torch")
    pytest.importorskip("onnxruntime")
    from benchmarks.entail_train import fit as training
    from benchmarks.entail_train.export import calibrate, export
    from tellback.models.support.files import find
    from tellback.models.support.model import SupportModel

    monkeypatch.setattr(training, "BATCH", 4)
    rng = Random(0)
    rows = [Pair(" ".join(rng.choices(WORDS[4:], k=8)), " ".join(rng.choices(WORDS[4:], k=5)), ((0, 3),) if i % 2 else ()) for i in range(24)]
    base, lines = bert(tmp_path / "base", ("a", "b"), tokens=True), []
    whole, tokenizer = training.fit(base, rows, rows[:8], _made(tmp_path / "one"), 1, 0, lines.append, every=2)
    assert [json.loads(x)["step"] for x in lines] == [2, 4, 6]

    def stopped(line):
        if json.loads(line)["step"] == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        training.fit(base, rows, rows[:8], _made(tmp_path / "two"), 1, 0, stopped, every=2)
    again, _ = training.fit(base, rows, rows[:8], tmp_path / "two", 1, 0, lines.append, every=2)
    assert [json.loads(x)["step"] for x in lines[3:]] == [6]
    assert all(torch.equal(a, b) for a, b in zip(whole.state_dict().values(), again.state_dict().values(), strict=True))
    export(whole, tokenizer, tmp_path / "onnx", keep=30, pairs=rows)
    bars = calibrate(tmp_path / "onnx", rows)
    model = SupportModel(find(str(tmp_path / "onnx")))
    assert model.bars == {"denied": bars["denied"], "affirmed": bars["affirmed"]}
    assert model.of_tokens and len(model.judge([(p.source, p.claim) for p in rows])) == len(rows)


def _made(folder):
    folder.mkdir()
    return folder
