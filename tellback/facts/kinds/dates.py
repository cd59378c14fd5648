"""Dates and times as written, to canonical readings."""

from __future__ import annotations

import re

from tellback.facts.kinds.units import CARDINALS, MONTHS, WEEKDAYS

_MONTH = (
    r"(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sept?(?:ember)?|Oct(?:ober)?|"
    r"Nov(?:ember)?|Dec(?:ember)?|JAN(?:UARY)?|FEB(?:RUARY)?|MAR(?:CH)?|APR(?:IL)?|MAY|JUNE?|JULY?|AUG(?:UST)?|"
    r"SEPT?(?:EMBER)?|OCT(?:OBER)?|NOV(?:EMBER)?|DEC(?:EMBER)?)\b\.?"
)
_DAY = r"(?:3[01]|[12]\d|0?[1-9])(?!\d)"
_YEAR = r"[12]\d{3}(?![\d]|,\d)"
_DMY = re.compile(rf"(?P<d>{_DAY})(?:st|nd|rd|th)?,?[ \n-](?:of )?(?P<m>{_MONTH})(?:,?[ \n-](?P<y>{_YEAR}))?")
_MY = re.compile(rf"(?P<m>{_MONTH}),?(?: of)?[ \n](?P<y>{_YEAR})")
_MDY = re.compile(rf"(?P<m>{_MONTH})[ \n](?:the )?(?P<d>{_DAY})(?:st|nd|rd|th)?(?![\d%]|,\d{{3}}(?!\d)(?!,? ?\d{{4}})|[.:]\d)(?:,?[ \n](?P<y>{_YEAR}))?")  # fmt: skip
_M = re.compile(rf"(?P<m>{_MONTH})")
_ISO = re.compile(r"(?P<y>[12]\d{3})([-/.])(?P<m>0?[1-9]|1[0-2])\2(?P<d>3[01]|[12]\d|0?[1-9])(?!\d|[-/.]\d)")
_NUMERIC = re.compile(r"(\d{1,2})([/.-])(\d{1,2})\2(\d{4}|\d{2})(?![\w]|[-/.]\d)")
_BC = re.compile(r"(?P<n>\d{1,4}) ?(?P<era>BCE|BC|B\.C\.(?:E\.)?|AD|A\.D\.|CE)(?!\w)")
_AD = re.compile(r"(?:AD|A\.D\.) ?(?P<n>\d{1,4})(?!\w)")
_SHORT_DECADE = re.compile(r"'(?P<n>[2-9]0)s\b")
_QUARTER = re.compile(r"(?:Q(?P<q>[1-4])|(?P<w>first|second|third|fourth) quarter)\b(?:(?: of)?,? (?P<y>(?:19|20)\d\d)\b)?")
_QUARTERS = {"first": "1", "second": "2", "third": "3", "fourth": "4"}
_IN = re.compile(
    r"(?:\b(?:in|since|until|till|by|of|last|next|this|early|late|mid|from|to|between|and|through|during|every|each)|-)[ \n-]?$",
    re.IGNORECASE,
)
_WEEKDAY = re.compile(r"(Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)days?\b")
_TIME = re.compile(
    r"(?P<h>[01]?\d|2[0-4])(?:[:](?P<m>[0-5]\d)(?::(?P<s>[0-5]\d))?|[.](?P<m2>[0-5]\d)(?=\s?[ap]\.?m\b))?"
    r"(?:[ \n]?(?P<half>[ap])\.?m\b\.?|[ ](?P<clock>o'clock)\b)?(?![\d:])",
    re.IGNORECASE,
)
_HOUR_WORD = re.compile(r"(?P<w>[a-z]+)[ \n](?:o'clock\b|(?P<half>[ap])\.?m\b\.?)", re.IGNORECASE)
_DAYTIME = re.compile(r"(?:at |by |before |after |until |around |past |of |to )?(?P<w>noon|midnight)\b", re.IGNORECASE)

Read = tuple[tuple[str, ...], int]  # readings, end


