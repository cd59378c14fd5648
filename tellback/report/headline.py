"""The study in one sentence, computed from its rows, and the verdict on the paradox at each rate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any

import numpy as np

from tellback.analysis.statistics import hierarchical_mean, paradox_verdict
from tellback.report.load import Setup, Study
from tellback.report.words import count, interval, number, rate_name, share


@dataclass(frozen=True)
class Group:
    """Setups of one size (or one compressor) at one rate: seeds of the same thing."""

    setups: Sequence[Setup]
    set: str

    @property
    def label(self) -> str:
        first = self.setups[0]
        return f"{first.method} with {count(first.size)} parameters" if first.size is not None else first.method

    def mean(self, outcome: str) -> float | None:
        values = [v for s in self.setups if (v := s.share(self.set, outcome)) is not None]
        return fmean(values) if values else None

    @property
    def loss(self) -> float | None:
        losses = [s.row["reconstruction_loss"] for s in self.setups if s.row.get("reconstruction_loss") is not None]
        return fmean(losses) if losses else None

    @property
    def bounds(self) -> str:
        """The 95% interval of the share kept: over seeds and documents where there are several seeds."""
        if len(self.setups) == 1:
            counts = self.setups[0].counts(self.set)
            return interval(*((counts.get(end) or {}).get("faithful") for end in ("low", "high")))
        kept = kept_by_document(self.setups, self.set)
        kept = kept[:, ~np.isnan(kept).any(0)]
        if not kept.size:
            return ""
        _, low, high = hierarchical_mean(kept, seed=0)
        return interval(low, high)

    @property
    def sentence(self) -> str:
        """«keeps 81% [76, 86] of n = 300 conflicting facts and overwrites 10%»."""
        seeds = f", mean of {len(self.setups)} seeds" if len(self.setups) > 1 else ""
        n = self.setups[0].counts(self.set).get("n")
        kept = " ".join(filter(None, [share(self.mean("faithful")), self.bounds]))
        late = " (undertrained)" if any(s.status == "undertrained" for s in self.setups) else ""
        return f"{self.label}{late} keeps {kept} and overwrites {share(self.mean('overwritten'))} (n = {n}{seeds})"


def kept_by_document(setups: Sequence[Setup], name: str, documents: Sequence[str] | None = None) -> np.ndarray:
    """Share of each document's scored QA(i) facts that are kept: [K setups, D documents], NaN where unknown."""
    tables: list[dict[str, float]] = []
    for setup in setups:
        found: dict[str, list[bool]] = {}
        for probe in setup.probes(name, "told"):
            if probe["asks"] == "qa_i" and probe["conflicts"] and probe["outcome"] != "unscored":
                found.setdefault(probe["document_id"], []).append(probe["outcome"] == "faithful")
        tables.append({document: fmean(kept) for document, kept in found.items()})
    return _aligned(tables, sorted(set().union(*tables)) if documents is None else documents)


def loss_by_document(setups: Sequence[Setup], name: str, documents: Sequence[str]) -> np.ndarray:
    """Reconstruction loss of each document of a set, nats per token: [K, D], NaN where unknown."""
    return _aligned([{d: row.get("loss") for d, row in s.documents(name).items()} for s in setups], documents)


def _aligned(tables: Sequence[Mapping[str, float | None]], documents: Sequence[str]) -> np.ndarray:
    rows = [[np.nan if t.get(d) is None else t[d] for d in documents] for t in tables]
    return np.array(rows, dtype=float).reshape(len(tables), len(documents))


def by_size(setups: Sequence[Setup], name: str) -> list[Group]:
    """Finished setups by size, smallest first; undertrained ones stand in only where fewer than two sizes finished."""
    measured = [s for s in setups if s.size is not None and s.share(name) is not None]
    done = [s for s in measured if s.status == "done"]
    if len({s.size for s in done}) >= 2:
        measured = done
    sizes = sorted({s.size for s in measured if s.size is not None})
    return [Group([s for s in measured if s.size == size], name) for size in sizes]


def headline(study: Study) -> str:
    """One sentence with its numbers, about the highest rate; nothing in it presumes a direction."""
    name = study.conflict_set
    if name is None or not any(s.share(name) is not None for s in study.compressors):
        failed = sum(s.status == "failed" for s in study.setups)
        return f"No compressor of this study has been asked about its facts: {len(study.setups)} setups, {failed} failed."
    rate = max((s.rate for s in study.compressors if s.rate is not None and s.share(name) is not None), default=None)
    lineups = [by_size(study.at(rate, series), name) for series in study.all_series]
    groups = max(lineups, key=len)
    at = f"At {rate_name(rate)}, on facts of {name} that contradict what models believe, "
    if len(groups) >= 2:
        losses = f" while the loss goes from {number(groups[0].loss)} to {number(groups[-1].loss)} nats per token"
        verdict = verdict_on(study, rate, groups[0].setups[0].series)
        return (
            f"{at}the smallest compressor, {groups[0].sentence}, the largest, {groups[-1].sentence},"
            f"{losses}: {verdict['verdict']}{_difference(verdict)}."
        )
    alone = [Group([s], name) for s in study.at(rate) if s.share(name) is not None]
    lower = [f"{rate_name(s.rate)}: {share(s.share(name))}" for s in study.compressors
             if s.method == alone[0].setups[0].method and s.rate != rate and s.share(name) is not None]  # fmt: skip
    told = "; ".join(group.sentence for group in alone[:3])
    return f"{at}{told}{f' (at {', '.join(lower)})' if lower else ''}; sizes are not compared."


def _difference(verdict: Mapping[str, Any]) -> str:
    if verdict.get("difference") is None:
        return " on the size-fidelity paradox"
    points = f"{100 * verdict['difference']:+.0f} points [{100 * verdict['low']:+.0f}, {100 * verdict['high']:+.0f}]"
    return f" on the size-fidelity paradox (best smaller size less the largest: {points})"


def verdict_on(study: Study, rate: float | None, series: str) -> dict[str, Any]:
    """The paradox's verdict at one rate within one series, from finished setups only; see `paradox_verdict`."""
    name = study.conflict_set or ""
    done = [s for s in study.at(rate, series) if s.status == "done" and s.share(name) is not None]
    groups = [group for group in by_size(done, name) if group.setups]
    documents = sorted({d for s in done for d in s.documents(name)})
    sizes = [float(group.setups[0].size or 0) for group in groups]
    kept = [kept_by_document(group.setups, name, documents) for group in groups]
    losses = [loss_by_document(group.setups, name, documents) for group in groups]
    return paradox_verdict(dict(zip(sizes, kept, strict=True)), dict(zip(sizes, losses, strict=True)))


def verdicts(study: Study) -> list[tuple[str, str]]:
    """(where, the verdict in words) for each rate and series in which sizes could be compared at all."""
    return [
        (" · ".join([rate_name(rate)] + ([series] if len(study.all_series) > 1 else [])), verdict["words"])
        for rate in study.rates
        for series in study.all_series
        if len(by_size(study.at(rate, series), study.conflict_set or "")) >= 2
        for verdict in [verdict_on(study, rate, series)]
    ]

