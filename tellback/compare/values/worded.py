"""Values of an output that a source tells without a number: halves of what is «split evenly», what a fee was that «doubled to 40
euros», twelve months for «the first year», 31 March for «before April», a quarter of a century for the years from 1998 to 2023.

As what is reckoned (values/reckoned.py) these only keep a value from being called news.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterator
from fractions import Fraction
from functools import cached_property
from itertools import combinations

from tellback.compare.values.mentions import Mentions
from tellback.facts.kinds.days import Date, Weekday
from tellback.facts.kinds.quantity import Quantity
from tellback.facts.kinds.times import Clock

MOST = 8  # numbers of a place that are divided by each other
_DAY = 24 * 60  # minutes
_ABOUT = Fraction(3, 5)  # points by which a share in words may be another in per cent
MOST_WORDS = 400  # lengths of time without a number that are looked at
_EVENLY = re.compile(r"\b(?:evenly|equally|equal|in half|in two|half and half|fifty-fifty|alike|each|apiece|per|same)\b")
_IN_TWO = re.compile(r"\b(?:between|both|two|half|halves|either)\b")
_TIMES = {
    2: re.compile(r"\b(?:doubl(?:e[ds]?|ing)|twice|twofold|two times|halv(?:e[ds]?|ing))\b"),
    3: re.compile(r"\b(?:tripl(?:e[ds]?|ing)|trebl(?:e[ds]?|ing)|threefold|three times)\b"),
    4: re.compile(r"\b(?:quadrupl(?:e[ds]?|ing)|fourfold|four times)\b"),
}
_SHARES = re.compile(r"\b(?P<over>an?|one|two|three|four)[ -](?P<part>half|third|quarter|fifth|sixth|tenth)s?\b|\b(?P<half>half)\b")
_OVER = {"two": 2, "three": 3, "four": 4}
_UNDER = {"half": 2, "third": 3, "quarter": 4, "fifth": 5, "sixth": 6, "tenth": 10}
_BY = re.compile(r"\b(?:(?P<before>just|shortly|right|minutes|moments) before|(?P<after>just|shortly|right|minutes|moments) after|almost|nearly|around|about|close to|towards?)\W*$")
_AWAY = 15  # minutes by which a time is told by the full hour that is near
_WEEK = re.compile(r"\bmon(?:day)?s?\b ?(?:to|till|until|through|thru|-|–) ?fri(?:day)?s?\b|\bsaturdays? (?:and|or) sundays?\b|\bmontags? bis freitags?\b")
_WEEKDAYS = re.compile(r"\b(?:week|working|work|business)[ -]?days?\b|\bwerktag\w*|\bmon?\w* ?(?:to|-|–) ?fri")
_WEEKENDS = re.compile(r"\bweek-?ends?\b|\bsat\w* (?:and|or|&) sun|\bwochenende")
_SPAN = re.compile(r"\b(?:first|initial|opening|final|last|next|past|coming|whole|full|entire|each|every|per|an?|one) (day|week|month|year|quarter|fortnight|decade)\b"
    r"|\bthe (?=(?:week|month|year|quarter) (?:to|ended|ending|through|up to)\b)(week|month|year|quarter)")
#: Lengths of time that a reader takes for one, by unit of the audit.
_LENGTHS: dict[str, tuple[tuple[str, int], ...]] = {
    "day": (("s", 86400),), "week": (("day", 7),), "fortnight": (("day", 14),), "quarter": (("month", 3),), "year": (("month", 12), ("day", 365)),
    "month": (("day", 30), ("day", 31), ("day", 28)), "decade": (("month", 120),),
}  # fmt: skip
_EDGE = re.compile(
    r"\b(?:(?P<open>before(?: the (?:start|beginning) of)?|ahead of|prior to|in advance of|earlier than|from|since|starting(?: in)?|as of|beginning(?: in)?|lapses? on|expires? on|"
    r"ends? (?:on|with))"
    r"|(?P<shut>(?:by|until|till|til|up to|through|to|at|before|with|no later than|after|past|as late as)? ?(?:the )?(?:very )?(?:end|close|last day) of"
    r"|after|no later than|not later than|through|past|latest)"
    r"|(?P<either>by|until|till|til|up to|to))\W*$"
)
_NEAR = 32
_CENTURY = re.compile(r"(?:^|\W)(?P<part>quarter|half|third|tenth)(?: of)? an? (?P<of>century|decade|millennium)\b")
_PARTS = {"quarter": 4, "half": 2, "third": 3, "tenth": 10}
_YEARS = {"century": 100, "decade": 10, "millennium": 1000}

Edge = tuple[str, int]  # months since year 0, months of any year, or years: where one ends and the next begins
Sure = bool  # «until May» may leave May out


class Worded:
    """What a reader of one source may take from its words. The source is gone through once, when the first value of an output asks."""

    def __init__(self, s: Mentions):
        self.s = s

    def explains(self, o: Mentions, n: int) -> bool:
        return self._is_near_hour(o, n) or self._is_of_week(o, n) or self._is_share_in_words(o, n) or self._is_share(o, n) or self._is_multiple(o, n) or self._is_length(o, n) or self._is_edge(o, n) or self._is_part_of_century(o, n)

    def _is_share(self, o: Mentions, n: int) -> bool:
        told = o.values[n].readings[0]
        return isinstance(told, Quantity) and (told.unit, Fraction(told.number)) in self._shares

    @cached_property
    def _shares(self) -> set[tuple[str | None, Fraction]]:
        """What each of several gets where something is divided evenly."""
        out = set()
        for i, (start, end) in enumerate(self.s.read.sentences):
            if not _EVENLY.search(self.s.text.lower, start, end):
                continue
            read = [r for m in self.s.of_sentence.get(i, ())[:MOST] if isinstance(r := self.s.values[m].readings[0], Quantity) and r.number > 0]
            counts = {Fraction(r.number) for r in read if r.unit is None and r.number == int(r.number) and 2 <= r.number <= 100}
            counts |= {Fraction(2)} if _IN_TWO.search(self.s.text.lower, start, end) else set()
            out |= {(r.unit, Fraction(r.number) / k) for r in read for k in counts if Fraction(r.number) != k}
        return out

    def _is_share_in_words(self, o: Mentions, n: int) -> bool:
        """«20%» of «by a fifth»."""
        told = o.values[n].readings[0]
        return isinstance(told, Quantity) and told.unit == "%" and any(abs(Fraction(told.number) - share) <= _ABOUT for share in self._shares_in_words)

    @cached_property
    def _shares_in_words(self) -> set[Fraction]:
        found = [m for m, _ in zip(_SHARES.finditer(self.s.text.lower), range(MOST_WORDS), strict=False)]
        return {Fraction(50) if m["half"] else Fraction(100 * _OVER.get(m["over"], 1), _UNDER[m["part"]]) for m in found}

    def _is_near_hour(self, o: Mentions, n: int) -> bool:
        """«Just before midnight», where the source has 23:58."""
        told, start = o.values[n].readings[0], o.mentions[n].span[0]
        beside = _BY.search(o.text.lower, max(0, start - _NEAR), start) if isinstance(told, Clock) and not told.minute and not told.second else None
        if beside is None:
            return False
        ahead = [(60 * (told.hour - at.hour) - at.minute) % _DAY for at in self._times]
        before, after = any(0 < gap <= _AWAY for gap in ahead), any(gap >= _DAY - _AWAY for gap in ahead)
        return before if beside["before"] else after if beside["after"] else before or after

    @cached_property
    def _times(self) -> list[Clock]:
        return [half for v in self.s.values for r in v.readings[:1] for half in (r, *(r.halves() or ())) if isinstance(half, Clock)]

    def _is_of_week(self, o: Mentions, n: int) -> bool:
        """«From Monday to Friday» of working days, «Saturdays and Sundays» of weekends."""
        if not isinstance(o.values[n].readings[0], Weekday):
            return False
        start, end = o.mentions[n].span
        week = next((m for m in _WEEK.finditer(o.text.lower, max(0, start - _NEAR), end + _NEAR) if m.start() <= start < m.end()), None)
        return week is not None and (_WEEKENDS if "sat" in week[0] else _WEEKDAYS).search(self.s.text.lower) is not None

    def _is_multiple(self, o: Mentions, n: int) -> bool:
        told = o.values[n].readings[0]
        return isinstance(told, Quantity) and (told.unit, Fraction(told.number)) in self._multiples

    @cached_property
    def _multiples(self) -> set[tuple[str | None, Fraction]]:
        """What a number was or became, of which a sentence says that it doubled, tripled or was halved."""
        out = set()
        for i, (start, end) in enumerate(self.s.read.sentences):
            for k in (k for k, said in _TIMES.items() if said.search(self.s.text.lower, start, end)):
                read = [r for m in self.s.of_sentence.get(i, ())[:MOST] if isinstance(r := self.s.values[m].readings[0], Quantity)]
                out |= {(r.unit, amount) for r in read for amount in (Fraction(r.number) * k, Fraction(r.number) / k)}
        return out

    def _is_length(self, o: Mentions, n: int) -> bool:
        told = o.values[n].readings[0]
        if not isinstance(told, Quantity):
            return False
        amount = Fraction(told.number)
        return (told.unit, amount) in self._lengths or (told.unit == "month" and amount >= 12 and amount / 12 in self._years_apart)

    @cached_property
    def _lengths(self) -> set[tuple[str, Fraction]]:
        found = {m[1] or m[2] for m, _ in zip(_SPAN.finditer(self.s.text.lower), range(MOST_WORDS), strict=False)}
        return {(unit, Fraction(number)) for word in found for unit, number in _LENGTHS[word]}

    def _is_edge(self, o: Mentions, n: int) -> bool:
        return any((edge, True) in self._edges or (sure and (edge, False) in self._edges) for edge, sure in _edges(o, n))

    @cached_property
    def _edges(self) -> set[tuple[Edge, Sure]]:
        return {edge for m in range(len(self.s.mentions)) for edge in _edges(self.s, m)}

    def _is_part_of_century(self, o: Mentions, n: int) -> bool:
        start, end = o.mentions[n].span
        part = _CENTURY.search(o.text.lower, max(0, start - 1), end + 16)
        if part is None or part.start() > end:
            return False
        return Fraction(_YEARS[part["of"]], _PARTS[part["part"]]) in self._years_apart

    @cached_property
    def _years_apart(self) -> set[Fraction]:
        out = set()
        for ms in self.s.of_sentence.values():
            read = [self.s.values[m].readings[0] for m in ms][:MOST]
            years = [r.year for r in read if isinstance(r, Date) and r.year]
            if years:  # «between 1998 and 2023»: the first is read as a number
                years += [int(r.number) for r in read if isinstance(r, Quantity) and r.unit is None and 1000 <= r.number <= 2150 and r.number == int(r.number)]
            out |= {Fraction(abs(a - b)) for a, b in combinations(years, 2)}
            out |= {Fraction(r.number) / 12 for r in read if isinstance(r, Quantity) and r.unit == "month"}
        return out


def _edges(text: Mentions, m: int) -> Iterator[tuple[Edge, Sure]]:
    """Where the month or the year of a date begins or ends, as the words before it say: «before April» is «until the end of March»."""
    start = text.mentions[m].span[0]
    words = _EDGE.search(text.text.lower, max(0, start - _NEAR), start)
    for reading in text.values[m].readings:
        if not isinstance(reading, Date):
            continue
        unit, at, day = _counted(reading)
        if day is None:
            sides = () if words is None else (0, 1) if words["either"] else (0,) if words["open"] else (1,)
        else:
            sides = (0,) if day == 1 else (1,) if day == monthrange(reading.year or 2001, reading.month or 1)[1] else ()
        for edge in (at + side for side in sides):
            yield (unit, edge % 12 if unit == "month of any year" else edge), len(sides) == 1


def _counted(date: Date) -> tuple[str, int, int | None]:
    """The unit in which a date is counted, its number, and its day; a month without its year is counted modulo twelve."""
    if date.month is None:
        return "year", date.year or 0, None
    if date.year:
        return "month", 12 * date.year + date.month - 1, date.day
    return "month of any year", date.month - 1, date.day
