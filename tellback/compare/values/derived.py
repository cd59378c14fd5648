"""Values of an output that follow from those of the source: a sum, a difference, a share, a change, a quantity told along
in another unit, a date that «yesterday» meant."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from decimal import Decimal
from fractions import Fraction

from tellback.compare.values.mentions import Mentions
from tellback.compare.values.rounding import READ_BEFORE, tells_converted, tells_rounded
from tellback.facts.kinds.base import Value
from tellback.facts.kinds.days import Date
from tellback.facts.kinds.quantity import Quantity, part
from tellback.facts.kinds.times import Clock
from tellback.facts.kinds.timestamps import Moment

MOST = 10  # values of the source that one of the output may follow from
_LEAST = 10  # a smaller count follows from too many others, unless a word says that it does
_COUNTS = re.compile(r"\b(?:total|sum|both|together|in all|altogether|difference|gap|leaving|left|remain\w*|aged?|old|later|earlier|more|fewer|less|by|lasted|took|after|for|above|below|under|over|short|higher|lower|taller|ahead|behind|apart)\b")
_TOTAL = re.compile(r"\b(?:total\w*|sum|together|in all|altogether|overall|combined)\b")
_EARLIER = re.compile(r"\b(?:before|already|earlier|previous\w*|prior|so far)\b")
_AGE = re.compile(r"\b(?:aged?|age of|years?[ -]old)\b")
_BESIDE = 24  # characters between a quantity and the same one in another unit


def beside(o: Mentions, n: int) -> int | None:
    """The output's mention before `n` whose quantity `n` tells along: «10 km (6.2 miles)»."""
    here = o.of_sentence[o.sentence[n]]
    at = here.index(n)
    for k in (here[at - 1 : at] if at else []):
        gap = o.read.text[o.mentions[k].span[1] : o.mentions[n].span[0]]
        if len(gap) <= _BESIDE and re.match(r"\W*[(/,]|[^.;]* or ", gap) and tells_converted(o.values[k], o.values[n]):
            return k
    return None


def follows(s: Mentions, ms: Sequence[int], o: Mentions, n: int, settled: Callable[[int, int], bool]) -> tuple[int, ...]:
    """The mentions of `ms`, which the output's sentence of `n` tells, that `n` follows from; empty where it does not. `settled`
    says of two mentions that the source tells itself what follows from them."""
    value, told = o.values[n], o.mentions[n]
    if not isinstance(value.readings[0], Quantity):
        return ()
    start, end = o.read.sentences[o.sentence[n]]
    around = o.text.lower[max(start, told.span[0] - 40) : min(end, told.span[1] + 25)]
    said = bool(_COUNTS.search(around))
    before = o.text.lower[max(start, told.span[0] - READ_BEFORE) : told.span[0]]
    aged = bool(_AGE.search(around))
    ms = list(dict.fromkeys(ms))[:MOST]
    for x, a in enumerate(ms):
        for b in ms[x + 1 :]:
            if settled(a, b):
                continue
            for result, sure in _results(s.values[a], s.values[b], aged):
                if (sure or said or abs(result.number) >= _LEAST) and _says(result, value, before):
                    return a, b
    return ()


def is_product(s: Mentions, ms: Sequence[int], o: Mentions, n: int) -> bool:
    """Whether `n` is the product of two counts or prices of the source, which it then tells both: «14 chairs at 85.00»."""
    a, b = (s.values[m].readings[0] for m in ms)
    told = o.values[n].readings[0]
    return all(isinstance(r, Quantity) for r in (a, b, told)) and _product(a, b) == told.number


def _product(a: Quantity, b: Quantity) -> Fraction | None:
    """Of two numbers of which one at most is an amount; None where they are no count and no price."""
    x, y = Fraction(a.number), Fraction(b.number)
    return x * y if None in (a.unit, b.unit) and min(x, y) >= 2 and x * y >= _LEAST and (x.denominator == 1 or y.denominator == 1) else None


def is_one_less(o: Mentions, n: int, places: Collection[int]) -> bool:
    """Whether `n` counts what came before the place that the source gives: «the seventh», «there had been six before»."""
    start, end = o.read.sentences[o.sentence[n]]
    told, at = o.values[n].readings[0], o.mentions[n].span
    around = o.text.lower[max(start, at[0] - 40) : min(end, at[1] + 60)]
    return isinstance(told, Quantity) and told.number + 1 in places and _EARLIER.search(around) is not None


def is_total(o: Mentions, n: int, known: Callable[[int], bool], given: Callable[[str | None], Sequence[Sequence[Decimal | Fraction]]]) -> bool:
    """Whether `n` is the sum of the other numbers of its sentence, which are `known`: of all where they are three and more, of the
    last ones where it is called a total. A total may be the sum of three and more of a sentence of the source too: of all, or of each
    second or third. `given(unit)`: the numbers with that unit, a list a sentence."""
    start, end = o.read.sentences[o.sentence[n]]
    at = o.mentions[n].span
    around = o.text.lower[max(start, at[0] - 40) : min(end, at[1] + 25)]
    mine = o.values[n].readings[0]
    if not isinstance(mine, Quantity):
        return False
    parts = [o.values[k].readings[0] for k in o.of_sentence[o.sentence[n]] if k != n and known(k)]
    numbers = [r.number for r in parts if isinstance(r, Quantity) and r.unit == mine.unit]
    if len(numbers) > 2 and sum(numbers) == mine.number:
        return True
    if not _TOTAL.search(around):
        return False
    if any(sum(numbers[i::k]) == mine.number for numbers in given(mine.unit) for k in (1, 2, 3) for i in range(k) if len(numbers[i::k]) > 2):
        return True
    return any(sum(numbers[i:]) == mine.number for i in range(len(numbers) - 1))


