"""Pooling of the compressor's last hidden states, a group of `rate` tokens a slot.

Paper: LCLM (arXiv 2606.09659) and «Simple context compression: mean-pooling» (arXiv 2510.20797). As there: windows,
adapter RMSNorm-Linear-GELU-Linear, causal mask (LCLM) or `mask: bidirectional` (2510.20797), within each window.
Different: the last group of a document is filled up with a learned vector under `concat` (the papers pad the text), and
`mean` averages over its real tokens only.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Literal

import torch
from pydantic import Field, model_validator
from torch import Tensor, nn

from tellback.compressors.base import Options, SlotCompressor, by_document, n_slots
from tellback.compressors.memory import Slots
from tellback.errors import UsageError
from tellback.models.decoder import Decoder
from tellback.models.lm import LM


class PoolingOptions(Options):
    pool: Literal["mean", "concat", "eos"] = Field("concat", description="how a group of tokens becomes one vector")
    window: int = Field(1024, ge=1, description="tokens that are encoded together")
    mask: Literal["causal", "bidirectional"] = Field("causal", description="what a token sees of its window")
    hidden: int | None = Field(None, ge=1, description="width of the adapter's inner layer; null: 4 x decoder width")
    adapter: int | None = Field(
        None, ge=1, description="parameters of the adapter, whatever the compressor's width: its inner layer is as wide as "
        "that allows"
    )  # fmt: skip

    @model_validator(mode="after")
    def _one_width(self) -> PoolingOptions:
        if self.hidden is not None and self.adapter is not None:
            raise ValueError("hidden and adapter both say how wide the adapter is: give one of them")
        return self

    def inner(self, width_in: int, width_out: int) -> int:
        """Width of the inner layer. Raises UsageError where `adapter` does not reach for one."""
        if self.adapter is None:
            return self.hidden or 4 * width_out
        inner = (self.adapter - width_in - width_out) // (width_in + width_out + 1)  # norm, two layers with their biases
        if inner < 1:
            least = 2 * (width_in + width_out) + 1
            raise UsageError(f"pooling: an adapter from width {width_in} to {width_out} has at least {least:,} parameters, got adapter={self.adapter:,}.")
        return inner


class Pooling(SlotCompressor):
    """Pools groups of last hidden states (mean, concatenation or an end marker's state) into slots."""

    name = "pooling"
    Options = PoolingOptions

    def __init__(self, lm: LM, decoder: Decoder, rate: float, options: PoolingOptions, seed: int = 0):
        super().__init__(lm, decoder, rate, options, seed)
        self.model = lm.model
        concat = options.pool == "concat"
        if concat and rate != int(rate):
            raise UsageError(f"pooling with pool=concat needs a whole rate, got {rate:g}. Use pool=mean.")
        width_in = lm.width * (int(rate) if concat else 1)
        inner = options.inner(width_in, decoder.lm.width)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            self.adapter = nn.Sequential(
                nn.RMSNorm(width_in), nn.Linear(width_in, inner), nn.GELU(), nn.Linear(inner, decoder.lm.width)
            )
            self.pad = nn.Parameter(torch.randn(lm.width) * 0.02)

    def projector(self) -> nn.Module:
        return self.adapter

    def encode(self, ids: Sequence[Sequence[int]], n_tokens: Sequence[int], rate: float) -> Slots:
        if self.options.pool == "concat" and rate != self.rate:
            raise UsageError(f"pool=concat was built for rate {self.rate:g}, asked for {rate:g}. Use pool=mean or eos.")
        windows, sizes, owners = [], [], []
        cut = cache(lambda length, n: list(self._cut(length, group_sizes(length, n_slots(n, rate), rate))))
        for i, (row, n) in enumerate(zip(ids, n_tokens, strict=True)):
            for window, groups in ((row[at], groups) for at, groups in cut(len(row), n)):
                windows.append(window)
                sizes.append(groups)
                owners.append(i)
        if len(windows) == len(ids):  # none was cut: the documents as they were given, which may be laid out already
            windows = ids
        own, vectors = zip(*self.in_parts(self._slots, windows, sizes), strict=True)
        return Slots(by_document(vectors, owners), by_document(own, owners), list(n_tokens))

    def _slots(self, windows: list[Sequence[int]], sizes: list[list[int]]) -> list[tuple[Tensor, Tensor]]:
        """The slots of each window, before and after the adapter."""
        own_BNC = getattr(self, f"_{self.options.pool}")(windows, sizes)
        counts, n = [len(groups) for groups in sizes], own_BNC.shape[1]
        if all(count == n for count in counts):  # nothing to cut off, and nothing to sew on backward
            return list(zip(own_BNC, self.adapter(own_BNC), strict=True))
        real = torch.tensor([b * n + i for b, count in enumerate(counts) for i in range(count)], device=own_BNC.device)
        own = nn.functional.embedding(real, own_BNC.flatten(0, 1))
        return list(zip(own.split(counts), self.adapter(own).split(counts), strict=True))

    def _states(self, rows: Sequence[Sequence[int]]) -> Tensor:
        """Last hidden states (B x T x C) of ragged windows, under the mask that was chosen."""
        embeds_BTC = self.embed(rows)
        if self.options.mask == "causal":
            return self.hidden(embeds_BTC)
        # transformers takes a 4D mask as it is; additive, since eager attention adds it. Only padding is hidden
        lengths = torch.tensor([len(row) for row in rows], device=embeds_BTC.device)
        longest = embeds_BTC.shape[1]
        padding_BT = torch.arange(longest, device=embeds_BTC.device)[None] >= lengths[:, None]
        mask_BT = torch.zeros_like(embeds_BTC[..., 0]).masked_fill(padding_BT, torch.finfo(embeds_BTC.dtype).min)
        mask_B1TT = mask_BT[:, None, None].expand(-1, -1, longest, -1)
        return self.hidden(embeds_BTC, attention_mask=mask_B1TT)

    def _cut(self, length: int, groups: list[int]):
        """Cut a document of that many tokens into windows of whole groups: (place, group sizes) of each."""
        extra = self.options.pool == "eos"  # a marker stands after each group
        room = min(self.options.window, self.lm.max_positions)
        if max(groups) + extra > room:
            raise UsageError(f"one slot is to hold {max(groups)} tokens, more than a window of {room}: lower the rate.")
        at, start, sizes, used = 0, 0, [], 0
        for size in groups:
            if used + size + extra > room:
                yield slice(start, at), sizes
                start, sizes, used = at, [], 0
            at, used = at + size, used + size + extra
            sizes.append(size)
        yield slice(start, length), sizes

    def _concat(self, windows: list[Sequence[int]], sizes: list[list[int]]) -> Tensor:
        rate = int(self.rate)
        if any(size != rate for groups in sizes for size in groups[:-1]) or any(g[-1] > rate for g in sizes):
            raise UsageError(
                "pool=concat needs a compressor and a decoder with one tokenizer: their token counts differ on this "
                "document. Use pool=mean or pool=eos."
            )
        state_BTC = self._states(windows)
        room = max(map(len, sizes)) * rate
        state_BTC = nn.functional.pad(state_BTC, (0, 0, 0, room - state_BTC.shape[1]))
        lengths = torch.tensor([len(w) for w in windows], device=state_BTC.device)
        real_BT = torch.arange(room, device=state_BTC.device)[None] < lengths[:, None]
        return torch.where(real_BT[..., None], state_BTC, self.pad).unflatten(1, (-1, rate)).flatten(2)

    def _mean(self, windows: list[Sequence[int]], sizes: list[list[int]]) -> Tensor:
        state_BTC = self._states(windows)
        if all(groups == sizes[0] for groups in sizes):  # batches of training: one matrix for all, made on the CPU
            return mean_weights(sizes[:1], state_BTC.shape[1]).to(state_BTC) @ state_BTC
        return mean_weights(sizes, state_BTC.shape[1]).to(state_BTC) @ state_BTC

    def _eos(self, windows: list[Sequence[int]], sizes: list[list[int]]) -> Tensor:
        marked, ends = [], []
        for window, groups in zip(windows, sizes, strict=True):
            pieces = [list(p) for p in torch.tensor(window).split(groups)]
            marked.append([int(t) for piece in pieces for t in (*piece, self.lm.eos)])
            ends.append((torch.tensor(groups) + 1).cumsum(0) - 1)
        state_BTC = self._states(marked)
        index_BN = nn.utils.rnn.pad_sequence(ends, batch_first=True).to(state_BTC.device)
        return state_BTC.gather(1, index_BN[..., None].expand(-1, -1, state_BTC.shape[2]))


def mean_weights(sizes: Sequence[Sequence[int]], length: int) -> Tensor:
    """What averages states of `length` positions over groups of those sizes (B x N x T)."""
    most = max(map(len, sizes))
    size_BN = torch.tensor([[*groups, *[0] * (most - len(groups))] for groups in sizes])
    end_BN = size_BN.cumsum(1)
    at_T = torch.arange(length)
    inside_BNT = (at_T >= (end_BN - size_BN)[..., None]) & (at_T < end_BN[..., None])
    return inside_BNT / size_BN.clamp(min=1)[..., None]


def group_sizes(n_tokens: int, n: int, rate: float) -> list[int]:
    """How many of the compressor's `n_tokens` go to each of `n` slots: `rate` each where that fits, else evenly."""
    step = rate if n_slots(n_tokens, rate) == n else n_tokens / n
    if n_tokens < n:
        raise UsageError(f"{n} slots are due but the compressor's tokenizer makes {n_tokens} tokens: lower the rate.")
    edges = [min(n_tokens, int(step * j + 1e-9)) for j in range(n)] + [n_tokens]
    return [b - a for a, b in zip(edges, edges[1:], strict=False)]
