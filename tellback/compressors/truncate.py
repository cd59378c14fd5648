"""Keep the beginning, the end or both ends of a text: the floor that every method has to beat.

No paper; what a context window does by itself. Whole units are kept, so that no number or name is cut in two. Where
not one sentence or phrase fits, words are kept, and where not one word fits, as much of it as does.
"""

from __future__ import annotations

from itertools import chain, zip_longest
from typing import Literal

from pydantic import Field

from tellback.compressors.text_method import UnitCompressor, UnitOptions
from tellback.compressors.units import Spans


class TruncateOptions(UnitOptions):
    keep: Literal["head", "tail", "both"] = Field("head", description="the beginning, the end, or both in equal parts")


class Truncate(UnitCompressor):
    """Keeps as many whole units as fit the budget, from the beginning, the end or both (training-free)."""

    name = "truncate"
    Options = TruncateOptions
    gaps = False

    @property
    def at_end(self) -> bool:
        return self.options.keep == "tail"

    def rank(self, text: str, units: Spans, query: str | None) -> list[int]:
        return ORDERS[self.options.keep](len(units))


def both_ends(n: int) -> list[int]:
    """First, last, second, last but one ... of n units."""
    head, tail = range((n + 1) // 2), range(n - 1, (n + 1) // 2 - 1, -1)
    return [i for i in chain.from_iterable(zip_longest(head, tail)) if i is not None]


ORDERS = {"head": lambda n: list(range(n)), "tail": lambda n: list(reversed(range(n))), "both": both_ends}
