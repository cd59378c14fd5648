"""Times of day: 15:30 · 3:30 p.m. · noon · nine in the morning."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import ClassVar

from tellback.facts.kinds.base import Case, Examples, Found, Reading, Value, ValueKind
from tellback.facts.kinds.quantity import Quantity
from tellback.facts.kinds.units import CARDINALS

_TIME = re.compile(
    r"(?P<h>[01]?\d|2[0-4])(?:[:](?P<m>[0-5]\d)(?::(?P<s>[0-5]\d)(?:[.,](?P<f>\d{1,9}))?)?|[.](?P<m2>[0-5]\d)(?=\s?[ap]\.?m\b| Uhr\b)| ?h ?(?P<m3>[0-5]\d))?"
    r"(?:[ \n]?(?P<half>[ap])\.?m\b\.?|[ ](?P<clock>o'clock|Uhr)\b)?(?![\d:])",
    re.IGNORECASE,
)
_ZONE = re.compile(r" ?\(?(?:UTC|GMT)(?P<by>[+-](?P<hours>[01]?\d)(?::?(?P<minutes>[0-5]\d))?)?\)?(?!\w)|Z\b")
_OF_AN_HOUR = re.compile(r" ?(?:min(?:utes?|s)?|m)\b\.?")
_MINUTES_OF_DAY = 24 * 60
_HOUR_WORD = re.compile(r"(?P<w>[a-z]+)[ \n](?:o'clock\b|(?P<half>[ap])\.?m\b\.?)", re.IGNORECASE)
_DAYTIME = re.compile(r"(?:at |by |before |after |until |around |past |of |to )?(?P<w>noon|midday|midnight)\b", re.IGNORECASE)
_HOUR = re.compile(
    r"(?P<h>[a-z]+|1[0-2]|[1-9])[ \n](?:o'clock[ \n])?(?:in|at)[ \n](?P<part>the (?:morning|afternoon|evening)|night)\b",
    re.IGNORECASE,
)
_CLOCK = re.compile(
    r"(?:\b(?:at|from|until|till|by|about|around|before|after|since)|(?:morning|afternoon|evening|night) (?:to|and))[ \n]$",
    re.IGNORECASE,
)
_OF_DAY = re.compile(r"[ \n](?P<part>in the (?:morning|afternoon|evening)|at night)\b")


#: «half past seven», «a quarter to six», «twenty past midnight»: minutes of the first word
_SPOKEN = {"half": 30, "quarter": 15, "five": 5, "ten": 10, "twenty": 20, "twenty-five": 25}
_PAST = re.compile(r"(?P<m>half|quarter|five|ten|twenty-five|twenty)(?: minutes)? (?P<way>past|after|to|before) (?P<h>[a-z]+|1[0-2]|[1-9])\b(?![:.]\d)", re.IGNORECASE)


@dataclass(frozen=True, slots=True, eq=False)
class Clock(Reading):
    """`zone`: minutes ahead of UTC, None where it is not said. Two times with a zone are one where they are one moment."""

    hour: int
    minute: int = 0
    second: int = 0
    zone: int | None = None
    fraction: str = ""

    def __str__(self) -> str:
        minutes = (self.hour * 60 + self.minute - (self.zone or 0)) % _MINUTES_OF_DAY
        at = f"{minutes // 60:02}:{minutes % 60:02}" + (f":{self.second:02}" if self.second or self.fraction else "")
        at += f".{self.fraction}" if self.fraction else ""
        return at if self.zone is None else f"{at}Z"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Clock) and str(self) == str(other)

    def __hash__(self) -> int:
        return hash(str(self))

    def shorter(self) -> Iterable[Reading]:
        return self.implied()

    def implied(self) -> Iterable[Reading]:
        zones = (None,) if self.zone is None else (self.zone, None)
        seconds = dict.fromkeys(((self.second, self.fraction), (self.second, ""), (0, "")))
        forms = [Clock(self.hour, self.minute, second, zone, fraction) for zone in zones for second, fraction in seconds]
        return forms[1:]  # the first is this one


class Time(ValueKind):
    """A time of day. «3:30» and «3 o'clock» have two readings, in the morning and in the afternoon."""

    name = "time"
    begins: ClassVar[Mapping[str, Case]] = dict.fromkeys(("noon", "midday", "midnight", *_SPOKEN), "any")
    examples = Examples(
        found={
            "left at 15:30 sharp": "15:30", "left at 15:30 UTC": "15:30Z", "left at 16:30 (UTC+1)": "15:30Z",
            "left at 3:30 pm sharp": "15:30", "left at noon": "12:00",
            "left at nine in the morning": "09:00", "left at twenty past midnight": "00:20", "left at 15:30:12 sharp": "15:30:12",
        },
        same=[("3 pm", "15:00"), ("3:30", "15:30"), ("noon", "12 pm"), ("midday", "12:00"), ("three o'clock", "3:00 p.m."), ("15:30:00", "15:30"),
            ("18 h 30", "18:30"), ("half past seven", "7:30"), ("half past seven in the evening", "19:30"), ("9:30 in the morning (UTC+1)", "8:30 UTC"), ("quarter to six", "5:45 pm"), ("14.30 Uhr", "2:30 pm"), ("15:30 UTC", "16:30 (UTC+1)"),
        ],
        other=[("3 pm", "3 am"), ("15:30", "15:31"), ("15:30:12", "15:30:13"), ("noon", "midnight"), ("15:30 UTC", "15:30 UTC+1")],
        none=["take two at night", "five to six people", "half past the hour", "a ratio of 25:70", "one hour", "3 km"],
    )  # fmt: skip

    def find(self, text: str, at: int) -> Found | None:
        got = _digits(text, at) if text[at].isdigit() else _words(text, at)
        got = got or _part_of_day(text, at)
        if got is None:
            return None
        readings, end = _in_zone(text, *_with_part(text, *got))
        return Found(Value(self.name, readings), at, end)

    def spared(self, value: Value) -> tuple[str, ...]:
        """The time without its zone."""
        return tuple(str(replace(r, zone=None)) for r in value.readings if isinstance(r, Clock) and r.zone is not None)

    def keeps(self, a: Value, b: Value) -> bool:
        return super().keeps(a, b) or not set(self.spared(a)).isdisjoint(b.keys)


