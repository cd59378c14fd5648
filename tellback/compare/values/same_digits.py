"""Values that keep their digits and lose their size: 160 kg told as «160 lb», £0.18m as «£1.8 million»; and a time of day of which one
digit is another: 03:52:18 as «03:58:18».

Whoever converts or rounds changes the digits, so that the same ones with another unit or another magnitude are a slip, where the one
value is told nowhere and the other stands nowhere.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterator
from fractions import Fraction

from tellback.compare.values.mentions import Mentions
from tellback.facts.kinds.dimensions import one_dimension
from tellback.facts.kinds.quantity import Quantity
from tellback.facts.kinds.times import Clock

_TIME = re.compile(r"\d\d:\d\d:\d\d")
_DIGITS = re.compile(r"\d[\d.,]*")
LEAST = 2  # digits that two values have in common


def same_digits(s: Mentions, o: Mentions, open_: Collection[int], foreign: Collection[int]) -> Iterator[tuple[int, int]]:
    """(m, n): mention of the source that is told nowhere, and the one of the output, which stands nowhere, that was made of it."""
    if not open_ or not foreign:
        return
    still = frozenset(open_)
    mine, theirs = _by_digits(s), _by_digits(o)
    clocks = [n for n in foreign if isinstance(o.values[n].readings[0], Clock)]
    of_time: dict[str, set[int]] = defaultdict(set)
    for m in still if clocks else ():
        for but_one in _but_one_digit(s.said(m)):
            of_time[but_one].add(m)
    for n in clocks:
        near = {m for but_one in _but_one_digit(o.said(n)) for m in of_time.get(but_one, ())}
        if len(near) == 1:
            yield near.pop(), n
    for n in sorted(set(foreign) - set(clocks)):
        said = _digits(o, n)
        if len(said) < LEAST:  # one digit: «4 bar» told as «4 psi»
            near = [m for m in still if s.group[m] == "value" and _digits(s, m) == said and _another_unit(s, m, o, n)]
            if len(near) == 1:
                yield near[0], n
        if len(said) >= LEAST and len(theirs[said]) == 1 and len(mine.get(said, ())) == 1:
            m = mine[said][0]
            if m in still and _another_size(s, m, o, n):
                yield m, n


def _digits(t: Mentions, k: int) -> str:
    """The digits of a mention as they are written, without zeros around them; at least as many as `10` has."""
    found = _DIGITS.search(t.said(k))
    written = re.sub(r"\D", "", found[0]) if found else ""
    return written.strip("0") if len(written.strip("0")) >= LEAST else written.lstrip("0")


def _by_digits(t: Mentions) -> dict[str, list[int]]:
    out: dict[str, list[int]] = defaultdict(list)
    for k, group in enumerate(t.group):
        if group == "value":
            out[_digits(t, k)].append(k)
    return out


def _another_size(s: Mentions, m: int, o: Mentions, n: int) -> bool:
    a, b = s.values[m].readings[0], o.values[n].readings[0]
    if not isinstance(a, Quantity) or not isinstance(b, Quantity) or a.unit is None or b.unit is None or not a.number:
        return False
    if a.unit != b.unit:
        return s.number(m) == o.number(n) and one_dimension(a.unit, b.unit)
    times = Fraction(b.number) / Fraction(a.number)
    factor = max(abs(times), 1 / abs(times)) if times else 0
    if s.number(m) == o.number(n):
        return factor > 1  # «512 MB», «512 GB»
    # ten at 1.50 are 15: where the text has the factor itself, somebody may have reckoned
    return factor in (10, 100, 1000) and times > 0 and str(factor) not in s.by_bare


def _another_unit(s: Mentions, m: int, o: Mentions, n: int) -> bool:
    a, b = s.values[m].readings[0], o.values[n].readings[0]
    return isinstance(a, Quantity) and isinstance(b, Quantity) and a.unit != b.unit and _another_size(s, m, o, n)


def _but_one_digit(said: str) -> Iterator[str]:
    """A time told to the second with each of its digits left out in turn, but for those of the hour, which a zone changes."""
    found = _TIME.search(said)
    for k in (3, 4, 6, 7) if found else ():
        yield found[0][:k] + "?" + found[0][k + 1 :]
