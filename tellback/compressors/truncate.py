"""Keep the beginning, the end or both ends of a text: the floor that every method has to beat.

No paper; what a context window does by itself. Whole units are kept, so that no number or name is cut in two. Where
not one sentence or phrase fits, words are kept, and where not one word fits, as much of it as does.
"""

from __future__ import annotations

from itertools import chain, zip_longest
from typing import Literal

from pydantic import Field

from tellback.compressors.base import Options
from tellback.compressors.units import TextCompressor, Unit, fill_leading, keep


class TruncateOptions(Options):
    keep: Literal["head", "tail", "both"] = Field("head", description="the beginning, the end, or both in equal parts")
    unit: Unit = Field("word", description="what is not cut in two where any fits")


class Truncate(TextCompressor):
    """Keeps as many whole units as fit the budget, from the beginning, the end or both (training-free)."""

    name = "truncate"
    Options = TruncateOptions

    def shorten(self, texts: list[str], budgets: list[int], queries: list[str | None]) -> list[str]:
        return [self._keep(text, budget) for text, budget in zip(texts, budgets, strict=True)]

    def _keep(self, text: str, budget: int) -> str:
        return keep(
            text, self.options.unit, lambda units: ORDERS[self.options.keep](len(units)), self.size, budget,
            choose=fill_leading, at_end=self.options.keep == "tail",
        )  # fmt: skip


def both_ends(n: int) -> list[int]:
    """First, last, second, last but one ... of n units."""
    head, tail = range((n + 1) // 2), range(n - 1, (n + 1) // 2 - 1, -1)
    return [i for i in chain.from_iterable(zip_longest(head, tail)) if i is not None]


ORDERS = {"head": lambda n: list(range(n)), "tail": lambda n: list(reversed(range(n))), "both": both_ends}
