"""Values of an output that a reader of the source reckons without being told how: what several lots cost together, the year after
another, the age in «under-16s», an amount for a time written with a stroke.

These are asked last, of values that nothing else explains, and only keep them from being called news.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from fractions import Fraction
from functools import cached_property
from itertools import combinations
from typing import Any

from tellback.compare.values.compared import Compared, compared
from tellback.compare.values.derived import days_between, seconds_between
from tellback.compare.values.mentions import Mentions
from tellback.compare.values.summed import Sums
from tellback.compare.values.surface import Surface
from tellback.compare.values.worded import Worded
from tellback.facts.kinds.days import Date
from tellback.facts.kinds.quantity import Quantity

#: A whole number where it is one, which is many times as quick as a fraction and equal to it.
Exact = int | Fraction
Units = tuple[str | None, str | None]
Number = tuple[Exact, str | None, str, int]  # with its unit, as it is written, and its mention
MOST = 8  # numbers of a sentence that are multiplied with each other
_AGES = re.compile(r"\b(?:under|over|above|below)[- ]$", re.I)
_PERSON = re.compile(r"(\d{1,3}) ?(?:[MFmf]|yo|y/o)")
_BESIDE_YEAR = re.compile(r"\b(?:(?:the|a|one|next|following|previous|same) year|years? (?:after|before|later|earlier|ago)|twelve months|anniversary|aged?)\b")
_PER = re.compile(r"(?P<number>\d[\d.,]*)\s?(?P<unit>[A-Za-z%€$£°µ]+)\s?/\s?(?P<time>s|sec|min|h|hr|d|day|wk|week|mo|month|y|yr|year)$")
#: Words beside a number by which it is the gap between two others, or what is left of one.
_GAP = re.compile(
    r"\b(?:by|more|less|fewer|later|earlier|quicker|faster|slower|longer|shorter|higher|lower|taller|older|younger|cheaper|dearer|than|from|down|up|"
    r"other|others|rest|remain\w*|left|above|below|under|over|short|gap|difference|after|before|ahead|behind|apart|usual\w*|previous\w*|"
    r"total|together|sum|in all|altogether|saved?|saving|gained?|lost|won|extra|improv\w*|rose|fell|cut|grew|added?|doubled)\b"
)
_NEAR = 45  # characters to both sides in which they are looked for
_PART = {"half": (1, 2), "third": (1, 3), "quarter": (1, 4), "fifth": (1, 5), "tenth": (1, 10)}
_SHARE = re.compile(r"\b(?P<over>a|an|one|two|three|four)[ -](?P<part>half|third|quarter|fifth|tenth)s?\b|\b(?P<half>half)\b")
_OVER = {"two": 2, "three": 3, "four": 4}
_ABOUT = Fraction(3, 100)  # how far a share in words may be from the exact one
_SECONDS = {"s": 1, "min": 60, "h": 3600, "day": 86400, "week": 604800}
_TIMES = {"s": "second", "sec": "second", "min": "minute", "h": "hour", "hr": "hour", "d": "day", "wk": "week", "mo": "month", "y": "year", "yr": "year"}


def exact(number: Any) -> Exact:
    found = Fraction(number)
    return found.numerator if found.denominator == 1 else found


class Reckoning:
    """What a reader of one source may come to. The source is gone through once, when the first value of an output asks."""

    def __init__(self, s: Mentions):
        self.s = s

    def explains(self, o: Mentions, n: int, known: Callable[[int], bool]) -> bool:
        """Whether a reader of the source may come to the output's value `n`; `known` says so of the other values of the output."""
        words = o.read.text[slice(*o.mentions[n].span)]
        return (
            _is_age(self.s, o, n, words) or _is_rate(self.s, words) or self._is_next_year(o, n) or self._is_cost(o, n, known)
            or _is_half_more(self.s, o, n) or _is_part(self.s, o, n) or self._worded.explains(o, n)
            or self._surface.explains(o, n)
        )  # fmt: skip

    @cached_property
    def _surface(self) -> Surface:
        return Surface(self.s)

    @cached_property
    def _worded(self) -> Worded:
        return Worded(self.s)

    @cached_property
    def _years(self) -> set[int]:
        years = {v.readings[0].year for v in self.s.values if isinstance(v.readings[0], Date) and v.readings[0].year}
        return years | {int(y) for y in re.findall(r"\b(?:1[5-9]|20)\d\d\b", self.s.read.text)}

    @cached_property
    def _speaks_of_years(self) -> bool:
        return _BESIDE_YEAR.search(self.s.text.lower) is not None

    def _is_next_year(self, o: Mentions, n: int) -> bool:
        """The year beside one of the source that speaks of «the year after»."""
        told = o.values[n].readings[0]
        if not isinstance(told, Date) or told.year is None or told.day:
            return False
        return told.year not in self._years and bool({told.year - 1, told.year + 1} & self._years) and self._speaks_of_years

    @cached_property
    def _costs(self) -> dict[str, tuple[set[Exact], set[Exact]]]:
        """Unit -> (what one lot, or all lots of a sentence, cost; the prices)."""
        out: dict[str, tuple[set[Exact], set[Exact]]] = {}
        for ms in self.s.of_sentence.values():
            read = [r for m in ms if isinstance(r := self.s.values[m].readings[0], Quantity)]
            for unit in {r.unit for r in read if r.unit is not None and r.unit.isupper()}:
                amounts, prices = out.setdefault(unit, (set(), set()))
                lots = list(_lots(self.s, ms, unit))
                amounts.update(lots, [sum(lots)] if len(lots) > 1 else ())
                prices.update(exact(r.number) for r in read if r.unit == unit)
        return out

    def _is_cost(self, o: Mentions, n: int, known: Callable[[int], bool]) -> bool:
        """What counts cost at their prices: one lot, all lots of a sentence, or a number that the output tells itself."""
        told = o.values[n].readings[0]
        if not isinstance(told, Quantity) or told.unit is None or told.unit not in self._costs:
            return False
        amount, (amounts, prices) = exact(told.number), self._costs[told.unit]
        if amount in amounts:
            return True
        here = [o.values[k].readings[0] for k in o.of_sentence[o.sentence[n]] if k != n]
        here += [o.values[k].readings[0] for k in o.of_sentence.get(o.sentence[n] - 1, ()) if known(k)]
        counts = [exact(r.number) for r in here if isinstance(r, Quantity) and r.unit is None]
        return any(Fraction(amount) / count in prices for count in counts if count >= 2)

    def is_gap(self, o: Mentions, n: int, only_said: bool = False) -> bool:
        """What lies between two numbers of one sentence of the source or of two that follow each other, their sum, or what is left of
        one without two others: beside a word that says so, or beside one of the two."""
        told = o.values[n].readings[0]
        if not isinstance(told, Quantity) or not told.number:
            return False
        start, end = o.mentions[n].span
        first, last = o.read.sentences[o.sentence[n]]
        said = _GAP.search(o.text.lower, max(first, start - _NEAR), min(last, end + _NEAR)) is not None
        if only_said and not said:
            return False
        amount = exact(told.number)
        if told.unit is not None and (told.unit, amount) in self._apart:
            return True
        beside = {str(r) for k in o.of_sentence[o.sentence[n]] if k != n and isinstance(r := o.values[k].readings[0], Quantity)}
        if not only_said and ({(told.unit, amount), (None, amount)} & self._told_gaps):
            return True
        for units, keys, is_difference in self._between.get(amount, ()):
            if _one_sort(*units, told.unit) and (said or (is_difference and beside & keys)):
                return True
        return said and any(_one_sort(*units, told.unit) for units in self._left.get(amount, ()))

    @cached_property
    def _windows(self) -> list[list[int]]:
        """The mentions of each sentence and the one after it, the first MOST of them."""
        return [[k for j in (i, i + 1) for k in self.s.of_sentence.get(j, ())][:MOST] for i in self.s.of_sentence]

    @cached_property
    def _numbers(self) -> list[list[Number]]:
        """The numbers of each window."""
        return [
            [(exact(r.number), r.unit, str(r), k) for k in here if isinstance(r := self.s.values[k].readings[0], Quantity)] + list(_with_units(self.s, here))
            for here in self._windows
        ]  # fmt: skip

    @cached_property
    def _compared(self) -> dict[int, Compared]:
        return compared(self.s)

    def is_compared(self, a: int, b: int) -> bool:
        """Whether one of two mentions is told as a gap, so that the source says itself what follows from it."""
        return a in self._compared or b in self._compared

    @cached_property
    def sums(self) -> Sums:
        return Sums(self.s, self._compared)

    @cached_property
    def _told_gaps(self) -> set[tuple[str | None, Exact]]:
        """What a number and its gap to another say of that one, with its unit."""
        told = self._compared.values()
        return {(found.unit, exact(found.other)) for found in told} | {(None, exact(found.bare)) for found in told}

    @cached_property
    def _apart(self) -> set[tuple[str, Exact]]:
        return {found for here in self._windows for found in _times_apart(self.s, here)}

    @cached_property
    def _between(self) -> dict[Exact, list[tuple[Units, frozenset[str], bool]]]:
        """A difference or a sum of two numbers -> of which units, written how, and whether it is a difference."""
        out: dict[Exact, list[tuple[Units, frozenset[str], bool]]] = {}
        for numbers in self._numbers:
            for (a, unit, key, m), (b, other, key_b, k) in combinations(numbers, 2):
                if a != b and _one_sort(unit, other) and not self.is_compared(m, k):
                    for amount, is_difference in ((abs(a - b), True), (a + b, False)):
                        out.setdefault(amount, []).append(((unit, other), frozenset((key, key_b)), is_difference))
        return out

    @cached_property
    def _left(self) -> dict[Exact, set[Units]]:
        """What is left of a number without two others -> of which units."""
        out: dict[Exact, set[Units]] = {}
        for numbers in self._numbers:
            for a, unit, _, _ in numbers:
                for (b, of_b, *_), (c, of_c, *_) in combinations([x for x in numbers if 0 < x[0] < a], 2):
                    if b != c:
                        out.setdefault(a - b - c, set()).add((unit, of_b if b > c else of_c))
        return out


