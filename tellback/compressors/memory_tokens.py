"""Learned memory embeddings appended to the text; their last hidden states are the memory.

Paper: ICAE (arXiv 2307.06945). As there: segments of n = ceil(T / (k * rate)), encoded independently, memories
concatenated in order; no projector when the widths agree. Different: batches of any size with ragged lengths, and a
segment gets as many of its k memory embeddings as the rate asks for; segments end where a slot ends.

Shapes: S segments, T tokens, M memory embeddings of one segment, C compressor width, D decoder width.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from pydantic import Field
from torch import Tensor, nn

from tellback.compressors.base import Options, SlotCompressor, by_document, like_embeddings, n_slots
from tellback.compressors.memory import Slots
from tellback.errors import UsageError
from tellback.models.decoder import Decoder
from tellback.models.lm import LM


class MemoryTokensOptions(Options):
    k: int = Field(64, ge=1, description="memory embeddings of one segment, at most")


@dataclass
class Appended:
    """Segments with their memory embeddings: each row its tokens, then its memory embeddings at once, then padding."""

    embeds_STC: Tensor
    index_SM: Tensor  # positions of the memory embeddings; a row's first counts[s] are its own
    counts: list[int]

    def by_segment(self, states_SM: Tensor) -> list[Tensor]:
        """What was read at the memory embeddings (S x M x ...), per segment and without the rows' padding."""
        return [row[:n] for row, n in zip(states_SM.unbind(), self.counts, strict=True)]


class AppendedTokens(SlotCompressor):
    """Learned memory embeddings after each segment; what is read at them is left to the method."""

    Options = MemoryTokensOptions

    def __init__(self, lm: LM, decoder: Decoder, rate: float, options: MemoryTokensOptions, seed: int = 0):
        super().__init__(lm, decoder, rate, options, seed)
        self.model = lm.model
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            self.memory = like_embeddings(lm, options.k)

    def cut(self, ids: Sequence[Sequence[int]], n_tokens: Sequence[int], rate: float):
        """Documents (ids in the compressor's tokens, n_tokens in the decoder's) as segments.

        Gives each segment's token ids, its slots, the slots of its document that stand before it, and its document.
        """
        pieces, counts, before, owners = [], [], [], []
        for i, (row, n) in enumerate(zip(ids, n_tokens, strict=True)):
            seen = 0
            for piece, count in self.segments(row, n, rate):
                pieces.append(piece)
                counts.append(count)
                before.append(seen)
                owners.append(i)
                seen += count
        return pieces, counts, before, owners

    def append(self, pieces: Sequence[Sequence[int]], counts: Sequence[int]) -> Appended:
        """Segments with as many memory embeddings as they get slots, as one batch."""
        device = self.memory.device
        lengths_S1 = torch.tensor([len(p) for p in pieces], device=device)[:, None]
        n_mem = max(counts)
        embeds_STC = nn.functional.pad(self.embed(pieces), (0, 0, 0, n_mem))
        at_ST = torch.arange(embeds_STC.shape[1], device=device)[None] - lengths_S1
        embeds_STC = torch.where((at_ST >= 0)[..., None], self.memory[at_ST.clamp(0, n_mem - 1)], embeds_STC)
        index_SM = (lengths_S1 + torch.arange(n_mem, device=device)).clamp(max=embeds_STC.shape[1] - 1)
        return Appended(embeds_STC, index_SM, list(counts))

    def segments(self, ids: Sequence[int], n: int, rate: float) -> list[tuple[Sequence[int], int]]:
        """(token ids, slots) of each segment of a document of `n` tokens: equal shares of its slots, at most k each."""
        total, k = n_slots(n, rate), self.options.k
        fewest = max(math.ceil(total / k), math.ceil(len(ids) / self.lm.max_positions))
        for pieces in range(fewest, total + 1):
            slots = [round(total * j / pieces) for j in range(pieces + 1)]
            # the last token that the first s slots are due for, so that ceil(edge / rate) is s
            edges = [min(n, math.floor(s * rate + 1e-9)) for s in slots[:-1]] + [n]
            cuts = [round(len(ids) * e / n) for e in edges]
            parts = [(ids[a:b], t - s) for a, b, s, t in zip(cuts, cuts[1:], slots, slots[1:], strict=False)]
            if all(count <= k and len(part) + count <= self.lm.max_positions for part, count in parts):
                return parts
        raise UsageError(
            f"at rate {rate:g} one slot is to hold {math.ceil(len(ids) / total)} tokens, more than the "
            f"{self.lm.max_positions} positions of {self.lm.name!r}: lower the rate."
        )


class MemoryTokens(AppendedTokens):
    """Appends learned memory embeddings to each segment and keeps their last hidden states (ICAE)."""

    name = "memory_tokens"

    def __init__(self, lm: LM, decoder: Decoder, rate: float, options: MemoryTokensOptions, seed: int = 0):
        super().__init__(lm, decoder, rate, options, seed)
        same = lm.width == decoder.lm.width
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed + 1)
            self.adapter = nn.Identity() if same else nn.Linear(lm.width, decoder.lm.width)

    def projector(self) -> nn.Module:
        return self.adapter

    def encode(self, ids: Sequence[Sequence[int]], n_tokens: Sequence[int], rate: float) -> Slots:
        pieces, counts, _, owners = self.cut(ids, n_tokens, rate)
        own, vectors = zip(*self.in_parts(self._slots, pieces, counts), strict=True)
        return Slots(by_document(vectors, owners), by_document(own, owners), list(n_tokens))

    def _slots(self, pieces: Sequence[Sequence[int]], counts: Sequence[int]) -> list[tuple[Tensor, Tensor]]:
        """The slots of each segment, before and after the projector."""
        batch = self.append(pieces, counts)
        state_STC = self.hidden(batch.embeds_STC)
        own_SMC = state_STC.gather(1, batch.index_SM[..., None].expand(-1, -1, state_STC.shape[2]))
        return list(zip(batch.by_segment(own_SMC), batch.by_segment(self.adapter(own_SMC)), strict=True))
