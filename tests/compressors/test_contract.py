"""One contract over the table of compressors: what every one of them must keep."""

from importlib.util import find_spec

import pytest
import torch

from tellback.compressors import COMPRESSORS, build, compressor_class
from tellback.compressors.base import SlotCompressor, n_slots
from tellback.compressors.memory import load_memory
from tellback.config import CompressorSpec
from tellback.errors import UsageError
from tellback.models.decoder import Decoder
from tellback.models.load import from_pretrained
from tellback.training.objective import autoencode

#: Adapters and the package each needs. llmlingua2 also needs a classifier: tests/compressors/test_text_methods.py.
ADAPTERS = {"llmlingua2": None, "kvpress": "kvpress"}
HERE = [name for name in COMPRESSORS if name not in ADAPTERS or (ADAPTERS[name] and find_spec(ADAPTERS[name]))]
VARIANTS = [CompressorSpec(name=name) for name in HERE] + [
    CompressorSpec(name="selective_context", options={"unit": "sentence"}),
    CompressorSpec(name="attention_guided", options={"unit": "word", "layers": [0]}),
    CompressorSpec(name="truncate", options={"keep": "both"}),
    CompressorSpec(name="truncate", options={"keep": "tail", "unit": "sentence"}),
    CompressorSpec(name="random_drop", options={"unit": "sentence"}),
    CompressorSpec(name="pooling", options={"pool": "mean"}),
    CompressorSpec(name="pooling", options={"pool": "eos"}),
    CompressorSpec(name="pooling", options={"window": 8}),
    CompressorSpec(name="memory_tokens", options={"k": 3}),
    CompressorSpec(name="pooling", options={"mask": "bidirectional"}),
    CompressorSpec(name="pooling", options={"mask": "bidirectional", "pool": "mean", "window": 8}),
    CompressorSpec(name="interleaved_tokens", options={"k": 1, "window": 16}),
    CompressorSpec(name="segments", options={"segment": 9, "cache": 0}),
    CompressorSpec(name="chunk_encoder", options={"policy": "none"}),
    CompressorSpec(name="chunk_encoder", options={"policy": "first", "pool": "mean", "expand": 0.7}),
    CompressorSpec(name="chunk_encoder", options={"policy": "query", "chunk": 6}),
    CompressorSpec(name="chunk_encoder", options={"policy": "random"}),
    CompressorSpec(name="kv_slots", options={"rope": "restart", "k": 3}),
    CompressorSpec(name="kv_slots", options={"rope": "encoder"}),
]
TRAINED = [v for v in VARIANTS if compressor_class(v.name).trainable]
RATES = {"identity": 1.0, "no_memory": None}
OTHER = (CompressorSpec(name="identity"), CompressorSpec(name="no_memory"))


def made(spec, tiny, seed=0):
    decoder = Decoder(tiny(1))
    return build(spec, tiny(0), decoder, RATES.get(spec.name, 4.0), seed), decoder


@pytest.fixture(scope="module")
def texts(world):
    documents = world.probe_set("pocket-stress", 3)
    return [documents[0].text, documents[1].text, documents[2].text.split(". ")[0] + "."]


def label(spec):
    return spec.label


def floats(memory):
    return [t for _, t in sorted(memory.tensors().items()) if t.is_floating_point()]


