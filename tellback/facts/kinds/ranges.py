"""Amounts side by side share their unit: «5 to 7 km», «10-15%», «$4-5 million». Each keeps its bare reading too."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from tellback.facts.kinds.amounts import read_amount
from tellback.facts.kinds.base import Found, Value
from tellback.facts.kinds.days import Date
from tellback.facts.kinds.numbers import MONEY, NUMBER, PERCENT
from tellback.facts.kinds.quantity import Quantity
from tellback.facts.kinds.units import SYMBOLS

GAP = 5  # characters between two amounts that may share a unit
_JOINED = re.compile(r"\s?(?:-|to|and|or|through|till|until|auf|bis|und|oder|statt|et|à|,(?: and| or)?)\s?")
_YEAR, _DASH = re.compile(r"1[5-9]\d\d|20\d\d"), re.compile(r"\s?--?\s?|/")
_DIGITS = re.compile(r"[-+]?[\d.,]+|[^\W\d_]+(?:-[^\W\d_]+)*(?= )")
_SHARE = (NUMBER.name, MONEY.name)
_SHARED = (*_SHARE, PERCENT.name)


def shared(text: str, values: Sequence[Found]) -> list[Found]:
    """`values`, which stand side by side, with the readings that they owe to their neighbours."""
    out = []
    for i, found in enumerate(values):
        value = found.value
        if value.kind in _SHARE and i + 1 < len(values):
            value = _from_next(text, found, values[i + 1])
        if value.kind == NUMBER.name and found.open and i and values[i - 1].value.kind == MONEY.name:
            before = values[i - 1]
            if _JOINED.fullmatch(text, before.end, found.start):
                in_money = Quantity(value.readings[0].number, before.value.readings[0].unit)
                value = Value(MONEY.name, (in_money, *value.readings), value.written)
        if value.kind == NUMBER.name and i and (year := _year_after(text, values[i - 1], found)):
            value = Value(NUMBER.name, (*value.readings, year), value.written)
        out.append(found if value is found.value else replace(found, value=value))
    return out


def _year_after(text: str, before: Found, found: Found) -> Date | None:
    """The year that two digits behind another year's dash are: «2007-11»."""
    first, second = text[before.start : before.end], text[found.start : found.end]
    if not (_YEAR.fullmatch(first) and len(second) == 2 and second.isdigit() and _DASH.fullmatch(text, before.end, found.start)):
        return None
    year = int(first[:2] + second)
    return Date(year) if year > int(first) else None


def _from_next(text: str, found: Found, after: Found) -> Value:
    value = found.value
    if after.value.kind not in _SHARED or not _JOINED.fullmatch(text, found.end, after.start):
        return value
    if not (after.open if value.kind == MONEY.name else found.open):
        return value
    words, rest = text[found.start : found.end].lstrip("-"), _rest(text, after)
    written = read_amount(words + rest, 0) if rest else None
    if written is None or written.end < len(words + rest):
        return value
    readings = tuple(dict.fromkeys((*written.value.readings, *value.readings)))
    return Value(written.value.kind, readings, value.written)


def _rest(text: str, found: Found) -> str:
    """What follows the digits or words of a value: its magnitude and unit."""
    words = text[found.start : found.end].lstrip(SYMBOLS)
    match = _DIGITS.match(words)
    return words[match.end() :] if match else ""
