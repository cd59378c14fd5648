"""Two values, names or things that an output gives to each other's company have changed places.

Whose a value is, the words say that stand in its segment and in no other of the source. In the output each is looked up in
its own segment, the finest that holds such a word: with the other's words and none of its own it is told of another.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations

from tellback.compare.binding.tokens import CELL, SENTENCE, Tokens, tokens
from tellback.language.lexicon import words
from tellback.language.stems import stem
from tellback.records import Span

#: What measures a thing and is none: «75 minutes», «an hour and a quarter».
_MEASURES = frozenset(map(stem, words(
    "second minute hour day week month year quarter half degree metre meter kilometre kilometer centimetre millimetre mile foot feet inch litre liter millilitre gram gramme "
    "kilogram kilo tonne ton pound ounce euro dollar cent percent watt kilowatt volt celsius fahrenheit point time piece unit number total"
)))
MOST_ANCHORS = 14  # of one kind in one place of the output
MOST_PAIRS = 4000
_CARRIED = ("word", "name", "number")  # kinds of which a pronoun may tell more: «it was opened in 1990»
LEAST_OF_WORDS = 3  # words that tell whose two common nouns are
FAR = 120  # characters of a finding

_MOVED = re.compile(r"\b(?:to|from|instead of|rather than|not|until|through|after|than|by|of)\b|->|→|-$")
#: Pronouns of something in their own sentence: they carry nothing in from another.
_RELATIVE = re.compile(r"who\b|which\b|whose\b|whom\b|those (?:who|with|in|of|on|from|without)\b|that (?!is\b|was\b|has\b|had\b|will\b|one\b)", re.I)
#: «The gap between the board and the wall», of which either may be named first.
_AND = re.compile(r"[ \n]and[ \n](?:(?:the|an?|its|their)[ \n])?", re.I)
_BETWEEN = re.compile(r"\bbetween[ \n](?:(?:the|an?|its|their)[ \n])?$", re.I)
_MOST_AND = 16  # characters of these
_MOST_BETWEEN = 3
_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class Bound:
    """Something that the output tells with the words of another: its place in the source, its place in the output, and both
    with the words that show it."""

    source: Span
    output: Span
    shown: tuple[Span, Span]
    kind: str


@lru_cache(maxsize=4)
def exchanged(source: str, output: str) -> tuple[tuple[Bound, Bound], ...]:
    """The pairs that changed places, in the order of the output."""
    return tuple(_Exchanges(tokens(source), tokens(output)).find())


class _Exchanges:
    def __init__(self, s: Tokens, o: Tokens) -> None:
        self.s, self.o = s, o
        self._pronouns = [at for at in s.pronouns if not _RELATIVE.match(s.text, at)]
        self.once = {t.key for k, t in enumerate(o.all) if len(o.at[t.key]) == 1 == len(s.at.get(t.key, ()))}

    def find(self) -> Iterator[tuple[Bound, Bound]]:
        taken: set[int] = set()
        n_pairs = 0
        for na, nb in self._pairs():
            if na in taken or nb in taken:
                continue
            n_pairs += 1
            if n_pairs > MOST_PAIRS:
                return
            found = self._compare(na, nb)
            if found:
                taken |= {na, nb}
                yield found

    def _pairs(self) -> Iterator[tuple[int, int]]:
        """Anchors of one kind that stand in one place of the output, surest kinds first."""
        here: dict[tuple[int, str], list[int]] = defaultdict(list)
        for k, token in enumerate(self.o.all):
            if token.key in self.once and token.key not in _MEASURES and self._is_mixed(k):
                here[self.o.sentence[k], self._kind(k)].append(k)
        for kind in ("hash", "id", "number", "date", "name", "word"):
            for n, of in sorted(here):
                if of == kind:
                    mine = here[n, kind][:MOST_ANCHORS]
                    yield from combinations(mine, 2)
                    yield from ((a, b) for a in mine for b in here.get((n + 1, kind), ())[:MOST_ANCHORS])

    def _kind(self, k: int) -> str:
        """A name's kind is that which either text shows."""
        mine, theirs = self.o.all[k].kind, self.s.all[self.s.at[self.o.all[k].key][0]].kind
        return "name" if "name" in (mine, theirs) else theirs

    def _is_mixed(self, k: int) -> bool:
        """Whether the words around an anchor come from another segment of the source than it does."""
        s, o = self.s, self.o
        home = s.at[o.all[k].key][0]
        for m in o.segment(k, SENTENCE):
            at = s.at.get(o.all[m].key) if m != k else None
            if at and s.wall(home, at[0]) >= CELL:
                return True
        return any(o.all[m].key in s.extra.get(home, ()) for m in o.segment(k, SENTENCE))

    def _compare(self, na: int, nb: int) -> tuple[Bound, Bound] | None:
        s, o = self.s, self.o
        a, b = s.at[o.all[na].key][0], s.at[o.all[nb].key][0]
        if not s.wall(a, b) or not o.wall(na, nb) or _is_movement(s, a, b) or _is_movement(o, na, nb):
            return None
        if _are_both(s, a, b) and _are_both(o, na, nb):
            return None
        own_a, own_b = self._own(a, b)
        kind = self._kind(na)
        carried = kind in _CARRIED and self._carried(a, b, s.pronouns if kind == "word" else self._pronouns)
        if s.holds(s.carriers, s.segment(a, SENTENCE)) or s.holds(s.carriers, s.segment(b, SENTENCE)):
            return None  # «the former were conducted by Ida, the latter by Bo»
        if not own_a or not own_b or carried and kind == "word" or kind == "name" and self._carried(a, b, s.persons):
            return None
        one, two = self._told(na, nb, own_a, own_b, carried), self._told(nb, na, own_b, own_a, carried)
        if one is None or two is None or not self._enough(na, one, two):
            return None
        rank = s.wall(a, b)
        return self._bound(a, rank, na, one), self._bound(b, rank, nb, two)

    def _own(self, a: int, b: int) -> tuple[set[str], set[str]]:
        """The words that tell two tokens of the source apart: those of either segment that stand nowhere else."""
        s = self.s
        rank = s.wall(a, b)
        mine, theirs = s.segment(a, rank), s.segment(b, rank)
        out = []
        for k, here in ((a, mine), (b, theirs)):
            found = {key for key in s.keys(here) if all(m in here for m in s.at[key])} | s.extra.get(k, frozenset())
            out.append(found - s.unit(a) - s.unit(b))
        x, y = s.extra.get(a, frozenset()), s.extra.get(b, frozenset())
        return out[0] - out[1] - (y - x), out[1] - out[0] - (x - y)

    def _told(self, n: int, other: int, own: set[str], theirs: set[str], clean: bool) -> list[int] | None:
        """The words of the other's company with which the output tells anchor `n`; None where it has company of its own (as much,
        or any: `clean`), or where a word turns what is said."""
        o = self.o
        most = o.wall(n, other)
        for rank in range(CELL, most + 1):
            here = o.segment(n, rank)
            mine = [m for m in here if o.all[m].key in own]
            strange = [m for m in here if o.all[m].key in theirs]
            if mine or strange:
                turned = o.holds(o.marks, here)
                enough = not mine if clean else len(strange) > len(mine)
                return strange if enough and not turned else None
        return None

    def _carried(self, a: int, b: int, pronouns: list[int]) -> bool:
        """Whether a pronoun of the source carries something over into the segment of either token."""
        rank = self.s.wall(a, b)
        return any(self.s.holds(pronouns, self.s.segment(k, rank)) for k in (a, b))

    def _enough(self, n: int, one: list[int], two: list[int]) -> bool:
        if self._kind(n) != "word":
            return True
        return len({self.o.all[m].key for m in one}) + len({self.o.all[m].key for m in two}) >= LEAST_OF_WORDS

    def _bound(self, a: int, rank: int, n: int, strange: list[int]) -> Bound:
        s, o = self.s, self.o
        near = min(strange, key=lambda m: abs(m - n))
        own = s.segment(a, rank)
        shown = _joined(o, n, near), (s.all[own[0]].start, s.all[own[-1]].end)
        at = (s.all[a].start, s.all[a].end)
        mine = shown[1] if shown[1][1] - shown[1][0] <= FAR else at
        return Bound(at, (o.all[n].start, o.all[n].end), (mine, shown[0]), self._kind(n))


def _joined(t: Tokens, i: int, j: int) -> Span:
    start, end = min(t.all[i].start, t.all[j].start), max(t.all[i].end, t.all[j].end)
    return (start, end) if end - start <= FAR else (t.all[i].start, t.all[i].end)


def _are_both(t: Tokens, i: int, j: int) -> bool:
    """Whether something is «between» the two."""
    first, last = sorted((i, j))
    between = t.text[t.all[first].end : t.all[last].start]
    return len(between) <= _MOST_AND and bool(_AND.fullmatch(between) and _BETWEEN.search(t.text, max(0, t.all[first].start - _MOST_AND), t.all[first].start))


def _is_movement(t: Tokens, i: int, j: int) -> bool:
    """Whether one thing goes through both values: «from 5 to 9»."""
    first, last = sorted((i, j))
    between = t.text[t.all[first].end : t.all[last].start].lower()
    return len(_WORD.findall(between)) <= _MOST_BETWEEN and bool(_MOVED.search(between))
