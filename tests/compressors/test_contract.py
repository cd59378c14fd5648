"""One contract over the table of compressors: what every one of them must keep."""

from importlib.util import find_spec

import pytest
import torch

from tellback.compressors import COMPRESSORS, build, compressor_class
from tellback.compressors.base import SlotCompressor, n_slots
from tellback.compressors.memory_files import load_memory
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

    def test_half_a_character_and_wrong_queries_are_refused(self, spec, tiny, texts):
        compressor, _ = made(spec, tiny)
        for wrong, why in ((["Oslo.", "a \ud83d b"], r"document 1 of 2 holds half a character.*position 2"),
                           ([None], "document 0 of 1 is no text but NoneType")):  # fmt: skip
            with pytest.raises(UsageError, match=why):
                compressor.compress(wrong)
        for queries, why in ((["Who?"], "one query a document, got 1 for 3"), ("Who", "got the text 'Who' for 3"),
                             (["Who?", " ", "Why?"], "query 1 of 3 is empty"),
                             (["Who?", "\udc00", "Why?"], "query 1 of 3 holds half a character")):  # fmt: skip
            with pytest.raises(UsageError, match=why):
                compressor.compress(texts, queries=queries)

    def test_a_rate_above_the_document_is_refused_before_any_work(self, spec, tiny, texts):
        compressor, _ = made(spec, tiny)
        compressor.lm.model.forward = compressor.decoder.model.forward = None
        expected = {"identity": "identity keeps every token: .* not a rate of 50", "no_memory": "no slot at any rate, also not at 50"}
        with pytest.raises(UsageError, match=expected.get(spec.name, "document 1 has 4 tokens, so a rate of 50 .* at most 4")):
            compressor.compress([texts[0], "Mira owns boats."], rate=50)

    def test_a_special_token_in_a_document_is_only_words(self, spec, saved_models):
        lm = from_pretrained(saved_models["llama"])
        compressor = build(spec, lm, Decoder(from_pretrained(saved_models["llama"])), RATES.get(spec.name, 4.0))
        text = "The tag <eos> ends a text."
        assert lm.eos in lm.ids(text)
        seen = []
        lm.model.get_input_embeddings().register_forward_hook(lambda module, given, out: seen.append(given[0]))
        with torch.inference_mode():
            memory = compressor.compress([text])
        assert memory.n_tokens == [len(text)]
        if spec.name == "identity":
            assert lm.eos not in memory.ids[0] and len(memory.ids[0]) == len(text)
        if compressor_class(spec.name).trainable and spec.name != "segments" and spec.options.get("pool") != "eos" and (
            spec.options.get("policy", "") in ("none", "first", "random") or spec.name != "chunk_encoder"
        ):  # those begin windows or end segments with the token themselves; padding is the same token, at the end
            assert seen and not any((row[: len(text)] == lm.eos).any() for ids in seen for row in ids if len(row) >= len(text))

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
    @pytest.mark.parametrize("dtypes", [("bfloat16", "bfloat16"), ("bfloat16", "float32"), ("float32", "bfloat16")], ids="-".join)
    def test_weights_of_half_the_size_compress_read_and_train(self, spec, saved_models, dtypes, tmp_path):
        lm, reader = (from_pretrained(saved_models["llama"], dtype) for dtype in dtypes)
        decoder = Decoder(reader)
        compressor = build(spec, lm, decoder, 4.0)
        texts = ["Mira owns a white boat, and 17 cats.", "Short one."]
        ids = [reader.ids(text) for text in texts]
        memory = compressor.compress(texts)
        loss = autoencode(memory, decoder, ids)
        loss.backward()
        own = [p for name, p in compressor.named_parameters() if not name.startswith("model.") and p.grad is not None]
        assert torch.isfinite(loss) and own and all(p.dtype == torch.float32 for p in own)
        assert any(p.grad.abs().sum() > 0 for p in own)
        memory.save(tmp_path / "m")
        with torch.no_grad():
            again, _ = load_memory(tmp_path / "m").logits(decoder, ids)
            told, _ = memory.logits(decoder, ids)
            assert torch.equal(again, told) and told.dtype == reader.model.dtype
            exact = build(spec, from_pretrained(saved_models["llama"]), decoder, 4.0)
            exact.load_state_dict(compressor.state_dict())
            error = (loss - autoencode(exact.compress(texts), decoder, ids)).abs()
        assert error < 0.05

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
    reader = Reader(compressor, decoder)
    with pytest.raises(UsageError, match="is too long.* positions"):
        reader.tell_back(reader.compress([long]))


TEXT_FLOORS = [("truncate", {"keep": keep, "unit": unit}) for keep in ("head", "tail", "both") for unit in ("word", "sentence")]
TEXT_FLOORS += [("random_drop", {"unit": unit}) for unit in ("word", "sentence")]
TEXT_READERS = [(name, {"unit": unit}) for name in ("selective_context", "attention_guided") for unit in ("word", "sentence")]


@pytest.mark.parametrize("rate", [1.0, 4.0, 10.0])
@pytest.mark.parametrize(("name", "options"), TEXT_FLOORS + TEXT_READERS, ids=str)
def test_text_methods_fill_their_slots(name, options, rate, tiny):
    """Whatever the length, and with one sentence that no budget holds: more than nothing, never too much."""
    compressor, _ = made(CompressorSpec(name=name, options=options), tiny)
    lengths = {1, int(rate) - 1, int(rate), int(rate) + 1, 4097 if (name, options) in TEXT_FLOORS else 41} - {0}
    compressor.rate = rate
    memory = compressor.compress([" ".join(["boat"] * n) for n in sorted(lengths)])
    assert memory.n_tokens == sorted(lengths) and memory.n_slots == [n_slots(n, rate) for n in sorted(lengths)]


@pytest.mark.parametrize(("name", "options"), TEXT_FLOORS + TEXT_READERS, ids=str)
def test_a_word_longer_than_the_budget_is_cut(name, options, saved_models):
    """Byte-level tokens: the word alone takes 12, its slots are 1 to 6; a character may take 3."""
    lm = from_pretrained(saved_models["llama"])
    for rate in (2.0, 5.0, 12.0):
        compressor = build(CompressorSpec(name=name, options=options), lm, Decoder(lm), rate)
        memory = compressor.compress(["unbelievable", "鹿有一z", " \n \n "])
        assert all(0 < m <= n_slots(n, rate) for m, n in zip(memory.n_slots, memory.n_tokens, strict=True))
        assert memory.n_slots[0] == n_slots(12, rate) and memory.texts[0] in "unbelievable"
        if options.get("keep") == "tail":
            assert memory.texts[0] == "unbelievable"[-memory.n_slots[0] :]
    with pytest.raises(UsageError, match=rf"{name}: 3 tokens a slot leave document 0 of 1 1 in all, .* takes 3"):
        compressor.compress(["鹿"], rate=3)


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
