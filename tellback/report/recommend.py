"""`tellback recommend`: which size and which rate keep enough facts, by what a study measured and no further.

A figure counts with the lower end of its 95% interval (seeds and documents), QA(i) and QA(ii) of the conflict set together: a
compressor that is to be trusted must keep what contradicts belief.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tellback.analysis.statistics import hierarchical_mean
from tellback.display.words import count, rate_name
from tellback.errors import UsageError
from tellback.report.groups import Group, kept_by_document, places
from tellback.report.load import Study


@dataclass(frozen=True)
class Candidate:
    """One method, size and rate, with what it kept over its seeds and documents."""

    series: str
    size: int | None
    rate: float
    kept: float
    low: float
    high: float
    n_seeds: int
    n_documents: int
    lost: tuple[str, ...]  # kinds of fact that some seed did not learn at all

    @property
    def words(self) -> str:
        size = f"{count(self.size)} parameters" if self.size is not None else "size unknown"
        lost = f"; at their plateau in some seed: {', '.join(self.lost)}" if self.lost else ""
        seeds = f"{self.n_seeds} seed{'s' if self.n_seeds > 1 else ''}"
        return (
            f"{self.series}, {size}, {rate_name(self.rate)}: keeps {self.kept:.1%} [{self.low:.1%}, {self.high:.1%}] "
            f"({seeds}, {self.n_documents} documents{lost})"
        )


def candidates(study: Study) -> list[Candidate]:
    """Every method, size and rate of the study, highest rate first and smallest size first within it.

    Raises UsageError where the study asked nothing about any compressor's facts.
    """
    name = study.conflict_set or ""
    found = [c for rate, series, groups in places(study) for g in groups if (c := _candidate(g, name, rate, series))]
    if not found:
        raise UsageError(
            f"{study.directory} holds no compressor that was asked about its facts. Run a study whose corpus has probe sets "
            f"(tellback list corpora)."
        )
    return sorted(found, key=lambda c: (-c.rate, c.size or 0, c.series))


def _candidate(group: Group, name: str, rate: float, series: str) -> Candidate | None:
    table = kept_by_document(group.setups, name, asks=None)
    table = table[~np.isnan(table).all(1)]
    table = table[:, ~np.isnan(table).any(0)]
    if not table.size:
        return None
    kept, low, high = hierarchical_mean(table, seed=0)
    assert kept is not None and low is not None and high is not None
    lost = {kind for s in group.setups for kind in (s.details.get("gate") or {}).get("lost_kinds") or ()}
    return Candidate(series, group.size, rate, kept, low, high, *table.shape, tuple(sorted(lost)))


def recommend(study: Study, min_faithful: float) -> tuple[Candidate | None, list[str]]:
    """(what to take: the highest rate that holds, and at it the smallest size; the lines that say so).

    A candidate holds when the lower end of its interval reaches `min_faithful`. None where none does. Raises UsageError
    for a share outside 0 to 1.
    """
    if not 0 < min_faithful <= 1:
        raise UsageError(f"--min-faithful should be a share above 0 and at most 1, such as 0.95; got {min_faithful:g}.")
    found = candidates(study)
    holding = [c for c in found if c.low >= min_faithful]
    if holding:
        lines = [f"Take {holding[0].words}."]
        smaller = min(holding, key=lambda c: (c.size or 0, -c.rate))
        if smaller is not holding[0] and (smaller.size or 0) < (holding[0].size or 0):
            lines.append(f"Smaller, at a lower rate: {smaller.words}.")
        return holding[0], [*lines, *_few(holding[:1])]
    best = max(found, key=lambda c: c.low)
    return None, [
        f"None holds: no size and rate of {study.name} keeps at least {min_faithful:.1%} with the whole of its interval.",
        f"Nearest: {best.words}.", *_few([best]),
    ]  # fmt: skip


def _few(found: Sequence[Candidate]) -> list[str]:
    if all(c.n_seeds >= 3 for c in found):
        return []
    return ["With fewer than three seeds the interval is over documents alone: another training may keep less."]
