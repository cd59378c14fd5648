"""The figures of docs/study-real.md: which trainings make the study, and shares of documents with their intervals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from tellback.analysis.statistics import TAILS, hierarchical_bootstrap, hierarchical_mean, wilson

Row = Mapping[str, Any]


def key(p: Row) -> tuple[int, float]:
    return p["point"]["layers"], p["point"]["rate"]


def chosen(points: Sequence[Row]) -> dict[tuple[int, float], list[Row]]:
    """(layers, rate) -> its seeds, at the peak of that depth's sweep; what was only swept or pooled otherwise is left out."""
    best = {n: p["point"]["scale"] for n, p in best_of_sweep(points).items()}
    out: dict[tuple[int, float], list[Row]] = {}
    for p in sorted(points, key=lambda p: (p["point"]["rate"], p["point"]["layers"], p["point"]["seed"])):
        if p["point"]["scale"] == best.get(p["point"]["layers"]) and p["point"]["pool"] == pool_of(points):
            out.setdefault(key(p), []).append(p)
    return out


def pool_of(points: Sequence[Row]) -> str:
    """The pooling of most points; those with another stand apart."""
    pools = [p["point"]["pool"] for p in points]
    return max(sorted(set(pools)), key=pools.count, default="mean")


def swept(points: Sequence[Row]) -> list[Row]:
    pool = pool_of(points)
    return [p for p in points if p["point"]["rate"] == 2 and p["point"]["seed"] == 0 and p["point"]["pool"] == pool]


def best_of_sweep(points: Sequence[Row]) -> dict[int, Row]:
    """Of each depth the point of seed 0 with the least ordinary held-out loss among the peaks that every depth was swept at and
    its seeds were trained with."""
    seeds = {(p["point"]["layers"], p["point"]["scale"]) for p in points if p["point"]["seed"] or p["point"]["rate"] != 2}
    out: dict[int, Row] = {}
    for p in swept(points):
        n = p["point"]["layers"]
        trained_on = {scale for layers, scale in seeds if layers == n}
        if trained_on and p["point"]["scale"] not in trained_on:
            continue
        if n not in out or p["trace"][-1]["loss"] < out[n]["trace"][-1]["loss"]:
            out[n] = p
    return out


def matrix(rows: Sequence[Row], of: Any) -> np.ndarray:
    """[seeds, documents] of a letter's meaning."""
    return np.array([of(p) for p in rows], float)


def share(rows: Sequence[Row], name: str, letters: str, field: str = "told", among: str | None = None) -> str:
    """The share of a set's documents with one of `letters`, with its interval."""
    if not rows or name not in rows[0]["sets"]:
        return "-"
    values = [[c in letters for c in p["sets"][name][field]] for p in rows]
    if among is not None:
        keep = [i for i, c in enumerate(among) if c == "1"]
        values = [[v[i] for i in keep] for v in values]
    return interval(np.array(values, float))


def interval(values_kd: np.ndarray) -> str:
    if not values_kd.size:
        return "-"
    if len(values_kd) == 1:
        mean = float(values_kd.mean())
        low, high = wilson(values_kd.sum(), values_kd.size)
    else:
        mean, low, high = hierarchical_mean(values_kd, 0)
    return f"{mean:.2f} [{low:.2f}, {high:.2f}]"


def against_belief(found: Mapping[str, Any], name: str) -> str:
    """1 at the documents that go against what is believed."""
    return "".join("01"[c == "c"] for c in found["beliefs"].get(name, ""))


def spread(rows: Sequence[Row], of: Any, digits: int = 2) -> str:
    """The mean over seeds, and the seeds' range."""
    values = [of(p) for p in rows if of(p) is not None]
    if not values:
        return "-"
    text = f"{np.mean(values):.{digits}f}"
    return text if len(values) == 1 else f"{text} ({min(values):.{digits}f} to {max(values):.{digits}f})"


def kept_share(p: Row) -> float:
    told = p["sets"]["known-conflict"]["told"]
    return told.count("f") / len(told)


def difference(small: Sequence[Row], large: Sequence[Row], of: Any) -> str:
    drawn = hierarchical_bootstrap([matrix(small, of), matrix(large, of)], 0)
    low, high = np.quantile(drawn[:, 1] - drawn[:, 0], TAILS)
    return f"{matrix(large, of).mean() - matrix(small, of).mean():+.2f} [{low:+.2f}, {high:+.2f}]"
