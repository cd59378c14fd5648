"""Rows and listings for the terminal."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import takewhile
from pathlib import Path
from typing import Any

from tellback.errors import UsageError
from tellback.metrics.counts import unscored_bounds
from tellback.registry import choose
from tellback.store import AGAIN, read_lines

ABREAST = 4  # sets beside each other in a table: more are not legible


def read_rows(folder: Path) -> list[dict[str, Any]]:
    """The rows of DIR/results.jsonl; raises UsageError when there is none."""
    path = folder / "results.jsonl"
    if not path.is_file():
        raise UsageError(f"{folder} holds no results.jsonl. Run `tellback study CONFIG --out {folder}` first.")
    return read_lines(path, AGAIN)


def results_tables(rows: Sequence[Mapping[str, Any]]):
    """One row a setup: reconstruction and the faithful share of each set's primary reading; ABREAST sets a table."""
    from rich.table import Table

    sets = list(dict.fromkeys(s for r in rows for asks in ("qa_i", "qa_ii") for s in (r[asks] or {}) if "@" not in s))
    tables = []
    for at in range(0, max(len(sets), 1), ABREAST):
        table = Table(title=None, header_style="bold", pad_edge=False)
        for name in ("setup", "status", "rate", "loss", "rouge-L"):
            table.add_column(name, justify="left" if name in ("setup", "status") else "right", no_wrap=name == "setup")
        some = sets[at : at + ABREAST]
        for name in some:
            table.add_column(f"{name}\nQA(i) / QA(ii)", justify="right")
        unscored = 0
        for row in rows:
            cells = [row["setup"], row["status"], _number(row["rate"], "g"), _number(row["reconstruction_loss"], ".3f"),
                     _number(row["rouge_l"], ".2f")]  # fmt: skip
            for name in some:
                pair = [(row[asks] or {}).get(name) for asks in ("qa_i", "qa_ii")]
                cells.append(" / ".join(map(_kept, pair)))
                unscored += sum(round(c["n"] * c["unscored"]) for c in pair if c and c["unscored"])
            table.add_row(*cells)
        table.caption = f"faithful share of facts; unscored: {unscored}" if some else "no facts were asked: the corpus states none (README: «facts»)"
        tables.append(table)
    return tables


def show_table(rows: Sequence[Mapping[str, Any]]) -> None:
    """Print the tables, in full width where no terminal limits it."""
    from rich.console import Console

    console = Console(highlight=False)
    wide = Console(highlight=False, width=console.width if console.is_terminal else 160)
    for table in results_tables(rows):
        wide.print(table)


def _kept(counts: Mapping[str, Any] | None) -> str:
    """«0.81»; «0.81-0.83» where what is unscored could lift the share so far."""
    if not counts or not counts["n"]:
        return "-"
    bounds = unscored_bounds(counts)["faithful"]
    worst, best = (format(bounds[end], ".2f") for end in ("worst", "best"))
    return worst if worst == best else f"{worst}-{best}"


def _number(value: float | None, form: str) -> str:
    return "-" if value is None else format(value, form)


def listing(what: str) -> list[tuple[str, str]]:
    """(name, one line about it) of everything that can be chosen."""
    return choose("list", what, LISTINGS)()


def _compressors() -> list[tuple[str, str]]:
    from tellback.methods import COMPRESSORS

    return [(name, method.about) for name, method in COMPRESSORS.items()]


def _models() -> list[tuple[str, str]]:
    from tellback.models.load import ABOUT, MODELS

    rows = [(name, ABOUT.get(name) or ABOUT[name.replace("/", "-").split("-")[0]]) for name in MODELS]
    return [*rows, ("<path or hub name>", "any Hugging Face causal language model, from safetensors")]


def _corpora() -> list[tuple[str, str]]:
    from tellback.corpora.load import CORPORA

    return [*((name, corpus.about) for name, corpus in CORPORA.items()), ("<path>", "your own .jsonl (text, facts) or .txt (one document a paragraph)")]


def _readers() -> list[tuple[str, str]]:
    from tellback.readers.table import READERS

    return [(name, about) for name, (_, _, about) in READERS.items()]


def _studies() -> list[tuple[str, str]]:
    from tellback.config import studies

    return [(name, _first_sentence(path.read_text(encoding="utf-8"))) for name, path in studies().items()]


def _first_sentence(yaml: str) -> str:
    """Of the comment at the file's head, over as many lines as it has."""
    comment = takewhile(lambda line: line.startswith("#"), yaml.splitlines())
    return re.split(r"(?<=[.?!])\s", " ".join(line.lstrip("# ") for line in comment), maxsplit=1)[0]


LISTINGS = {"compressors": _compressors, "models": _models, "corpora": _corpora, "readers": _readers, "studies": _studies}
