"""A text as tokens with the walls between them: values, names and words, and how far apart two of them stand.

No parser: tables, settings, logs and prose are read alike. The wall between two neighbours is a rank; what no wall of a
rank parts is one segment at that rank, so a clause, a sentence, a row or a line is a segment.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache

from tellback.facts.kinds.units import CARDINALS
from tellback.language.layout import layout
from tellback.language.lexicon import NEGATORS, words
from tellback.language.sentences import sentences
from tellback.language.stems import stem
from tellback.language.words import SMALL

#: Ranks of walls: cells of a row, brackets, commas and «and», a comma before a joining word, semicolons, sentences and lines.
CELL, BRACKET, COMMA, CLAUSE, SEMICOLON, SENTENCE = 1, 2, 3, 4, 5, 6
_JOINING = "and|while|but|whereas|or|though|although|und|et"
_WALLS = (
    (SEMICOLON, re.compile(r";|\s[–—]\s|—")),
    (CLAUSE, re.compile(rf",\s+(?:{_JOINING})\b|\b(?:while|whereas|but|although|though)\b")),
    (COMMA, re.compile(r",(?!\d)|\b(?:and|or|then|und|et)\b|:(?=\s)")),
    (BRACKET, re.compile(r"[()]")),
)
#: «5. Oktober», as German writes a day.
_DAY = re.compile(r"(?<!\d)(\d{1,2}\.\s)(?=(?:Jan|Jän|Feb|Mär|Apr|Mai|Jun|Jul|Aug|Sep|Okt|Nov|Dez)[a-zä]*)")
_BROKEN_LINE = re.compile(r"\n[ \t]*(?=[a-z])")
_LINE = re.compile(r"\n")
_TOKEN = re.compile(
    r"(?P<date>\d{4}-\d\d-\d\d(?:T[\d:.]+(?:Z|[+-]\d\d:?\d\d)?)?|\d{1,2}:\d\d(?::\d\d)?)"
    r"|(?P<hash>\b(?=[a-f]*\d)(?=\d*[a-f])[0-9a-f]{7,64}\b)"
    r"|(?P<id>(?:\d{1,3}\.){3}\d{1,3}\b|[/~.]{0,3}(?:[\w-]+[./]){1,12}(?=[\w-]*[A-Za-z])[\w-]+|#\d+\b)"
    r"|(?P<number>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+,\d{1,2}(?![\d,])|\d+(?:\.\d+)?)(?:st|nd|rd|th)?"
    r"|(?P<word>[^\W\d_]+(?:['’][^\W\d_]+)?)"
)
_OPENING = re.compile(r"(?:^|(?<=[.!?] )|(?<=\n))(?:[ \t]*(?:[-*•]|\d{1,3}[.)])[ \t]+)?[a-z]")
_DECIMAL = re.compile(r"\d+,\d{1,2}")  # as German and French write it
_COMPARING = re.compile(r"^[ \t]*\|[ \t]*(?:field|feature|item|property|attribute|aspect|criterion|parameter|detail)?s?[ \t]*\|[^\n]*\n[ \t]*\|[ \t|:-]+\n", re.I | re.M)
_ROW = re.compile(r"[ \t]*\|[^\n]*\n?")
_SCHEME = re.compile(r"\b[a-z]{2,10}://")
_PRONOUNS = words(
    "he she it they him her them his its their theirs hers this that these those who which whose one ones former latter"
)
_CARRIERS = words("former latter respectively")
_PERSONS = words("he she him her his hers who whom whose")
_MARKS = words(
    "not n't no never none than unlike respectively versus against instead rather nor neither except former latter vice"
)


@dataclass(frozen=True, slots=True)
class Token:
    """A word that says something, at [start, end); `key` is how it is known in the other text."""

    key: str
    kind: str  # number | date | hash | id | name | word
    start: int
    end: int


@dataclass(eq=False)
class Tokens:
    """`gap[k]` is the highest wall between tokens k and k + 1; `extra` gives a token what names it from afar: its column, the
    heads of its block. `marks`, `pronouns`, those of persons and `carriers` («the former») are offsets of small
    words that turn or carry over what is said."""

    text: str
    all: list[Token]
    gap: list[int]
    sentence: list[int]
    marks: list[int]
    pronouns: list[int]
    persons: list[int]
    carriers: list[int]
    extra: dict[int, frozenset[str]] = field(default_factory=dict)
    rows: set[int] = field(default_factory=set)  # tokens in the cells of a table

    def __post_init__(self) -> None:
        self.at: dict[str, list[int]] = defaultdict(list)
        for k, token in enumerate(self.all):
            self.at[token.key].append(k)
        self._segments: dict[tuple[int, int], range] = {}

    def wall(self, i: int, j: int) -> int:
        """The highest wall between two tokens."""
        first, last = sorted((i, j))
        return max(self.gap[first:last], default=0)

    def segment(self, i: int, rank: int) -> range:
        """The tokens around `i` that no wall of `rank` or more parts from it."""
        if (i, rank) not in self._segments:
            first = last = i
            while first and self.gap[first - 1] < rank:
                first -= 1
            while last < len(self.all) - 1 and self.gap[last] < rank:
                last += 1
            self._segments |= {(k, rank): range(first, last + 1) for k in range(first, last + 1)}
        return self._segments[i, rank]

    def unit(self, k: int) -> set[str]:
        """The words of the name that a token is part of: «Clara» and «Roth»."""
        first = last = k
        if self.all[k].kind == "name":
            while first and self._one_name(first - 1):
                first -= 1
            while last < len(self.all) - 1 and self._one_name(last):
                last += 1
        return {self.all[m].key for m in range(first, last + 1)}

    def _one_name(self, k: int) -> bool:
        """Whether token `k` and the next are words of one name."""
        one, other = self.all[k], self.all[k + 1]
        return (
            one.kind in ("name", "word")
            and other.kind == "name"
            and self.text[one.start].isupper()
            and self.text[one.end : other.start] in (" ", ". ")
        )

    def keys(self, segment: range) -> set[str]:
        return {self.all[k].key for k in segment}

    def holds(self, offsets: list[int], segment: range) -> bool:
        """Whether one of `offsets` lies within a segment, or right before it."""
        start = self.all[segment[0] - 1].end if segment[0] else -1  # «Nothing» may be the text's first word
        end = self.all[segment[-1] + 1].start if segment[-1] + 1 < len(self.all) else len(self.text)
        number = bisect_right(offsets, start)
        return number < len(offsets) and offsets[number] < end


def as_written(text: str) -> str:
    """The text of a parse with the capitals of its sentences, which a parser reads without where they open a command."""
    return _OPENING.sub(lambda found: found[0].upper(), text)


@lru_cache(maxsize=4)
def tokens(text: str) -> Tokens:
    """The tokens of a text."""
    plain = _SCHEME.sub(lambda m: m[0][:-3] + "   ", text)
    names = _capitals(text)
    found: list[Token] = []
    marks, pronouns, persons, carriers = [], [], [], []
    for match in _TOKEN.finditer(plain):
        kind = match.lastgroup or "number"
        start, end = match.span(kind)
        said = match[kind]
        low = said.lower().replace("’", "'")
        if kind == "word":
            if low in _MARKS or low in NEGATORS or low.endswith("n't"):
                marks.append(start)
            if low in _PRONOUNS:
                pronouns.append(start)
                persons += [start] * (low in _PERSONS)
            if low in _CARRIERS:
                carriers.append(start)
            low = low.removesuffix("'s")
            if low in CARDINALS:
                found.append(Token(str(CARDINALS[low]), "number", start, end))
            elif low not in SMALL and len(low) > 1 or said.isupper() and low not in ("a", "i"):
                kind = "name" if low in names else "word"
                found.append(Token(stem(low), kind, start, end))
        else:
            found.append(Token(_known_as(kind, said), kind, start, end))
    out = Tokens(text, found, *_gaps(text, found), marks, pronouns, persons, carriers)
    _name_from_afar(out)
    return out


def _known_as(kind: str, said: str) -> str:
    if kind == "hash":
        return said[:7]
    if kind == "id":
        return said if said[0] == "#" else said.rstrip("./").rsplit("/", 1)[-1].lower()
    if kind == "number":
        return said.replace(",", ".") if _DECIMAL.fullmatch(said) else said.replace(",", "")
    return said


def _capitals(text: str) -> set[str]:
    """The words, in lower case, that have a capital where no sentence begins, and never stand without one."""
    found = {m[0].lower().removesuffix("'s") for m in re.finditer(r"(?<=[\w,;:'’(\"] )[A-Z][^\W\d_]+", text)}
    found |= {m[0].lower() for m in re.finditer(r"\b[A-Z]{2,}\b", text)}
    small = {m[0] for m in re.finditer(r"\b[a-z][^\W\d_]+", text)}
    return found - small


def _gaps(text: str, found: list[Token]) -> tuple[list[int], list[int]]:
    """The walls between neighbours, and the sentence of each token."""
    broken = {m.start() for m in _BROKEN_LINE.finditer(text)}
    dates = {match.end(1) for match in _DAY.finditer(text)}
    walls = [(start, SENTENCE) for start, _ in sentences(text)[1:] if start not in dates]
    walls += [(m.start(), SENTENCE) for m in _LINE.finditer(text) if m.start() not in broken]
    walls += [(m.start(), rank) for rank, rule in _WALLS for m in rule.finditer(text.lower())]
    grid = layout(text)
    cells = sorted({cell.start for cell in grid.cells if cell.row} | set(grid.delimiters))
    inside = [cell.row for cell in grid.cells if cell.row]
    rows = sorted(set(inside))
    walls = [(at, min(rank, CELL) if rank < SENTENCE and _in(rows, at) else rank) for at, rank in walls]
    walls += [(at, CELL) for at in cells]
    walls += [(at, SENTENCE) for at in _side_by_side(text)]
    walls.sort()
    starts = [at for at, _ in walls]
    gap, sentence, number = [], [], 0
    for k, token in enumerate(found):
        if k:
            previous = found[k - 1]
            between = walls[bisect_right(starts, previous.end - 1) : bisect_right(starts, token.start)]
            gap.append(max((rank for _, rank in between), default=0))
            number += gap[-1] == SENTENCE
        sentence.append(number)
    return gap, sentence


def _side_by_side(text: str) -> Iterator[int]:
    """The bars of a table whose columns are the things and whose rows are what is said of each: nothing of a row goes with the rest of it."""
    for head in _COMPARING.finditer(text):
        at = head.end()
        while line := _ROW.match(text, at):
            yield from (k for k in range(*line.span()) if text[k] == "|")
            at = line.end()


def _in(rows: list[tuple[int, int]], at: int) -> bool:
    number = bisect_right(rows, (at, len(rows) and rows[-1][1] + 1)) - 1
    return number >= 0 and at < rows[number][1]


def _name_from_afar(t: Tokens) -> None:
    """Give each value of a table its column's name, and each line of a block the lines that it is indented under."""
    grid = layout(t.text)
    for k, token in enumerate(t.all):
        cell = grid.at(token.start)
        if cell is None or not cell.key:
            continue
        named = {stem(word) for word in re.findall(r"[^\W\d_]+", cell.key.lower())}
        if cell.row:
            t.rows.add(k)
        t.extra[k] = frozenset(named)
    heads: list[tuple[int, frozenset[str]]] = []
    at = 0
    for match in re.finditer(r"^([ \t]*)(\S[^\n]*)$", t.text, re.M):
        indent = len(match[1].expandtabs())
        while heads and heads[-1][0] >= indent:
            heads.pop()
        own = []
        while at < len(t.all) and t.all[at].start < match.end():
            own.append(at)
            at += 1
        above = frozenset(word for _, found in heads for word in found)
        for k in own if above else ():
            t.extra[k] = t.extra.get(k, frozenset()) | above
        if match[2].rstrip().endswith(":") and len(own) <= 4:
            heads.append((indent, frozenset(t.all[k].key for k in own)))
