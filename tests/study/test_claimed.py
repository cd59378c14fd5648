"""A study that is at fault before anything came of it leaves its folder free, so that it can be put right and run there."""

import sys

import fsspec
import pytest

from tellback.config import read_study
from tellback.errors import UsageError
from tellback.store import StudyFolder
from tellback.study.run import run_study

CONFIG = """
name: s
corpus: pocket
base_models: [tiny]
compressors: [truncate, random_drop]
rates: [4]
controls: [no_memory]
train: {n_held_out: 8}
decoder: {model: tiny, train: frozen}
probes: {n_documents: 2, sets: [pocket-agree], likelihood: false, answers: false, readers: [READER]}
"""
GOOD, BAD = "cues", "audit"  # it reads facts that a corpus states, and this one states none


def study(tmp_path, reader=GOOD):
    (tmp_path / "s.yaml").write_text(CONFIG.replace("READER", reader))
    return str(tmp_path / "s.yaml")


@pytest.mark.parametrize("replaced, engine, said", [
    ({}, "vllm", r"pip install 'tellback\[vllm\]'"),
    ({"corpus: pocket": "corpus: {name: pocket, options: {names: 5}}"}, None, "corpus 'pocket', options"),
    ({"corpus: pocket": "corpus: {name: passages, options: {names: 5}}"}, None, "'passages' has no options, got names"),
    ({"[READER]": "[nobody]"}, None, "nobody"),
    ({"likelihood: false,": "likelihood: false, engine: {name: transformers, options: {a: 1}},"}, None, "has no options, got a"),
])  # fmt: skip
def test_what_is_seen_at_once_claims_nothing(tmp_path, monkeypatch, replaced, engine, said):
    monkeypatch.setitem(sys.modules, "vllm", None)
    text = CONFIG
    for old, new in replaced.items():
        assert old in text
        text = text.replace(old, new)
    (tmp_path / "s.yaml").write_text(text.replace("READER", GOOD))
    with pytest.raises(UsageError, match=said):
        run_study(str(tmp_path / "s.yaml"), tmp_path / "out", 1, None, engine=engine)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("workers", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_what_a_setup_finds_gives_the_folder_up_again(tmp_path, workers):
    with pytest.raises(UsageError, match="reader 'audit' reads"):
        run_study(study(tmp_path, BAD), tmp_path / "out", workers, None)
    assert {p.name for p in (tmp_path / "out").iterdir()} <= {".lock", "shortened"}
    run_study(study(tmp_path), tmp_path / "out", 1, "truncate*")
    assert StudyFolder(tmp_path / "out").spec().probes.readers[0].name == "cues"


def test_what_came_of_a_study_is_kept(tmp_path):
    out = tmp_path / "out"
    held = StudyFolder(out)
    spec = read_study(study(tmp_path, BAD))
    assert held.open(spec) and not held.open(spec), "only the first claims it"
    checkpoint = held.setup("a") / "checkpoint.safetensors"
    checkpoint.parent.mkdir(parents=True)
    checkpoint.touch()
    assert not held.release() and checkpoint.exists() and (out / "study.yaml").exists()
    checkpoint.unlink()
    with pytest.raises(UsageError, match="reader 'audit' reads"):
        run_study(study(tmp_path, BAD), out, 1, None)
    assert (out / "study.yaml").exists(), "another run has claimed it"
    (held.setup("a") / "spec.json").touch()
    assert held.release() and {p.name for p in out.iterdir()} <= {".lock", "shortened"}


def test_an_address_is_free_again_and_what_it_held_stays(tmp_path, monkeypatch):
    monkeypatch.setenv("TELLBACK_CACHE", str(tmp_path / "here"))
    address, fs = "memory://bucket/claimed", fsspec.filesystem("memory")
    fs.store.clear()
    with pytest.raises(UsageError, match="reader 'audit' reads"):
        run_study(study(tmp_path, BAD), address, 1, None)
    assert not fs.find("/bucket")
    folder = run_study(study(tmp_path), address, 1, "no_memory*")
    before = fs.cat("/bucket/claimed/study.yaml")
    monkeypatch.setenv("TELLBACK_CACHE", str(tmp_path / "elsewhere"))  # where nothing of it is
    with pytest.raises(UsageError, match="differs in probes"):
        run_study(study(tmp_path, BAD), address, 1, None)
    assert fs.cat("/bucket/claimed/study.yaml") == before == (folder / "study.yaml").read_bytes()
    fs.store.clear()
