"""Whose a value is: two values of one kind that an output gives to each other's subjects have changed places.

A word belongs to the value that it stands nearest to, where commas, «and», the ends of rows and sentences count as far.
What two values share («port») belongs to neither. Where the words of both stand with the other one in the output, the
values were exchanged, however the sentence is built; where they stand with their own, they were not.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from tellback.compare.values.mentions import Mentions
from tellback.language.words import SMALL
from tellback.records import Span

MOST_IN_PLACE = 14  # values of one kind in a place of the output that are compared with each other
MOST_PAIRS = 2000
LONGEST = 700  # characters of a text in which two values and their words stand
MARGIN = 2  # words by which a word stands nearer to its own value,
NEAR = 10  # and words within which it stands from that
MOST_AGAIN = 8  # other places of a value that are looked at
FAR = 80  # characters between a value and its word that are shown together

_WORD = re.compile(r"[^\W_]+")
_TOKEN = re.compile(r"\d[\d.,]*|[^\W_]+")
_STEP = re.compile(r"[,;](?![\d\s])|,(?=\s)|\b(?:and|while|but|whereas|or|versus|vs|und|et)\b|\bto (?=\S*\d)|\bthan\b")
_WALL = re.compile(r"[.!?;](?=\s)|\n|[{}]|</tr>|</li>")
#: Between two values that one thing goes through: they have one subject, and the rule of directions compares them.
_MOVED = re.compile(r"\b(?:to|from|instead of|rather than|not|until|through|after)\b|->|→|-$")
#: «22 litres from Alder, 38 litres from Birch»: where each is from, which is no movement between the two.
_FROM_WHERE = re.compile(r"\b(?:from|through|after|not)\b(?=[^,;]*[^\W\d_][^,;]*[,;])")
_OF = re.compile(r"\bof\b")  # «2 of 112», «2 tests failed out of 112»: one says of what the other is a part
_MOST_OF = 5
_MOST_BETWEEN = 3  # words between two such values
#: The line that heads a block of deeper ones: what it names belongs to none of those before it.
_HEAD = re.compile(r"\n(?=([ \t]*)[^\s:][^\n:]{0,60}:[ \t]*\n\1[ \t]+\S)")
_STEP_SIZE, _WALL_SIZE, _HEAD_SIZE = 4, 8, 32  # words that a boundary counts as


@dataclass(frozen=True, slots=True)
class Exchange:
    """Source mentions `a` and `b`, told in each other's places: the output's mentions there, and the spans of each value with
    a word that shows whose it is, in both texts."""

    a: int
    b: int
    at_a: int
    at_b: int
    shown: tuple[tuple[Span, Span], tuple[Span, Span]]


class Subjects:
    """Compares what stands with the values of `s` and with those of `o` that keep them."""

    def __init__(self, s: Mentions, o: Mentions, kept: Mapping[int, int | None]) -> None:
        self.s, self.o, self.kept = s, o, kept
        self.straight: set[tuple[int, int]] = set()  # pairs of source mentions that are told with their own words
        self._taken: set[int] = set()
        self._seen: set[tuple[int, int]] = set()
        self._told = {o.read.text[slice(*span)] for span in o.read.sentences}

    def exchanges(self) -> Iterator[Exchange]:
        """Those among the values that are kept by now; a pair is compared once, and of very many pairs the first."""
        for a, b in self._pairs():
            if a in self._taken or b in self._taken or (a, b) in self._seen or len(self._seen) >= MOST_PAIRS:
                continue
            self._seen.add((a, b))
            found = self._compare(a, b)
            if found:
                self._taken |= {a, b}
                yield found

    def _pairs(self) -> Iterator[tuple[int, int]]:
        """Kept values of one kind that the output tells in one place, those of amounts before dates."""
        by_place: dict[tuple[str, int], list[int]] = {}
        for m, n in self.kept.items():
            if n is not None and self.s.group[m] in ("value", "identifier") and not (_in_row(self.s, m) and _in_row(self.o, n)):
                unit = getattr(self.o.values[n].readings[0], "unit", "")
                kind = f"{self.o.mentions[n].kind} {unit}" if self.s.group[m] == "value" else "identifier"
                by_place.setdefault((kind, self.o.sentence[n]), []).append(m)
        for kind, j in sorted(by_place, key=lambda place: place[0].startswith(("date", "time", "ordinal"))):
            here = sorted(by_place[kind, j])[:MOST_IN_PLACE]
            after = sorted(by_place.get((kind, j + 1), ()))[:MOST_IN_PLACE]
            for x, a in enumerate(here):
                yield from ((a, b) for b in (*here[x + 1 :], *after))

    def _compare(self, a: int, b: int) -> Exchange | None:
        s, o = self.s, self.o
        na, nb = self.kept[a], self.kept[b]
        if na is None or nb is None or na == nb or not set(s.values[a].keys).isdisjoint(s.values[b].keys):
            return None
        if all(s.read.text[slice(*s.read.sentences[s.sentence[m]])] in self._told for m in (a, b)):
            return None  # both stand as they stood
        mine = _Region.of(s, a, b)
        theirs = _Region.of(o, na, nb) if mine else None
        if mine is None or theirs is None or mine.text == theirs.text or "respectively" in mine.text + theirs.text:
            return None
        if mine.is_movement or theirs.is_movement:
            return None
        if theirs.in_one_row:
            return None  # of things that are told side by side, one a column
        apart = mine.rows is not None and o.sentence[na] != o.sentence[nb]  # what each sentence tells of a row, it tells of its own
        own, other = mine.belonging(self._words(s, a, b, mine)), theirs.belonging(self._words(o, na, nb, theirs), apart)
        crossed: tuple[list[str], list[str]] = ([], [])
        straight: tuple[list[str], list[str]] = ([], [])
        shared = set(own.keys() & other.keys())
        if apart:
            shared -= {s.text.stem(word) for m in (a, b) for word in _WORD.findall((s.field(m) or "").lower())}  # each sentence has all columns
        plain = {word for word in shared if word[0] != "="}
        if {own[word][0] for word in plain} == {0, 1}:
            shared = plain  # rows whose names were exchanged keep their values together
        named = {word for word in own.keys() & other.keys() if _names_one(word)}
        if {own[word][0] for word in named} == {0, 1} and len({own[word][0] == other[word][0] for word in named}) == 1:
            shared = named  # where the identifiers of both sides agree, no common word («customs») outweighs them
        for word in shared:
            side = own[word][0]
            (straight if side == other[word][0] else crossed)[side].append(word)
        fewer = 0 if len(crossed[0]) + len(straight[0]) <= len(crossed[1]) + len(straight[1]) else 1
        if straight[fewer] and len(straight[fewer]) >= len(crossed[fewer]) and straight[1 - fewer]:
            self.straight.add((a, b))
        if straight[fewer] or not (crossed[0] and crossed[1]):
            return None
        if straight[1 - fewer] and not (mine.first_side == 1 - fewer == theirs.first_side):
            return None  # but what only the first of two is told with, the second is meant with: «A scored 31 points, B 27»
        if self._says_again(a, b, crossed[1]) or self._says_again(b, a, crossed[0]):
            return None
        x, y = (min(crossed[side], key=lambda w: (not _names_one(w), own[w][1], w)) for side in (0, 1))
        shown = (
            (_with(s, a, own[x][2]), _with(o, nb, other[x][2])),
            (_with(s, b, own[y][2]), _with(o, na, other[y][2])),
        )
        return Exchange(a, b, nb, na, shown)

    def _says_again(self, m: int, other: int, words: Iterable[str]) -> bool:
        """Whether the source says the value of `m` at another place too, beside one of the `words` of the other value."""
        s = self.s
        again = {k for key in s.values[m].keys for k in s.by_key.get(key, ())[:MOST_AGAIN]} - {m}
        here = s.sentence[other]
        for k in again:
            i = s.sentence[k]
            if i == here:
                return True
            said = s.text.words(i) | {f"={s.values[x].keys[0]}" for x in s.of_sentence.get(i, ())}
            if any(word in said for word in words):
                return True
        return False

    def _words(self, t: Mentions, a: int, b: int, region: _Region) -> Iterator[tuple[str, Span]]:
        """The words and other mentions in a region that may tell whose a value is, each with its place."""
        values = {}
        for i in range(t.sentence[region.first], t.sentence[region.last] + 1):
            for k in t.of_sentence.get(i, ()):
                if k not in (a, b) and k not in self._taken_of(t) and t.group[k] in ("value", "identifier"):
                    values[t.mentions[k].span] = t.values[k].keys[0]
        spans = sorted([*values, t.mentions[a].span, t.mentions[b].span])
        yield from ((f"={key}", span) for span, key in values.items())
        for word, start, end in _content(region.text):
            place = (region.start + start, region.start + end)
            if not any(x <= place[0] < y for x, y in spans):
                yield t.text.stem(word), place
        for k, m in enumerate((a, b)):
            field = t.field(m)
            for word in _WORD.findall(field.lower()) if field else ():
                yield f"{t.text.stem(word)}", t.mentions[(a, b)[k]].span

    def _taken_of(self, t: Mentions) -> set[int]:
        return self._taken if t is self.s else {n for m in self._taken if (n := self.kept.get(m)) is not None}


def _in_row(t: Mentions, k: int) -> bool:
    """Whether a mention stands in a table; values of two tables are compared by their columns."""
    cell = t.layout.at(t.mentions[k].span[0])
    return cell is not None and cell.row is not None


def _names_one(word: str) -> bool:
    """Whether it is an identifier, which tells a reader best whose a value is."""
    return word[0] == "=" and any(c.isalpha() for c in word) and any(c.isdigit() for c in word) and " " not in word


@lru_cache(maxsize=64)
def _content(text: str) -> tuple[tuple[str, int, int], ...]:
    """The words of a text that are not small, or that stand as a label («team A»)."""
    return tuple(
        (m[0].lower(), *m.span()) for m in _WORD.finditer(text)
        if not m[0].isdigit() and (m[0].lower() not in SMALL or m[0] == "A" and m.start() > 1 and text[m.start() - 2].isalpha())
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Region:
    """The sentences of two mentions and what lies between them; `first` and `last` are the mentions in order."""

    text: str
    start: int
    first: int
    last: int
    spans: tuple[Span, Span]  # of the two values
    rows: tuple[Span, Span] | None  # of a table, where both stand in one
    in_one_row: bool

    @classmethod
    def of(cls, t: Mentions, a: int, b: int) -> _Region | None:
        first, last = sorted((a, b), key=lambda k: t.mentions[k].span)
        start, end = t.read.sentences[t.sentence[first]][0], t.read.sentences[t.sentence[last]][1]
        if end - start > LONGEST:
            return None
        spans = t.mentions[a].span, t.mentions[b].span
        cells = [t.layout.at(span[0]) for span in spans]
        rows = [cell.row for cell in cells if cell and cell.row]
        two = len(rows) == 2 and rows[0] != rows[1]
        return cls(t.read.text[start:end], start, first, last, spans, (rows[0], rows[1]) if two else None, len(rows) == 2 and not two)

    @property
    def first_side(self) -> int:
        """Which of the two values stands first."""
        return int(self.spans[1] < self.spans[0])

    @property
    def is_movement(self) -> bool:
        (_, a), (b, _) = sorted(self.spans)
        between = self.text[a - self.start : max(b - self.start, 0)].lower()
        n = len(_WORD.findall(between))
        return n <= _MOST_BETWEEN and bool(_MOVED.search(_FROM_WHERE.sub("", between))) or n <= _MOST_OF and bool(_OF.search(between))

    def belonging(self, words: Iterable[tuple[str, Span]], apart: bool = False) -> dict[str, tuple[int, int, Span]]:
        """Word -> (which of the two values it belongs to, how far from it, its place); words of neither are left out. `apart`: a
        word belongs to no value beyond the end of its sentence."""
        best: dict[str, list[tuple[int, Span]]] = {}
        for word, place in words:
            near = best.setdefault(word, [(10**6, place), (10**6, place)])
            for side in (0, 1):
                far = 2 * NEAR if apart and self._beyond(place, side) else self._distance(place, side)
                if far < near[side][0]:
                    near[side] = (far, place)
        out = {}
        for word, (one, other) in best.items():
            if abs(one[0] - other[0]) >= MARGIN and min(one[0], other[0]) <= NEAR:
                side = 0 if one[0] < other[0] else 1
                out[word] = (side, *(one, other)[side])
        return out

    def _beyond(self, place: Span, side: int) -> bool:
        first, last = sorted((place, self.spans[side]))
        return _WALL.search(self.text, max(first[1] - self.start, 0), max(last[0] - self.start, 0)) is not None

    def _distance(self, place: Span, side: int) -> int:
        if self.rows:  # in a table, a row is all that belongs together
            return 1 if self.rows[side][0] <= place[0] < self.rows[side][1] else 2 * NEAR
        first, second = sorted((place, self.spans[side]))
        a, b = first[1] - self.start, second[0] - self.start
        return sum(size * (bisect_left(at, b) - bisect_left(at, a)) for size, at in _marks(self.text)) if a < b else 0


@lru_cache(maxsize=64)
def _marks(text: str) -> tuple[tuple[int, list[int]], ...]:
    """Where the words and the boundaries of a text begin, with what each counts as."""
    rules = ((1, _TOKEN), (_STEP_SIZE, _STEP), (_WALL_SIZE, _WALL), (_HEAD_SIZE, _HEAD))
    return tuple((size, [match.start() for match in rule.finditer(text)]) for size, rule in rules)


def _with(t: Mentions, m: int, word: Span) -> Span:
    """A value's span with the word that it stands with, where the two are near."""
    span = t.mentions[m].span
    start, end = min(span[0], word[0]), max(span[1], word[1])
    return (start, end) if end - start - (span[1] - span[0]) <= FAR and "\n" not in t.read.text[start:end] else span
