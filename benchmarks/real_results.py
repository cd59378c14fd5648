"""The finished study `real` as its page reads it: rows, and readings by document."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from tellback.analysis.statistics import Interval, bootstrap_mean
from tellback.corpora.benchmarks import BENCHMARKS
from tellback.store import StudyFolder
from tellback.study.grid import setups
from tellback.study.table import read_rows


class Results:
    """The rows of a study, and its readings by document."""

    def __init__(self, folder: StudyFolder):
        self.folder, self.spec = folder, folder.spec()
        rows = read_rows(folder.path)
        self.rows = [r for r in rows if r["status"] == "done"]
        done = {r["setup"] for r in self.rows}
        self.absent = [spec.name for spec in setups(self.spec) if spec.name not in done]
        self.details = {r["setup"]: folder.result(r["key"])["details"] for r in self.rows}
        where = {r["setup"]: folder.path / "setups" / r["key"] for r in self.rows}
        self.documents = {name: pd.read_parquet(path / "documents.parquet") for name, path in where.items()}
        self.probes = {name: pd.read_parquet(path / "probes.parquet") for name, path in where.items()}
        self.identity = next(r for r in self.rows if r["compressor"] == "identity")
        self.corpus = self.details[self.identity["setup"]]["corpus"]
        self.sets = [s for s in self.corpus["origin"] if s in BENCHMARKS]
        self.compressed = [r for r in self.rows if r["compressor"] not in ("identity", "no_memory")]

    def probed(self, setup: str, name: str, reading: str, asks: str) -> pd.DataFrame:
        p = self.probes[setup]
        return p[(p["set"] == name) & (p.reading == reading) & (p.asks == asks)]

    def share(self, setup: str, names: Sequence[str], reading: str, asks: str, *outcomes: str) -> tuple[Interval, int]:
        """(share of probes with one of `outcomes`, with its interval over documents; n) over `names` together."""
        found = pd.concat([self.probed(setup, n, reading, asks) for n in names])
        # a text may stand in two sets: then it is one document
        by = [g.outcome.isin(outcomes).to_numpy(float) for _, g in found.groupby(["document_id"], sort=True)]
        return bootstrap_mean(by, 0), len(found)

    def overlap(self, setup: str, names: Sequence[str], metric: str) -> Interval:
        d = self.documents[setup]
        values = d[d["set"].isin(names)][metric].dropna().to_numpy(float) / (100 if metric == "chrf" else 1)
        return bootstrap_mean([np.array([v]) for v in values], 0)

    def belief_share(self, setup: str, names: Sequence[str]) -> tuple[Interval, int, float | None]:
        """(overwritten / (overwritten + replaced), n errors, chance) over probes of at least four options whose source
        goes against a belief."""
        found = pd.concat([self.probed(setup, n, "told", "qa_i") for n in names])
        wrong = found[found.outcome.isin(("overwritten", "replaced")) & found.conflicts.astype(bool) & (found.n_options >= 4)]
        if not len(wrong):
            return (None, None, None), 0, None
        by = [g.outcome.eq("overwritten").to_numpy(float) for _, g in wrong.groupby("document_id", sort=True)]
        return bootstrap_mean(by, 0), len(wrong), float((1 / (wrong.n_options - 1)).mean())
