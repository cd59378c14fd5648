"""Times of day and dates of an output that a reader comes to by going on from one of the source: «45 minutes before closing»,
where closing is at 19:00, is 18:15; «one week before» 14 June is 7 June; «the 19th» after «4 March» is 19 March."""

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
_HOUR = re.compile(r"\b(?:from|until|till|to|at|by|and|closes|opens|shuts)\W*$")
_ARTICLE = re.compile(r"\b(?:an?|the) (hour|day|week|month|year|fortnight)(?=[ -](?:before|earlier|ahead|prior|after|later))")
_ORDINAL = re.compile(r"\b(?:the|by|on|to|till|until|around|about)\W*$")
_NEAR = 24  # characters beside a number in which these words stand

Moment = Clock | Date


class Length(NamedTuple):
    """How long, told in a sentence; `way`: -1 before a moment, 1 after it; whether a word says so; its mention, if it is one."""

    sentence: int
    told: Quantity
    way: int
    said: bool
    mention: int | None


class Moved:
    """What a reader of one source may come to. The source is gone through once, when the first moment of an output asks."""

    def __init__(self, s: Mentions):
        self.s = s

    def comes_to(self, o: Mentions, n: int) -> tuple[int, ...] | None:
        """The mentions of the source that `n` goes on from; None where it goes on from none."""
        for reading in o.values[n].readings:
            if not isinstance(reading, Clock | Date):
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
                for found in _gone_on(moment, length.told, length.way):
                    out.setdefault(str(found), (m,) if length.mention is None else (m, length.mention))
        return out

    @cached_property
    def _moments(self) -> dict[int, list[tuple[int, Moment]]]:
        """Sentence -> its times of day and dates; a bare number after «until» is an hour."""
        out: dict[int, list[tuple[int, Moment]]] = {}
        for m, value in enumerate(self.s.values):
            here = out.setdefault(self.s.sentence[m], [])
            for reading in value.readings:
                if isinstance(reading, Clock) or (isinstance(reading, Date) and reading.month and reading.day):
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
                end = self.s.mentions[m].span[1]
                if (said := _direction(lower, end)) is not None:
                    yield Length(self.s.sentence[m], reading, said, True, m)
                elif self._before(m, _GOES_ON):
                    yield Length(self.s.sentence[m], reading, 1, False, m)
        for i, (start, stop) in enumerate(self.s.read.sentences):
            for one in _ARTICLE.finditer(lower, start, stop):
                said = _direction(lower, one.end())
                unit, size = UNITS.get(one[1], ("day", Decimal(14)))
                if said is not None:
                    yield Length(i, Quantity(size, unit), said, True, None)

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


def _direction(text: str, end: int) -> int | None:
    """-1 where the words behind a length of time go back from a moment, 1 where they go on, None where they do not say."""
    found = _DIRECTION.match(text, end, end + 2 * _NEAR)
    if found is None:
        return None
    return (-1 if found["back"] else 1) * (-1 if found["than"] else 1)


def _gone_on(moment: Moment, length: Quantity, way: int) -> Iterator[Moment | Place]:
    if isinstance(moment, Clock):
        if length.unit == "s" and length.number % 60 == 0 and length.number < 86400:
            minutes = (moment.hour * 60 + moment.minute + way * int(length.number) // 60) % 1440
            yield Clock(minutes // 60, minutes % 60)
        return
    try:
        day = date(moment.year if moment.year and moment.year > 0 else 2001, moment.month or 1, moment.day or 1)
        found = _months_on(day, way * int(length.number)) if length.unit == "month" else day + timedelta(days=way * _days_of(length))
    except (ValueError, OverflowError):
        return
    if found != day:
        yield Date(None, found.month, found.day)
        yield Place(found.day)
        if moment.year:
            yield Date(found.year, found.month, found.day)


def _days_of(length: Quantity) -> int:
    return int(length.number) if length.unit == "day" else int(length.number // 86400)


def _months_on(day: date, months: int) -> date:
    number = day.year * 12 + day.month - 1 + months
    year, month = number // 12, number % 12 + 1
    return day.replace(year=year, month=month, day=min(day.day, monthrange(year, month)[1]))
