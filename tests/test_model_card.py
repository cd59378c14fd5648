"""The card of a saved setup: the hub's header, what its study measured with n and interval, and names that do nothing."""

import json
import re

import pytest
import yaml
from huggingface_hub import ModelCard

import tellback
from tellback.config import StudySpec, parse
from tellback.display.model_card import model_card
from tellback.measured import Measured
from tellback.store import StudyFolder
from tellback.study.grid import setups
from tellback.study.pool import collect
from tellback.study.run import judge
from tellback.study.setup import run_setup

HOSTILE = "x](javascript:alert(1))<script>alert(1)</script>\x1b[31m\u202e`|\n---\nlicense: mit"


def share(name, faithful=0.75, n=40, low=0.6, high=0.9, **more):
    return {"set": name, "asks": "qa_i", "n": n, "faithful": faithful, "low": low, "high": high, "overwritten": 0.125, "unscored": 0.0} | more


def measured(name="mine-2x", sets=("boats-conflict",), **more):
    own = {"setup": name, "rate": 2.0, "status": "done", "shares": [share(s) for s in sets]}
    content = {"study": "boats", "built_in": False, "corpus": "boats.jsonl", "own": own, "versions": {"torch": "2.13.0", "numpy": "2"}}
    return Measured.model_validate(content | more).model_dump(mode="json")


def card(name="mine", compressor="pooling-mean", about="pools", models=("owner/base", "/home/me/models/dec"), trained=(), of=None):
    return model_card(name, compressor, about, 2.0, models, dict(trained), of)


def rows(text):
    return [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in text.splitlines() if line.startswith("|")]


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """A small study whose compressor trains, at two rates."""
    folder = tmp_path_factory.mktemp("study")
    content = {
        "name": "small", "corpus": {"name": "pocket", "options": {"n_value_facts": 1, "n_relation_facts": 1}}, "base_models": ["tiny"],
        "rates": [2, 4], "compressors": [{"name": "pooling", "options": {"pool": "mean"}}],
        "train": {"steps": 4, "n_documents": 40, "n_held_out": 8, "trace_points": 5, "batch_size": 4},
        "probes": {"n_documents": 4, "sets": ["pocket-conflict"], "likelihood": False},
    }  # fmt: skip
    spec, run = parse(StudySpec, content, "study"), StudyFolder(folder)
    run.open(spec)
    for of in setups(spec):
        run_setup(of, run.setup(of.key()))
    judge(run, collect(run, spec, setups(spec)))
    return folder


def test_the_card_of_a_studys_setup_has_its_rows(study, tmp_path):
    results = {r["setup"]: r for r in map(json.loads, (study / "results.jsonl").read_text().splitlines())}
    name = "pooling-mean-2x-tiny-s0"
    tellback.load(study / name).save_pretrained(tmp_path / "mine")
    text = (tmp_path / "mine" / "README.md").read_text()
    of = results[name]["qa_i"]["pocket-conflict"]
    kept = next(r for r in rows(text) if r[:3] == ["2x", "pocket-conflict", "values"])
    assert kept[3].startswith(f"{100 * of['faithful']:.0f}%") and kept[5] == str(of["n"])
    beside = {r[0] for r in rows(text) if len(r) == 7} - {"setup", ":--"}
    assert beside == set(results) - {name} and len(beside) == 3
    assert "4 steps, " in text in text and "`tellback study study.yaml --out DIR`" in text
    n = len(json.loads((study / "controls.json").read_text()))
    assert f"of the study's {n} controls hold; while one fails, nothing follows from it." in text
    (figure, *_) = ModelCard.load(tmp_path / "mine" / "README.md").data.eval_results
    assert (figure.dataset_name, figure.dataset_type) == ("pocket-conflict", "pocket")
    assert figure.metric_value == round(of["faithful"], 4) and f"n={of['n']}, 95% [" in figure.metric_name


def test_what_was_measured_travels_with_copies(study, tmp_path):
    first = tellback.load(study / "pooling-mean-4x-tiny-s0")
    first.save_pretrained(tmp_path / "a")
    again = tellback.load(tmp_path / "a")
    assert again.measured == first.measured is not None and again.training == first.training
    again.save_pretrained(tmp_path / "b" / "a")
    assert (tmp_path / "b" / "a" / "README.md").read_text() == (tmp_path / "a" / "README.md").read_text()


def test_a_shipped_study_is_named_and_another_is_not_taken_for_it(study, tmp_path):
    assert "`tellback study smoke --out DIR`," in card(of=measured(study="smoke", built_in=True))
    assert tellback.load(study / "pooling-mean-2x-tiny-s0").measured.built_in is False


def test_what_nobody_measured_is_said_to_be_so():
    text = card(trained={"steps": 30, "tokens": 1200, "held_out_loss": 0.5, "longest": 64, "undertrained": True, "why": "it still fell."})
    assert "Not measured" in text and "0%" not in text and not rows(text)
    assert "30 steps, 1,200 tokens, a loss of 0.500 nats a token" in text and "It had not converged: it still fell." in text
    data = ModelCard(text).data
    assert data.eval_results is None and data.library_name == "tellback" and data.base_model == ["owner/base"]


def test_a_path_on_the_savers_machine_is_not_told():
    text = card(models=("/home/me/models/base", "smollm2-135m@6"), of=measured())
    assert "/home/me" not in text and "`base`" in text and "`smollm2-135m@6`" in text
    assert ModelCard(text).data.base_model == ["HuggingFaceTB/SmolLM2-135M-Instruct"]


def test_unscored_and_several_sets_are_shown_apart():
    own = measured(sets=("a", "b@asked"))["own"]
    own["shares"][0] = share("a", 0.5, 8, None, None, unscored=0.25)
    text = card(of=measured(own=own))
    assert rows(text)[2] == ["2x", "a", "values", "50% (25% unscored)", "12%", "8"]
    assert rows(text)[3][1] == "b@asked"
    assert "`@asked` are answers to a question" in text
    assert [r.dataset_name for r in ModelCard(text).data.eval_results] == ["a"]


@pytest.mark.parametrize("where", ["name", "compressor", "about", "models", "study", "corpus", "set", "setup", "why", "version"])
def test_hostile_names_are_inert(where):
    of = measured(
        name=HOSTILE if where == "setup" else "mine-2x", sets=(HOSTILE if where == "set" else "a",),
        **({where: HOSTILE} if where in ("study", "corpus") else {}),
    )  # fmt: skip
    if where == "why":  # and of one that had not converged this is said
        of["own"]["status"], of["why"] = "undertrained", HOSTILE
    if where == "version":
        of["versions"]["torch"] = HOSTILE
    given = {where: HOSTILE} if where in ("name", "compressor", "about") else {"models": (HOSTILE, HOSTILE)} if where == "models" else {}
    text = card(**given, of=of)
    plain = card(of=measured())
    assert "\x1b" not in text and "\u202e" not in text
    header, body = text.split("\n---\n\n", 1)
    found = yaml.safe_load(header.removeprefix("---\n"))
    assert set(found) <= {"base_model", "library_name", "tags", "model-index"} and "license" not in found
    bare = re.sub(r"(`+)(?!`).*?(?<!`)\1(?!`)", "", body)  # what is in code does nothing
    assert "<script" not in bare and "](javascript" not in bare.replace("\\](", "")
    assert body.count("\n") == plain.split("\n---\n\n", 1)[1].count("\n") + (2 if where == "why" else 0)
    assert [len(r) for r in rows(body)] == [len(r) for r in rows(plain)]
