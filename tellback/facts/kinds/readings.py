"""Values: one canonical form for each number, quantity, amount of money, share, date or time, however it is written.

A value is a set of *readings*, each a short canonical string: "1500", "1500 m" (base unit), "USD 4500000", "50 %",
"#3" (third), "1879-03-14", "1879-03", "1879", "--03-14", "1990s", "C19" (century), "W1" (Monday), "T15:30". Most have
one; 03/04/2020 has two (day or month first), «5m» too (metres or million), and two values are the same when they share
one. Numbers are exact (Decimal), never floats. «1.500» alone is one and a half; «1.500,00» is fifteen hundred.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

SEPARATOR = " | "  # between the readings of an ambiguous value, in Fact.value


@dataclass(frozen=True, slots=True)
class Value:
    """One value as read: its kind (number, percent, money, ordinal, date, time, text) and its readings."""

    kind: str
    readings: tuple[str, ...]

    @property
    def number(self) -> Decimal | None:
        """The number of the first reading, None for dates, times and text."""
        if self.kind in ("date", "time", "text"):
            return None
        words = self.readings[0].lstrip("#").split(" ")
        over, _, under = words[self.kind == "money" and len(words) > 1].partition("/")
        return Decimal(over) / Decimal(under) if under else Decimal(over)

    @property
    def unit(self) -> str | None:
        """The base unit, currency code or % of the first reading; None where there is none."""
        words = self.readings[0].split(" ")
        return None if len(words) != 2 or self.kind == "text" else words[0 if self.kind == "money" else 1]

    def __str__(self) -> str:
        return SEPARATOR.join(self.readings)


@dataclass(frozen=True, slots=True)
class Found:
    """A value and its characters [start, end); `open` numbers have no unit of their own and may share a neighbour's."""

    value: Value
    start: int
    end: int
    open: bool = False
    small_word: bool = False  # a spelled number up to ten, without a unit


def keeps(source: str, output: str) -> bool:
    """Whether reading `output` says all that reading `source` says: equal, or a date that is finer and agrees."""
    return source == output or (_covers(output, source) if _is_date(source) and _is_date(output) else False)


def coarser(source: str, output: str) -> bool:
    """Whether date `output` agrees with date `source` and says less («March 1879» of «14 March 1879»)."""
    return source != output and _is_date(source) and _is_date(output) and _covers(source, output)


_DATE = re.compile(r"(-?\d{4})?(?:(?:(?<=\d)-|--)(\d\d))?(?:-(\d\d))?")


@lru_cache(maxsize=4096)
def _parts(reading: str) -> tuple[str | None, ...]:
    match = _DATE.fullmatch(reading)
    return match.groups() if match and reading else ()


def _is_date(reading: str) -> bool:
    return bool(_parts(reading))


def _covers(fine: str, coarse: str) -> bool:
    return all(c is None or c == f for f, c in zip(_parts(fine), _parts(coarse), strict=True))
