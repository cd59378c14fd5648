"""A table as words in cells: one description that the HTML page and its Markdown twin both print."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from tellback.display.words import NOTHING, count, rate_name
from tellback.report.load import Setup, Study


@dataclass(frozen=True, slots=True)
class Cell:
    text: str
    small: str = ""  # quieter, below; its lines end in \n
    value: float | None = None  # what it is sorted by; None: its text


@dataclass(frozen=True, slots=True)
class Row:
    cells: Sequence[Cell]
    status: str = "done"  # undertrained and failed rows are marked in every table


@dataclass(frozen=True, slots=True)
class Table:
    """Columns are (group, label); neighbours of one group stand under one head. Rows stand under a rate or alike."""

    title: str
    columns: Sequence[tuple[str, str]]
    groups: Sequence[tuple[str, Sequence[Row]]]
    note: str = ""
    words: frozenset[int] = field(default_factory=lambda: frozenset({0}))  # columns of words; the rest are numbers

    @property
    def heads(self) -> list[tuple[str, int]]:
        """The upper heads with how many columns each spans; empty when no column has a group."""
        heads: list[tuple[str, int]] = []
        for group, _ in self.columns:
            if group and heads and heads[-1][0] == group:
                heads[-1] = (group, heads[-1][1] + 1)
            else:
                heads.append((group, 1))
        return heads if any(group for group, _ in heads) else []


Column = tuple[str, str, Callable[[Setup], Cell]]


def setups_table(study: Study, title: str, columns: Sequence[Column], keep: Callable[[Setup], bool], note="") -> Table:
    """A table with a row a setup, grouped by rate; the first column, the compressor, is added here."""
    groups = []
    for label, setups in by_rate(study):
        rows = [Row([who(s), *(cell(s) for _, _, cell in columns)], s.status) for s in setups if keep(s)]
        groups += [(label, rows)] if rows else []
    return Table(title, [("", "compressor"), *((group, label) for group, label, _ in columns)], groups, note)


def by_rate(study: Study) -> list[tuple[str, list[Setup]]]:
    """Every setup, failed ones too: the controls first, then the lowest rate to the highest, smallest size first."""
    rest = [s for s in study.setups if not s.is_control]
    methods = list(dict.fromkeys(s.method for s in rest))
    sizes = {s.row.get("base_model"): s.size for s in rest if s.size is not None}  # a failed row does not know its own

    def order(setup: Setup) -> tuple[int, float]:
        return methods.index(setup.method), sizes.get(setup.row.get("base_model")) or 0

    rates = sorted({s.rate for s in rest}, key=lambda rate: rate or 0)
    controls = [("controls", [s for s in study.setups if s.is_control])]
    return controls + [(rate_name(r), sorted((s for s in rest if s.rate == r), key=order)) for r in rates]


def who(setup: Setup) -> Cell:
    """The compressor of a row: method and base model, under it the parameters without embeddings and the seed."""
    row = setup.row
    if setup.is_control:
        label = str(row.get("compressor")).replace("_", " ")
        return Cell(label, " · ".join(filter(None, [str(row.get("base_model") or ""), f"seed\u00a0{row.get('seed')}"])))
    size = f"{count(setup.size)} parameters" if setup.size is not None else ""
    label = " · ".join(filter(None, [setup.method, str(row.get("base_model") or "")]))
    return Cell(label, " · ".join(filter(None, [size, f"seed\u00a0{row.get('seed')}"])))


def plain(value: Any) -> str:
    if value is None or isinstance(value, bool):
        return NOTHING
    if isinstance(value, int):
        return str(value)
    return f"{value:.3g}" if isinstance(value, float) else str(value)


def simple(title: str, head: Iterable[str], rows: Iterable[Iterable[str]], note: str = "") -> Table:
    """A small table of strings."""
    return Table(title, [("", h) for h in head], [("", [Row([Cell(c) for c in row]) for row in rows])], note)
