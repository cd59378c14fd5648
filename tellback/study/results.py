"""A study's results for a notebook."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import Any

from tellback.display.words import visible
from tellback.object_store import local_folder
from tellback.study.table import read_rows, results_tables


class Results:
    """The rows of a study's folder, or of its address in an object store, one a setup, in grid order. Raises UsageError when it holds
    none."""

    def __init__(self, folder: str | Path):
        self.folder = local_folder(folder)
        self.rows: list[dict[str, Any]] = read_rows(self.folder)

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return iter(self.rows)

    def __repr__(self) -> str:
        return f"Results of {len(self.rows)} setups in {self.folder}"

    def _repr_html_(self) -> str:
        """The table that `tellback results` prints."""
        return "".join(_table(table) for table in results_tables(self.rows))


def _table(table: Any) -> str:
    """A table of rich as HTML; every cell is text."""
    heads = "".join(f"<th>{_words(column.header)}</th>" for column in table.columns)
    rows = zip(*(list(column.cells) for column in table.columns), strict=True)
    body = "".join(f"<tr>{''.join(f'<td>{_words(cell)}</td>' for cell in row)}</tr>" for row in rows)
    return f"<table><caption>{_words(table.caption or '')}</caption><thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table>"


def _words(cell: Any) -> str:
    return escape(visible(str(cell)))
