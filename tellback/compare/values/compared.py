"""Numbers that a source tells by how far they are from another: «61, eight more than last year» says that it was 53 then.

The words say the direction too, so that 69 does not follow from them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction

from tellback.compare.values.mentions import Mentions
from tellback.facts.kinds.base import Value
from tellback.facts.kinds.quantity import Quantity

_BEHIND = re.compile(
    r"(?:[ -]\w+)?[ -](?:(?P<up>more|higher|longer|larger|bigger|taller|older|dearer|heavier|warmer|above|up)"
    r"|(?P<down>fewer|less|lower|shorter|smaller|younger|cheaper|lighter|cooler|below|down|short))\b"
    r"(?= (?:\w+ )?(?:than|on|from|against|of|the|what|last)\b)"
)
_BEFORE = re.compile(r"\b(?:(?P<up>up|rise of|increase of|gain of)|(?P<down>down|fall of|drop of|decrease of))(?: by)? $")
_SINCE = re.compile(r"[^.;]{0,20}\b(?:on|from|since|against|compared|than|last|over|within|in|year|week|month)\b")
_NEAR = 16


@dataclass(frozen=True, slots=True)
class Compared:
    """A gap of the source is told of the mention `base`; `other` is the number that both give, in the base's unit, and `bare`
    that number as it is written without it."""

    base: int
    other: Fraction
    unit: str | None
    bare: Fraction


def compared(s: Mentions) -> dict[int, Compared]:
    """Mention of a gap -> what it is told of: the number before it in its sentence, else the one behind it, else the last before."""
    found = {}
    for k, value in enumerate(s.values):
        read = value.readings[0]
        if not isinstance(read, Quantity) or read.unit == "%" or not read.number:
            continue
        start, end = s.mentions[k].span
        words = _BEHIND.match(s.text.lower, end, end + 3 * _NEAR)
        if words is None:
            words = _BEFORE.search(s.text.lower, max(0, start - _NEAR), start)
            words = words if words is not None and _SINCE.match(s.text.lower, end, end + 3 * _NEAR) else None
        base = _base(s, k) if words is not None else None
        if words is not None and base is not None:
            found[k] = _compared(s.values[base], read, base, -1 if words["up"] else 1)
    return found


def _compared(told: Value, gap: Quantity, base: int, way: int) -> Compared:
    read = told.readings[0]
    unit_size = Fraction(read.number) / Fraction(told.written) if read.unit is not None and told.written else Fraction(1)
    other = Fraction(read.number) + way * Fraction(gap.number) * (unit_size if gap.unit is None else 1)
    return Compared(base, other, read.unit, other / unit_size)


def _base(s: Mentions, k: int) -> int | None:
    mine, i = s.values[k].readings[0], s.sentence[k]
    here = s.of_sentence[i]
    at = here.index(k)
    for m in (*reversed(here[:at]), *here[at + 1 :], *reversed(s.of_sentence.get(i - 1, ()))):
        read = s.values[m].readings[0]
        attribute = re.search(r"\w-[a-z]", s.said(m)) is not None  # «the 4-metre telescope» is no count of it
        if isinstance(read, Quantity) and isinstance(mine, Quantity) and not attribute and (mine.unit is None or read.unit == mine.unit):
            return m
    return None