def _says(result: Quantity, told: Value, before: str) -> bool:
    exact = Value(told.kind, (result,), _as_decimal(result.number))
    return str(result) in told.keys or tells_rounded(exact, told, f"{before} about ")


def _as_decimal(number: Decimal | Fraction) -> Decimal | Fraction:
    return number if isinstance(number, Decimal) else Decimal(number.numerator) / Decimal(number.denominator)


def _results(a: Value, b: Value, aged: bool) -> Iterator[tuple[Quantity, bool]]:
    """What two values give; the second of each pair says that it is no mere count."""
    one, other = a.readings[0], b.readings[0]
    if isinstance(one, Quantity) and isinstance(other, Quantity):
        yield from _of_numbers(one, other)
        for share in (*a.readings[1:], *b.readings[1:]):
            if isinstance(share, Quantity) and share.unit == "%" and {one.unit, other.unit} == {None}:
                yield _quantity(Fraction(one.number) * Fraction(other.number), None), False
        return
    years = [r.year if isinstance(r, Date) else None for r in (one, other)]
    if None not in years:
        gap = abs(years[0] - years[1])
        for n in (gap, gap - 1) if aged else (gap,):
            if n > 0:
                yield Quantity(Decimal(n)), aged
                yield Quantity(Decimal(12 * n), "month"), True
    seconds = seconds_between(one, other)
    if seconds:
        yield Quantity(Decimal(seconds), "s"), True
        if isinstance(one, Clock):
            yield Quantity(Decimal(86400 - seconds), "s"), True  # over midnight
    if all(isinstance(r, Moment) for r in (one, other)) and one.at.date() != other.at.date():
        yield Quantity(Decimal(abs((one.at.date() - other.at.date()).days)), "day"), True
    if all(isinstance(r, Date) and r.day and r.year for r in (one, other)):
        days = abs(_ordinal(one) - _ordinal(other))
        if days:
            yield Quantity(Decimal(days), "day"), True


def _of_numbers(one: Quantity, other: Quantity) -> Iterator[tuple[Quantity, bool]]:
    x, y = Fraction(one.number), Fraction(other.number)
    units = {one.unit, other.unit}
    if len(units) == 2 and None in units and any(unit and unit.isupper() for unit in units):  # «1,249,600 pounds», «1,200,000»
        one = other = Quantity(Decimal(0), next(unit for unit in units if unit))
    if one.unit == other.unit:
        yield _quantity(x + y, one.unit), False
        if x != y:
            yield _quantity(abs(x - y), "pp" if one.unit == "%" else one.unit), False
            yield _quantity(abs(x - y), one.unit), False
        if x and y and x != y:
            yield _quantity(100 * min(x, y) / max(x, y), "%"), True
            yield from ((_quantity(100 * abs(x - y) / of, "%"), True) for of in (x, y))
            if max(x, y) % min(x, y) == 0:
                yield _quantity(max(x, y) / min(x, y), "x"), True
    if one.unit == other.unit == "m":
        yield _quantity(x * y, "m²"), True
    if "%" not in (one.unit, other.unit) and (product := _product(one, other)) is not None:
        yield _quantity(product, one.unit or other.unit), False
    if "%" in (one.unit, other.unit) and one.unit != other.unit:
        share, whole = (one, other) if one.unit == "%" else (other, one)
        yield _quantity(x * y / 100, whole.unit), True
        if 0 < Fraction(share.number) < 100:  # what it was, before a part of that came or went
            yield from ((_quantity(100 * Fraction(whole.number) / (100 + sign * Fraction(share.number)), whole.unit), True) for sign in (-1, 1))


def _quantity(number: Fraction, unit: str | None) -> Quantity:
    return Quantity(part(number.numerator, number.denominator), unit)


def seconds_between(one: object, other: object) -> int:
    if isinstance(one, Moment) and isinstance(other, Moment) and (one.at.tzinfo is None) == (other.at.tzinfo is None):
        return abs(int((one.at - other.at).total_seconds()))
    if isinstance(one, Clock) and isinstance(other, Clock):
        return abs((one.hour - other.hour) * 3600 + (one.minute - other.minute) * 60 + one.second - other.second)
    return 0


def days_between(one: object, other: object) -> int:
    """Days between two days of one year, or of years that both say; 0 where they are no such days."""
    if not (isinstance(one, Date) and isinstance(other, Date) and one.day and other.day and one.month and other.month):
        return 0
    years = {date.year for date in (one, other) if date.year}
    if len(years) > 1:
        return abs(_ordinal(one) - _ordinal(other))
    year = next(iter(years), 2001)
    return abs(_ordinal(Date(year, one.month, one.day)) - _ordinal(Date(year, other.month, other.day)))


def _ordinal(date: Date) -> int:
    from datetime import date as day

    try:
        return day(date.year, date.month, date.day).toordinal()
    except ValueError:
        return 0


def numbers_of(s: Mentions, sentences: Iterable[int]) -> list[int]:
    """The values of some sentences of the source."""
    return [m for i in sentences for m in s.of_sentence.get(i, ()) if s.group[m] == "value"]
