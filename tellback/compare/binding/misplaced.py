"""A value or a name that an output tells with the company of another one, which it does not tell there.

An exchange has two sides; here there is one. So more is asked: two words of one other segment at least and none of its own,
a rival of the same kind in that segment, and no pronoun by which the source might carry a subject from the one to the other.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from tellback.compare.binding.exchange import Bound, exchanged
from tellback.compare.binding.tokens import COMMA, SEMICOLON, SENTENCE, Tokens, tokens
from tellback.records import Span

LEAST = 2  # words of the other's company
_NAMES = ("name", "id", "hash")
FAR = 120  # characters of a finding


@lru_cache(maxsize=4)
def misplaced(source: str, output: str) -> tuple[Bound, ...]:
    """What is told with another's company, in the order of the output; what was exchanged is not told again."""
    s, o = tokens(source), tokens(output)
    known = {one.output for pair in exchanged(source, output) for one in pair}
    return tuple(_Misplaced(s, o).find(known))


class _Misplaced:
    def __init__(self, s: Tokens, o: Tokens) -> None:
        self.s, self.o = s, o

    def find(self, known: set[Span]) -> Iterator[Bound]:
        for n, token in enumerate(self.o.all):
            at = self.s.at.get(token.key, ())
            if (
                len(at) != 1
                or _is_ordinal(self.s, at[0])
                or len(self.o.at[token.key]) != 1
                or self.s.all[at[0]].kind == "word"
                or (self.s.all[at[0]].kind == "name" and not self.o.text[token.start].isupper())  # «Fix» of a commit, «was fixed»
            ):
                continue
            if not any((token.start, token.end) == span for span in known):
                found = self._compare(at[0], n)
                if found:
                    yield found

    def _compare(self, a: int, n: int) -> Bound | None:
        s, o = self.s, self.o
        own = self._segment(a)
        if s.all[a].kind == "id" and len(s.keys(own) - s.unit(a)) < LEAST:
            return None  # «Added in core/sums.py» says nothing by which the file is known
        here = o.segment(n, SEMICOLON)
        strange: dict[int, int] = {}  # tokens of the output -> their one place in the source
        for m in here:
            at = s.at.get(o.all[m].key, ())
            if m == n or not at or o.all[m].key in s.unit(a):
                continue
            if a in s.rows and not any(k in s.rows for k in at):
                continue  # the name of a column
            if all(k in own for k in at) or o.all[m].key in s.extra.get(a, ()):
                return None
            if len(at) == 1:
                strange[m] = at[0]
        if len({s.all[k].key for k in strange.values()} - _adjacent(s, list(strange.values()))) < LEAST or o.holds(
            o.marks, here
        ):
            return None
        if a not in s.rows and strange.keys().isdisjoint(o.segment(n, COMMA)):
            return None  # nothing of the other's beside it
        rank = min(s.wall(a, k) for k in strange.values())
        other = s.segment(next(iter(strange.values())), max(rank, COMMA))
        if not all(k in other for k in strange.values()) or a in other:
            return None
        rival = self._rival(a, other, here)
        if rival is None or not self._parted(a, own, other):
            return None
        return self._bound(a, n, rival, strange)

    def _segment(self, a: int) -> range:
        return self.s.segment(a, SENTENCE) if a in self.s.rows else self.s.segment(a, COMMA)

    def _rival(self, a: int, other: range, here: range) -> int | None:
        """What of the same kind stands in the other segment, and not with the anchor in the output."""
        s = self.s
        said = self.o.keys(here)
        for k in other:
            same = s.all[k].kind == s.all[a].kind and s.extra.get(k) == s.extra.get(a)
            if same and s.all[k].key not in said and len(s.at[s.all[k].key]) == 1:
                return k
        return None

    def _parted(self, a: int, own: range, other: range) -> bool:
        """Whether each of the two segments has a subject of its own."""
        s = self.s
        if a in s.rows:
            return True
        if any(s.holds(s.pronouns, part) for part in (own, other)):
            return False
        shared = s.keys(own) & s.keys(other)
        if any(not any(c.isdigit() for c in key) for key in shared):
            return False
        return s.all[a].kind in _NAMES or any(s.all[k].kind in _NAMES for k in own if k != a)

    def _bound(self, a: int, n: int, rival: int, strange: dict[int, int]) -> Bound:
        s, o = self.s, self.o
        near = min(strange, key=lambda m: abs(m - n))
        start, end = min(o.all[n].start, o.all[near].start), max(o.all[n].end, o.all[near].end)
        there = (start, end) if end - start <= FAR else (o.all[n].start, o.all[n].end)
        part = self._segment(a)
        whole = s.all[part[0]].start, s.all[part[-1]].end
        mine = whole if whole[1] - whole[0] <= FAR else (s.all[a].start, s.all[a].end)
        kind = "name" if "name" in (s.all[a].kind, o.all[n].kind) else s.all[a].kind
        return Bound((s.all[a].start, s.all[a].end), (o.all[n].start, o.all[n].end), (mine, there), kind)


def _adjacent(s: Tokens, places: list[int]) -> set[str]:
    """The further words of names of several, which are one word of company."""
    return {s.all[k].key for k in places for m in places if k != m and s.all[k].key in s.unit(m) and k > m}


def _is_ordinal(s: Tokens, k: int) -> bool:
    """Whether a number has a full stop behind it, as German writes its ordinals."""
    return s.all[k].kind == "number" and s.text[s.all[k].end : s.all[k].end + 2] == ". "
