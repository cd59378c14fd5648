"""Learned memory embeddings appended to the text; their last hidden states are the memory.

Paper: ICAE (arXiv 2307.06945). As there: segments of n = ceil(T / (k * rate)), encoded independently, memories
concatenated in order; no projector when the widths agree. Different: batches of any size with ragged lengths, and a
segment gets as many of its k memory embeddings as the rate asks for.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from pydantic import Field
from torch import nn

from tellback.compressors.base import Options, SlotCompressor, by_document, n_slots
from tellback.compressors.memory import Slots
from tellback.models.decoder import Decoder
from tellback.models.load import LM


class MemoryTokensOptions(Options):
    k: int = Field(64, ge=1, description="memory embeddings of one segment, at most")


class MemoryTokens(SlotCompressor):
    """Appends learned memory embeddings to each segment and keeps their last hidden states (ICAE)."""

    name = "memory_tokens"
    Options = MemoryTokensOptions

    def __init__(self, lm: LM, decoder: Decoder, rate: float, options: MemoryTokensOptions, seed: int = 0):
        super().__init__(lm, decoder, rate, options, seed)
        self.model = lm.model
        table = lm.model.get_input_embeddings().weight
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            self.memory = nn.Parameter(torch.randn(options.k, lm.width) * table.detach().float().std())
            same = lm.width == decoder.lm.width
            self.adapter = nn.Identity() if same else nn.Linear(lm.width, decoder.lm.width)

    def projector(self) -> nn.Module:
        return self.adapter

    def encode(self, ids: Sequence[Sequence[int]], n_tokens: Sequence[int], rate: float) -> Slots:
        pieces, counts, owners = [], [], []
        for i, (row, n) in enumerate(zip(ids, n_tokens, strict=True)):
            for piece, count in self.segments(row, n, rate):
                pieces.append(piece)
                counts.append(count)
                owners.append(i)
        # each row: its tokens, then its memory embeddings at once, then padding
        device = self.memory.device
        lengths = torch.tensor([len(p) for p in pieces], device=device)[:, None]
        n_mem = max(counts)
        embeds_BTC = nn.functional.pad(self.embed(pieces), (0, 0, 0, n_mem))
        at_BT = torch.arange(embeds_BTC.shape[1], device=device)[None] - lengths
        embeds_BTC = torch.where((at_BT >= 0)[..., None], self.memory[at_BT.clamp(0, n_mem - 1)], embeds_BTC)
        state_BTC = self.hidden(embeds_BTC)
        index_BN = (lengths + torch.arange(n_mem, device=device)).clamp(max=state_BTC.shape[1] - 1)
        own_BNC = state_BTC.gather(1, index_BN[..., None].expand(-1, -1, state_BTC.shape[2]))
        vectors_BND = self.adapter(own_BNC)
        own = by_document([row[:n] for row, n in zip(own_BNC.unbind(), counts, strict=True)], owners)
        vectors = by_document([row[:n] for row, n in zip(vectors_BND.unbind(), counts, strict=True)], owners)
        return Slots(vectors, own, list(n_tokens))

    def segments(self, ids: Sequence[int], n: int, rate: float) -> list[tuple[Sequence[int], int]]:
        """(token ids, slots) of each segment: equal shares of the text, slots as the edges' ceilings differ."""
        fits = max(1, self.lm.max_positions - self.options.k)
        pieces = max(math.ceil(n / (self.options.k * rate) - 1e-9), math.ceil(len(ids) / fits))
        while True:
            edges = [round(n * j / pieces) for j in range(pieces + 1)]
            slots = [n_slots(e, rate) if e else 0 for e in edges]
            counts = [b - a for a, b in zip(slots, slots[1:], strict=False)]
            if max(counts) <= self.options.k:
                break
            pieces += 1  # rounding of the edges can ask one slot too many of a segment
        cuts = [round(len(ids) * e / n) for e in edges]
        return [(ids[a:b], c) for a, b, c in zip(cuts, cuts[1:], counts, strict=False) if c]
