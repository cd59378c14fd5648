"""Dates: day, month and year in any usual order, a part of one, a decade, a century, a quarter, a weekday."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import ClassVar

from tellback.facts.kinds.amounts import read_amount
from tellback.facts.kinds.base import Case, Examples, Found, Reading, Value, ValueKind
from tellback.facts.kinds.days import Century, Date, Decade, Quarter, Weekday
from tellback.facts.kinds.spelled import read_spelled
from tellback.facts.kinds.units import FOREIGN_MONTHS, MONTHS, WEEKDAYS

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
_ELSEWHERE = "|".join(FOREIGN_MONTHS)
_DMY_ELSEWHERE = re.compile(rf"(?P<d>{_DAY})(?:\.|er)? ?(?P<m>{_ELSEWHERE})\b(?: (?P<y>{_YEAR}))?", re.IGNORECASE)
#: «am 3. September», «3. September 2024»: names that English shares with German; «am 21.6.» a day and a month.
_DMY_SHARED = re.compile(rf"(?P<d>{_DAY})\. (?P<m>April|August|September|November)\b(?: (?P<y>{_YEAR}))?")
_DM_SHORT = re.compile(r"(?P<d>3[01]|[12]\d|0?[1-9])\.(?P<m>1[0-2]|0?[1-9])\.(?=[ \n,;)]|$)")
_ON = re.compile(r"\b(?:am|vom|zum|bis|den|dem|der|seit|ab|zwischen|und)[ \n]$")
_MY_ELSEWHERE = re.compile(rf"(?P<m>{_ELSEWHERE}) (?P<y>{_YEAR})", re.IGNORECASE)
_M = re.compile(rf"(?P<m>{_MONTH})")
_ISO = re.compile(r"(?P<y>[12]\d{3})([-/.])(?P<m>0?[1-9]|1[0-2])\2(?P<d>3[01]|[12]\d|0?[1-9])(?!\d|[-/.]\d)")
_NUMERIC = re.compile(r"(\d{1,2})([/.-])(\d{1,2})\2(\d{4}|\d{2})(?![\w]|[-/.]\d)")
#: «12/01», «03/04»: two digits each and a nought before one of them, which no fraction and no score has.
_DAY_MONTH = re.compile(r"(?<![\w/.:-])(?=0|\d\d/0)(\d\d)/(\d\d)(?![\w/]|[-.]\d)")
_BC = re.compile(r"(?P<n>\d{1,4}) ?(?P<era>BCE|BC|B\.C\.(?:E\.)?|AD|A\.D\.|CE)(?!\w)")
_AD = re.compile(r"(?:AD|A\.D\.) ?(?P<n>\d{1,4})(?!\w)")
_DECADE = re.compile(r"(?P<n>[1-9]\d?\d0|'?[2-9]0)'?s\b")
#: What the first number of a date is followed by: most numbers are not, and need no other look.
_AHEAD = re.compile(r"\d{1,4}(?:[-/.]\d|(?:st|nd|rd|th)?,?[ \n-](?:of )?[JFMASOND]| ?(?:B|AD|A\.|CE)|'?s\b|(?:st|nd|rd|th)[ -]?[Cc]|(?:\.|er)? ?[JFMASONDjfmasond])")
_THE = re.compile(r"\b(?:the|early|late|mid|his|her|their|my|our)[ \n-]$", re.IGNORECASE)
_CENTURY = re.compile(r"[ -]?[Cc]entur(?:y|ies)\b(?P<bc> BCE?\b)?")
_CENTURY_AHEAD = re.compile(r"[A-Za-z]+(?:-[a-z]+)?[ -][Cc]entur|(?P<n>\d{1,2})(?:st|nd|rd|th)(?=[ -]?[Cc]entur)")
_BARE_YEAR = re.compile(r"(?:1\d|20|21)\d\d(?![\d])")
_BEFORE_YEAR = re.compile(
    r"(?:\b(?:in|since|of|by|from|until|till|to|before|after|year|years|during|circa|ca\.?|c\.|and|through|late|early|mid|for|spring|summer|autumn|fall|winter|season)|[(,'\-/])\s?$",
    re.IGNORECASE,
)
#: «Q3 2024», «3Q24», «third-quarter 2024»
_QUARTER = re.compile(
    r"(?:Q(?P<q>[1-4])|(?P<n>[1-4])Q|(?P<w>(?i:first|second|third|fourth))[ -]quarter)"
    r"(?:(?:(?: of)?,? |(?<=Q))(?P<y>(?:19|20)\d\d)\b|(?:(?<=Q)|(?<=Q[1-4]) ?[’'])(?P<s>[0-4]\d)\b|\b)"
)
_QUARTERS = {"first": 1, "second": 2, "third": 3, "fourth": 4}
_IN = re.compile(
    r"(?:\b(?:in|since|until|till|by|of|last|next|this|early|late|mid|from|to|between|and|through|during|every|each)|-)[ \n-]?$",
    re.IGNORECASE,
)
#: Days that have a name -> month and day.
_NAMED = {"new year's eve": (12, 31), "new year's day": (1, 1), "christmas eve": (12, 24), "christmas day": (12, 25), "boxing day": (12, 26), "halloween": (10, 31)}
_NAMED_DAY = re.compile(r"New Year[’']s (?:Eve|Day)\b|Christmas (?:Eve|Day)\b|Boxing Day\b|Halloween\b")
_WEEKDAY = re.compile(r"(Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)days?\b")


class DateKind(ValueKind):
    """A date or a part of one. A bare month counts after a preposition only («in May»), a bare number as a year where
    nothing is counted by it («in 1984», «1984.»)."""

    name = "date"
    begins: ClassVar[Mapping[str, Case]] = dict.fromkeys(FOREIGN_MONTHS, "any") | dict.fromkeys(MONTHS, "capital") | {
        word: "capital" for day in WEEKDAYS for word in (day, f"{day}s")
    } | {"AD": "exact", "new": "capital", "christmas": "capital", "boxing": "capital", "halloween": "capital"}
    signs = r"'(?=\d0s\b)|Q(?=\d)"
    token = r"[0-3]?\d\.[01]?\d\.[12]\d{3}|Q[1-4](?:[’']\d\d)?|[1-4]Q(?:(?:20)?\d\d)?"
    examples = Examples(
        found={
            "on 14 March 1879": "1879-03-14", "in March 1879": "March 1879", "in 1879": "1879", "in March": "March",
            "on 14 March": "14 March", "in 44 BC": "44 BC", "in the '90s": "1990s", "in the 19th century": "19th century",
            "on Monday": "Monday", "in Q3 2024": "Q3 2024", "on 03/04/2020": "2020-04-03",
            "due on 12/01": "12 January", "closed on Boxing Day": "26 December",
        },
        same=[
            ("14 March 1879", "March 14, 1879"), ("1879-03-14", "14.03.1879"), ("03/04/2020", "4 March 2020"), ("12/01", "12 January"), ("12/01", "1 December"),
            ("the 1990s", "the '90s"), ("nineteenth century", "19th century"), ("the 1800s", "the 19th century"), ("the 19th Century", "19th century"), ("third quarter of 2024", "Q3 2024"),
            ("Third-quarter 2024", "3Q24"), ("in 3Q", "in Q3"), ("New Year's Eve", "31 December"), ("Q3 '24", "third quarter of 2024"),
        ],
        other=[
            ("14 March 1879", "14 March 1897"), ("in 1879", "on 14 March 1879"), ("in the 1990s", "in 1990"),
            ("in 44 BC", "in AD 44"), ("on Monday", "on Tuesday"), ("Q3 2024", "Q2 2024"), ("4Q23", "1Q23"), ("Christmas Eve", "25 December"),
        ],
        none=["1984 km", "You may go", "March on", "a sunny day", "New York", "a Christmas card", "waits 30s"],
    )  # fmt: skip

    def find(self, text: str, at: int) -> Found | None:
        got = _read(text, at)
        if got:
            return Found(Value(self.name, got[0]), at, got[1])
        return _bare_year(text, at) if text[at].isdigit() else None

    def could_be_invented(self, value: Value, said: str, source: str, numbers: Collection[str]) -> bool:
        """A column or key may be named by it: q1, jan."""
        words = {said.lower()}
        if said.isalpha():
            words.add(said[:3].lower())
        whole = any(isinstance(reading, Date) and reading.month for reading in value.readings) and not said.isalpha()
        return (whole or super().could_be_invented(value, said, source, numbers)) and not any(
            re.search(rf"(?<![^\W_]){re.escape(word)}(?![^\W_])", source) for word in words
        )


DATE = DateKind()
Read = tuple[tuple[Reading, ...], int]  # readings, end


def _read(text: str, at: int) -> Read | None:
    char = text[at]
    if char.isdigit():
        return _from_digit(text, at)
    if char in "JFMASOND":
        month = _M.match(text, at)
        if month:
            return _from_month(text, at, month)
    if char in "JFMASONDjfmasond":
        elsewhere = _MY_ELSEWHERE.match(text, at)
        if elsewhere:
            return (Date(int(elsewhere["y"]), FOREIGN_MONTHS[elsewhere["m"].lower()]),), elsewhere.end()
    if char in "MTWFS":
        day = _WEEKDAY.match(text, at)
        if day:
            return (Weekday(WEEKDAYS[day[1].lower() + "day"]),), day.end()
    if char in "QfstFST" and (quarter := _quarter(text, at)):
        return quarter
    if char in "NCBH" and (named := _NAMED_DAY.match(text, at)):
        name = named[0].lower().replace("’", "'")
        return (Date(None, *_NAMED[name]),), named.end()
    if char == "A":
        ad = _AD.match(text, at)
        if ad:
            return (Date(int(ad["n"])),), ad.end()
    return _decade(text, at) if char == "'" else _century(text, at)


def _quarter(text: str, at: int) -> Read | None:
    match = _QUARTER.match(text, at)
    if match is None:
        return None
    digit = match["q"] or match["n"]
    year = match["y"] or match["s"] and f"20{match['s']}"
    return (Quarter(int(digit) if digit else _QUARTERS[match["w"].lower()], year and int(year)),), match.end()


def _decade(text: str, at: int) -> Read | None:
    """«1990s», «'90s»; without the mark, «90s» is a decade after an article only: else it counts seconds."""
    match = _DECADE.match(text, at)
    if match is None or (len(match["n"]) == 2 and not _THE.search(text, max(0, at - 8), at)):
        return None
    digits = match["n"].lstrip("'")
    decade = Decade(int(digits) if len(digits) > 2 else 1900 + int(digits))
    whole = (Century(decade.year // 100 + 1),) if len(digits) > 2 and digits.endswith("00") else ()  # «the 1800s» may be either
    return (decade, *whole), match.end()


def _century(text: str, at: int) -> Read | None:
    ahead = _CENTURY_AHEAD.match(text, at)
    if ahead is None:
        return None
    if ahead["n"]:
        number, end = int(ahead["n"]), ahead.end()
    else:
        spelled = read_spelled(text, at)
        if spelled is None or spelled[2] != "ordinal":
            return None
        number, end = int(spelled[0]), spelled[1]
    century = _CENTURY.match(text, end)
    return ((Century(-number if century["bc"] else number),), century.end()) if century else None


def _bare_year(text: str, at: int) -> Found | None:
    match = _BARE_YEAR.match(text, at)
    if match is None or not "1000" <= match[0] <= "2150":
        return None
    after = text[match.end() : match.end() + 1]
    ends = after in ("", ",", ".", ";", ":", ")", "\n", "?", "!", "-")
    before = at - 1 if text[at - 1 : at] == "-" and (at == 1 or text[at - 2] in " \n\t([,;:=") else at
    if not ends and not _BEFORE_YEAR.search(text, max(0, before - 10), before):
        return None
    amount = read_amount(text, at)
    if amount is None or not amount.open or amount.end != match.end():
        return None
    return Found(Value(DATE.name, (Date(int(match[0])),)), amount.start, amount.end, open=True)


def _from_digit(text: str, at: int) -> Read | None:
    if text[at + 1 : at + 2] == "Q":
        return _quarter(text, at)
    if _AHEAD.match(text, at) is None:
        return None
    iso = _ISO.match(text, at)
    if iso:
        return (Date(int(iso["y"]), int(iso["m"]), int(iso["d"])),), iso.end()
    numeric = _NUMERIC.match(text, at)
    if numeric:
        return _numeric(numeric)
    day_month = _DAY_MONTH.match(text, at)
    if day_month:
        readings = _day_or_month_first(None, *map(int, day_month.groups()))
        return (readings, day_month.end()) if readings else None
    dmy = _DMY.match(text, at)
    if dmy:
        return (Date(dmy["y"] and int(dmy["y"]), _month(dmy["m"]), int(dmy["d"])),), _end(dmy)
    elsewhere = _DMY_ELSEWHERE.match(text, at)
    if elsewhere:
        return (Date(elsewhere["y"] and int(elsewhere["y"]), FOREIGN_MONTHS[elsewhere["m"].lower()], int(elsewhere["d"])),), elsewhere.end()
    shared = _DMY_SHARED.match(text, at)
    if shared and (shared["y"] or _ON.search(text, max(0, at - 10), at)):
        return (Date(shared["y"] and int(shared["y"]), MONTHS[shared["m"].lower()], int(shared["d"])),), shared.end()
    short = _DM_SHORT.match(text, at)
    if short and _ON.search(text, max(0, at - 10), at):
        return (Date(None, int(short["m"]), int(short["d"])),), short.end()
    era = _BC.match(text, at)
    if era:
        return (Date(-int(era["n"]) if era["era"][0] == "B" else int(era["n"])),), era.end()
    return _decade(text, at) or _century(text, at)


def _numeric(match: re.Match[str]) -> Read | None:
    """Day first or month first: both readings where both are dates. Two-digit years need slashes."""
    a, sign, b, year = match.groups()
    if len(year) == 2:
        if sign != "/":
            return None
        year = ("20" if int(year) < 50 else "19") + year
    readings = _day_or_month_first(int(year), int(a), int(b))
    return (readings, match.end()) if readings else None


def _day_or_month_first(year: int | None, a: int, b: int) -> tuple[Date, ...]:
    return tuple(dict.fromkeys(Date(year, month, day) for day, month in ((a, b), (b, a)) if 1 <= month <= 12 and 1 <= day <= 31))


def _from_month(text: str, at: int, month: re.Match[str]) -> Read | None:
    my = _MY.match(text, at)
    if my:
        return (Date(int(my["y"]), _month(my["m"])),), my.end()
    mdy = _MDY.match(text, at)
    if mdy:
        return (Date(mdy["y"] and int(mdy["y"]), _month(mdy["m"]), int(mdy["d"])),), mdy.end()
    name = month[0].rstrip(".")
    alone = len(name) == len(text)
    if alone or len(name) > 3 and name not in ("March", "August") or _IN.search(text, max(0, at - 9), at):
        return (Date(None, _month(name)),), at + len(name)
    return None


def _month(name: str) -> int:
    return MONTHS[name.rstrip(".").lower()]


def _end(match: re.Match[str]) -> int:
    """Where the match ends, without the dot of a sentence after a whole month name."""
    end = match.end()
    if match["y"] is None and match["m"].endswith(".") and len(match["m"]) > 5:
        end -= 1
    return end
