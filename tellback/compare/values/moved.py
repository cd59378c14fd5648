"""Times of day and dates of an output that a reader comes to by going on from one of the source: «45 minutes before closing»,
where closing is at 19:00, is 18:15; «one week before» 14 June is 7 June; «for six months from March» ends with August; who
graduated «in 1990, three years after his sister», had one who did in 1987; «the 19th» after «4 March» is 19 March."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from functools import cached_property
from itertools import islice
from typing import NamedTuple

from tellback.compare.values.mentions import Mentions
from tellback.facts.kinds.days import Date
from tellback.facts.kinds.quantity import Place, Quantity
from tellback.facts.kinds.times import Clock
from tellback.facts.kinds.units import UNITS

MOST = 8  # moments that a length of time is told of
_BACK = 5  # sentences before a length of time in which they stand, where a word says in which direction it goes
#: Words after a length of time: before a moment, or after it; with «than» the other way round.
_DIRECTION = re.compile(
    r"(?:[ -][\w'’]+)?[ -](?:(?P<back>before\w*|earlier|ahead|prior|sooner|in advance|notice)|(?P<on>after\w*|later|past|on from|from|following|hence))\b"
    r"(?P<than> than)?"
)
#: Words before one by which something goes on for so long.
_GOES_ON = re.compile(
    r"\b(?:for|within|in|over|another|by|after|lasts?|lasting|lasted|takes?|taking|took|needs?|needed|holds?|held|hold it for|runs?|of)"
    r"(?: (?:about|around|up to|at most|at least|some|roughly|a further|the|next))?\W*$"
)
#: Words around one by which something came so much later or earlier than planned.
_SHIFTED = re.compile(r"\b(?:delay\w*|postpone\w*|put back|pushed back|brought forward|moved|late|early)(?: (?:for|by))?(?: (?:about|around|some|roughly|a further))?\W*$")
_LATE = re.compile(r"[ -](?:late|early|delayed|overdue|behind schedule|ahead of schedule)\b")
_HOUR = re.compile(r"\b(?:from|until|till|to|at|by|and|closes|opens|shuts)\W*$")
_ARTICLE = re.compile(r"\b(?:an?|the) (hour|day|week|month|year|fortnight)(?=[ -](?:before|earlier|ahead|prior|after|later))")
_ORDINAL = re.compile(r"\b(?:the|by|on|to|till|until|around|about)\W*$")
_NEAR = 24  # characters beside a number in which these words stand

#: Behind «three years after» follows whom or what: then the moment that is told is the later one, and the length goes back from it.
_OF_ANOTHER = re.compile(r"(?:[ -][\w'’]+)?[ -](?:after|before|later than|earlier than) (?!this|that|it\b|then|which)[\w'’]")

Moment = Clock | Date | Place


class Length(NamedTuple):
    """How long, told in a sentence; `ways`: -1 before a moment, 1 after it; whether a word says so, whether something goes on for so
    long; its mention, if it is one."""

    sentence: int
    told: Quantity
    ways: tuple[int, ...]
    said: bool
    lasts: bool
    mention: int | None


class Moved:
    """What a reader of one source may come to. The source is gone through once, when the first moment of an output asks."""

    def __init__(self, s: Mentions):
        self.s = s

    def comes_to(self, o: Mentions, n: int) -> tuple[int, ...] | None:
        """The mentions of the source that `n` goes on from; None where it goes on from none."""
        for reading in o.values[n].readings:
            if not isinstance(reading, Clock | Date | Place):
                continue
            if (found := self._reached.get(str(reading))) is not None:
                return found
            if isinstance(reading, Date) and reading.year and reading.month and str(reading.year) in self.s.read.text:
                return self._reached.get(str(Date(None, reading.month, reading.day)))
        return None

    def named_day(self, o: Mentions, n: int) -> int | None:
        """The place in the month of the source whose date `n` tells: «the 19th»."""
        for reading in o.values[n].readings:
            if isinstance(reading, Date) and reading.day and reading.month:
                found = self._days.get((reading.month, reading.day), (None, None))
                if found[0] is not None and reading.year in (None, found[1]):
                    return found[0]
        return None

    @cached_property
    def _reached(self) -> dict[str, tuple[int, ...]]:
        out: dict[str, tuple[int, ...]] = {}
        for length in self._lengths():
            back = _BACK if length.said else 0
            near = (pair for j in range(length.sentence, length.sentence - back - 1, -1) for pair in self._moments.get(j, ()))
            for m, moment in islice(near, MOST):
                for found in (at for way in length.ways for at in _gone_on(moment, length.told, way, length.lasts)):
                    out.setdefault(str(found), (m,) if length.mention is None else (m, length.mention))
        return out

    @cached_property
    def _moments(self) -> dict[int, list[tuple[int, Moment]]]:
        """Sentence -> its times of day and dates; a bare number after «until» is an hour."""
        out: dict[int, list[tuple[int, Moment]]] = {}
        for m, value in enumerate(self.s.values):
            here = out.setdefault(self.s.sentence[m], [])
            for reading in value.readings:
                if isinstance(reading, Clock | Date) or (isinstance(reading, Place) and reading.number <= 31 and self._before(m, _ORDINAL)):
                    here.append((m, reading))
                elif isinstance(reading, Quantity) and reading.unit is None and reading.number in range(25) and self._before(m, _HOUR):
                    hour = int(reading.number)
                    here.extend((m, Clock(h % 24)) for h in ((hour, hour + 12) if hour <= 12 else (hour,)))
        return out

    def _before(self, m: int, words: re.Pattern[str]) -> bool:
        start = self.s.mentions[m].span[0]
        return words.search(self.s.text.lower, max(0, start - _NEAR), start) is not None

    def _lengths(self) -> Iterator[Length]:
        lower = self.s.text.lower
        for m, value in enumerate(self.s.values):
            reading = value.readings[0]
            if isinstance(reading, Quantity) and reading.unit in ("s", "day", "month") and reading.number > 0:
                end, lasts = self.s.mentions[m].span[1], self._before(m, _GOES_ON)
                if (said := _direction(lower, end)) is not None:
                    yield Length(self.s.sentence[m], reading, said, True, lasts, m)
                elif self._before(m, _SHIFTED) or _LATE.match(lower, end):
                    yield Length(self.s.sentence[m], reading, (1, -1), True, False, m)
                elif lasts:
                    yield Length(self.s.sentence[m], reading, (1,), False, True, m)
        for i, (start, stop) in enumerate(self.s.read.sentences):
            for one in _ARTICLE.finditer(lower, start, stop):
                said = _direction(lower, one.end())
                unit, size = UNITS.get(one[1], ("day", Decimal(14)))
                if said is not None:
                    yield Length(i, Quantity(size, unit), said, True, False, None)

    @cached_property
    def _days(self) -> dict[tuple[int, int], tuple[int, int | None]]:
        """(month, day) -> the place in the month that means it beside a whole date, and that date's year."""
        out: dict[tuple[int, int], tuple[int, int | None]] = {}
        for m, value in enumerate(self.s.values):
            day = value.readings[0].number if isinstance(value.readings[0], Place) else 0
            if not 1 <= day <= 31 or not self._before(m, _ORDINAL):
                continue
            i = self.s.sentence[m]
            near = [d for j in (i, i - 1, i - 2) for _, d in self._moments.get(j, ()) if isinstance(d, Date)][:MOST]
            for anchor in near:
                out.setdefault((anchor.month or 1, day), (m, anchor.year))
                if day <= (anchor.day or 0):
                    out.setdefault(((anchor.month or 1) % 12 + 1, day), (m, anchor.year))
        return out


