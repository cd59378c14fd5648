"""Timestamps: a date, a time and often a zone as programs write them, read whole by the standard library.

ISO 8601 and RFC 3339 (2024-03-14T15:30:00Z), the spaced and comma forms of logs, those of access logs, of mail and of
git. Two are the same when they are the same moment, in whatever zone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import ClassVar

from tellback.facts.kinds.base import Case, Examples, Found, Reading, Value, ValueKind
from tellback.facts.kinds.days import Date
from tellback.facts.kinds.times import Clock
from tellback.facts.kinds.units import MONTH_NAMES, MONTHS, WEEKDAY_NAMES

_CLOCK = r"(?P<clock>[012]\d:[0-5]\d(?::[0-5]\d)?)(?:(?<=:\d\d:\d\d)[.,](?P<fraction>\d{1,9}))?"
_ZONE = r"(?P<zone>Z\b| ?(?:UTC|GMT)\b| ?[+-][01]\d:?[0-5]\d(?!\d)|[+-][01]\d(?![\d:]))"
_MONTH = r"(?P<month>Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
_WEEKDAY = r"(?P<weekday>Mon|Tue|Wed|Thu|Fri|Sat|Sun)"
_YEAR, _DAY = r"(?P<year>[12]\d{3})", r"(?P<day>[ 0-3]?\d)"
_END = r"(?![\w:]|[.,]\d)"
_ISO = re.compile(rf"{_YEAR}[-/](?P<month>[01]\d)[-/](?P<day>[0-3]\d)(?:T| {{1,2}}){_CLOCK}{_ZONE}?{_END}")
_BASIC = re.compile(rf"{_YEAR}(?P<month>[01]\d)(?P<day>[0-3]\d)T(?P<clock>[012]\d[0-5]\d[0-5]\d)(?:\.(?P<fraction>\d{{1,9}}))?{_ZONE}?{_END}")  # fmt: skip
_ACCESS = re.compile(rf"(?P<day>[0-3]?\d)[/ -]{_MONTH}[/ -]{_YEAR}[: ]{_CLOCK}{_ZONE}?{_END}")
_GIT = re.compile(rf"{_WEEKDAY} {_MONTH} {_DAY} {_CLOCK}(?: (?:UTC|GMT))? {_YEAR}{_ZONE}?{_END}")
_MAIL = re.compile(rf"{_WEEKDAY}, {_DAY} {_MONTH} {_YEAR} {_CLOCK}{_ZONE}?{_END}")


@dataclass(frozen=True, slots=True)
class Moment(Reading):
    """`at` to the second, with its zone where one is said; `fraction` the digits after it, as many as are written.

    `weekday` is the day that is written with it where that is not the day of the date (Monday is 0), else None.
    """

    at: datetime
    fraction: str = ""
    weekday: int | None = None

    def __str__(self) -> str:
        if self.weekday is not None:
            day, month = WEEKDAY_NAMES[self.weekday][:3], MONTH_NAMES[self.at.month - 1][:3]
            said = self.at.strftime(f"{self.at.day:02} {month} %Y %H:%M:%S")
            return f"{day}, {said}{'.' * bool(self.fraction)}{self.fraction} {self.at.strftime('%z')}".rstrip()
        zone = self.at.tzinfo is not None
        at = _in_utc(self.at) if zone else self.at
        return f"{at.replace(tzinfo=None).isoformat()}{'.' * bool(self.fraction)}{self.fraction}{'Z' * zone}"

    def implied(self) -> Iterable[Reading]:
        here = self.at.replace(tzinfo=None)
        date, clock = self.halves()
        moved = []
        if self.at.utcoffset() is not None:
            there = _in_utc(self.at).date()
            moved = [] if there == self.at.date() else [Date(there.year, there.month, there.day)]
        finer = [Moment(at, digits) for at in (here, self.at) for digits in dict.fromkeys((self.fraction, ""))]
        return [reading for reading in finer if reading != self] + [
            part for half in (date, *moved, clock) for part in (half, *half.implied())
        ]

    def halves(self) -> tuple[Date, Clock]:
        at, zone = self.at, self.at.utcoffset()
        ahead = None if zone is None else zone // timedelta(minutes=1)
        return Date(at.year, at.month, at.day), Clock(at.hour, at.minute, at.second, ahead, self.fraction)


def _in_utc(at: datetime) -> datetime:
    try:
        return at.astimezone(UTC)
    except OverflowError:  # the first and the last day that there is
        return at


class Timestamp(ValueKind):
    """A moment: 2024-03-14T15:30:00Z."""

    name = "timestamp"
    begins: ClassVar[Mapping[str, Case]] = dict.fromkeys(("mon", "tue", "wed", "thu", "fri", "sat", "sun"), "capital")
    signs = r"\d"
    token = r"\d{4}-\d\d-\d\dT\d\d:.*|\d{8}T\d{6}.*|\d\d/[A-Z][a-z]{2}/\d{4}:.*"
    examples = Examples(
        found={
            "at 2024-03-14T15:30:00Z": "2024-03-14T15:30:00Z",
            "at 2024-03-14T16:30:00.250+01:00": "2024-03-14T15:30:00.25Z",
            "2024-03-14 15:30:00,123 went well": "2024-03-14T15:30:00.123",
            "[14/Mar/2024:15:30:00 +0100] went well": "2024-03-14T14:30:00Z",
            "Date: Thu Mar 14 15:30:00 2024 +0100": "2024-03-14T14:30:00Z",
            "Date: Thu, 14 Mar 2024 15:30:00 GMT": "2024-03-14T15:30:00Z",
            "backup of 20240314T153000Z": "2024-03-14T15:30:00Z",
        },
        same=[
            ("2024-03-14T15:30:00Z", "2024-03-14T16:30:00+01:00"), ("2024-03-14T15:30:00Z", "2024-03-14 15:30:00.000 UTC"),
            ("2024-03-14T15:30Z", "Thu Mar 14 16:30:00 2024 +0100"), ("2024-03-14 15:30:00", "2024/03/14 15:30"),
        ],
        other=[
            ("2024-03-14T15:30:00Z", "2025-03-14T15:30:00Z"), ("2024-03-14T15:30:00Z", "2024-03-14T15:30:01Z"),
            ("2024-03-14T15:30:00Z", "2024-03-14T15:30:00+01:00"), ("2024-03-14T15:30:00.1234567Z", "2024-03-14T15:30:00.1234568Z"),
            ("Thu Mar 14 15:30:00 2024 +0100", "Fri Mar 14 15:30:00 2024 +0100"),
        ],
        none=["2024-03-14", "15:30:00", "on 14 March at 15:30", "2024-13-14T15:30:00Z", "Sat down in Mar 14"],
    )  # fmt: skip

    def find(self, text: str, at: int) -> Found | None:
        if text[at].isdigit():
            form = _ISO if text[at + 4 : at + 5] in ("-", "/") else _BASIC if text[at + 8 : at + 9] == "T" else _ACCESS
        else:
            form = _MAIL if text[at + 3 : at + 4] == "," else _GIT
        match = form.match(text, at)
        moment = _moment(match) if match else None
        return Found(Value(self.name, (moment,)), at, match.end()) if moment else None


TIMESTAMP = Timestamp()


def _moment(match: re.Match[str]) -> Moment | None:
    said = match.groupdict()
    month = said["month"] if said["month"].isdigit() else f"{MONTHS[said['month'].lower()]:02}"
    zone = (said["zone"] or "").strip().replace("UTC", "Z").replace("GMT", "Z")
    if " UTC " in match[0] or " GMT " in match[0]:
        zone = "Z"
    day = f"{int(said['day']):02}"
    try:
        at = datetime.fromisoformat(f"{said['year']}-{month}-{day}T{said['clock']}{zone}")
    except ValueError:  # no such day or hour
        return None
    weekday = said.get("weekday")
    stated = None if weekday is None else [name[:3] for name in WEEKDAY_NAMES].index(weekday)
    return Moment(at, (said["fraction"] or "").rstrip("0"), None if stated in (None, at.weekday()) else stated)
