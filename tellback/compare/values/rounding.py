"""Whether a number tells another one rounded («nearly 78,000» of 77,984) or in another unit («6.2 miles» of 10 km)."""

from __future__ import annotations

import re
from decimal import Decimal
from fractions import Fraction

from tellback.facts.kinds.base import Value
from tellback.facts.kinds.dimensions import converted
from tellback.facts.kinds.quantity import Place, Quantity
from tellback.facts.kinds.times import Clock
from tellback.facts.kinds.timestamps import Moment

READ_BEFORE = 32  # characters before a number in which a word says that it is rounded
#: How far, as a share of the exact number, a rounded one may be from it: with a word that says so, and without.
WITH_WORD, WITHOUT_WORD = Fraction(12, 100), Fraction(3, 100)
#: The same of a bound, which the exact number keeps: «more than 100» of 116.
WITH_BOUND = Fraction(20, 100)
#: The same for another unit: of a number that is as exact as it is written, and of a rounded one.
EXACT, ROUNDED = Fraction(1, 100), Fraction(6, 100)

#: Minutes that a time in words may be from the exact one.
NEAR_CLOCK = 7

_WORDS = re.compile(
    r"(?P<under>\b(?:nearly|almost|just under|just below|close to|not quite|just short of|approaching))"
    r"|(?P<about>\b(?:about|around|approximately|approx\.?|roughly|some|circa|ca\.|an estimated|or so|environ|rund|etwa|fast)|[~≈])"
    r"|(?P<over>\b(?:over|more than|above|exceeding|in excess of|upwards of|at least|greater than))"
    r"|(?P<below>\b(?:under|less than|fewer than|below|up to|at most))"
)
_LESS = re.compile(
    r"\b(?:fell|falls?|fallen|falling|down|drop\w*|declin\w*|decreas\w*|lost|loses?|loss\w*|shrank|shrunk|shrink\w*|minus|negative|lower\w*"
    r"|below|deficit|shortfall|reduc\w*|cut\w*|less|fewer|slip\w*|slid|contract\w*|dip\w*|sank|plung\w*|under|short|retreat\w*|reced\w*|back(?:wards?)?)\b"
)
_BETWEEN = re.compile(r"[ (]*(?:(?:a|an|the|[$€£])[ ]?)?-?$")


def rounded_by(before: str) -> str:
    """The way in which the last words of `before`, in lower case, say that a number is rounded; "" where they do not."""
    way = ""
    for word in _WORDS.finditer(before):
        if _BETWEEN.match(before, word.end()):
            way = word.lastgroup or ""
    return way


def tells_rounded(exact: Value, told: Value, before: str, before_exact: str = "") -> bool:
    """Whether `told`, which follows the words `before`, is `exact` rounded as these say. What is a bound or a round number
    itself («above 450»), by the words before it, is not rounded again."""
    return not rounded_by(before_exact) and any(
        _rounds(Fraction(a.number), Fraction(b.number), _step(told, b), rounded_by(before), _fewer_digits(exact, told))
        for a in _quantities(exact) for b in _quantities(told) if a.unit == b.unit
    )  # fmt: skip


def tells_converted(exact: Value, told: Value) -> bool:
    """Whether `told` is `exact` in another unit, as exactly as it is written."""
    return any(
        _near(a, Fraction(b.number), _step(told, b))
        for quantity in _quantities(exact)[:1] for b in _quantities(told)[:1] for a in converted(quantity, b.unit)
    )  # fmt: skip


_STOPWATCH = re.compile(r"\d{1,3}:[0-5]\d(?::[0-5]\d)?(?![\d:.]\d|\d| ?[ap]\.?m)")