def _is_age(s: Mentions, o: Mentions, n: int, words: str) -> bool:
    """«Under-16s» of who is under 16, «34M» of a man of 34 years."""
    start = o.mentions[n].span[0]
    if (person := _PERSON.fullmatch(words)) is not None:
        return re.search(rf"\b{person[1]}(?:[- ]years?\b|-yo\b|,| ?y/o\b)|\baged? {person[1]}\b", s.text.lower) is not None
    number = words.rstrip("s")
    return number.isdigit() and bool(_AGES.search(o.text.lower[max(0, start - 8) : start])) and re.search(rf"\b{number}\b", s.read.text) is not None


def _is_rate(s: Mentions, words: str) -> bool:
    """«120 ml/min» of «120 ml per minute»."""
    told = _PER.fullmatch(words.strip())
    if told is None:
        return False
    time = _TIMES.get(told["time"], told["time"])
    said = rf"{re.escape(told['number'])}\s?{re.escape(told['unit'])}\w* (?:per|an?|each|every) {time}\b"
    return re.search(said, s.read.text) is not None


def _lots(s: Mentions, ms: list[int], unit: str) -> Iterator[Exact]:
    """The products of each count of a sentence with the price that follows it."""
    read = [s.values[m].readings[0] for m in ms][: 2 * MOST]
    for one, price in zip(read, read[1:], strict=False):
        if isinstance(one, Quantity) and isinstance(price, Quantity) and one.unit is None and price.unit == unit:
            yield exact(one.number) * exact(price.number)


