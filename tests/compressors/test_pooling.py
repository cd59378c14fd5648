"""Pooling's mask: what a token sees of its window."""

import pytest
import torch

from tellback.compressors import build
from tellback.compressors.pooling import Pooling, PoolingOptions
from tellback.config import CompressorSpec
from tellback.errors import UsageError
from tellback.models.decoder import Decoder
from tellback.models.load import from_pretrained
from tellback.training.objective import autoencode


def made(saved_models, family, **options):
    lm, reader = from_pretrained(saved_models[family]), from_pretrained(saved_models[family])
    return Pooling(lm, Decoder(reader), 4.0, PoolingOptions(**options))


@pytest.mark.parametrize("family", ["llama", "qwen3"])
@pytest.mark.parametrize("pool", ["mean", "concat", "eos"])
class TestMask:
    @pytest.mark.parametrize("mask", ["causal", "bidirectional"])
    def test_whether_the_last_token_reaches_the_first_slot(self, saved_models, family, pool, mask):
        compressor = made(saved_models, family, pool=pool, mask=mask)
        with torch.inference_mode():
            own, _ = compressor.compress(["Mira owns a white boat."]).spaces
            other, _ = compressor.compress(["Mira owns a white boat!"]).spaces
        assert (
            (own[0][0] - other[0][0]).abs().max() > 1e-4
            if mask == "bidirectional"
            else torch.equal(own[0][0], other[0][0])
        )

    def test_padding_is_seen_by_nobody(self, saved_models, family, pool):
        compressor = made(saved_models, family, pool=pool, mask="bidirectional", window=32)
        texts = ["Tom.", "Mira owns a white boat.", "Ana left Oslo before Ben, who hit Carl and then went home."]
        with torch.inference_mode():
            together, _ = compressor.compress(texts).spaces
            for i, text in enumerate(texts):
                torch.testing.assert_close(together[i], compressor.compress([text]).spaces[0][0], atol=2e-6, rtol=1e-4)


def test_a_window_sees_no_other(saved_models):
    compressor = made(saved_models, "llama", mask="bidirectional", pool="mean", window=8)
    with torch.inference_mode():
        own, _ = compressor.compress(["Mira owns a white boat."]).spaces
        other, _ = compressor.compress(["Mira owns a white boat!"]).spaces
    assert torch.equal(own[0][:4], other[0][:4]) and not torch.equal(own[0][4:], other[0][4:])


def test_eager_attention_and_half_precision_read_the_same_mask(saved_models):
    compressor = made(saved_models, "qwen3", mask="bidirectional", pool="mean")
    texts = ["Tom.", "Mira owns a white boat."]
    with torch.inference_mode():
        own = compressor.compress(texts).spaces[0]
        with torch.autocast("cpu", torch.bfloat16):
            half = compressor.compress(texts).spaces[0]
        compressor.lm.model.set_attn_implementation("eager")
        eager = compressor.compress(texts).spaces[0]
    for a, b, c in zip(own, eager, half, strict=True):
        torch.testing.assert_close(a, b, atol=2e-6, rtol=1e-4)
        torch.testing.assert_close(a, c.float(), atol=5e-2, rtol=5e-2)


def test_gradients_pass_through_the_mask(saved_models):
    compressor = made(saved_models, "qwen3", mask="bidirectional", pool="mean")
    texts = ["Mira owns a white boat.", "Tom left."]
    autoencode(compressor.compress(texts), compressor.decoder, [compressor.lm.ids(t) for t in texts]).backward()
    grads = [p.grad for n, p in compressor.model.base_model.named_parameters()]
    assert all(g is not None and torch.isfinite(g).all() and g.abs().sum() > 0 for g in grads)


def test_an_adapter_of_so_many_parameters_has_them_at_every_width(tiny):
    options = PoolingOptions(pool="mean", adapter=25_000)
    for width in (48, 56, 80, 112, 140):
        inner = options.inner(width, 48)
        n = width + (width + 1) * inner + (inner + 1) * 48
        assert 25_000 - (width + 49) < n <= 25_000
    decoder = Decoder(tiny(1))
    built = build(CompressorSpec(name="pooling", options={"pool": "mean", "adapter": 2_000}), tiny(0), decoder, 2.0, 0)
    assert 2_000 - 33 < sum(p.numel() for p in built.projector().parameters()) <= 2_000
    with pytest.raises(UsageError, match="at least 65 parameters, got adapter=50"):
        build(CompressorSpec(name="pooling", options={"pool": "mean", "adapter": 50}), tiny(0), decoder, 2.0, 0)
    with pytest.raises(UsageError, match="give one of them"):
        build(CompressorSpec(name="pooling", options={"hidden": 4, "adapter": 50}), tiny(0), decoder, 2.0, 0)
