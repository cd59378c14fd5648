"""Values of an output that a reader of the source reckons without being told how: what several lots cost together, the year after
another, the age in «under-16s», an amount for a time written with a stroke.

These are asked last, of values that nothing else explains, and only keep them from being called news.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from fractions import Fraction

from tellback.compare.values.derived import days_between, seconds_between
from tellback.compare.values.mentions import Mentions
from tellback.facts.kinds.days import Date
from tellback.facts.kinds.quantity import Quantity

MOST = 8  # numbers of a sentence that are multiplied with each other
_AGES = re.compile(r"\b(?:under|over|above|below)[- ]$", re.I)
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
_QUARTER = 15 * 60
_TIMES = {"s": "second", "sec": "second", "min": "minute", "h": "hour", "hr": "hour", "d": "day", "wk": "week", "mo": "month", "y": "year", "yr": "year"}


def reckoned(s: Mentions, o: Mentions, n: int, known: Callable[[int], bool]) -> bool:
    """Whether a reader of the source may come to the output's value `n`; `known` says so of the other values of the output."""
    words = o.read.text[slice(*o.mentions[n].span)]
    return (
        _is_age(s, o, n, words) or _is_rate(s, words) or _is_next_year(s, o, n) or _is_cost(s, o, n, known)
        or _is_half_more(s, o, n) or _is_part(s, o, n)
    )  # fmt: skip


def _is_age(s: Mentions, o: Mentions, n: int, words: str) -> bool:
    """«Under-16s» of who is under 16."""
    start = o.mentions[n].span[0]
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


def _is_next_year(s: Mentions, o: Mentions, n: int) -> bool:
    """The year beside one of the source that speaks of «the year after»."""
    told = o.values[n].readings[0]
    if not isinstance(told, Date) or told.year is None or told.day:
        return False
    years = {v.readings[0].year for v in s.values if isinstance(v.readings[0], Date) and v.readings[0].year}
    years |= {int(y) for y in re.findall(r"\b(?:1[5-9]|20)\d\d\b", s.read.text)}
    return told.year not in years and bool({told.year - 1, told.year + 1} & years) and _BESIDE_YEAR.search(s.text.lower) is not None


def _is_cost(s: Mentions, o: Mentions, n: int, known: Callable[[int], bool]) -> bool:
    """What counts cost at their prices: one lot, all lots of a sentence, or a number that the output tells itself."""
    told = o.values[n].readings[0]
    if not isinstance(told, Quantity) or told.unit is None or not told.unit.isupper():
        return False
    amount = Fraction(told.number)
    lots = [list(_lots(s, ms, told.unit)) for ms in s.of_sentence.values()]
    if any(amount in of or (len(of) > 1 and amount == sum(of)) for of in lots):
        return True
    prices = [Fraction(r.number) for v in s.values if isinstance(r := v.readings[0], Quantity) and r.unit == told.unit]
    here = [o.values[k].readings[0] for k in o.of_sentence[o.sentence[n]] if k != n]
    here += [o.values[k].readings[0] for j in (o.sentence[n] - 1,) for k in o.of_sentence.get(j, ()) if known(k)]
    counts = [Fraction(r.number) for r in here if isinstance(r, Quantity) and r.unit is None]
    return any(price * count == amount for price in prices for count in counts if count >= 2)


def _lots(s: Mentions, ms: list[int], unit: str) -> Iterator[Fraction]:
    """The products of each count of a sentence with the price that follows it."""
    read = [s.values[m].readings[0] for m in ms][: 2 * MOST]
    for one, price in zip(read, read[1:], strict=False):
        if isinstance(one, Quantity) and isinstance(price, Quantity) and one.unit is None and price.unit == unit:
            yield Fraction(one.number) * Fraction(price.number)


def is_gap(s: Mentions, o: Mentions, n: int, only_said: bool = False) -> bool:
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
    amount = Fraction(told.number)
    beside = {str(r) for k in o.of_sentence[o.sentence[n]] if k != n and isinstance(r := o.values[k].readings[0], Quantity)}
    for i in s.of_sentence:
        here = [k for j in (i, i + 1) for k in s.of_sentence.get(j, ())][:MOST]
        if any(amount in of for of in _times_apart(s, here, told.unit)):
            return said or not isinstance(told.unit, type(None))
        numbers = [(Fraction(r.number), r.unit, str(r)) for k in here if isinstance(r := s.values[k].readings[0], Quantity)]
        numbers += list(_with_units(s, here))
        for x, (a, unit, key) in enumerate(numbers):
            for b, other, key_b in numbers[x + 1 :]:
                if a == b or not _one_sort(unit, other, told.unit) or amount not in (abs(a - b), a + b):
                    continue
                if said or (beside & {key, key_b} and abs(a - b) == amount):
                    return True
        if said and any(
            a - b - c == amount and _one_sort(unit, u, told.unit)
            for a, unit, _ in numbers for b, u, _ in numbers for c, _, _ in numbers if a > b > c > 0
        ):  # fmt: skip
            return True
    return False


def _with_units(s: Mentions, ms: list[int]) -> Iterator[tuple[Fraction, str | None, str]]:
    """Bare numbers in the unit of the amount before them: «from 22 minutes to nine»."""
    for one, other in zip(ms, ms[1:], strict=False):
        a, b = s.values[one].readings[0], s.values[other].readings[0]
        if isinstance(a, Quantity) and isinstance(b, Quantity) and a.unit is not None and b.unit is None:
            written = re.search(r"\d+(?:\.\d+)?", s.said(one).replace(",", ""))
            if written and Fraction(written[0]):
                yield Fraction(b.number) * Fraction(a.number) / Fraction(written[0]), a.unit, str(b)


def _one_sort(*units: str | None) -> bool:
    """Whether numbers may be of one unit, which the later ones leave out."""
    named = {"%" if unit == "pp" else unit for unit in units if unit is not None}
    return len(named) < 2


def _times_apart(s: Mentions, ms: list[int], unit: str | None) -> Iterator[tuple[Fraction, ...]]:
    """What lies between two moments or two dates, in the unit of a time."""
    read = [r for m in ms for r in s.values[m].readings[:1]]
    for x, one in enumerate(read):
        for other in read[x + 1 :]:
            seconds = seconds_between(one, other) or 86400 * days_between(one, other)
            if seconds:
                yield tuple(Fraction(seconds, size) for name, size in (("s", 1), ("min", 60), ("h", 3600), ("day", 86400), ("week", 604800)) if name == unit)


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
            gaps = [seconds_between(a, b) for a, b in _pairs([s.values[k].readings[0] for k in here])]
            if any(x in (60 * part, 3600 * part) for x in numbers) or any(abs(gap - 3600 * part) <= 120 for gap in gaps if gap):
                return True
        elif any(a and b and abs(min(a, b) / max(a, b) - part) <= _ABOUT for a, b in _pairs(numbers)):
            return True
    return False


def _pairs(items: list) -> Iterator[tuple]:
    return ((a, b) for x, a in enumerate(items) for b in items[x + 1 :])
