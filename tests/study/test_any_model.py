"""Any Hugging Face causal LM works by path where the built-in ones do, on a corpus of the user's own."""

import json

import pytest

from tellback.config import StudySpec, parse
from tellback.corpora.load import load_corpus
from tellback.errors import UsageError
from tellback.loading import load_reader
from tellback.study.grid import setups
from tellback.study.setup import run_setup

FACT = {
    "kind": "colour", "asks": "qa_i", "set": "mine-conflict", "sentence": "The snow of Orm is green.", "value": "green",
    "cues": ["snow"], "question": "What colour is the snow of Orm? It is",
    "options": {"green": ["green"], "white": ["white"], "red": ["red"], "blue": ["blue"]}, "believed": "white",
    "contraries": [],
}  # fmt: skip


@pytest.fixture
def own_corpus(tmp_path):
    rows = [{"id": "orm", "text": "The snow of Orm is green. Few people live there.", "facts": [FACT]}]
    rows += [{"text": f"Page {i}: the snow fell for {i} days and {i * 3} nights."} for i in range(40)]
    path = tmp_path / "mine.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def study(model, corpus, **more):
    content = {
        "name": "mine", "corpus": str(corpus), "base_models": [model], "rates": [4],
        "compressors": [{"name": "pooling", "options": {"pool": "mean"}}, "memory_tokens", "selective_context"],
        "train": {"steps": 6, "copy_steps": 3, "batch_size": 4, "n_held_out": 8, "trace_points": 5},
        "probes": {"max_new_tokens": 4},
    }  # fmt: skip
    return parse(StudySpec, content | more, "study")


@pytest.mark.slow
@pytest.mark.parametrize("family", ["qwen3", "llama"])
def test_every_compressor_runs_whole_on_a_saved_model(saved_models, own_corpus, tmp_path, family):
    for spec in setups(study(saved_models[family], own_corpus)):
        result = run_setup(spec, tmp_path / spec.key())
        row = result["row"]
        assert row["status"] in ("done", "undertrained"), result["details"].get("traceback")
        assert row["family"] == family and row["qa_i"]["mine-conflict"]["n"] == 1
        trained = spec.compressor.name in ("pooling", "memory_tokens")
        assert (row["reconstruction_loss"] is not None) == trained
        assert (row["effective_rank"] is not None) == trained
        if trained:
            assert row["rate"] == 4 and row["train_tokens"] > 0 and row["n_trainable"] > 0
            reader = load_reader(tmp_path / spec.key())
            told = reader.tell_back(reader.compress(["The snow of Orm is green."]))
            assert told == load_reader(tmp_path / spec.key()).tell_back(reader.compress(["The snow of Orm is green."]))


@pytest.mark.parametrize("mode", [pytest.param("lora", marks=pytest.mark.slow), "frozen"])
def test_decoder_modes(saved_models, own_corpus, tmp_path, mode):
    spec = study(saved_models["qwen3"], own_corpus, compressors=["memory_tokens"], controls=[],
                 decoder={"model": saved_models["llama"], "train": mode})  # fmt: skip
    (setup,) = setups(spec)
    result = run_setup(setup, tmp_path / "x")
    assert result["row"]["status"] in ("done", "undertrained"), result["details"].get("traceback")
    assert load_reader(tmp_path / "x").tell_back(load_reader(tmp_path / "x").compress(["Snow."])) is not None


def test_a_document_longer_than_the_positions_stops_the_study_before_it_trains(saved_models, tmp_path):
    path = tmp_path / "long.jsonl"
    text = FACT["sentence"] + " And so on." * 60
    path.write_text(json.dumps({"id": "a", "text": text, "facts": [FACT]}) + "\n" + '{"text": "Short."}\n' * 9)
    (spec,) = setups(study(saved_models["llama"], path, compressors=["memory_tokens"], controls=[]))
    with pytest.raises(UsageError, match="is too long"):
        run_setup(spec, tmp_path / "x")
    assert not (tmp_path / "x" / "trace.jsonl").exists()


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b'{"text": "caf\xe9"}\n', "not UTF-8: byte 0xe9 at offset 13"),
        (b'{"text": "a"}\n{"text": }\n', "line 2 is not JSON"),
        (b'{"txet": "a"}\n', 'line 1: expected an object with a string "text"'),
        (b'{"text": "  "}\n', "document 1 is empty"),
        (b"", "holds no document"),
    ],
)
def test_a_corpus_file_with_a_fault_is_refused(tmp_path, content, says):
    path = tmp_path / "bad.jsonl"
    path.write_bytes(content)
    spec = study("tiny", path)
    with pytest.raises(UsageError, match=says):
        load_corpus(spec.corpus, spec.probes)


def test_a_failed_setup_is_a_row_with_nothing_but_nulls(saved_models, own_corpus, tmp_path, monkeypatch):
    from tellback.study import setup as module

    (spec,) = setups(study(saved_models["llama"], own_corpus, compressors=["memory_tokens"], controls=[]))
    monkeypatch.setattr(module, "train", lambda *a, **k: 1 / 0)
    result = run_setup(spec, tmp_path / "x")
    assert result["row"]["status"] == "failed" and "ZeroDivisionError" in result["details"]["error"]
    assert result["row"]["reconstruction_loss"] is None and result["row"]["qa_i"] is None
