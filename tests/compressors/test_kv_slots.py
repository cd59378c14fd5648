"""Keys and values as memory: where they stand, what they equal, and what they refuse."""

import pytest
import torch
from transformers import DynamicCache

from tellback.compressors import build
from tellback.compressors.key_values import KeyValues
from tellback.compressors.kv_slots import check_rotary, turn
from tellback.config import CompressorSpec
from tellback.errors import UsageError
from tellback.models.decode import greedy
from tellback.models.decoder import Decoder, kv_shape
from tellback.models.load import from_pretrained
from tellback.training.objective import autoencode, targets

TEXTS = ["Mira owns a white boat.", "Tom left before Ana. He hit Bob.", "Oslo."]


@pytest.fixture(params=["qwen3", "llama"])
def path(request, saved_models):
    return saved_models[request.param]


def made(path, rope, k=64, rate=4.0, other=None):
    decoder = Decoder(from_pretrained(other or path))
    spec = CompressorSpec(name="kv_slots", options={"rope": rope, "k": k})
    return build(spec, from_pretrained(path), decoder, rate), decoder


def written(compressor, text, position_ids=None):
    """What the LM itself keeps at the memory embeddings (L x 2 x H x N x K) when they stand at `position_ids`."""
    lm = compressor.lm
    ids = lm.ids(text)
    n = compressor.compress([text]).n_slots[0]
    embeds_1TC = torch.cat([lm.model.get_input_embeddings()(torch.tensor(ids)), compressor.memory[:n]])[None]
    cache = DynamicCache()
    lm.model.base_model(inputs_embeds=embeds_1TC, position_ids=position_ids, past_key_values=cache, use_cache=True)
    return torch.stack([torch.stack([t[0, :, -n:] for t in (layer.keys, layer.values)]) for layer in cache.layers])


@torch.no_grad()
def test_memory_is_what_the_model_keeps_at_the_memory_embeddings(path):
    compressor, _ = made(path, "encoder")
    for text in TEXTS:
        (states,) = compressor.compress([text]).states
        torch.testing.assert_close(states, written(compressor, text).permute(3, 0, 1, 2, 4), atol=1e-6, rtol=1e-5)


@torch.no_grad()
def test_turned_keys_equal_a_forward_at_those_positions(path):
    """Attention sees only differences of positions, so a text that ends at -1 is the same text, its memory at 0."""
    compressor, _ = made(path, "restart")
    for text in TEXTS:
        (states,) = compressor.compress([text]).states
        n, n_text = len(states), len(compressor.lm.ids(text))
        at = torch.arange(-n_text, n)[None]
        torch.testing.assert_close(
            states, written(compressor, text, at).permute(3, 0, 1, 2, 4), atol=2e-6, rtol=1e-4
        )
    (kept,) = made(path, "encoder")[0].compress([text]).states
    assert torch.equal(kept[:, :, 1], states[:, :, 1]) and not torch.allclose(kept[:, :, 0], states[:, :, 0])


@torch.no_grad()
def test_one_restarted_segment_equals_a_decoder_that_goes_on_where_the_encoder_ended(path):
    compressor, decoder = made(path, "restart")
    text = TEXTS[1]
    ids, n_text = decoder.lm.ids(text), len(compressor.lm.ids(text))
    memory = compressor.compress([text])
    logits, _ = memory.logits(decoder, [ids])
    states = written(compressor, text)
    embeds = torch.cat([decoder.start_PD(), decoder.embed(ids)])[None]
    at = n_text + memory.n_slots[0] + torch.arange(embeds.shape[1])[None]
    cache = DynamicCache([(k[None], v[None]) for k, v in states])
    whole = decoder.model(inputs_embeds=embeds, position_ids=at, past_key_values=cache).logits
    torch.testing.assert_close(logits, whole, atol=1e-5, rtol=1e-4)


@torch.no_grad()
def test_the_decoder_reads_on_at_n_slots(path):
    """Ragged, padded and grown prefixes: `logits`, `extend` and `greedy` go on at each row's own n_slots."""
    compressor, decoder = made(path, "encoder")
    memory = compressor.compress(TEXTS)
    assert len(set(memory.n_slots)) > 1
    for row, n in enumerate(memory.n_slots):
        ids = decoder.lm.ids(TEXTS[row])
        alone = memory.states[row].permute(1, 2, 3, 0, 4)
        embeds = torch.cat([decoder.start_PD(), decoder.embed(ids)])[None]
        at = n + torch.arange(embeds.shape[1])[None]
        cache = DynamicCache([(k[None], v[None]) for k, v in alone])
        expected = decoder.model(inputs_embeds=embeds, position_ids=at, past_key_values=cache).logits[0]
        logits, mask = memory.logits(decoder, [decoder.lm.ids(t) for t in TEXTS])
        torch.testing.assert_close(logits[row][mask[row]], expected, atol=2e-6, rtol=1e-4)
        grown, _ = decoder.extend(memory.prefix(decoder), [decoder.lm.ids(t)[:2] for t in TEXTS])
        assert grown.n_positions.tolist() == [m + 2 for m in memory.n_slots]
        decoder.tells_back = True
        told = memory.tell_back(decoder, [6] * 3)[row].text
        (ids_alone,), _ = greedy(decoder, memory.select([row]).prefix(decoder), [decoder.start_PD()], 6)
        assert told == decoder.lm.text(ids_alone)


