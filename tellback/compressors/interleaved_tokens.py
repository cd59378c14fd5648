"""A learned memory token after every `rate` source tokens; its last hidden state is the slot.

Paper: PISCO (arXiv 2501.16075; code naver/pisco, every 16 tokens). As there: memory tokens that differ within a
document, adapter Linear-ReLU-Linear. Different: documents of any length, in windows; the `k` memory embeddings are used
in turn within one (the default is what a passage of 128 tokens needs at 16x); reconstruction as the loss, not
distillation of a teacher's answers.

Shapes: R rows (windows), T tokens, L tokens and memory tokens, N slots, C compressor width.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from itertools import accumulate

import torch
from pydantic import Field
from torch import Tensor, nn

from tellback.compressors.base import Options, SlotCompressor, by_document, like_embeddings, n_slots
from tellback.compressors.memory import Slots
from tellback.compressors.pooling import group_sizes
from tellback.errors import UsageError
from tellback.models.decoder import Decoder
from tellback.models.lm import LM
from tellback.models.rows import pad_right


class InterleavedTokensOptions(Options):
    k: int = Field(8, ge=1, description="different memory embeddings, used in turn within a window; 1: one for all")
    window: int = Field(1024, ge=2, description="tokens and memory tokens that are encoded together")
    hidden: int | None = Field(None, ge=1, description="width of the adapter's inner layer; null: 4 x decoder width")


class InterleavedTokens(SlotCompressor):
    """Puts a learned memory token after each group of tokens and keeps its last hidden state (PISCO)."""

    name = "interleaved_tokens"
    Options = InterleavedTokensOptions

    def __init__(self, lm: LM, decoder: Decoder, rate: float, options: InterleavedTokensOptions, seed: int = 0):
        super().__init__(lm, decoder, rate, options, seed)
        self.model = lm.model
        inner = options.hidden or 4 * decoder.lm.width
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            self.memory = like_embeddings(lm, options.k)
            self.adapter = nn.Sequential(nn.Linear(lm.width, inner), nn.ReLU(), nn.Linear(inner, decoder.lm.width))

    def projector(self) -> nn.Module:
        return self.adapter

    def encode(self, ids: Sequence[Sequence[int]], n_tokens: Sequence[int], rate: float) -> Slots:
        room = min(self.options.window, self.lm.max_positions)
        rows, orders, ends, owners = [], [], [], []
        for i, (row, n) in enumerate(zip(ids, n_tokens, strict=True)):
            for start, stop, order_L, ends_N in layout(len(row), n_slots(n, rate), rate, room):
                rows.append(row[start:stop])
                orders.append(order_L)
                ends.append(ends_N)
                owners.append(i)
        own, vectors = zip(*self.in_parts(self._slots, rows, orders, ends), strict=True)
        return Slots(by_document(vectors, owners), by_document(own, owners), list(n_tokens))

    def _slots(self, rows, orders: Sequence[Sequence[int]], ends: Sequence[Sequence[int]]) -> list[tuple[Tensor, Tensor]]:
        """The slots of each window, before and after the adapter."""
        state_RLC = self.hidden(self.interleave(rows, orders))
        index_RN = pad_right(ends).to(state_RLC.device)
        own_RNC = state_RLC.gather(1, index_RN[..., None].expand(-1, -1, state_RLC.shape[2]))
        return [(o[: len(e)], v[: len(e)]) for o, v, e in zip(own_RNC, self.adapter(own_RNC), ends, strict=True)]

    def interleave(self, rows: Sequence[Sequence[int]], orders: Sequence[Sequence[int]]) -> Tensor:
        """Input embeddings (R x L x C) of ragged windows with their memory tokens, in the order that `layout` gives."""
        embeds_RTC = self.embed(rows)
        order_RL = pad_right(orders).to(embeds_RTC.device)
        n_rows, longest, width = embeds_RTC.shape
        # gathered from [tokens | memory embeddings], so that one copy makes the whole batch
        memory_RKC = self.memory.to(embeds_RTC.dtype).expand(n_rows, -1, -1)
        index_RL = torch.where(order_RL >= 0, order_RL, longest + (-1 - order_RL) % self.options.k)
        return torch.cat([embeds_RTC, memory_RKC], 1).gather(1, index_RL[..., None].expand(-1, -1, width))


@lru_cache(maxsize=4096)
def layout(n_tokens: int, n: int, rate: float, room: int) -> tuple[tuple[int, int, list[int], list[int]], ...]:
    """Windows of a document of `n_tokens` (the compressor's) with `n` memory tokens: (start, stop, order, ends) each.

    A window holds the tokens [start, stop) and its memory tokens, at most `room` together. `order` (L) is the token
    index at each position, -1 - j at the window's memory token j; `ends` (N) are the positions of memory tokens. Raises
    UsageError when one group does not fit.
    """
    groups = group_sizes(n_tokens, n, rate)
    if max(groups) + 1 > room:
        raise UsageError(f"one slot is to hold {max(groups)} tokens, more than a window of {room}: lower the rate.")
    windows, start, used = [], 0, 0
    for j, size in enumerate(groups):
        if used + size + 1 > room:
            windows.append(groups[start:j])
            start, used = j, 0
        used += size + 1
    out, at = [], 0
    for sizes in (*windows, groups[start:]):
        starts = [0, *accumulate(sizes)]
        order_L = [at for j, size in enumerate(sizes) for at in (*range(starts[j], starts[j] + size), -1 - j)]
        ends_N = [end + j for j, end in enumerate(starts[1:])]
        out.append((at, at + sum(sizes), order_L, ends_N))
        at += sum(sizes)
    return tuple(out)
