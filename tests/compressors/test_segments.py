"""Segments: where they are cut, their exact slots, and a cache that is never stale."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from tellback.compressors.base import n_slots
from tellback.compressors.segments import Segments, SegmentsOptions, SentenceEnds, cut
from tellback.errors import UsageError
from tellback.models.decoder import Decoder
from tellback.models.load import from_pretrained


def made(tiny, rate=4.0, **options):
    return Segments(tiny(0), Decoder(tiny(1)), rate, SegmentsOptions(**options))


@pytest.fixture
def sentences(world):
    """Ten sentences of one length, and an eleventh of another."""
    found = [s.strip() + "." for d in world.probe_set("pocket-stress", 60) for s in d.text.split(".") if s.strip()]
    by_length: dict[int, list[str]] = {}
    for sentence in dict.fromkeys(found):
        by_length.setdefault(len(sentence.split()), []).append(sentence)
    lengths = sorted(by_length, key=lambda n: -len(by_length[n]))
    return by_length[lengths[0]][:11], by_length[lengths[1]][0]


@settings(max_examples=200, deadline=None)
@given(
    sizes=st.lists(st.integers(1, 60), min_size=1, max_size=30),
    rate=st.sampled_from([1, 1.5, 2, 2.5, 4, 10, 16]),
    more=st.integers(0, 20),
)
def test_every_segment_fits_and_gets_a_slot(sizes, rate, more):
    ends, longest = np.cumsum(sizes), math.ceil(2 * rate) + more
    edges = cut(ends, longest, rate)
    assert edges[0] == 0 and edges[-1] == ends[-1] and edges == sorted(set(edges))
    lengths = np.diff(edges)
    assert max(lengths) <= longest
    slots = [n_slots(e, rate) if e else 0 for e in edges]
    assert sum(np.diff(slots)) == n_slots(int(ends[-1]), rate) and min(np.diff(slots)) >= 1


@pytest.mark.parametrize("rate", [4.0, 10.0, 2.5])
@pytest.mark.parametrize("n", [1, 3, 4, 5, 9, 10, 11, 4097])
def test_slots_are_exact(tiny, rate, n):
    with torch.inference_mode():
        assert made(tiny, rate).encode([[5] * n], [n], rate).n_slots == [n_slots(n, rate)]


def test_tokens_counted_by_two_tokenizers(tiny):
    memory = made(tiny).encode([[5] * 90, [6] * 7], [60, 9], 4.0)
    assert memory.n_slots == [15, 3]


def test_a_segment_sees_no_other(tiny, sentences):
    same, _ = sentences
    compressor = made(tiny, cache=0)
    with torch.inference_mode():
        own = compressor.compress([" ".join(same[:3])]).spaces[0][0]
        alone = compressor.compress([same[0]]).spaces[0][0]
    torch.testing.assert_close(own[: len(alone)], alone)


def test_slots_are_the_states_at_the_end_of_text_tokens(tiny, sentences):
    compressor = made(tiny, 2.0, cache=0)
    ids = compressor.lm.ids(sentences[0][0])
    with torch.inference_mode():
        own = compressor.encode([ids], [len(ids)], 2.0).spaces[0][0]
        given = torch.tensor([[*ids, *[compressor.lm.eos] * len(own)]])
        states = compressor.lm.model.base_model(given).last_hidden_state[0, len(ids) :]
    torch.testing.assert_close(own, states, atol=1e-6, rtol=1e-5)


class TestSentenceEnds:
    def test_pocket(self, tiny):
        lm = tiny(0)
        ids = lm.ids("Mira owns a white boat. Tom left before Ana.")
        edges = SentenceEnds(lm)(ids)
        assert [lm.text(ids[a:b]) for a, b in zip([0, *edges], edges, strict=False)] == [
            "Mira owns a white boat.",
            "Tom left before Ana.",
        ]

    def test_bytes(self, saved_models):
        lm = from_pretrained(saved_models["llama"])
        text = "It cost 3.5 crowns! Was it\na bargain? No"
        ids = lm.ids(text)
        edges = SentenceEnds(lm)(ids)
        assert [lm.text(ids[a:b]) for a, b in zip([0, *edges], edges, strict=False)] == [
            "It cost 3.5 crowns!", " Was it\n", "a bargain?", " No",
        ]  # fmt: skip


class TestCache:
    def edited(self, tiny, before, after, rate=4.0):
        """(segments recompressed, memory) of `after` when `before` was compressed; the memory equals a fresh one's."""
        compressor = made(tiny, rate)
        with torch.inference_mode():
            compressor.compress([before])
            missed = compressor.cache.misses
            memory = compressor.compress([after])
            fresh = made(tiny, rate).compress([after])
        assert memory.n_slots == fresh.n_slots
        torch.testing.assert_close(memory.vectors[0], fresh.vectors[0], atol=2e-6, rtol=1e-4)
        return compressor.cache.misses - missed, memory

    def test_an_edit_recompresses_the_sentence_that_it_touches(self, tiny, sentences):
        same, _ = sentences
        misses, _ = self.edited(tiny, " ".join(same[:10]), " ".join([*same[:4], same[10], *same[5:10]]))
        assert misses == 1

    @pytest.mark.parametrize("rate", [2.5, 4.0])
    def test_also_when_all_that_follows_shifts(self, tiny, sentences, rate):
        same, other = sentences
        misses, memory = self.edited(tiny, " ".join(same[:10]), " ".join([*same[:4], other, *same[5:10]]), rate)
        assert misses == 1
        assert memory.n_slots == [n_slots(memory.n_tokens[0], rate)]

    def test_sentences_that_are_joined_are_recompressed_together(self, tiny, sentences):
        same, _ = sentences  # at this rate a segment holds more than one sentence
        rate = float(len(same[0].split()) + 2)
        misses, _ = self.edited(tiny, " ".join(same[:10]), " ".join([*same[:4], same[10], *same[5:10]]), rate)
        assert misses == 1

    def test_one_text_twice_is_a_hit(self, tiny, sentences):
        same, _ = sentences
        compressor = made(tiny)
        with torch.inference_mode():
            a = compressor.compress([same[0], same[0], same[1]])
            assert (compressor.cache.hits, compressor.cache.misses) == (1, 2)
            b = compressor.compress([same[1], same[0]])
        assert (compressor.cache.hits, compressor.cache.misses) == (3, 2)
        assert torch.equal(a.vectors[2], b.vectors[0]) and torch.equal(a.own[0], b.own[1])

    @pytest.mark.parametrize("fused", [True, False])
    def test_never_stale_after_a_step(self, tiny, sentences, fused):
        text, compressor = " ".join(sentences[0]), made(tiny)
        optimizer = torch.optim.AdamW(compressor.parameters(), lr=1e-2, fused=fused)
        with torch.no_grad():
            before = compressor.compress([text]).vectors[0]
        for p in compressor.parameters():  # a step that no encoding announced
            p.grad = torch.ones_like(p)
        optimizer.step()
        with torch.no_grad():
            after = compressor.compress([text]).vectors[0]
            fresh = made(tiny)
            fresh.load_state_dict(compressor.state_dict())
            torch.testing.assert_close(after, fresh.compress([text]).vectors[0])
        assert (before - after).abs().max() > 1e-3 and compressor.cache.hits == 0

    def test_never_stale_after_loading(self, tiny, sentences):
        text, compressor = " ".join(sentences[0]), made(tiny)
        other = Segments(tiny(5), Decoder(tiny(1)), 4.0, SegmentsOptions(), 5)
        with torch.inference_mode():
            compressor.compress([text])
        compressor.load_state_dict(other.state_dict())
        with torch.inference_mode():
            torch.testing.assert_close(compressor.compress([text]).vectors[0], other.compress([text]).vectors[0])

    def test_training_neither_reads_nor_fills_it(self, tiny, sentences):
        compressor = made(tiny)
        with torch.no_grad():
            compressor.compress(sentences[0])
        memory = compressor.compress(sentences[0])
        assert all(v.requires_grad for v in memory.vectors)
        assert len(compressor.cache) == 0 and compressor.cache.hits == 0

    def test_a_memory_from_the_cache_can_be_trained_on(self, tiny, sentences):
        """The decoder may train on memories that inference mode wrote."""
        compressor = made(tiny)
        with torch.inference_mode():
            compressor.compress(sentences[0][:1])
        with torch.no_grad():
            memory = compressor.compress(sentences[0][:1])
        weight = torch.ones(memory.vectors[0].shape[1], requires_grad=True)
        (memory.vectors[0] * weight).sum().backward()
        assert weight.grad.abs().sum() > 0

    def test_the_oldest_go_first(self, tiny, sentences):
        same, _ = sentences
        compressor = made(tiny, cache=3)
        with torch.inference_mode():
            compressor.compress(same[:3])
            compressor.compress(same[:1])  # used again: now the youngest
            compressor.compress(same[3:4])
            assert len(compressor.cache) == 3
            compressor.compress(same[:1])
            assert compressor.cache.misses == 4
            compressor.compress(same[1:2])
        assert compressor.cache.misses == 5


def test_segments_too_short_for_the_rate_are_refused(tiny):
    with pytest.raises(UsageError, match="Raise options.segment to 32"):
        made(tiny, 16.0, segment=20).encode([[5] * 40], [40], 16.0)
    assert made(tiny, 16.0).encode([[5] * 40], [40], 16.0).n_slots == [3]


def test_segments_longer_than_the_model_are_refused(tiny):
    with pytest.raises(UsageError, match="Lower options.segment"):
        made(tiny, segment=500).encode([[5] * 40], [40], 4.0)