@pytest.mark.parametrize("rope", ["encoder", "restart"])
def test_gradients_reach_every_layer_and_the_memory_embeddings(path, rope):
    compressor, decoder = made(path, rope)
    decoder.requires_grad_(False)
    autoencode(compressor.compress(TEXTS), decoder, [decoder.lm.ids(t) for t in TEXTS]).backward()
    grads = {n: p.grad for n, p in compressor.named_parameters()}
    for name in ("memory", "model.model.embed_tokens.weight"):
        assert grads[name].abs().sum() > 0, name
    for layer in range(compressor.lm.model.config.num_hidden_layers):
        for which in ("k_proj", "v_proj"):
            assert grads[f"model.model.layers.{layer}.self_attn.{which}.weight"].abs().sum() > 0, (layer, which)


@pytest.mark.parametrize("rope", ["encoder", "restart"])
def test_gradients_through_the_cache_are_finite_differences(path, rope):
    compressor, decoder = made(path, rope)
    compressor.double(), decoder.double()
    ids = [decoder.lm.ids(t) for t in TEXTS]
    wanted = targets(ids, decoder.lm.eos).flatten()

    def loss():  # as `autoencode`, but in double precision to the end
        logits, _ = compressor.compress(TEXTS).logits(decoder, ids)
        return torch.nn.functional.cross_entropy(logits.flatten(0, 1), wanted, ignore_index=-100)

    loss().backward()
    direction = torch.randn(compressor.memory.shape, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    slope, losses = (compressor.memory.grad * direction).sum().item(), []
    with torch.no_grad():
        for step in (-1e-4, 2e-4):
            compressor.memory.add_(direction, alpha=step)
            losses.append(loss().item())
    assert (losses[1] - losses[0]) / 2e-4 == pytest.approx(slope, rel=1e-2)  # norms stay float32


@torch.no_grad()
def test_segments_stand_one_after_another(path):
    text = TEXTS[1]
    whole, parts = (made(path, "restart", k)[0].compress([text]) for k in (64, 3))
    assert whole.n_slots == parts.n_slots
    compressor, _ = made(path, "restart", 3)
    lm, at = compressor.lm, 0
    for piece, count in compressor.segments(lm.ids(text), len(lm.ids(text)), 4.0):
        alone = written_piece(compressor, piece, count, at)
        torch.testing.assert_close(parts.states[0][at : at + count], alone, atol=2e-6, rtol=1e-4)
        at += count
    assert at == parts.n_slots[0] and at > 3


def written_piece(compressor, piece, count, first):
    """Memory of one segment (N x L x 2 x H x K), the position of whose first memory embedding is `first`."""
    lm, cache = compressor.lm, DynamicCache()
    embeds = torch.cat([lm.model.get_input_embeddings()(torch.tensor(piece)), compressor.memory[:count]])[None]
    at = first + torch.arange(-len(piece), count)[None]
    lm.model.base_model(inputs_embeds=embeds, position_ids=at, past_key_values=cache, use_cache=True)
    return torch.stack(
        [torch.stack([t[0, :, -count:] for t in (layer.keys, layer.values)]) for layer in cache.layers]
    ).permute(3, 0, 1, 2, 4)


def test_a_decoder_of_another_shape_is_refused_with_both_named(saved_models, tiny):
    with pytest.raises(UsageError, match=r"'tiny' has .*1 layers x 2 heads x 8.*qwen3' has .*2 layers x 1 heads x 8"):
        build(CompressorSpec(name="kv_slots"), tiny(0), Decoder(from_pretrained(saved_models["qwen3"])), 4.0)


def test_a_decoder_of_another_family_with_the_same_shape_is_read(saved_models):
    compressor, decoder = made(saved_models["qwen3"], "restart", other=saved_models["llama"])
    loss = autoencode(compressor.compress(TEXTS), decoder, [decoder.lm.ids(t) for t in TEXTS])
    assert torch.isfinite(loss)


def test_a_model_without_rotary_positions_restarts_nothing(saved_models):
    from transformers import GPT2Config, GPT2LMHeadModel

    lm = from_pretrained(saved_models["llama"])
    lm.model = GPT2LMHeadModel(GPT2Config(vocab_size=257, n_embd=16, n_layer=2, n_head=2, n_positions=64)).eval()
    assert kv_shape(lm) == (2, 2, 2, 8)
    with pytest.raises(UsageError, match="family gpt2.*Use rope=encoder"):
        build(CompressorSpec(name="kv_slots", options={"rope": "restart"}), lm, Decoder(lm), 4.0)
    compressor = build(CompressorSpec(name="kv_slots", options={"rope": "encoder"}), lm, Decoder(lm), 4.0)
    assert compressor.compress(TEXTS).n_slots == [6, 8, 2]


def test_scaled_and_partial_rotary_positions_are_turned_too(saved_models):
    from transformers import LlamaConfig, LlamaForCausalLM, PhiConfig, PhiForCausalLM

    lm = from_pretrained(saved_models["llama"])
    shape = dict(vocab_size=257, hidden_size=32, intermediate_size=32, num_hidden_layers=2, num_attention_heads=2)
    yarn = {"rope_type": "yarn", "factor": 4.0, "rope_theta": 10000.0, "original_max_position_embeddings": 64}
    torch.manual_seed(0)
    for model in (LlamaForCausalLM(LlamaConfig(**shape, rope_parameters=yarn)), PhiForCausalLM(PhiConfig(**shape, pad_token_id=0))):
        lm.model = model.eval()
        check_rotary(lm)


@torch.no_grad()
def test_turning_there_and_back_is_nothing(saved_models):
    lm = from_pretrained(saved_models["qwen3"])
    keys = torch.randn(2, 5, 3, 1, 8, generator=torch.Generator().manual_seed(0))
    at = torch.tensor([[0, 1, 2, 3, 4], [400, 401, 402, 403, 404]])
    torch.testing.assert_close(turn(lm, turn(lm, keys, at, 1), at, -1), keys, atol=1e-6, rtol=1e-5)


def test_every_layer_has_its_own_geometry(path):
    from tellback.analysis.geometry import effective_rank, rank_over_layers, summary_over_layers

    with torch.no_grad():
        memory = made(path, "restart")[0].compress(TEXTS)
    layers, same = zip(*memory.layer_spaces, strict=True)
    assert len(layers) == 2 and layers[0][0].shape == (memory.n_slots[0], 2 * 1 * 8) and same == layers
    arrays = [[d.numpy() for d in layer] for layer in layers]
    ranks = [effective_rank(torch.cat(layer).numpy()) for layer in layers]
    assert rank_over_layers(arrays, 256, 0) == pytest.approx(sum(ranks) / 2)
    assert summary_over_layers(arrays, arrays, arrays, 256, 0)["decoder_untrained"] == pytest.approx(sum(ranks) / 2)
    assert summary_over_layers(arrays, arrays, None, 256, 0)["decoder_untrained"] is None
    assert KeyValues([torch.zeros(0, 2, 2, 1, 8)], [3]).layer_spaces is None


@pytest.mark.parametrize("train", ["full", "lora"])
def test_a_whole_setup_trains_measures_and_reads_its_memories_again(saved_models, tmp_path, train):
    from tellback.compressors.memory_files import load_memory
    from tellback.config import StudySpec, parse
    from tellback.loading import load_reader
    from tellback.study.grid import setups
    from tellback.study.setup import run_setup

    corpus = tmp_path / "pages.jsonl"
    corpus.write_text("".join(f'{{"text": "Page {i}: the snow fell for {i} days."}}\n' for i in range(30)))
    content = {
        "name": "kv", "corpus": str(corpus), "base_models": [saved_models["llama"]], "rates": [4], "controls": [],
        "compressors": [{"name": "kv_slots", "options": {"k": 3}}],
        "decoder": {"model": saved_models["llama"], "train": "frozen"},
        "train": {"steps": 6, "batch_size": 4, "n_held_out": 8, "trace_points": 5, "compressor": train},
    }  # fmt: skip
    (spec,) = setups(parse(StudySpec, content, "study"))
    result = run_setup(spec, tmp_path / "x")
    row, geometry = result["row"], result["details"].get("geometry")
    assert row["status"] in ("done", "undertrained"), result["details"].get("traceback")
    assert row["n_projector"] == 0 and 1 < row["effective_rank"] == row["effective_rank_decoder_space"]
    assert geometry["width"] == 16 and 1 < geometry["decoder_untrained"] != geometry["decoder"]
    first, second = load_reader(tmp_path / "x"), load_reader(tmp_path / "x")
    memory = first.compress(TEXTS)
    memory.save(tmp_path / "m")
    again = load_memory(tmp_path / "m")
    again.check_reader(second.compressor)
    assert second.tell_back(again) == first.tell_back(memory)


def test_a_decoder_that_would_drop_its_memory_is_stopped(path):
    """Gradient checkpointing in train mode drops the cache with no more than a logged warning."""
    compressor, decoder = made(path, "restart")
    ids = [decoder.lm.ids(t) for t in TEXTS]
    decoder.model.gradient_checkpointing_enable()
    assert torch.isfinite(autoencode(compressor.compress(TEXTS), decoder, ids))  # in eval mode it is kept
    decoder.train()
    with pytest.raises((AssertionError, RuntimeError)):  # ours, or that of attention with a mask for the whole cache
        autoencode(compressor.compress(TEXTS), decoder, ids)
    compressor.lm.model.gradient_checkpointing_enable()
    compressor.train()
    with pytest.raises(AssertionError, match="the model ran without one"):
        compressor.compress(TEXTS)