TIME = Time()


def _with_part(text: str, readings: tuple[Reading, ...], end: int) -> Read:
    """A time with the part of the day that is said behind it, which tells morning from evening."""
    part = _OF_DAY.match(text, end)
    if part is None:
        return readings, end
    early = part["part"] == "in the morning"
    fits = tuple(r for r in readings if isinstance(r, Clock) and (r.hour < 12 if early else r.hour >= 12 or part["part"] == "at night" and r.hour < 5))
    return (fits, part.end()) if fits else (readings, end)


def _in_zone(text: str, readings: tuple[Reading, ...], end: int) -> Read:
    """A time with the zone that follows it, in brackets too."""
    zone = _ZONE.match(text, end)
    if zone is None or zone[0].endswith(")") != ("(" in zone[0]):
        return readings, end
    by = 0
    if zone["by"]:
        by = int(zone["hours"]) * 60 + int(zone["minutes"] or 0)
    by = -by if "-" in zone[0] else by
    clocks = [replace(r, zone=by) if isinstance(r, Clock) else r for r in readings]
    return tuple(clocks), zone.end()


Read = tuple[tuple[Clock, ...], int]  # readings, end


def _digits(text: str, at: int) -> Read | None:
    match = _TIME.match(text, at)
    if match is None or not (match["m"] or match["m2"] or match["m3"] or match["half"] or match["clock"]):
        return None
    minute, second = int(match["m"] or match["m2"] or match["m3"] or 0), int(match["s"] or 0)
    if match["m3"]:  # «2 h 30»: a time of day, or how long something takes
        whole = (int(match["h"]) * 60 + minute) * 60
        after = _OF_AN_HOUR.match(text, match.end())
        end = after.end() if after else match.end()
        return ((Quantity(Decimal(whole), "s"),) if after else (Clock(int(match["h"]) % 24, minute), Quantity(Decimal(whole), "s"))), end
    hours = _hours(int(match["h"]), match["half"], len(match["h"]) == 2 and match["h"][0] == "0")
    hours = (int(match["h"]) % 24,) if match["m2"] and not match["half"] else hours
    end = match.end()
    if match["half"] and text[end - 1] == "." and text[end - 2] != "." and "." not in text[end - 4 : end - 1]:
        end -= 1  # «3 pm.» ends a sentence
    fraction = (match["f"] or "").rstrip("0")
    return tuple(Clock(hour, minute, second, fraction=fraction) for hour in hours), end


def _spoken(text: str, at: int) -> Read | None:
    """«Half past seven» is in the morning or in the evening; «after» and «before» need noon or midnight: «ten after six» may
    count people."""
    match = _PAST.match(text, at)
    if match is None:
        return None
    word, way = match["h"].lower(), match["way"].lower()
    hours = {"noon": (12,), "midnight": (0,)}.get(word)
    if hours is None and way in ("past", "to") and (match["m"].lower() == "half") <= (way == "past"):
        hour = int(word) if word.isdigit() else CARDINALS.get(word, 0)
        hours = _hours(hour, None, False) if 1 <= hour <= 12 else None
    if hours is None or way == "to" and match["m"].lower() not in ("quarter",) and not _CLOCK.search(text, max(0, at - 16), at):
        return None  # «five to six people»
    minutes = _SPOKEN[match["m"].lower()] * (1 if way in ("past", "after") else -1)
    at_day = [(hour * 60 + minutes) % _MINUTES_OF_DAY for hour in hours]
    return tuple(Clock(m // 60, m % 60) for m in at_day), match.end()


def _words(text: str, at: int) -> Read | None:
    spoken = _spoken(text, at)
    if spoken:
        return spoken
    daytime = _DAYTIME.match(text, at)
    if daytime:
        return (Clock(0 if daytime["w"].lower() == "midnight" else 12),), daytime.end()
    word = _HOUR_WORD.match(text, at)
    if word and 1 <= CARDINALS.get(word["w"].lower(), 0) <= 12:
        return tuple(Clock(hour) for hour in _hours(CARDINALS[word["w"].lower()], word["half"], False)), word.end()
    return None


def _hours(hour: int, half: str | None, leading_zero: bool) -> tuple[int, ...]:
    if half:
        return (hour % 12 + (12 if half.lower() == "p" else 0),)
    if hour == 24:
        return (0,)
    return (hour,) if hour >= 12 or leading_zero or hour == 0 else (hour, hour + 12)


def _part_of_day(text: str, at: int) -> Read | None:
    """«from nine in the morning»; without such a word before it, a number there may count anything («take two at night»)."""
    match = _HOUR.match(text, at)
    if match is None or not _CLOCK.search(text, max(0, at - 16), at):
        return None
    hour = CARDINALS.get(match["h"].lower(), 0) if match["h"].isalpha() else int(match["h"])
    if not 1 <= hour <= 12:
        return None
    late = match["part"] != "the morning" and (match["part"] != "night" or 6 <= hour < 12)
    return (Clock(hour % 12 + 12 * late),), match.end()