def _direction(text: str, end: int) -> tuple[int, ...] | None:
    """-1 where the words behind a length of time go back from a moment, 1 where they go on, both where another moment follows; None
    where they do not say."""
    found = _DIRECTION.match(text, end, end + 2 * _NEAR)
    if found is None:
        return None
    way = (-1 if found["back"] else 1) * (-1 if found["than"] else 1)
    return (way, -way) if _OF_ANOTHER.match(text, end, end + 2 * _NEAR) else (way,)


def _gone_on(moment: Moment, length: Quantity, way: int, lasts: bool) -> Iterator[Moment]:
    if isinstance(moment, Clock):
        if length.unit == "s" and length.number % 60 == 0 and length.number < 86400:
            minutes = (moment.hour * 60 + moment.minute + way * int(length.number) // 60) % 1440
            yield Clock(minutes // 60, minutes % 60)
        return
    if isinstance(moment, Place):
        if length.unit in ("s", "day") and 1 <= (later := int(moment.number) + way * _days_of(length)) <= 31 and later != moment.number:
            yield Place(later)
        return
    if not (moment.month and moment.day):
        yield from _of_months(moment, length, way, lasts)
        return
    try:
        day = date(moment.year if moment.year and moment.year > 0 else 2001, moment.month or 1, moment.day or 1)
        found = _months_on(day, way * int(length.number)) if length.unit == "month" else day + timedelta(days=way * _days_of(length))
    except (ValueError, OverflowError):
        return
    if found == day:
        return
    for end in (found, found - timedelta(days=1)) if lasts else (found,):  # what runs for a year from 1 March ends on the last of February
        yield Date(None, end.month, end.day)
        yield Place(end.day)
        if moment.year:
            yield Date(end.year, end.month, end.day)


def _of_months(moment: Date, length: Quantity, way: int, lasts: bool) -> Iterator[Date]:
    """The same of a month or a year: the month that follows the length, and the last one in it."""
    if length.unit != "month" or not moment.year and not moment.month:
        return
    months = way * int(length.number)
    if moment.month is None:
        if months % 12 == 0:
            yield Date(moment.year + months // 12)
        return
    for end in (months, months - 1) if lasts else (months,):
        at = 12 * (moment.year or 0) + moment.month - 1 + end
        yield Date(None, at % 12 + 1)
        if moment.year:
            yield Date(at // 12, at % 12 + 1)


def _days_of(length: Quantity) -> int:
    return int(length.number) if length.unit == "day" else int(length.number // 86400)


def _months_on(day: date, months: int) -> date:
    number = day.year * 12 + day.month - 1 + months
    year, month = number // 12, number % 12 + 1
    return day.replace(year=year, month=month, day=min(day.day, monthrange(year, month)[1]))