@pytest.mark.parametrize("spec", VARIANTS, ids=label)
class TestEvery:
    def test_batch_of_three_is_three_of_one(self, spec, tiny, texts):
        compressor, decoder = made(spec, tiny)
        ids = [decoder.lm.ids(t) for t in texts]
        with torch.inference_mode():
            together, mask = compressor.compress(texts).logits(decoder, ids)
            for i, text in enumerate(texts):
                alone, _ = compressor.compress([text]).logits(decoder, ids[i : i + 1])
                torch.testing.assert_close(together[i][mask[i]], alone[0], atol=2e-6, rtol=1e-4)

    def test_cached_prefix_equals_one_pass(self, spec, tiny, texts):
        from tellback.compressors.memory import Memory

        compressor, decoder = made(spec, tiny)
        ids = [decoder.lm.ids(t) for t in texts]
        with torch.inference_mode():
            memory = compressor.compress(texts)
            one_pass, mask = memory.logits(decoder, ids)
            cached, cached_mask = Memory.logits(memory, decoder, ids)
        for i in range(len(texts)):
            torch.testing.assert_close(one_pass[i][mask[i]], cached[i][cached_mask[i]], atol=2e-6, rtol=1e-4)

    def test_rate_asked_for_is_rate_given(self, spec, tiny, texts):
        compressor, decoder = made(spec, tiny)
        memory = compressor.compress(texts)
        n = [len(decoder.lm.ids(t)) for t in texts]
        assert memory.n_tokens == n
        if compressor.rate is None:
            assert memory.n_slots == [0, 0, 0] and memory.rate is None
        elif isinstance(compressor, SlotCompressor):
            assert memory.n_slots == [n_slots(k, compressor.rate) for k in n]
        else:
            assert all(m <= n_slots(k, compressor.rate) for m, k in zip(memory.n_slots, n, strict=True))
        assert memory.prefix(decoder).n_positions.tolist() == memory.n_slots

    def test_same_seed_same_memory(self, spec, tiny, texts):
        with torch.inference_mode():
            a, b = (made(spec, tiny)[0].compress(texts).tensors() for _ in range(2))
        assert a.keys() == b.keys() and all(torch.equal(a[k], b[k]) for k in a)

    def test_save_and_load_are_equal(self, spec, tiny, texts, tmp_path):
        compressor, decoder = made(spec, tiny)
        with torch.inference_mode():
            memory = compressor.compress(texts)
            memory.save(tmp_path / "m.safetensors")
            again = load_memory(tmp_path / "m.safetensors")
            ids = [decoder.lm.ids(t) for t in texts]
            assert torch.equal(memory.logits(decoder, ids)[0], again.logits(decoder, ids)[0])
        assert again.n_slots == memory.n_slots and type(again) is type(memory)
        assert again.written_by == memory.written_by and again.written_by.compressor == spec.name
        assert memory.select([1]).written_by == memory.written_by
        again.check_reader(made(spec, tiny)[0])  # the same compressor, built again
        with pytest.raises(UsageError, match=f"written by {spec.name}"):
            again.check_reader(made(OTHER[spec.name != "no_memory"], tiny)[0])

    def test_select_is_a_reordering(self, spec, tiny, texts):
        compressor, decoder = made(spec, tiny)
        with torch.inference_mode():
            memory = compressor.compress(texts)
            told = [t.text for t in memory.tell_back(decoder, [9] * 3)]
            turned = [t.text for t in memory.select([2, 0]).tell_back(decoder, [9] * 2)]
        assert turned == [told[2], told[0]]

    def test_empty_document_is_refused(self, spec, tiny):
        with pytest.raises(UsageError, match="document 1 of 2 is empty"):
            made(spec, tiny)[0].compress(["Mira owns a white boat.", "  "])

    def test_document_shorter_than_a_slot(self, spec, tiny):
        compressor, _ = made(spec, tiny)
        assert compressor.compress(["Oslo."]).n_slots[0] <= max(1, compressor.rate == 1 and 2)

    def test_what_is_no_rate_is_refused(self, spec, tiny, texts):
        compressor, decoder = made(spec, tiny)
        for rate in (0, -1, 0.5, float("nan"), float("inf")):
            with pytest.raises(UsageError, match="a rate is source tokens per memory slot"):
                compressor.compress(texts, rate=rate)
            with pytest.raises(UsageError, match="a rate is source tokens per memory slot"):
                build(spec, compressor.lm, decoder, rate)

    def test_a_script_in_bytes_and_no_pad_token(self, spec, saved_models):
        """Any character counts as the tokens it breaks into, and nobody needs the tokenizer to know padding."""
        lm, reader = from_pretrained(saved_models["qwen3"]), from_pretrained(saved_models["qwen3"])
        for each in (lm, reader):
            each.tokenizer.pad_token = None
            assert each.tokenizer.pad_token_id is None
        decoder = Decoder(reader)
        compressor = build(spec, lm, decoder, RATES.get(spec.name, 4.0))
        texts = ["鹿有一艘白色的船。", "Ana 🙂🙃 à Zürich."]
        n = [len(text.encode()) for text in texts]
        with torch.inference_mode():
            memory = compressor.compress(texts)
            assert memory.n_tokens == n
            alone, _ = compressor.compress(texts[1:]).logits(decoder, [decoder.lm.ids(texts[1])])
            together, mask = memory.logits(decoder, [decoder.lm.ids(t) for t in texts])
            torch.testing.assert_close(together[1][mask[1]], alone[0], atol=2e-6, rtol=1e-4)
            decoder.tells_back = True
            assert all(isinstance(told.text, str) for told in memory.tell_back(decoder, [5, 5]))

    def test_unknown_option_is_named(self, spec, tiny):
        wrong = spec.model_copy(update={"options": {"poool": "mean"}})
        with pytest.raises(UsageError, match="poool"):
            made(wrong, tiny)


