"""One output that people judged against its source, and the sample of a set by whole documents."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from tellback.records import Span


@dataclass(frozen=True)
class Row:
    """`label`: 1 unfaithful, 0 faithful, None not judged. `types`: the errors' names, by the set's own words.

    `spans`: characters of the output that people marked as wrong; empty where a set marks none (Set.marked).
    `pair`: shared by a faithful output and its unfaithful twin. `group`: the part of the set (a corpus, a domain).
    """

    id: str
    source: str
    output: str
    label: int | None
    types: tuple[str, ...] = ()
    spans: tuple[Span, ...] = ()
    pair: str | None = None
    group: str | None = None

    @property
    def document(self) -> str:
        """Rows of one source stand or fall together: the unit that is resampled, and that is never split."""
        return hashlib.sha256(self.source.encode("utf-8", "replace")).hexdigest()[:16]


@dataclass(frozen=True)
class Set:
    """The rows of one set. `marked`: people marked the words of each error; `how`: where label and source come from."""

    name: str
    rows: tuple[Row, ...]
    marked: bool
    how: str


def sampled(rows: Sequence[Row], limit: int | None, seed: int) -> tuple[Row, ...]:
    """Whole documents, drawn with `seed`, until there are `limit` rows; all rows without a limit."""
    if limit is None or len(rows) <= limit:
        return tuple(rows)
    documents = sorted({row.document for row in rows})
    Random(seed).shuffle(documents)
    of = {name: [row.id for row in rows if row.document == name] for name in documents}
    drawn: set[str] = set()
    for name in documents:
        if len(drawn) >= limit:
            break
        drawn.update(of[name])
    return tuple(row for row in rows if row.id in drawn)
