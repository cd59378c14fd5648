"""Lengths of time told in two pieces: «two hours and 35 minutes», «an hour and ten minutes», «1 year 3 months»."""

from __future__ import annotations

import re
from decimal import Decimal

from tellback.facts.kinds.amounts import read_amount
from tellback.facts.kinds.base import Found, Value
from tellback.facts.kinds.quantity import Quantity
from tellback.facts.kinds.units import UNITS

#: Bases whose units follow each other in pieces: hours and minutes, weeks and days, years and months.
_BASES = frozenset(["s", "day", "month"])
_AND = re.compile(r" (?:and )?(?=[^\W_])")
_ONE = re.compile(r"\ban? (hour|minute|day|week|year) and $", re.IGNORECASE)
_GLUED = re.compile(r"(?<![\w.])(?=\d+[hm]\d)(?:(?P<h>\d{1,3})h)?(?:(?P<m>\d{1,3})m(?:in)?)?(?:(?P<s>\d{1,2})s)?(?!\w)")
_PART = re.compile(r" and a (?P<part>half|quarter)\b(?! (?:of|to|past|an?|the)\b)")
_PARTS = {"half": Decimal("0.5"), "quarter": Decimal("0.25")}
_BACK = 16  # characters in which «an hour and» stands before the second piece


def read_compound(text: str, at: int) -> Found | None:
    """The amount that begins at `at`, with the smaller piece that follows it or the «an hour and» before it."""
    if (glued := _GLUED.match(text, at)) is not None:
        hours, minutes, seconds = (int(glued[name] or 0) for name in ("h", "m", "s"))
        whole = Decimal(3600 * hours + 60 * minutes + seconds)
        return Found(Value("number", (Quantity(whole, "s"),), whole), at, glued.end())
    found = read_amount(text, at)
    read = _length(found)
    if found is None or read is None:
        return found
    one = _ONE.search(text, max(0, found.start - _BACK), found.start)
    if one is not None:
        unit, size = UNITS[one[1].lower()]
        return _joined(Quantity(size, unit), Decimal(1), read, one.start(), found.end) or found
    gap, written = _AND.match(text, found.end), found.value.written
    if (share := _PART.match(text, found.end)) is not None and isinstance(written, Decimal) and written:
        size = read.number / written
        return _joined(read, written, Quantity(size * _PARTS[share["part"]], read.unit), found.start, share.end()) or found
    more = read_amount(text, gap.end()) if gap is not None and isinstance(written, Decimal) and written else None
    rest = _length(more)
    if more is None or rest is None or more.start != gap.end():
        return found
    return _joined(read, written, rest, found.start, more.end) or found


def _length(found: Found | None) -> Quantity | None:
    """What an amount says where it is a length of time, as a decimal."""
    read = found.value.readings[0] if found is not None and found.value.kind == "number" else None
    is_length = isinstance(read, Quantity) and read.unit in _BASES and isinstance(read.number, Decimal) and read.number > 0
    return read if is_length else None


def _joined(first: Quantity, written: Decimal, rest: Quantity, start: int, end: int) -> Found | None:
    """Both pieces as one amount, where the second is smaller than one of the first's units."""
    size = first.number / written
    if first.unit != rest.unit or rest.number >= size:
        return None
    return Found(Value("number", (Quantity(first.number + rest.number, first.unit),), written + rest.number / size), start, end)
