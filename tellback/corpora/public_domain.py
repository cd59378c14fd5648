"""The validation passages: real public-domain prose, and CC0 notes, on which no rule of an extractor or reader was tuned.

State of the Union addresses before 1975, novels, stories, one physics book and the proceedings of a workshop, and 27
technical texts written for this set (agent notes, incidents, invoices). Each passage says who wrote it, when, and why
it may be shipped. OCR errors and headings were corrected by hand; the values in it (numbers with their unit or label,
dates, money, names, identifiers) were found by patterns and a parser of their own and then read through.
"""

from __future__ import annotations

import json
from functools import lru_cache
from importlib import resources

from pydantic import BaseModel, ConfigDict

PASSAGES = "data/public_domain.jsonl"


class Passage(BaseModel):
    """One passage. `values` are (start, end, kind), kinds as in substitutes.KINDS; `licence` says why it is free."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    title: str
    author: str
    year: int
    licence: str
    text: str
    values: tuple[tuple[int, int, str], ...]


@lru_cache(maxsize=1)
def passages() -> dict[str, Passage]:
    """The passages by id, in the order of the file."""
    lines = resources.files("tellback.corpora").joinpath(PASSAGES).read_text(encoding="utf-8").splitlines()
    found = [Passage.model_validate(json.loads(line)) for line in lines]
    assert len({p.id for p in found}) == len(found), "two passages with one id"
    return {p.id: p for p in found}
