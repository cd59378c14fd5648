"""Rows of a benchmark: from a hub, streamed, or from JSON, JSONL, CSV, TSV and Parquet files."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from tellback.errors import UsageError
from tellback.registry import choose

Row = Mapping[str, Any]


class Absent(UsageError):
    """A benchmark that is not where it was looked for."""


def from_hub(name: str, hub: tuple[str, str | None, str] | None) -> tuple[Iterator[Row], str]:
    """(rows of benchmark `name`, its repository); `hub` is repository, configuration and split. Raises Absent."""
    if hub is None:
        raise Absent(f"benchmark {name!r} is on no hub: give the folder of its files (data: DIR).")
    try:
        from datasets import load_dataset
    except ImportError:
        raise UsageError(f"benchmark {name!r} from the hub needs: pip install 'tellback[benchmarks]'.") from None
    repository, configuration, split = hub
    try:
        return iter(load_dataset(repository, configuration, split=split, streaming=True)), repository
    except Exception as error:  # what a hub client raises has no one base: offline, gone, gated, malformed
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise Absent(
            f"benchmark {name!r} could not be had from {repository}: {reason} "
            f"Give the folder of its files instead (data: DIR)."
        ) from None


def from_folder(name: str, begins: Sequence[str], data: Path) -> tuple[Iterator[Row], str]:
    """(rows of the file, or of the first file in a folder whose name begins with one of `begins`, its name).

    Raises Absent when the folder holds none.
    """
    if data.is_file():
        return read_rows(data), data.name
    if not data.is_dir():
        raise UsageError(f"{data} is no folder and no file.")
    found = sorted(p for p in data.iterdir() if p.name.startswith(tuple(begins)) and p.suffix in READERS)
    if not found:
        raise Absent(
            f"{data} holds no file of benchmark {name!r}: expected a name that begins with "
            f"{' or '.join(begins)} and ends with one of {', '.join(READERS)}."
        )
    return read_rows(found[0]), found[0].name


def read_rows(path: Path) -> Iterator[Row]:
    """Rows of a file, one at a time; raises UsageError that names file and line when it cannot be read."""
    try:
        yield from choose("file ending", path.suffix, READERS)(path)
    except (UnicodeDecodeError, OSError, ValueError) as error:
        raise UsageError(f"{path} cannot be read as {path.suffix}: {error}.") from None


def _jsonl(path: Path) -> Iterator[Row]:
    with path.open(encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            if line.strip():
                try:
                    yield json.loads(line)
                except json.JSONDecodeError as error:
                    raise UsageError(f"{path}, line {number} is not JSON: {error}.") from None


def _json(path: Path) -> Iterator[Row]:
    content = json.loads(path.read_text(encoding="utf-8"))
    rows = content.get("data") if isinstance(content, dict) else content
    if not isinstance(rows, list):
        raise UsageError(f'{path}: expected a list of rows, or an object with a list under "data".')
    yield from rows


def _table(delimiter: str) -> Callable[[Path], Iterator[Row]]:
    def read(path: Path) -> Iterator[Row]:
        with path.open(encoding="utf-8", newline="") as file:
            first = file.readline()
            file.seek(0)
            names = None
            if path.name.startswith("cogs"):  # its files have no header
                names = ["sentence", "logical form", "split"]
            elif not first.strip():
                return
            quoting = csv.QUOTE_NONE if delimiter == "\t" else csv.QUOTE_MINIMAL
            yield from csv.DictReader(file, names, delimiter=delimiter, quoting=quoting)

    return read


def _parquet(path: Path) -> Iterator[Row]:
    import pyarrow.parquet as pq

    for batch in pq.ParquetFile(path).iter_batches(batch_size=256):
        yield from batch.to_pylist()


READERS: dict[str, Callable[[Path], Iterator[Row]]] = {
    ".jsonl": _jsonl, ".json": _json, ".csv": _table(","), ".tsv": _table("\t"), ".parquet": _parquet,
}  # fmt: skip