def _with_units(s: Mentions, ms: list[int]) -> Iterator[Number]:
    """Bare numbers in the unit of the amount before them: «from 22 minutes to nine»."""
    for one, other in zip(ms, ms[1:], strict=False):
        a, b = s.values[one].readings[0], s.values[other].readings[0]
        if isinstance(a, Quantity) and isinstance(b, Quantity) and a.unit is not None and b.unit is None:
            written = re.search(r"\d+(?:\.\d+)?", s.said(one).replace(",", ""))
            if written and Fraction(written[0]):
                yield exact(Fraction(b.number) * Fraction(a.number) / Fraction(written[0])), a.unit, str(b), other


def _one_sort(*units: str | None) -> bool:
    """Whether numbers may be of one unit, which the later ones leave out."""
    named = {"%" if unit == "pp" else unit for unit in units if unit is not None}
    return len(named) < 2


def _times_apart(s: Mentions, ms: list[int]) -> Iterator[tuple[str, Exact]]:
    """What lies between two moments or two dates, in each unit of a time."""
    for one, other in combinations([r for m in ms for r in s.values[m].readings[:1] if not isinstance(r, Quantity)], 2):
        seconds = seconds_between(one, other) or 86400 * days_between(one, other)
        if seconds:
            yield from ((unit, exact(Fraction(seconds, size))) for unit, size in _SECONDS.items())


def _is_half_more(s: Mentions, o: Mentions, n: int) -> bool:
    """«1.5 seconds» of «a second and a half»."""
    told = o.values[n].readings[0]
    said = re.search(r"\d+[.,]5\b", o.said(n)) is not None
    return isinstance(told, Quantity) and said and " and a half" in s.text.lower


def _is_part(s: Mentions, o: Mentions, n: int) -> bool:
    """A share in words of two numbers of one sentence, and «a quarter of an hour» of 15 minutes or of two moments."""
    start, end = o.mentions[n].span
    share = _SHARE.search(o.text.lower, max(0, start - 3), end + 12)
    if share is None or share.start() > end:
        return False
    over, under = (1, 2) if share["half"] else _PART[share["part"]]
    part = Fraction(over * _OVER.get(share["over"] or "", 1), under)
    hour = re.match(r"\W*(?:of an )?hour", o.text.lower[share.end() : share.end() + 12])
    for i in s.of_sentence:
        here = [k for j in (i, i + 1) for k in s.of_sentence.get(j, ())][:MOST]
        numbers = [Fraction(r.number) for k in here if isinstance(r := s.values[k].readings[0], Quantity)]
        if hour:
            gaps = [seconds_between(a, b) for a, b in combinations([s.values[k].readings[0] for k in here], 2)]
            if any(x in (60 * part, 3600 * part) for x in numbers) or any(abs(gap - 3600 * part) <= 120 for gap in gaps if gap):
                return True
        elif any(a and b and abs(min(a, b) / max(a, b) - part) <= _ABOUT for a, b in combinations(numbers, 2)):
            return True
    return False