def tells_clock(exact: Value, told: Value, said: str, before: str) -> bool:
    """Whether a time of day in words («four in the afternoon») is that of a clock or a timestamp, to the nearest quarter."""
    if not rounded_by(before) and any(c.isdigit() for c in said):
        return False
    hours = [r.hour for r in told.readings if isinstance(r, Clock) and not r.minute and not r.second]
    if any(isinstance(r, Quantity) and r.unit is None and r.number in hours for r in exact.readings):
        return True  # «before 11», «before eleven o'clock»
    times = [r.hour * 60 + r.minute for r in told.readings if isinstance(r, Clock) and r.minute % 15 == 0]
    for reading in exact.readings:
        at = reading.at if isinstance(reading, Moment) else reading
        if isinstance(reading, Moment | Clock) and any(abs(at.hour * 60 + at.minute - minutes) <= NEAR_CLOCK for minutes in times):
            return True
    return False


def on_stopwatch(text: str, at: int) -> tuple[frozenset[Fraction], int]:
    """The seconds that «28:25» at an offset of a text may tell as a length of time, in minutes or in hours, and where it ends."""
    shown = _STOPWATCH.match(text, at) if text[at - 1 : at] != ":" else None
    if shown is None:
        return frozenset(), at
    parts = [int(part) for part in shown[0].split(":")]
    if len(parts) == 3:
        return frozenset([Fraction(parts[0] * 3600 + parts[1] * 60 + parts[2])]), shown.end()
    return frozenset(Fraction((parts[0] * 60 + parts[1]) * size) for size in (1, 60)), shown.end()


def count_of(value: Value) -> Decimal | Fraction | int | None:
    """The number of a mere count or of a place in an order; None for other values."""
    reading = value.readings[0]
    return reading.number if isinstance(reading, Place) or (isinstance(reading, Quantity) and reading.unit is None) else None


def opposite(a: Value, b: Value) -> bool:
    """Whether two numbers differ by their sign alone."""
    return any(x.unit == y.unit and x.number == -y.number for x in _quantities(a) for y in _quantities(b))


def tells_signed(a: Value, before_a: str, b: Value, before_b: str) -> bool:
    """Whether a number below zero is told by its size and a word: «-7%» as «fell by 7%», or the other way round."""
    if not opposite(a, b):
        return False
    below, before = (a, before_b) if _quantities(a)[0].number < 0 else (b, before_a)
    return _quantities(below)[0].number < 0 and bool(_LESS.search(before)) and not before.rstrip().endswith("+")


def _rounds(a: Fraction, b: Fraction, step: Fraction, way: str, fewer: bool) -> bool:
    off = b - a
    if a <= 0 or b <= 0 or abs(off) > a * (WITH_BOUND if way == "over" else WITH_WORD if way else WITHOUT_WORD):
        return False
    if way == "under":
        return 0 < off <= step
    if way == "over":
        return -step < off <= 0
    if way == "below":
        return 0 <= off < step
    return abs(off) <= step / 2 and bool(way or fewer)


def _near(a: Fraction, b: Fraction, step: Fraction) -> bool:
    off = abs(a - b)
    return off <= EXACT * abs(a) or off <= min(step / 2, ROUNDED * abs(a))


def _quantities(value: Value) -> list[Quantity]:
    return [reading for reading in value.readings if isinstance(reading, Quantity)]


def _step(value: Value, reading: Quantity) -> Fraction:
    """How exactly a number is written: by its last digit that is not zero, in the unit of `reading`."""
    written = value.written
    if not isinstance(written, Decimal) or not written:
        return Fraction(reading.number) / 10
    return abs(Fraction(10) ** _last_place(written) * Fraction(reading.number) / Fraction(written))


def _last_place(number: Decimal) -> int:
    shown = number if number.as_tuple().exponent < 0 else number.normalize()
    return int(shown.as_tuple().exponent)


def _fewer_digits(exact: Value, told: Value) -> bool:
    """Whether `told` has so few digits that it is no misspelling of `exact`: two fewer, or one decimal fewer."""
    a, b = exact.written, told.written
    if not isinstance(a, Decimal) or not isinstance(b, Decimal):
        return isinstance(a, Fraction)  # two thirds: no decimal ends there
    mine, theirs = (sum(digit > 0 for digit in number.as_tuple().digits) for number in (a, b))
    dropped = _last_place(a) < 0 and _last_place(b) > _last_place(a) and len(b.normalize().as_tuple().digits) > 1
    return mine - theirs > 1 or dropped
