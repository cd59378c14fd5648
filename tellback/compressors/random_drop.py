"""Drop units of a text at random: the floor of every method that chooses what to drop.

No paper. The draw depends on the seed and the text alone, so a document loses the same units in every batch.
"""

from __future__ import annotations

import random

from pydantic import Field

from tellback.compressors.base import Options
from tellback.compressors.units import Spans, TextCompressor, Unit, keep


class RandomDropOptions(Options):
    unit: Unit = Field("word", description="what is kept or dropped as a whole")


class RandomDrop(TextCompressor):
    """Keeps units drawn at random, in source order, as long as they fit the budget (training-free)."""

    name = "random_drop"
    Options = RandomDropOptions

    def shorten(self, texts: list[str], budgets: list[int], queries: list[str | None]) -> list[str]:
        return [self._keep(text, budget) for text, budget in zip(texts, budgets, strict=True)]

    def _keep(self, text: str, budget: int) -> str:
        def rank(units: Spans) -> list[int]:
            order = list(range(len(units)))
            random.Random(f"random_drop-{self.seed}-{text}").shuffle(order)
            return order

        return keep(text, self.options.unit, rank, self.size, budget)