def read_date(text: str, at: int) -> Read | None:
    """The date that begins at `at`: day, month and year in any usual order, or a part of one, or an era, or a weekday.

    A bare month counts after a preposition only («in May»); bare years are told from numbers by the caller.
    """
    char = text[at]
    if char.isdigit():
        return _from_digit(text, at)
    if char in "JFMASOND":
        month = _M.match(text, at)
        if month:
            return _from_month(text, at, month)
    if char in "MTWFS":
        day = _WEEKDAY.match(text, at)
        if day:
            return (f"W{WEEKDAYS[day[1].lower() + 'day']}",), day.end()
    if char in "Qfst":
        quarter = _QUARTER.match(text, at)
        if quarter:
            n = quarter["q"] or _QUARTERS[quarter["w"]]
            year = quarter["y"]
            return ((f"{year}-Q{n}",) if year else (f"Q{n}",)), quarter.end()
    if char == "A":
        ad = _AD.match(text, at)
        if ad:
            return (f"{int(ad['n']):04}",), ad.end()
    if char == "'":
        decade = _SHORT_DECADE.match(text, at)
        if decade:
            return (f"19{decade['n']}s",), decade.end()
    return None


def _from_digit(text: str, at: int) -> Read | None:
    iso = _ISO.match(text, at)
    if iso:
        return (_date(iso["y"], iso["m"], iso["d"]),), iso.end()
    numeric = _NUMERIC.match(text, at)
    if numeric:
        return _numeric(numeric)
    dmy = _DMY.match(text, at)
    if dmy:
        return (_date(dmy["y"], _month(dmy["m"]), dmy["d"]),), _end(dmy)
    era = _BC.match(text, at)
    if era:
        before = era["era"][0] == "B"
        return (f"{'-' if before else ''}{int(era['n']):04}",), era.end()
    return None


def _numeric(match: re.Match[str]) -> Read | None:
    """Day first or month first: both readings where both are dates. Two-digit years need slashes."""
    a, sign, b, year = match.groups()
    if len(year) == 2:
        if sign != "/":
            return None
        year = ("20" if int(year) < 50 else "19") + year
    readings = [_date(year, m, d) for d, m in ((a, b), (b, a)) if 1 <= int(m) <= 12 and 1 <= int(d) <= 31]
    return (tuple(dict.fromkeys(readings)), match.end()) if readings else None


def _from_month(text: str, at: int, month: re.Match[str]) -> Read | None:
    my = _MY.match(text, at)
    if my:
        return (_date(my["y"], _month(my["m"]), None),), my.end()
    mdy = _MDY.match(text, at)
    if mdy:
        return (_date(mdy["y"], _month(mdy["m"]), mdy["d"]),), mdy.end()
    name = month[0].rstrip(".")
    if len(name) > 3 and name not in ("March", "August") or _IN.search(text, max(0, at - 9), at):
        return (f"--{_month(name)}",), at + len(name)
    return None


def _month(name: str) -> str:
    name = name.rstrip(".").lower()
    return f"{MONTHS[name]:02}"


def _date(year: str | None, month: str, day: str | None) -> str:
    head = f"{int(year):04}-" if year else "--"
    return f"{head}{int(month):02}" + (f"-{int(day):02}" if day else "")


def _end(match: re.Match[str]) -> int:
    """Where the match ends, without the dot of a sentence after a whole month name."""
    end = match.end()
    if match["y"] is None and match["m"].endswith(".") and len(match["m"]) > 5:
        end -= 1
    return end


def read_time(text: str, at: int) -> Read | None:
    """The time of day that begins at `at`, as "Thh:mm[:ss]"; «3:30» and «3 o'clock» have two readings."""
    if text[at].isdigit():
        match = _TIME.match(text, at)
        if match is None or not (match["m"] or match["half"] or match["clock"]):
            return None
        readings = _hours(int(match["h"]), match["half"], len(match["h"]) == 2 and match["h"][0] == "0")
        rest = ":" + (match["m"] or match["m2"] or "00") + (f":{match['s']}" if match["s"] else "")
        end = match.end()
        if match["half"] and text[end - 1] == "." and text[end - 2] != "." and "." not in text[end - 4 : end - 1]:
            end -= 1  # «3 pm.» ends a sentence
        return tuple(f"T{h:02}{rest}" for h in readings), end
    daytime = _DAYTIME.match(text, at)
    if daytime:
        return ("T12:00" if daytime["w"].lower() == "noon" else "T00:00",), daytime.end()
    word = _HOUR_WORD.match(text, at)
    if word and 1 <= CARDINALS.get(word["w"].lower(), 0) <= 12:
        return tuple(f"T{h:02}:00" for h in _hours(CARDINALS[word["w"].lower()], word["half"], False)), word.end()
    return None


def _hours(hour: int, half: str | None, leading_zero: bool) -> tuple[int, ...]:
    if half:
        return (hour % 12 + (12 if half.lower() == "p" else 0),)
    if hour == 24:
        return (0,)
    return (hour,) if hour >= 12 or leading_zero or hour == 0 else (hour, hour + 12)
