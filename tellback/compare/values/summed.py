"""Sums of an output that no word calls so: «75, 40 and 120 bags» told as 235, a column of a table told by its total."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from fractions import Fraction
from functools import cached_property

from tellback.compare.values.mentions import Mentions
from tellback.facts.kinds.quantity import Quantity

MOST = 8  # numbers of a sentence that are added up in a row
_LEAST = 3  # numbers of a sentence that make a sum without a word for it

Summed = tuple[set[str], tuple[int, ...]]  # the units that are said, the mentions that are added


class Sums:
    """The sums of one source; the numbers of `gaps` tell how far others are apart, and are added to none."""

    def __init__(self, s: Mentions, gaps: Collection[int]):
        self.s, self.gaps = s, gaps

    def of(self, o: Mentions, n: int) -> tuple[int, ...] | None:
        """The mentions whose sum the output's value `n` is: numbers of a sentence in a row, or a column; None where it is none."""
        told = o.values[n].readings[0]
        if not isinstance(told, Quantity) or told.unit == "%":
            return None
        return next((ms for units, ms in self._all.get(Fraction(told.number), ()) if told.unit is None or not units or told.unit in units), None)

    @cached_property
    def _all(self) -> dict[Fraction, list[Summed]]:
        out: dict[Fraction, list[Summed]] = {}
        for part in self._parts():
            read = [self.s.values[k].readings[0] for k in part]
            units = {r.unit for r in read if isinstance(r, Quantity) and r.unit is not None}
            if len(units) < 2:
                total = sum((Fraction(r.number) for r in read if isinstance(r, Quantity)), Fraction(0))
                out.setdefault(total, []).append((units, part))
        return out

    def _parts(self) -> Iterator[tuple[int, ...]]:
        for ms in self.s.of_sentence.values():
            here = [k for k in ms if self._adds(k)][:MOST]
            yield from (tuple(here[i:j]) for i in range(len(here)) for j in range(i + _LEAST, len(here) + 1))
        yield from (tuple(run) for run in self._columns() if len(run) > 1)

    def _adds(self, k: int) -> bool:
        read = self.s.values[k].readings[0]
        return isinstance(read, Quantity) and read.unit != "%" and read.number > 0 and k not in self.gaps

    def _columns(self) -> Iterator[list[int]]:
        """The numbers of each column of each table, whose rows follow each other."""
        runs: dict[str, list[int]] = {}
        for k in filter(self._adds, range(len(self.s.values))):
            if (name := self.s.column(k)) is None:
                continue
            run = runs.setdefault(name, [])
            if run and self.s.sentence[k] - self.s.sentence[run[-1]] > 1:
                yield run
                runs[name] = run = []
            run.append(k)
        yield from runs.values()
