"""Where a text is laid out as data: the cells of tables and the values of named fields, each with what it is called.

Read are rows of CSV and TSV, Markdown tables, the members of JSON objects, blocks of YAML, INI and shell settings and the
`key=value` of logs. Each line is looked at once by patterns of bounded length, so that the time is linear in the text.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

from tellback.records import Span

_LEAST_ROWS = 2  # lines of one shape that make a table
_KEY = r"[A-Za-z_][\w./-]{0,60}"
_MEMBER = re.compile(r"\"([^\"\n]{1,60})\"[ \t]*:[ \t]*(?:\"((?:[^\"\\\n]|\\.){0,200})\"|([^\s,{}\[\]\"]{1,60}))")
_SETTING = re.compile(rf"[ \t]*(?:- )?({_KEY})[ \t]?[:=][ \t]*(\S[^\n]{{0,160}}?)[ \t]*(?:\s#[^\n]*)?$")
_HEAD = re.compile(rf"[ \t]*(?:- )?(?:{_KEY}[ \t]?:|\[{{1,2}}[\w. \"-]{{1,60}}\]{{1,2}})[ \t]*$")
_INLINE = re.compile(rf"[{{,][ \t]*({_KEY})[ \t]*:[ \t]*([^\s,{{}}\[\]\"'][^,{{}}\[\]\"\n]{{0,60}}?)[ \t]*(?=[,}}])")
_PAIR = re.compile(rf"(?<![\w\"./-])({_KEY})=(?:\"([^\"\n]{{1,200}})\"|([^\s\"',;|&(){{}}=<>]{{1,120}}))(?=[\s,;)}}]|$)")
_RULE = re.compile(r"\|?(?:[ \t]*:?-+:?[ \t]*\|)+(?:[ \t]*:?-+:?[ \t]*)?$")
_GROUPED = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
_THOUSANDS = re.compile(r"[-+]?\d{1,3}(?:,\d{3})+(?:\.\d+)?")
_QUOTED = re.compile(r"\"[^\"\n]*\"")
#: A value that is a sentence, which somebody of this name says or has to do.
_SPOKEN = re.compile(r"\A(?:I|I'\w+|I’\w+|We|You) |\A(?=\S+ \S+ \S).*\b(?:the|an?) |(?:\S+\s+){2}\S*[a-z][.!?][\"')]*\Z")
_MOST_IN_CELL = 5  # words of a cell between bare bars; more of them are a command's or prose
_MOST_WORDS = 8  # a longer value is a sentence


@dataclass(frozen=True, slots=True)
class Cell:
    """The words [start, end) of one value, without quotes and the space around them, and the name of its field or column;
    `row` is the line that it stands in, for a table only."""

    start: int
    end: int
    key: str
    row: Span | None = None


@dataclass(frozen=True)
class Layout:
    """The cells of a text in order, none inside another, and the delimiters of its rows, by offset."""

    cells: tuple[Cell, ...] = ()
    delimiters: tuple[int, ...] = ()

    @cached_property
    def _starts(self) -> list[int]:
        return [cell.start for cell in self.cells]

    def at(self, offset: int) -> Cell | None:
        """The cell that holds an offset."""
        number = bisect_right(self._starts, offset) - 1
        return self.cells[number] if number >= 0 and offset < self.cells[number].end else None


@lru_cache(maxsize=4)  # asked for by who finds the facts of a text, then by who compares them
def layout(text: str) -> Layout:
    """What `text` holds of data. Offsets are those of `text`."""
    cells: list[Cell] = []
    delimiters: list[int] = []
    lines = [match.span() for match in re.finditer(r"[^\n]+|(?<=\n)(?=\n)", text)]
    number = 0
    while number < len(lines):
        sign, end = _table(text, lines, number)
        if sign:
            cells += _table_cells(text, lines[number:end], sign, delimiters)
        else:
            end = _settings(text, lines, number)
            cells += [cell for line in lines[number:end] if (cell := _setting(text, line))]
        number = max(end, number + 1)
    taken = [(cell.start, cell.end) for cell in cells]
    cells += [cell for cell in _members(text) if not _touches(taken, cell)]
    short = [cell for cell in cells if len(text[cell.start : cell.end].split()) <= _MOST_WORDS]
    return Layout(tuple(sorted(short, key=lambda cell: (cell.start, -cell.end))), tuple(delimiters))


def _touches(taken: Sequence[Span], cell: Cell) -> bool:
    at = bisect_left(taken, (cell.start, cell.start))
    return any(start < cell.end and cell.start < end for start, end in taken[max(0, at - 1) : at + 1])


# ---- tables ---------------------------------------------------------------------------------------------------------


def _table(text: str, lines: Sequence[Span], first: int) -> tuple[str, int]:
    """(delimiter, number of the line after the last row) of the table that begins at line `first`; ("", first): none."""
    head = text[slice(*lines[first])]
    if head.lstrip().startswith("|") and first + 1 < len(lines) and _RULE.match(text[slice(*lines[first + 1])].strip()):
        end = first + 2
        while end < len(lines) and text[slice(*lines[end])].lstrip().startswith("|"):
            end += 1
        return "|", end
    if (n := _bare_pipes(head)) > 1:
        end = first + 1
        while end < len(lines) and _bare_pipes(text[slice(*lines[end])]) == n:
            end += 1
        if end - first > _LEAST_ROWS:
            return "|", end
    for sign, least in (("\t", 1), (",", 1), (";", 1)):
        n = _count(head, sign)
        if n < least or (sign == "," and not _GROUPED.sub("", head).count(",")):
            continue
        end = first + 1
        while end < len(lines) and _count(text[slice(*lines[end])], sign) == n:
            end += 1
        if end - first >= _LEAST_ROWS + (n == 1 and sign != "\t"):
            return sign, end
    return "", first


def _bare_pipes(line: str) -> int:
    """How many bars a row has between short cells, without any at its ends: «Grade | Bags | Price»; 0 for a line that is no such row."""
    cells = line.split(" | ")
    short = all(cell.strip() and len(cell.split()) <= _MOST_IN_CELL for cell in cells)
    return len(cells) - 1 if short and line.count("|") == len(cells) - 1 and line[:1] not in "$>#`" else 0


def _count(line: str, sign: str) -> int:
    """How many delimiters a row has; 0 for a line that is no row."""
    if sign == "\t":
        return line.strip().count("\t")
    if sign not in line or f"{sign} " in _unquoted(line) or line[0] in "{[<(#" or line[-1] in ";{[(" or line[:1].isspace():
        return 0
    return 0 if _THOUSANDS.fullmatch(line) else _unquoted(line).count(sign)


def _unquoted(line: str) -> str:
    """A line with the insides of quoted cells blanked."""
    return _QUOTED.sub(lambda quoted: "_" * len(quoted[0]), line) if '"' in line else line


def _table_cells(text: str, rows: Sequence[Span], sign: str, delimiters: list[int]) -> Iterator[Cell]:
    keys: list[str] = []
    for number, (start, end) in enumerate(rows):
        if sign == "|" and number == 1 and _RULE.match(text[start:end].strip()):
            continue
        line = _unquoted(text[start:end])
        at, inside = 0, []
        for part in line.split(sign):
            inside.append((start + at, start + at + len(part)))
            at += len(part) + 1
        if sign == "|" and line.lstrip().startswith("|"):
            inside = inside[1:-1] if line.rstrip().endswith("|") else inside[1:]
        elif sign != "\t":
            delimiters += [stop for _, stop in inside[:-1]]
        spans = [_trimmed(text, *span) for span in inside]
        if number == 0:
            names = [text[slice(*span)] for span in spans]
            if all(name and not any(c.isdigit() for c in name[:1]) for name in names):
                keys = names
        for column, (a, b) in enumerate(spans):
            if b > a:
                yield Cell(a, b, keys[column] if number and column < len(keys) else "", (start, end))


def _trimmed(text: str, start: int, end: int) -> Span:
    while start < end and text[start] in ' \t"':
        start += 1
    while end > start and text[end - 1] in ' \t"\r':
        end -= 1
    return start, end


# ---- named fields ---------------------------------------------------------------------------------------------------


def _settings(text: str, lines: Sequence[Span], first: int) -> int:
    """The number of the line after the block of settings that begins at line `first`; `first` where there is none."""
    end, n, heads = first, 0, 0
    while end < len(lines):
        line = text[slice(*lines[end])]
        head = bool(_HEAD.match(line))
        setting = not head and bool(_SETTING.match(line)) and len(line.split()) <= _MOST_WORDS + 2
        if not (head or setting or line.lstrip()[:2] == "- " or line.lstrip()[:1] in ("#", "")):
            break
        n, heads, end = n + setting, heads + head, end + 1
    return end if n >= 2 or (n and heads) else first


def _setting(text: str, line: Span) -> Cell | None:
    match = _SETTING.match(text[slice(*line)])
    if match is None or match[2][:1] in tuple("={[") or match[2][:2] == "//" or _PAIR.search(match[2]):
        return None
    start, end = _trimmed(text, line[0] + match.start(2), line[0] + match.end(2))
    return Cell(start, end, match[1]) if end > start and not _SPOKEN.search(text, start, end) else None


def _members(text: str) -> Iterator[Cell]:
    """The members of JSON objects and inline maps, and the pairs of logs."""
    for rule in (_MEMBER, _INLINE, _PAIR):
        if rule is _MEMBER and '"' not in text:
            continue
        for match in rule.finditer(text):
            start, end = match.span(match.lastindex or 0)
            if end > start:
                yield Cell(start, end, match[1])
