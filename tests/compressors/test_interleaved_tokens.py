"""Memory tokens between groups: where they stand, how many, and what they see."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from tellback.compressors.base import n_slots
from tellback.compressors.interleaved_tokens import InterleavedTokens, InterleavedTokensOptions, layout
from tellback.errors import UsageError
from tellback.models.decoder import Decoder


def made(tiny, rate=4.0, **options):
    return InterleavedTokens(tiny(0), Decoder(tiny(1)), rate, InterleavedTokensOptions(**options))


@settings(max_examples=100, deadline=None)
@given(n=st.integers(1, 300), rate=st.sampled_from([1, 1.5, 2, 2.5, 3, 4, 10, 16]), room=st.integers(20, 128))
def test_layout_holds_every_token_once_and_a_memory_token_after_each_group(n, rate, room):
    windows = layout(n, n_slots(n, rate), rate, room)
    assert [start for start, *_ in windows] == [0, *(stop for _, stop, *_ in windows[:-1])] and windows[-1][1] == n
    for start, stop, *placed in windows:
        order, ends = map(torch.tensor, placed)
        assert len(order) <= room
        assert order[order >= 0].tolist() == list(range(stop - start))
        assert (order < 0).nonzero()[:, 0].tolist() == ends.tolist() and order[-1] < 0
        assert order[order < 0].tolist() == [-1 - j for j in range(len(ends))]
        gaps = (ends - torch.cat([torch.tensor([-1]), ends[:-1]]) - 1).tolist()
        assert all(int(rate) <= gap <= rate + 1 for gap in gaps[:-1])


@pytest.mark.parametrize("n", [1, 9, 10, 11, 4097])
def test_slots_are_exact_in_windows(tiny, n):
    compressor = made(tiny, 10.0)
    with torch.inference_mode():
        memory = compressor.encode([[5] * n], [n], 10.0)
    assert memory.n_slots == [n_slots(n, 10)]
    assert len(layout(n, n_slots(n, 10), 10.0, 512)) == (1 if n < 400 else 9)  # 46 groups of 11 in 512 positions


def test_a_rate_that_is_no_whole_number(tiny):
    memory = made(tiny, 2.5).encode([list(range(3, 16)), [4, 5]], [13, 2], 2.5)
    assert memory.n_slots == [6, 1]


def test_slots_are_the_states_at_the_memory_tokens(tiny):
    compressor = made(tiny, 2.0, k=2)
    ids, model = [7, 8, 9, 10, 11], compressor.lm.model
    with torch.inference_mode():
        own = compressor.encode([ids], [5], 2.0).spaces[0][0]
        embeds, (m0, m1) = model.get_input_embeddings()(torch.tensor(ids)), compressor.memory
        by_hand = torch.stack([embeds[0], embeds[1], m0, embeds[2], embeds[3], m1, embeds[4], m0])
        states = model.base_model(inputs_embeds=by_hand[None]).last_hidden_state[0]
    torch.testing.assert_close(own, states[[2, 5, 7]], atol=1e-6, rtol=1e-5)


def test_a_slot_knows_what_stands_before_it_and_nothing_after(tiny):
    compressor = made(tiny, 2.0)
    with torch.inference_mode():
        a, b = compressor.encode([[7, 8, 9, 10, 11, 12], [7, 8, 9, 10, 11, 13]], [6, 6], 2.0).spaces[0]
    torch.testing.assert_close(a[:2], b[:2])
    assert not torch.allclose(a[2], b[2])


def test_each_memory_embedding_that_was_used_gets_a_gradient(tiny):
    compressor = made(tiny, 2.0, k=3)
    sum(v.square().sum() for v in compressor.encode([[7, 8, 9, 10]], [4], 2.0).vectors).backward()
    assert (compressor.memory.grad.abs().sum(1) > 0).tolist() == [True, True, False]


def test_a_group_that_fits_no_window_is_refused(tiny):
    with pytest.raises(UsageError, match="more than a window of 8: lower the rate"):
        made(tiny, 16.0, window=8).encode([[5] * 40], [40], 16.0)
