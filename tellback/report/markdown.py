"""The report's Markdown twin: the same sections and tables, texts escaped, outcomes in brackets."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup

from tellback.display import words
from tellback.display.segments import Segment
from tellback.display.words import at_start, inline, markdown
from tellback.report.table import Cell, Row, Table


def render_markdown(found: dict[str, Any]) -> str:
    """report.md from the same content as the page. Every printed text is escaped; only the filters
    below write Markdown."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent), autoescape=False, undefined=jinja2.StrictUndefined,
        trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True,
        finalize=lambda value: value if not isinstance(value, str) or isinstance(value, Markup) else markdown(value),
    )  # fmt: skip
    environment.filters |= {"table": table, "code": code, "told": told}
    return environment.get_template("report.md.j2").render(found)


def table(table: Table) -> Markup:
    """A Markdown table; rows of a group stand under a row with the group's name, unfinished rows say so."""
    heads = [" ".join(filter(None, [markdown(group), markdown(label)])) for group, label in table.columns]
    rules = [":--" if i in table.words else "--:" for i in range(len(heads))]
    lines = [heads, rules]
    for name, rows in table.groups:
        if name:
            lines.append([f"**{markdown(name)}**"] + [""] * (len(heads) - 1))
        lines += [_row(row) for row in rows]
    text = "\n".join(f"| {' | '.join(line)} |" for line in lines)
    return Markup(text + (f"\n\n{markdown(table.note)}" if table.note else ""))


def _row(row: Row) -> list[str]:
    cells = [_cell(cell) for cell in row.cells]
    return cells if row.status == "done" else [f"{cells[0]} **({markdown(row.status)})**", *cells[1:]]


def _cell(cell: Cell) -> str:
    small = ", ".join(cell.small.split("\n"))
    return markdown(cell.text) + (f" ({markdown(small)})" if small else "")


def told(segments: Sequence[Segment]) -> Markup:
    """A text with its facts in brackets: «owns a [green: 1 faithful] boat»."""
    return Markup(at_start("".join(_piece(segment) for segment in segments).strip()) or "(nothing)")


def _piece(segment: Segment) -> str:
    found = "; ".join(f"{m.number} {', '.join(dict.fromkeys(m.outcomes))}" for m in segment.ends)
    text = inline(segment.text)
    return rf"\[{text}: {found}\]" if found else text


def code(text: str) -> Markup:
    """`text` as inline code."""
    return Markup(words.code(text))
