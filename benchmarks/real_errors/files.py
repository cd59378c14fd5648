"""Files of sets, found by name at any depth, and what is made of their fields: texts, spans, names."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from tellback.records import Span

WORD = re.compile(r"\w+|[^\w\s]")


class Absent(Exception):
    """The files of a set are not in the folder; says which were looked for."""


def files(folder: Path, pattern: str) -> list[Path]:
    found = sorted(p for p in folder.rglob("*") if re.fullmatch(pattern, p.name, re.I) and p.is_file())
    if not found:
        raise Absent(f"no file {_plain(pattern)} in the folder")
    return found


def _plain(pattern: str) -> str:
    """The pattern as people write file names."""
    return pattern.replace(r"(.*\.)?", "*").replace(r"\d+", "N").replace(".*", "*").replace("\\", "")


def lines(folder: Path, pattern: str) -> Iterator[dict[str, Any]]:
    for path in files(folder, pattern):
        with path.open(encoding="utf-8") as file:
            yield from (json.loads(line) for line in file if line.strip())


def edited(edits: Iterable[tuple[int, int, str, bool]]) -> tuple[Span, ...]:
    """Spans of edits (start, end, what was done, ...); what was deleted stands nowhere in the output."""
    return spans((edit[0], edit[1]) for edit in edits if edit[2] != "delete")


def spans(found: Iterable[tuple[int, int]]) -> tuple[Span, ...]:
    """Sorted, and those that overlap joined: two people who mark the same words mark one error."""
    joined: list[Span] = []
    for start, end in sorted((int(a), int(b)) for a, b in found if b > a):
        if joined and start < joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return tuple(joined)


def distinct(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))


def grounds(info: str | Mapping[str, Any]) -> str:
    """RAGTruth's grounds as one text: an article, question and passages, or the data as JSON."""
    if isinstance(info, str):
        return info
    if "passages" in info:
        return f"{info['question']}\n\n{info['passages']}"
    return json.dumps(info, indent=1, ensure_ascii=False)


def tables(folder: Path, columns: set[str]) -> Iterator[Mapping[str, Any]]:
    """Rows of the Parquet files that have these columns: on the hub all are called by their split."""
    for path in sorted(folder.rglob("*.parquet")):
        import pyarrow.parquet

        if columns <= set(pyarrow.parquet.read_schema(path).names):
            yield from pyarrow.parquet.read_table(path).to_pylist()


def story(content: str) -> str:
    """The article of a .story file: its lines in one, without the highlights, as the authors join them."""
    return " ".join(line.strip() for line in content.split("@highlight")[0].split("\n") if line.strip())


def changed(old: str, new: str) -> tuple[Span, ...]:
    """Characters of `new` whose words are not those of `old`, by the longest common words; what was deleted has none."""
    words = list(WORD.finditer(new))
    match = difflib.SequenceMatcher(None, WORD.findall(old), [word[0] for word in words], autojunk=False)
    return tuple((words[a].start(), words[b - 1].end()) for tag, _, _, a, b in match.get_opcodes() if tag != "equal" and b > a)


def json_list(folder: Path, pattern: str) -> Iterator[tuple[Path, Mapping[str, Any]]]:
    """(file, entry) of each JSON file that holds a list."""
    for path in files(folder, pattern):
        yield from ((path, entry) for entry in json.loads(path.read_text(encoding="utf-8")))
