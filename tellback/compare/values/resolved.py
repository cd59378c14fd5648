"""Dates that a source names by the day on which it speaks: «yesterday» of a message of 24 May is 23 May."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterator
from datetime import date, timedelta

from tellback.compare.values.mentions import Mentions
from tellback.facts.kinds.base import Reading
from tellback.facts.kinds.days import Date, Weekday
from tellback.facts.kinds.quantity import Place
from tellback.facts.kinds.spelled import read_spelled
from tellback.facts.kinds.timestamps import Moment
from tellback.facts.kinds.units import WEEKDAYS
from tellback.records import Span

_DAY = "mon|tues|wednes|thurs|fri|satur|sun"
_SAID = re.compile(
    r"\b(?:(?P<day>yesterday|today|tonight|this (?:morning|afternoon|evening)|tomorrow|last night|the day (?:before yesterday|after tomorrow))"
    r"|(?:(?P<which>last|next|this|on|coming|past) )?(?P<weekday>(?:" + _DAY + r")day)"
    r"|in (?:(?:exactly|about|around|roughly|just|some|precisely) )?(?P<in>\w+(?:-\w+)?) (?P<in_unit>day|week|month|year)s?"
    r"|(?P<ago>\w+(?:-\w+)?) (?P<ago_unit>day|week|month|year)s? (?P<sense>ago|later|from now|earlier)"
    r"|(?P<other>last|next|this) (?P<span>week|month|year))\b"
)  # fmt: skip
_DAYS = {"yesterday": -1, "last night": -1, "tomorrow": 1, "the day before yesterday": -2, "the day after tomorrow": 2}
_BESIDE = re.compile(r"\bthe (?:day|evening|night|morning|afternoon) (before|after)\b(?! yesterday| tomorrow)")
_NEAR = 90  # characters after a day in which it is told
_LENGTH = {"day": 1, "week": 7}
MOST = 400  # relative words that are looked at


def resolved(s: Mentions) -> dict[str, list[Span]]:
    """Key of a date -> the words of the source that mean it: a day with and without its year, or a year."""
    words = [match for match, _ in zip(_SAID.finditer(s.text.lower), range(MOST), strict=False)]
    if not words:
        return {}
    anchors = sorted(_anchors(s))
    found: dict[str, list[Span]] = {}
    for match in words:
        before = [day for at, day in anchors if at <= match.start()][-1:] or [day for _, day in anchors[:1]]
        for day in before:
            for said in _meant(match, day):
                for day_meant in (said, *_beside(s.text.lower, match.end(), said)):
                    for form in (day_meant, *day_meant.implied(), *_day_of(day_meant)):
                        if not isinstance(form, Date) or form.year or form.day:
                            found.setdefault(str(form), []).append(match.span())
    return found


def _beside(text: str, at: int, said: Date) -> Iterator[Date]:
    """The day that the same sentence tells by this one: «in three weeks; the rehearsal is the evening before»."""
    beside = _BESIDE.search(text, at, at + _NEAR) if said.year and said.month and said.day else None
    if beside:
        try:
            yield _said(date(said.year or 0, said.month or 0, said.day or 0) + timedelta(days=-1 if beside[1] == "before" else 1))
        except ValueError:
            return


def _day_of(said: Date) -> Iterator[Reading]:
    """The weekday of a date, and its day as a place in the month: «on Thursday the 15th»."""
    if said.year and said.month and said.day:
        if said.day <= monthrange(said.year, said.month)[1]:  # «29 February» of another year
            yield Weekday(date(said.year, said.month, said.day).isoweekday())
        yield Place(said.day)


def _anchors(s: Mentions) -> Iterator[tuple[int, date]]:
    """The whole dates of the source, and its bare years as the last day of June, by their place."""
    for k, value in enumerate(s.values):
        reading = value.readings[0]
        at = s.mentions[k].span[0]
        if isinstance(reading, Moment):
            yield at, reading.at.date()
        elif isinstance(reading, Date) and reading.year and reading.year > 0:
            try:
                yield at, date(reading.year, reading.month or 6, reading.day or 30)
            except ValueError:
                continue


def _meant(match: re.Match[str], day: date) -> Iterator[Date]:
    if match["day"]:
        yield _said(day + timedelta(days=_DAYS.get(match["day"], 0)))
    elif match["weekday"]:
        ahead = (WEEKDAYS[match["weekday"]] - day.isoweekday()) % 7
        past, coming = (ahead - 7, ahead - 14), (ahead or 7, ahead + 7)
        which = match["which"]
        days = past if which in ("last", "past") else coming if which in ("next", "coming") else (ahead, ahead - 7)
        yield from (_said(day + timedelta(days=n)) for n in days)
    elif match["other"]:
        by = {"last": -1, "next": 1}.get(match["other"], 0)
        yield from _moved(day, by, match["span"])
    else:
        unit = match["in_unit"] or match["ago_unit"]
        word = match["in"] or match["ago"]
        read = read_spelled(word, 0)
        n = int(word) if word.isdigit() and len(word) < 4 else int(read[0]) if read and read[1] == len(word) else 1 if word in ("a", "an", "one") else 0
        if n:
            yield from _moved(day, -n if match["sense"] in ("ago", "earlier") else n, unit)


def _moved(day: date, by: int, unit: str) -> Iterator[Date]:
    if unit in _LENGTH:
        yield _said(day + timedelta(days=by * _LENGTH[unit]))
    elif unit == "year":
        yield Date(day.year + by)
    else:
        months = day.year * 12 + day.month - 1 + by
        yield Date(months // 12, months % 12 + 1, day.day)
        yield Date(months // 12, months % 12 + 1)


def _said(day: date) -> Date:
    return Date(day.year, day.month, day.day)
