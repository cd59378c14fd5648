"""What prose says of the rows of a table: a number of another row, of another column, or the first and the last of a row exchanged.

A row is known by its first cell. The numbers that follow that name in a sentence, up to the name of the next row, are its own.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from tellback.compare.values.mentions import Mentions
from tellback.facts.kinds.quantity import Quantity
from tellback.language.stems import stem
from tellback.language.words import SMALL
from tellback.records import Span

MOST_ROWS = 300  # rows of a source that are looked for
LEAST = 3  # a smaller number counts rows or things as often as it is a cell's
_WORD = re.compile(r"[^\W\d_]+")
_MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()
#: Words by which a number is none of the row's own.
_ELSE = re.compile(r"\b(?:than|compared|against|versus|vs|of (?:the|its|all)|total|average|mean|other|others|rest|sum|together|limit|until|since|per)\b|%")
_FROM, _TO = re.compile(r"\bfrom\W{0,4}$"), re.compile(r"^[^.;,\d]{0,24}?\bto\W{0,6}$")
_NAMED = re.compile(r"(?<!\d )(?<![\w-])([^\W\d_]+)(?: (?:of|was|is|were|at))?[:=]? ?[$€£]?$")
_OF = re.compile(r"(?: [a-z]+)? (?:of|for|from|at|in|to|by) (?:the )?| (?:the )?")
_NEAR = 24  # characters before a number in which a column is named


@dataclass(frozen=True, slots=True)
class Told:
    """A cell of the source that the output contradicts: its place, the output's, and both with the name of the row."""

    source: Span
    output: Span
    shown: tuple[Span, Span]


@dataclass(frozen=True, slots=True)
class _Row:
    label: str
    span: Span
    cells: dict[str, tuple[int, Decimal]]  # column -> (mention, its number without a sign)
    columns: tuple[str, ...]
    words: tuple[str, ...]  # of its other cells without a number


def told_of_rows(s: Mentions, o: Mentions) -> Iterator[Told]:
    """The cells that the output's prose gives to another row or column."""
    rows = _rows(s)
    if len(rows) < 2:
        return
    by_label = {row.label: row for row in rows if row.label in o.text.lower}
    if not by_label:
        return
    names = re.compile(r"(?<!\w)(?:" + "|".join(sorted(map(re.escape, by_label), key=len, reverse=True)) + r")(?!\w)")
    outside = _outside(s, rows)
    for j, ms in o.of_sentence.items():
        numbers = [n for n in ms if _number(o, n) is not None and o.layout.at(o.mentions[n].span[0]) is None]
        if numbers:
            start, end = o.read.sentences[j]
            found = [(match.start(), match.end(), by_label[match[0]]) for match in names.finditer(o.text.lower, start, end)]
            yield from _told(s, o, found, numbers, rows, outside)


def _rows(s: Mentions) -> list[_Row]:
    """The rows of tables with a name of their own that no other row has."""
    cells: dict[Span, list[tuple[int, int, str]]] = defaultdict(list)
    for cell in s.layout.cells:
        if cell.row is not None and (cell.row in cells or len(cells) < MOST_ROWS):
            cells[cell.row].append((cell.start, cell.end, cell.key))
    at: dict[int, list[int]] = defaultdict(list)
    for m, mention in enumerate(s.mentions):
        cell = s.layout.at(mention.span[0])
        if cell is not None and cell.row is not None and s.group[m] == "value":
            at[cell.start].append(m)
    out: dict[str, list[_Row]] = defaultdict(list)
    head: list[str] = []
    for span, found in cells.items():
        if not any(key for _, _, key in found):  # a head of years is no head to who lays the table out
            here = [s.read.text[start:end] for start, end, _ in found]
            if all(_time(words) and not re.search(r"[.,]\d", words) for words in here[1:]) and len(here) != len(head):
                head = here
                continue
            found = [(start, end, key) for (start, end, _), key in zip(found, head, strict=True)] if len(head) == len(found) else found
        label = s.text.lower[found[0][0] : found[0][1]].strip("* _`")
        read = {key: (at[start][0], number) for start, _, key in found[1:] if len(at[start]) == 1 and (number := _number(s, at[start][0])) is not None}
        if len(label) > 2 and _WORD.search(label) and read:
            others = [words for start, end, _ in found[1:] if len(words := s.text.lower[start:end].strip("* _`")) > 2 and not any(map(str.isdigit, words))]
            out[label].append(_Row(label, span, read, tuple(key for _, _, key in found[1:]), tuple(others)))
    return [row for same in out.values() if len(same) == 1 for row in same]


