"""Drop units of a text at random: the floor of every method that chooses what to drop.

No paper. The draw depends on the seed and the text alone, so a document loses the same units in every batch.
"""

from __future__ import annotations

import random

from tellback.compressors.text_method import UnitCompressor
from tellback.compressors.units import Spans


class RandomDrop(UnitCompressor):
    """Keeps units drawn at random, in source order, as long as they fit the budget (training-free)."""

    name = "random_drop"

    def rank(self, text: str, units: Spans, query: str | None) -> list[int]:
        order = list(range(len(units)))
        random.Random(f"random_drop-{self.seed}-{text}").shuffle(order)
        return order
