"""The texts that pairs are made of: the project's public-domain passages, and any texts in a folder (JSON lines, plain text)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from tellback.corpora.conflict import parser
from tellback.corpora.public_domain import passages
from tellback.errors import UsageError

PIECE = 1500  # characters of a document at most: what a window may be drawn from
_SPACE = re.compile(r"[ \t]*\n[ \t]*(?!\n)|[ \t]+")


def texts(paths: Iterable[Path], limit: int | None = None) -> Iterator[str]:
    """Documents of at most PIECE characters or so, by paragraphs: of the passages, then of each file, `limit` of each file."""
    yield from (p.text for p in passages().values())
    for path in paths:
        if not path.is_file():
            raise UsageError(f'--texts {path}: expected a .jsonl with "text" or a .txt; there is no such file.')
        whole = path.read_text(encoding="utf-8")
        rows = (
            [json.loads(line)["text"] for line in whole.splitlines() if line.strip()]
            if path.suffix == ".jsonl"
            else [whole]
        )
        pieces = [piece for row in rows for piece in _pieces(row)]
        yield from pieces[:: max(1, len(pieces) // limit)][:limit] if limit else pieces


def parsed(documents: Iterable[str]) -> list[Any]:
    """With names and clauses."""
    return list(parser().pipe(documents, batch_size=16))


def _pieces(text: str) -> Iterator[str]:
    held = ""
    for paragraph in re.split(r"\n\s*\n|(?<=[.!?])\n", text):
        paragraph = " ".join(_SPACE.sub(" ", paragraph).replace("\n", " ").split())
        if len(held) + len(paragraph) > PIECE and held:
            yield held
            held = ""
        held = f"{held} {paragraph}".strip()
    if held:
        yield held
