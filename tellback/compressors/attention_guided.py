"""Keep the units of a text that a language model looks at when it is asked something.

Paper: SAGE (arXiv 2604.15583), as far as its public description goes. As there: the attention from the query to the
document is a heat map of relevance, minus that of a baseline query («repeat the context»); the hottest units are kept
greedily within the token budget, as original text in source order. Our reading where it is silent: attention is
averaged over heads, query tokens and the last half of the layers; each of the two maps is scaled to a mean of 1 over
its window before they are subtracted, so that a query's length does not matter; a unit counts the mean of its tokens.
Different: without queries one general question is asked, so that the memory can be written before anybody asks.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import groupby

import torch
from pydantic import Field
from torch import Tensor
from transformers import DynamicCache

from tellback.compressors.base import plain_encoding
from tellback.compressors.text_method import UNIT, ScoredUnits, UnitOptions
from tellback.compressors.units import Spans, Unit
from tellback.errors import UsageError
from tellback.models.decoder import Prefix
from tellback.models.lm import LM

WINDOW = 2048  # tokens of a document that are read together, at most


class AttentionGuidedOptions(UnitOptions):
    unit: Unit = Field("sentence", description=UNIT)
    query: str = Field(
        "Who and what is the text about, and which names, numbers, places and dates does it give?",
        description="what is asked of a document that comes without a query",
    )
    baseline: str = Field("Repeat the context.", description="the query whose attention is subtracted")
    layers: tuple[int, ...] | None = Field(None, min_length=1, description="which layers are averaged; null: the last half")
    batch: int = Field(4, ge=1, description="windows of a long document that are read at once")


class AttentionGuided(ScoredUnits):
    """Keeps the units that draw the base LM's attention from a query (training-free, text to text)."""

    name = "attention_guided"
    Options = AttentionGuidedOptions

    def score(self, text: str, query: str | None) -> tuple[Spans, list[float]]:
        encoded = plain_encoding(self.lm, text)
        heat = self._heat(encoded.input_ids, self._query_ids(query or self.options.query), self._baseline_ids())
        return encoded.offset_mapping, heat

    def _query_ids(self, query: str) -> list[int]:
        """The query as the LM is asked it: a pocket LM by its own mark."""
        mark = self.lm.marker("<ask>")
        return self.lm.ids("\n" + query) if mark is None else [mark, *self.lm.ids(query)]

    def _baseline_ids(self) -> list[int]:
        """«Repeat the context»; an LM that has a mark for just that gets the mark."""
        mark = self.lm.marker("<ae>")
        return self.lm.ids("\n" + self.options.baseline) if mark is None else [mark]

    def _heat(self, ids: Sequence[int], query: Sequence[int], baseline: Sequence[int]) -> list[float]:
        """How much hotter than under the baseline each of the document's tokens is under the query."""
        room = min(WINDOW, self.lm.max_positions - 1 - max(len(query), len(baseline)))
        if room < 1:
            raise UsageError(
                f"attention_guided: a query of {len(query)} tokens leaves no room for the document in the "
                f"{self.lm.max_positions} positions of {self.lm.name!r}. Shorten the query."
            )
        heat: list[float] = []
        for batch in batches([ids[at : at + room] for at in range(0, len(ids), room)], self.options.batch):
            prefix = self._read(batch)
            with eager(self.lm):  # only here: attention from the whole window to itself is never needed
                heat += (self._map(prefix, query) - self._map(prefix, baseline)).flatten().tolist()
        return heat

    def _read(self, windows: Sequence[Sequence[int]]) -> Prefix:
        """Windows of one length, each after a start token, which takes the attention that goes to no content."""
        start = self.lm.tokenizer.bos_token_id
        start = self.lm.eos if start is None else start
        ids_WT = torch.tensor([[start, *w] for w in windows], device=self.lm.model.device)
        cache = DynamicCache()
        self.lm.model.base_model(input_ids=ids_WT, past_key_values=cache, use_cache=True)
        return Prefix([(layer.keys, layer.values) for layer in cache.layers], torch.ones_like(ids_WT, dtype=torch.bool))

    def _map(self, prefix: Prefix, query: Sequence[int]) -> Tensor:
        """W x T: attention of the query's tokens to each document token, as a multiple of the window's mean."""
        n_windows, n_before = prefix.mask_BN.shape
        ids_WQ = torch.tensor([list(query)] * n_windows, device=prefix.mask_BN.device)
        found = self.lm.model.base_model(
            input_ids=ids_WQ, past_key_values=prefix.cache(), use_cache=True, output_attentions=True
        ).attentions
        chosen = range(len(found) // 2, len(found)) if self.options.layers is None else self.options.layers
        if not all(-len(found) <= i < len(found) for i in chosen):
            raise UsageError(f"attention_guided: layers {tuple(chosen)} of an LM that has {len(found)}. Name others.")
        attention_WT = sum(found[i].float().mean((1, 2)) for i in chosen)[:, 1:n_before]
        return attention_WT / attention_WT.mean(1, keepdim=True)


def batches(windows: list[Sequence[int]], size: int) -> Iterator[list[Sequence[int]]]:
    """At most `size` neighbouring windows at once, all of one length: the last, shorter one is read alone."""
    for _, alike in groupby(windows, key=len):
        rest = list(alike)
        while rest:
            yield rest[:size]
            rest = rest[size:]


@contextmanager
def eager(lm: LM) -> Iterator[None]:
    """Let this one model compute attention in the way that gives its weights, and put it back."""
    before = lm.model.config._attn_implementation
    lm.model.set_attn_implementation("eager")
    try:
        yield
    finally:
        lm.model.set_attn_implementation(before)
