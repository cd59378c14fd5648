"""Values of an output that a reader of the source reckons without being told how: what several lots cost together, the year after
another, the age in «under-16s», an amount for a time written with a stroke.

These are asked last, of values that nothing else explains, and only keep them from being called news.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from fractions import Fraction

from tellback.compare.values.mentions import Mentions
from tellback.facts.kinds.dates import Date
from tellback.facts.kinds.quantity import Quantity

MOST = 8  # numbers of a sentence that are multiplied with each other
_AGES = re.compile(r"\b(?:under|over|above|below)[- ]$", re.I)
_BESIDE_YEAR = re.compile(r"\b(?:(?:the|a|one|next|following|previous|same) year|years? (?:after|before|later|earlier|ago)|twelve months|anniversary|aged?)\b")
_PER = re.compile(r"(?P<number>\d[\d.,]*)\s?(?P<unit>[A-Za-z%€$£°µ]+)\s?/\s?(?P<time>s|sec|min|h|hr|d|day|wk|week|mo|month|y|yr|year)$")
_TIMES = {"s": "second", "sec": "second", "min": "minute", "h": "hour", "hr": "hour", "d": "day", "wk": "week", "mo": "month", "y": "year", "yr": "year"}


def reckoned(s: Mentions, o: Mentions, n: int, known: Callable[[int], bool]) -> bool:
    """Whether a reader of the source may come to the output's value `n`; `known` says so of the other values of the output."""
    words = o.read.text[slice(*o.mentions[n].span)]
    return (
        _is_age(s, o, n, words) or _is_rate(s, words) or _is_next_year(s, o, n) or _is_cost(s, o, n, known)
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
