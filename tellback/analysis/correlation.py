"""Correlation of two figures of the same points, with intervals. Numpy arrays in, numbers out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy import stats


def correlate(
    x: Sequence[float | None], y: Sequence[float | None], seed: int = 0, n_resamples: int = 2000
) -> dict[str, Any]:
    """Pearson's r and Spearman's rho between two figures of the same points, with p-values and 95% intervals.

    Pairs with a None (or NaN) are left out and not counted in "n". Intervals: percentile bootstrap over points, which
    stand for independent setups; points that share a checkpoint are not, and then the interval is too narrow.
    All figures None with fewer than 3 points or when either side is constant.
    """
    xs, ys = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
    assert xs.shape == ys.shape, f"expected pairs, got {xs.shape} and {ys.shape}"
    both = np.isfinite(xs) & np.isfinite(ys)
    xs, ys = xs[both], ys[both]
    found: dict[str, Any] = {"n": len(xs)}
    empty = ("", "_p", "_low", "_high")
    if len(xs) < 3 or _constant(xs) or _constant(ys):
        return {name + end: None for name in ("pearson", "spearman") for end in empty} | found
    drawn = np.random.default_rng(seed).integers(len(xs), size=(n_resamples, len(xs)))
    xs_rn, ys_rn = xs[drawn], ys[drawn]
    ranks = stats.rankdata(xs_rn, axis=1), stats.rankdata(ys_rn, axis=1)
    resampled = {"pearson": _rowwise_pearson(xs_rn, ys_rn), "spearman": _rowwise_pearson(*ranks)}
    for name, test in (("pearson", stats.pearsonr), ("spearman", stats.spearmanr)):
        result = test(xs, ys)
        low, high = np.nanquantile(resampled[name], [0.025, 0.975])
        found |= {name: float(result.statistic), f"{name}_p": float(result.pvalue)}
        found |= {f"{name}_low": float(low), f"{name}_high": float(high)}
    return found


def _constant(values: np.ndarray) -> bool:
    """No more variation than rounding leaves."""
    return bool(np.ptp(values) <= 1e-12 * np.abs(values).max())


def _rowwise_pearson(x_rn: np.ndarray, y_rn: np.ndarray) -> np.ndarray:
    """Pearson's r of each row; NaN for a resample that drew one point only."""
    x_rn, y_rn = x_rn - x_rn.mean(1, keepdims=True), y_rn - y_rn.mean(1, keepdims=True)
    spread = np.sqrt((x_rn**2).sum(1) * (y_rn**2).sum(1))
    return np.divide((x_rn * y_rn).sum(1), spread, out=np.full(len(x_rn), np.nan), where=spread > 1e-12 * spread.max())
