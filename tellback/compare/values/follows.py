"""Whether a value may follow from a source at all: by a sum, a difference, a product, a share of what it says, whatever is meant.

Generous where values/reckoned.py is strict: that one keeps a value from being called news, so it asks for a word that says what was
reckoned; here a value is only put in doubt, in a sentence told in other words, and any two or three numbers will do. A value that not
even this explains is news in any words.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from fractions import Fraction
from functools import cached_property
from itertools import combinations
from math import prod
from typing import TypeVar

from tellback.facts.kinds.base import Value
from tellback.facts.kinds.days import Date, Weekday
from tellback.facts.kinds.quantity import Place, Quantity
from tellback.facts.kinds.times import Clock
from tellback.facts.kinds.timestamps import Moment

T = TypeVar("T")
MOST = 40  # numbers of a source that are reckoned with: of more, nearly everything follows
IN_THREES = 24  # of them with each other
TOGETHER = 6  # numbers in a row that are added up
NEAR = Fraction(1, 50)  # of a rounded share
DAYS = 62  # from a day that the source names
_UNDER = {"half": 2, "halves": 2, "third": 3, "thirds": 3, "quarter": 4, "quarters": 4, "fifth": 5, "fifths": 5, "tenth": 10, "tenths": 10}
_COUNTS = {"one": 1, "two": 2, "three": 3, "four": 4, "five": 5}
_SHARE = re.compile(rf"\b(?:(?P<over>{'|'.join(_COUNTS)})[ -])?(?P<under>{'|'.join(_UNDER)})\b", re.I)
_ONE = {"minute": 1, "hour": 60, "day": 1440, "week": 10080, "fortnight": 20160}
_EVERY = {"hourly": 60, "daily": 1440, "weekly": 10080}
_ONE_OF = re.compile(rf"\b(?:an?|one|the|per|each|every) ({'|'.join(_ONE)})\b")
_DAYS = {"day": 1, "week": 7, "fortnight": 14, "month": 30, "year": 365}
_MINUTES = {"s": Fraction(1, 60), "min": 1, "h": 60, "day": 1440, "week": 10080, "fortnight": 20160}


class Follows:
    """What may follow from the values of one source and what its text says of halves, thirds and doubles. It is gone through once."""

    def __init__(self, source: Sequence[Value], text: str):
        self.read, self.text = [v.readings[0] for v in source], text

    def may(self, value: Value, beside: Iterable[Value] = ()) -> bool:
        """Whether `value` may be reckoned from the source, and from the values that the output tells `beside` it."""
        told = [Fraction(r.number) for v in beside if isinstance(r := v.readings[0], Quantity)]
        numbers = self._numbers and _few([*self._numbers, *told])
        return any(self._follows(reading, numbers) for reading in value.readings)

    def _follows(self, told: object, numbers: Sequence[Fraction]) -> bool:
        if isinstance(told, Quantity):
            return self._is_reckoned(Fraction(told.number), told.unit, numbers)
        if isinstance(told, Place):
            return any(_close(ratio, Fraction(1, told.number)) for ratio in _ratios(numbers))
        if isinstance(told, Clock):
            at = told.hour * 60 + told.minute
            return any((at - other - way) % 720 == 0 for other in self._clocks for way in (0, *self._lengths, *(-n for n in self._lengths)))
        if isinstance(told, Date | Weekday):
            return self._is_near_day(told)
        return False

    def _is_reckoned(self, wanted: Fraction, unit: str | None, numbers: Sequence[Fraction]) -> bool:
        if unit in _MINUTES and self._is_length(wanted * _MINUTES[unit]):
            return True
        if unit in _DAYS and self._is_between_days(wanted * _DAYS[unit], _DAYS[unit]):
            return True
        if unit == "%":
            return any(_close(100 * r, wanted) or _close(100 * abs(1 - r), wanted) for r in _ratios(numbers))
        if wanted in self._parts or any(number * part == wanted for number in numbers for part in self._parts):
            return True
        if wanted in _sums(numbers) or any(_close(r, wanted) for r in _ratios(numbers)):
            return True
        return any(product in (wanted, 1000 * wanted) for k in (2, 3) for product in map(prod, combinations(numbers[:IN_THREES], k)))

    def _is_length(self, minutes: Fraction) -> bool:
        if any(abs(a - b) % 1440 == minutes for a, b in combinations(self._clocks, 2)) or minutes in _sums(self._lengths):
            return True
        return any(length * part == minutes for length in self._lengths for part in self._parts)

    def _is_between_days(self, days: Fraction, unit: int) -> bool:
        """Whether so many days, counted in units of `unit` days, lie between two dates of the source, its ends counted or not."""
        if any(abs(a - b) + both == days for a, b in combinations(self._days, 2) for both in (0, 1)):
            return True
        if any(abs(abs((a - b).days) - days) <= unit // 7 for a, b in combinations(filter(None, map(_day, self._dates)), 2)):
            return True
        years = [r.year for r in self._dates if r.year]
        return unit == _DAYS["year"] and any(abs(abs(a - b) - days / unit) <= NEAR * days / unit for a, b in combinations(years, 2))

    def _is_near_day(self, told: Date | Weekday) -> bool:
        """Whether a day, month or weekday lies within DAYS of a day of the source, a year within its years."""
        if isinstance(told, Weekday):
            return any(isinstance(r, Weekday) for r in self.read) or any(r.day for r in self._dates)
        if told.day and told.month:
            day = _day(told)
            return day is not None and any(other is not None and abs(day - other) <= timedelta(DAYS) for other in map(_day, self._dates))
        if told.month:
            return any(r.month and min((r.month - told.month) % 12, (told.month - r.month) % 12) <= 1 for r in self._dates)
        years = [r.year for r in self._dates if r.year]
        return told.year is not None and any(abs(told.year - year) in {1, *(int(n) for n in self._numbers if n < 200)} for year in years)

    @cached_property
    def _parts(self) -> set[Fraction]:
        """What a number may be taken times: 2, and the shares and multiples that the text names, with what is left of them."""
        found = {Fraction(2)}
        for match in _SHARE.finditer(self.text):
            over = _COUNTS.get((match["over"] or "").lower(), 1)
            share = Fraction(over, _UNDER[match["under"].lower()])
            found |= {share, 1 - share, 1 + share}
        return found | {1 / part for part in found if part}

    @cached_property
    def _numbers(self) -> list[Fraction]:
        """The numbers of the source in its order, a length of time in its own unit."""
        return _few([Fraction(r.number) for r in self.read if isinstance(r, Quantity)])

    @cached_property
    def _lengths(self) -> list[Fraction]:
        """The lengths of time of the source, in minutes, those without a number too («an hour»)."""
        told = [Fraction(r.number) * _MINUTES[r.unit] for r in self.read if isinstance(r, Quantity) and r.unit in _MINUTES]
        told += [Fraction(_ONE[word]) for word in dict.fromkeys(_ONE_OF.findall(self.text))]
        return _few(told + [Fraction(n) for word, n in _EVERY.items() if word in self.text])

    @cached_property
    def _clocks(self) -> list[int]:
        """The times of day of the source, in minutes."""
        at = (r if isinstance(r, Clock) else r.at for r in self.read if isinstance(r, Clock | Moment))
        return _few([r.hour * 60 + r.minute for r in at])

    @cached_property
    def _dates(self) -> list[Date]:
        return _few([r for r in self.read if isinstance(r, Date)])

    @cached_property
    def _days(self) -> list[int]:
        """The days of the month of the source's dates, and its numbers up to 31: «from 5 to 16 August»."""
        days = (r.day if isinstance(r, Date) else r.number if isinstance(r, Quantity) and r.unit is None else None for r in self.read)
        return _few([int(day) for day in days if day and 0 < day <= 31])


def _few(found: list[T]) -> list[T]:
    """What was found, nothing where it is too much: of many numbers everything follows."""
    return found if len(found) <= MOST else []


def _sums(numbers: Sequence[Fraction]) -> Iterator[Fraction]:
    for size in range(4, TOGETHER + 1):
        for i in range(len(numbers) - size + 1):
            yield sum(numbers[i : i + size], Fraction(0))
    for a, b in combinations(numbers, 2):
        yield a + b
        yield abs(a - b)
    for a, b, c in combinations(numbers[:IN_THREES], 3):
        yield from (a + b + c, abs(a + b - c), abs(a - b + c), abs(a - b - c))


def _ratios(numbers: Sequence[Fraction]) -> Iterator[Fraction]:
    for a, b in combinations(numbers, 2):
        if a and b:
            yield a / b
            yield b / a


def _close(a: Fraction, b: Fraction) -> bool:
    return abs(a - b) <= NEAR * abs(b)


def _day(of: Date) -> date | None:
    """The day of a date; of one without its year in a year of its own."""
    if not (of.month and of.day):
        return None
    try:
        return date(of.year if of.year and of.year > 0 else 2000, of.month, of.day)
    except ValueError:
        return None
