"""Values of an output that a source tells without a number: halves of what is «split evenly», twelve months for «the first year», 31
March for «before April», a quarter of a century for the years from 1998 to 2023.

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
from tellback.facts.kinds.days import Date
from tellback.facts.kinds.quantity import Quantity

MOST = 8  # numbers of a place that are divided by each other
MOST_WORDS = 400  # lengths of time without a number that are looked at
_EVENLY = re.compile(r"\b(?:evenly|equally|equal|in half|in two|half and half|fifty-fifty|alike|each|apiece|per|same)\b")
_IN_TWO = re.compile(r"\b(?:between|both|two|half|halves|either)\b")
_SPAN = re.compile(r"\b(?:first|initial|opening|final|last|next|past|coming|whole|full|entire|each|every|per|an?|one) (day|week|month|year|quarter|fortnight|decade)\b")
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
        return self._is_share(o, n) or self._is_length(o, n) or self._is_edge(o, n) or self._is_part_of_century(o, n)

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

    def _is_length(self, o: Mentions, n: int) -> bool:
        told = o.values[n].readings[0]
        if not isinstance(told, Quantity):
            return False
        amount = Fraction(told.number)
        return (told.unit, amount) in self._lengths or (told.unit == "month" and amount >= 12 and amount / 12 in self._years_apart)

    @cached_property
    def _lengths(self) -> set[tuple[str, Fraction]]:
        found = {m[1] for m, _ in zip(_SPAN.finditer(self.s.text.lower), range(MOST_WORDS), strict=False)}
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
