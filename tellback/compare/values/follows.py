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
from itertools import combinations
from math import prod

from tellback.facts.kinds.base import Value
from tellback.facts.kinds.days import Date, Weekday
from tellback.facts.kinds.quantity import Place, Quantity
from tellback.facts.kinds.times import Clock
from tellback.facts.kinds.timestamps import Moment

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


def may_follow(value: Value, source: Sequence[Value], text: str) -> bool:
    """Whether `value` may be reckoned from the values of a source and from what its `text` says of halves, thirds and doubles."""
    return any(_follows(reading, source, text) for reading in value.readings)


def _follows(told: object, source: Sequence[Value], text: str) -> bool:
    if isinstance(told, Quantity):
        return _is_reckoned(Fraction(told.number), told.unit, source, text)
    if isinstance(told, Place):
        return any(_close(ratio, Fraction(1, told.number)) for ratio in _ratios(_numbers(source)))
    if isinstance(told, Clock):
        return any((told.hour * 60 + told.minute - at) % 720 == 0 for at in _moments(source, text))
    if isinstance(told, Date | Weekday):
        return _is_near_day(told, source)
    return False


def _is_reckoned(wanted: Fraction, unit: str | None, source: Sequence[Value], text: str) -> bool:
    numbers, lengths = _numbers(source), _lengths(source, text)
    if len(numbers) > MOST:
        return False
    if unit in _MINUTES:
        minutes = wanted * _MINUTES[unit]
        if any(abs(a - b) % 1440 == minutes for a, b in combinations(_clocks(source), 2)) or minutes in _sums(lengths):
            return True
        if any(length * part == minutes for length in lengths for part in _parts(text)):
            return True
    if unit in _DAYS and _is_between_days(wanted * _DAYS[unit], _DAYS[unit], source):
        return True
    if unit == "%":
        return any(_close(100 * r, wanted) or _close(100 * abs(1 - r), wanted) for r in _ratios(numbers))
    parts = _parts(text)
    if wanted in parts or any(number * part == wanted for number in numbers for part in parts):
        return True
    if wanted in _sums(numbers) or any(_close(r, wanted) for r in _ratios(numbers)):
        return True
    return any(product in (wanted, 1000 * wanted) for k in (2, 3) for product in map(prod, combinations(numbers[:IN_THREES], k)))


def _is_between_days(days: Fraction, unit: int, source: Sequence[Value]) -> bool:
    """Whether so many days, counted in units of `unit` days, lie between two dates of the source, its ends counted or not."""
    if any(abs(a - b) + both == days for a, b in combinations(_days(source), 2) for both in (0, 1)):
        return True
    dates = [v.readings[0] for v in source if isinstance(v.readings[0], Date)]
    if any(abs(abs((a - b).days) - days) <= unit // 7 for a, b in combinations(filter(None, map(_day, dates)), 2)):
        return True
    years = [r.year for r in dates if r.year]
    return unit == _DAYS["year"] and any(abs(abs(a - b) - days / unit) <= NEAR * days / unit for a, b in combinations(years, 2))


def _parts(text: str) -> set[Fraction]:
    """What a number of the source may be taken times: 2, and the shares and multiples that its words name, with what is left of them."""
    found = {Fraction(2)}
    for match in _SHARE.finditer(text):
        over = _COUNTS.get((match["over"] or "").lower(), 1)
        share = Fraction(over, _UNDER[match["under"].lower()])
        found |= {share, 1 - share, 1 + share}
    return found | {1 / part for part in found if part}


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


def _numbers(source: Iterable[Value]) -> list[Fraction]:
    """The numbers of a source in its order, a length of time in its own unit."""
    return [Fraction(r.number) for v in source if isinstance(r := v.readings[0], Quantity)]


def _lengths(source: Iterable[Value], text: str) -> list[Fraction]:
    """The lengths of time of a source, in minutes, those without a number too («an hour»)."""
    read = (v.readings[0] for v in source)
    told = [Fraction(r.number) * _MINUTES[r.unit] for r in read if isinstance(r, Quantity) and r.unit in _MINUTES]
    return told + [Fraction(_ONE[word]) for word in dict.fromkeys(_ONE_OF.findall(text))] + [Fraction(n) for word, n in _EVERY.items() if word in text.lower()]


def _days(source: Iterable[Value]) -> list[int]:
    """The days of the month of a source's dates, and its numbers up to 31: «from 5 to 16 August»."""
    read = (v.readings[0] for v in source)
    days = (r.day if isinstance(r, Date) else r.number if isinstance(r, Quantity) and r.unit is None else None for r in read)
    return [int(day) for day in days if day and 0 < day <= 31]


def _clocks(source: Iterable[Value]) -> list[int]:
    """The times of day of a source, in minutes."""
    read = (v.readings[0] for v in source)
    return [r.hour * 60 + r.minute if isinstance(r, Clock) else r.at.hour * 60 + r.at.minute for r in read if isinstance(r, Clock | Moment)]


def _moments(source: Sequence[Value], text: str) -> Iterator[int]:
    """Times of day that are those of a source, or a length of time that it names before or after one."""
    for at in _clocks(source):
        yield at
        yield from (int(at + sign * length) for length in _lengths(source, text) for sign in (1, -1))


def _is_near_day(told: Date | Weekday, source: Sequence[Value]) -> bool:
    """Whether a day, month or weekday lies within DAYS of a day of the source, a year within its years."""
    read = [v.readings[0] for v in source]
    if isinstance(told, Weekday):
        return any(isinstance(r, Weekday) or isinstance(r, Date) and r.day for r in read)
    dates = [r for r in read if isinstance(r, Date)]
    if told.day and told.month:
        day = _day(told)
        return day is not None and any(other is not None and abs(day - other) <= timedelta(DAYS) for other in map(_day, dates))
    if told.month:
        return any(r.month and min((r.month - told.month) % 12, (told.month - r.month) % 12) <= 1 for r in dates)
    years = [r.year for r in dates if r.year]
    return told.year is not None and any(abs(told.year - year) in {1, *(int(n) for n in _numbers(source) if n < 200)} for year in years)


def _day(of: Date) -> date | None:
    """The day of a date; of one without its year in a year of its own."""
    if not (of.month and of.day):
        return None
    try:
        return date(of.year if of.year and of.year > 0 else 2000, of.month, of.day)
    except ValueError:
        return None
