"""Changes planted into texts of your own: `tellback validate audit --corpus FILE`.

What can be planted are the kinds that a generator makes for certain (plantings.GENERATORS). The values of a text are those
that the audit itself reads: whether it reads the values of your texts at all is not measured by that.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from tellback.corpora.load import rows_of
from tellback.corpora.public_domain import Passage
from tellback.corpora.substitutes import KINDS as SUBSTITUTED
from tellback.errors import UsageError
from tellback.facts.extract import extract
from tellback.facts.kinds.table import named
from tellback.readers.base import PLANTED
from tellback.registry import choose
from tellback.validation.baselines import Measured
from tellback.validation.plantings import GENERATORS, Planting, plant, planting_of

PER_TEXT = 8  # changes of each kind in one text, at most
ABOUT = "changes planted into {} (values as the audit reads them: what it does not read at all is not counted)"
KINDS = (*GENERATORS, "untouched")


def planted_in(path: Path, reader: Measured, kinds: Iterable[str] | None = None, seed: int = 0) -> list[Planting]:
    """Plantings of `kinds` (None: all of KINDS) in the texts of a .jsonl or .txt file, the same ones for one seed.

    Raises UsageError for an unknown kind, a file that holds no texts, texts in which nothing can be planted, and a reader
    that reads nothing but the probes of its own corpus.
    """
    wanted = list(KINDS if kinds is None else kinds)
    for kind in wanted:
        choose("kind that can be planted in texts of your own", kind, dict.fromkeys(KINDS))
    if reader.measured_on != PLANTED:
        raise UsageError(f"{reader.name!r} reads nothing but the probes of a corpus: it cannot be measured on other texts.")
    passages = [_passage(str(row["id"]), row["text"]) for row in rows_of(path)]
    found = [planting for kind in wanted for planting in _of_kind(kind, passages, seed)]
    if all(planting.kind == "untouched" for planting in found) and wanted != ["untouched"]:
        raise UsageError(f"{path}: none of {', '.join(wanted)} can be planted for certain in its {len(passages)} texts.")
    return found


def _of_kind(kind: str, passages: Iterable[Passage], seed: int) -> Iterator[Planting]:
    for passage in passages:
        if kind == "untouched":
            yield planting_of(f"{kind}-{passage.id}", passage, kind, "", [], "")
            continue
        drawn = [plant(passage.text, kind, seed + i, passage.values) for i in range(PER_TEXT)]
        several = {tuple(edits): edits for edits in drawn if edits}
        for i, edits in enumerate(several.values(), 1):
            type_ = next((k for a, b, k in passage.values if a <= edits[0].start < b), kind) if kind == "replaced" else kind
            planting = planting_of(f"{kind}-{passage.id}-{i}", passage, kind, type_, edits, "generated")
            if planting.targets or kind in ("fronting", "paraphrase"):
                yield planting


def _passage(name: str, text: str) -> Passage:
    identifiers = named("identifier")
    values = [
        (*fact.span, "identifier" if fact.kind in identifiers else fact.kind)
        for fact in extract(text).facts
        if fact.kind in SUBSTITUTED or fact.kind in identifiers
    ]
    return Passage(id=name, title="", author="", year=0, licence="", text=text, values=tuple(sorted(values)))
