"""Setups of one size at one rate, taken together: what seeds share, with intervals over seeds and documents."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from statistics import fmean
from typing import Any

import numpy as np

from tellback.analysis.statistics import hierarchical_mean
from tellback.display.words import count, interval, share
from tellback.report.load import Setup, Study


@dataclass(frozen=True)
class Group:
    """Setups with figures that differ in seeds only. Undertrained ones are among them and marked: to drop a seed by what came
    of it would choose the outcome."""

    setups: Sequence[Setup]

    @property
    def size(self) -> int | None:
        return self.setups[0].size

    @property
    def n_undertrained(self) -> int:
        return sum(s.status == "undertrained" for s in self.setups)

    @property
    def undertrained(self) -> bool:
        """Whether all of them are."""
        return self.n_undertrained == len(self.setups)

    @property
    def label(self) -> str:
        words = [self.setups[0].method]
        words += [f"{count(self.size)} parameters"] if self.size is not None else []
        late, n = self.n_undertrained, len(self.setups)
        words += ["undertrained" if late == n else f"{late} of {n} undertrained"] if late else []
        words += [f"mean of {n} setups"] if n > 1 else []
        return ", ".join(words)

    def mean(self, name: str, outcome: str = "faithful", asks: str = "qa_i") -> float | None:
        """The share of an outcome, averaged over setups; None where none was asked."""
        return self._mean(s.share(name, outcome, asks) for s in self.setups)

    def figure(self, field: str) -> float | None:
        """A number of the rows, averaged over setups."""
        return self._mean(s.row.get(field) for s in self.setups)

    @staticmethod
    def _mean(values: Any) -> float | None:
        known = [v for v in values if v is not None]
        return fmean(known) if known else None

    def bounds(self, name: str) -> tuple[float | None, float | None]:
        """The 95% interval of the share kept in a set: over documents, and over seeds where there are several."""
        if name not in self._bounds:
            self._bounds[name] = self._interval(name)
        return self._bounds[name]

    @cached_property
    def _bounds(self) -> dict[str, tuple[float | None, float | None]]:
        return {}

    def _interval(self, name: str) -> tuple[float | None, float | None]:
        if len(self.setups) == 1:
            counts = self.setups[0].counts(name)
            return tuple((counts.get(end) or {}).get("faithful") for end in ("low", "high"))  # type: ignore[return-value]
        kept = kept_by_document(self.setups, name)
        kept = kept[~np.isnan(kept).all(1)]
        kept = kept[:, ~np.isnan(kept).any(0)]
        return hierarchical_mean(kept, seed=0)[1:] if kept.size else (None, None)

    def kept(self, name: str) -> str:
        """«81% [76, 86]»."""
        return " ".join(filter(None, [share(self.mean(name)), interval(*self.bounds(name))]))


def by_size(setups: Sequence[Setup]) -> list[Group]:
    """Setups of one rate and series by size, smallest first; those of unknown size are left out."""
    out = []
    for size in sorted({s.size for s in setups if s.size is not None}):
        same = [s for s in setups if s.size == size]
        out.append(Group(same))
    return out


def places(study: Study) -> list[tuple[float, str, list[Group]]]:
    """(rate, series, its groups by size): where sizes can be compared, nothing else varying."""
    return [
        (rate, series, groups)
        for rate in study.rates
        for series in study.all_series
        if (groups := by_size(study.at(rate, series)))
    ]


def kept_by_document(
    setups: Sequence[Setup], name: str, documents: Sequence[str] | None = None, asks: str | None = "qa_i"
) -> np.ndarray:  # fmt: skip
    """Share of each document's scored facts (`asks`; None: QA(i) and QA(ii)) that the told-back text keeps: [K setups, D],
    NaN where unknown."""
    tables: list[dict[str, float]] = []
    for setup in setups:
        found: dict[str, list[bool]] = {}
        for probe in setup.probes(name, "told"):
            if asks in (None, probe["asks"]) and probe["outcome"] != "unscored":
                found.setdefault(probe["document_id"], []).append(probe["outcome"] == "faithful")
        tables.append({document: fmean(kept) for document, kept in found.items()})
    return _aligned(tables, sorted(set().union(*tables)) if documents is None else documents)


def loss_by_document(setups: Sequence[Setup], name: str, documents: Sequence[str]) -> np.ndarray:
    """Reconstruction loss of each document of a set, nats per token: [K, D], NaN where unknown."""
    return _aligned([{d: row.get("loss") for d, row in s.documents(name).items()} for s in setups], documents)


def _aligned(tables: Sequence[Mapping[str, float | None]], documents: Sequence[str]) -> np.ndarray:
    rows = [[np.nan if t.get(d) is None else t[d] for d in documents] for t in tables]
    return np.array(rows, dtype=float).reshape(len(tables), len(documents))