@pytest.mark.parametrize("spec", TRAINED, ids=label)
class TestTrained:
    def test_gradients_reach_all_that_trains_and_nothing_else(self, spec, tiny, texts):
        compressor, decoder = made(spec, tiny)
        decoder.requires_grad_(False)
        ids = [decoder.lm.ids(t) for t in texts]
        autoencode(compressor.compress(texts), decoder, ids).backward()
        assert all(p.grad is None for p in decoder.parameters())
        reached = {n for n, p in compressor.named_parameters() if p.grad is not None and p.grad.abs().sum()}
        assert reached
        # a weight without gradient is one that the memory does not depend on (concatenation alone uses the pad, and
        # keys and values of the last layer are taken before its attention)
        with torch.no_grad():
            before = torch.cat([p.flatten() for p in floats(compressor.compress(texts))])
            for name, weight in compressor.named_parameters():
                if name not in reached:
                    weight.add_(1.0)
            after = torch.cat([p.flatten() for p in floats(compressor.compress(texts))])
        assert torch.equal(before, after)

    def test_memory_has_both_spaces(self, spec, tiny, texts):
        compressor, decoder = made(spec, tiny)
        memory = compressor.compress(texts)
        for own, vectors in memory.layer_spaces:
            assert len({v.shape[1] for v in vectors}) == 1 and len({o.shape[1] for o in own}) == 1
            assert [o.shape[0] for o in own] == [v.shape[0] for v in vectors]
            assert all(o.shape[0] <= n for o, n in zip(own, memory.n_slots, strict=True))
        if memory.spaces is not None:  # vectors in the decoder's input space
            assert vectors[0].shape[1] == decoder.lm.width

    def test_longer_than_the_positions_is_encoded_in_windows(self, spec, tiny, world):
        long = " ".join(d.text for d in world.probe_set("pocket-stress", 60))
        compressor, decoder = made(spec, tiny)
        n = len(decoder.lm.ids(long))
        assert n > compressor.lm.max_positions
        with torch.inference_mode():
            memory = compressor.compress([long])
        assert memory.n_slots == [n_slots(n, 4.0)]
        assert all(torch.isfinite(vectors[0]).all() for _, vectors in memory.layer_spaces)


def test_a_document_with_no_room_in_the_decoder_is_refused(tiny, world):
    from tellback.reading import Reader

    compressor, decoder = made(CompressorSpec(name="pooling"), tiny)
    long = " ".join(d.text for d in world.probe_set("pocket-stress", 60))
    with pytest.raises(UsageError, match="is too long: .* positions"):
        Reader(compressor, decoder).compress([long])


def test_concat_refuses_a_rate_it_was_not_built_for(tiny, texts):
    compressor, _ = made(CompressorSpec(name="pooling"), tiny)
    with pytest.raises(UsageError, match="built for rate 4"):
        compressor.compress(texts, rate=2)
    mean, _ = made(CompressorSpec(name="pooling", options={"pool": "mean"}), tiny)
    assert mean.compress(texts, rate=2).n_slots == [n_slots(n, 2) for n in mean.compress(texts).n_tokens]


def test_unknown_compressor_says_what_was_meant():
    with pytest.raises(UsageError, match="Did you mean 'pooling'"):
        compressor_class("poolin")


def test_mean_pooling_is_the_mean_of_each_group(tiny, texts):
    compressor, _ = made(CompressorSpec(name="pooling", options={"pool": "mean"}), tiny)
    with torch.inference_mode():
        ids = compressor.lm.ids(texts[0])
        own = compressor.compress(texts[:1]).spaces[0][0]
        states = compressor.lm.model.base_model(torch.tensor([ids])).last_hidden_state[0]
    torch.testing.assert_close(own[0], states[:4].mean(0), atol=1e-6, rtol=1e-5)
    torch.testing.assert_close(own[-1], states[(len(own) - 1) * 4 :].mean(0), atol=1e-6, rtol=1e-5)


def test_memory_tokens_are_the_states_at_the_appended_positions(tiny, texts):
    compressor, _ = made(CompressorSpec(name="memory_tokens"), tiny)
    with torch.inference_mode():
        ids = compressor.lm.ids(texts[0])
        own = compressor.compress(texts[:1]).spaces[0][0]
        embeds = torch.cat([compressor.lm.model.get_input_embeddings()(torch.tensor(ids)), compressor.memory[: len(own)]])
        states = compressor.lm.model.base_model(inputs_embeds=embeds[None]).last_hidden_state[0]
    torch.testing.assert_close(own, states[len(ids) :], atol=1e-6, rtol=1e-5)