def _outside(s: Mentions, rows: Sequence[_Row]) -> set[Decimal]:
    """The numbers that the source says beside its tables too."""
    inside = {m for row in rows for m, _ in row.cells.values()}
    return {number for m in range(len(s.mentions)) if m not in inside and (number := _number(s, m)) is not None}


def _number(t: Mentions, k: int) -> Decimal | None:
    read = t.values[k].readings[0]
    return abs(Decimal(t.values[k].written)) if isinstance(read, Quantity) and isinstance(t.values[k].written, Decimal) else None


def _told(s: Mentions, o: Mentions, names: list[tuple[int, int, _Row]], numbers: list[int], rows: Sequence[_Row], outside: set[Decimal]) -> Iterator[Told]:
    for a, n in zip([None, *numbers], numbers, strict=False):
        start = o.mentions[n].span[0]
        before = [(at, end, row) for at, end, row in names if end <= start]
        if not before:
            continue
        at, end, row = before[-1]
        behind = next(((first, last, x) for first, last, x in names if first >= o.mentions[n].span[1]), None)
        if behind and _OF.fullmatch(o.text.lower, o.mentions[n].span[1], behind[0]):
            at, end, row = start, behind[1], behind[2]  # «30 of Cox»
        if any(words in o.text.lower[end : o.mentions[n].span[0]] for x in rows if x is not row for words in x.words):
            continue  # another row is named by another of its cells
        mine, told = _number(o, n), {number for _, number in row.cells.values()}
        if mine is None:
            continue
        if mine in told:
            found = _of_column(o, row, n, mine)
            found = _exchanged(o, row, a, n) if found is None and a is not None else found
            if found is not None:
                yield Told(s.mentions[found].span, o.mentions[n].span, (_with(row, s.mentions[found].span), (at, o.mentions[n].span[1])))
            continue
        other = [x for x in rows if x.columns == row.columns and x is not row and mine in {number for _, number in x.cells.values()}]
        if not other or mine <= LEAST or mine in outside or _ELSE.search(o.text.lower, end, o.mentions[n].span[1]) or not _is_company(o, row, n):
            continue
        columns = [key for x in other for key, (_, number) in x.cells.items() if number == mine and key in row.cells]
        if columns:
            m = row.cells[columns[0]][0]
            yield Told(s.mentions[m].span, o.mentions[n].span, (_with(row, s.mentions[m].span), (at, o.mentions[n].span[1])))


def _with(row: _Row, cell: Span) -> Span:
    """A cell with its row, of which long ones are not shown whole."""
    return (row.span[0], cell[1]) if cell[1] - row.span[0] <= 80 else cell


def _is_company(o: Mentions, row: _Row, n: int) -> bool:
    """Whether the sentence says another number of the row, or names one of its columns."""
    j = o.sentence[n]
    told = {number for _, number in row.cells.values()}
    words = {stem(word) for key in row.columns for word in _WORD.findall(key.lower()) if word not in SMALL}
    return any(k != n and _number(o, k) in told for k in o.of_sentence[j]) or bool(words & o.text.words(j))


def _of_column(o: Mentions, row: _Row, n: int, mine: Decimal) -> int | None:
    """The cell of the column that is named right before a number which the row has in another one: «(budget 7,215)»."""
    start = o.mentions[n].span[0]
    said = _NAMED.search(o.text.lower, max(0, start - _NEAR), start)
    if said is None:
        return None
    word = stem(said[1])
    named = [key for key in row.cells if word in {stem(w) for w in _WORD.findall(key.lower())}]
    if len(named) != 1 or row.cells[named[0]][1] == mine or sum(number == mine for _, number in row.cells.values()) != 1:
        return None
    return row.cells[named[0]][0]


def _exchanged(o: Mentions, row: _Row, a: int, n: int) -> int | None:
    """The cell that is told as the later one, where «from A to B» has the later one first."""
    one, two = o.mentions[a].span, o.mentions[n].span
    if not _FROM.search(o.text.lower, max(0, one[0] - 8), one[0]) or not _TO.search(o.text.lower[one[1] : two[0]]):
        return None
    where = {number: (_time(key), m) for key, (m, number) in row.cells.items()}
    first, last = where.get(_number(o, a)), where.get(_number(o, n))
    if not first or not last or first[0] is None or last[0] is None or first[0] <= last[0]:
        return None
    return last[1]


def _time(column: str) -> tuple[int, int] | None:
    """When a column is of: a year, a month, or a number in order."""
    low = column.lower().strip()
    year = re.search(r"(?:19|20)\d\d", low)
    month = next((k for k, name in enumerate(_MONTHS, 1) if re.search(rf"\b{name}", low)), 0)
    number = re.search(r"\d+", low)
    if year or month:
        return int(year[0]) if year else 0, month
    return (0, int(number[0])) if number else None
