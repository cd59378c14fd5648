"""Intervals for shares and means.

Numpy arrays in, numbers out; shares are 0 to 1, intervals 95%. Documents are resampled whole, since the probes of one
document stand or fall together. Letters: R resamples, S sizes, K seeds, D documents.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy import stats

Interval = tuple[float | None, float | None, float | None]  # value, low, high
TAILS = (0.025, 0.975)


def wilson(k: float, n: int, level: float = 0.95) -> tuple[float | None, float | None]:
    """Wilson's score interval of k successes in n (Wilson 1927, JASA 22, 209); (None, None) when n is 0."""
    if n == 0:
        return None, None
    z = stats.norm.isf((1 - level) / 2)
    share, more = k / n, z**2 / n
    middle, half = share + more / 2, z * np.sqrt(share * (1 - share) / n + more / (4 * n))
    low, high = (middle - half) / (1 + more), (middle + half) / (1 + more)
    return max(0.0, float(low)) if k > 0 else 0.0, min(1.0, float(high)) if k < n else 1.0


def bootstrap_mean(
    values_by_document: Sequence[np.ndarray], seed: int, n_resamples: int = 2000, share: bool = True
) -> Interval:
    """(mean, low, high) of all probes' values, documents resampled whole; each probe weighs the same.

    `values_by_document`: one 1-D array a document. For shares (`share`), Wilson's interval over the probes when every
    value is 0 or every value is 1, or when there is one document, where a bootstrap would claim no doubt at all.
    Other means of one document have no interval. Nothing to average: (None, None, None).
    """
    sums = np.array([np.sum(values) for values in values_by_document], dtype=np.float64)
    sizes = np.array([np.size(values) for values in values_by_document], dtype=np.float64)
    return bootstrap_ratio(sums, sizes, seed, n_resamples, share)


def bootstrap_ratio(
    sums: np.ndarray, weights: np.ndarray, seed: int, n_resamples: int = 2000, share: bool = True
) -> Interval:
    """(sum(sums) / sum(weights), low, high), documents resampled: `bootstrap_mean` from each document's totals [D]."""
    sums, weights = sums[weights > 0], weights[weights > 0]
    if not len(sums):
        return None, None, None
    mean = float(sums.sum() / weights.sum())
    if share and (mean in (0.0, 1.0) or len(sums) == 1):
        return mean, *wilson(sums.sum(), round(weights.sum()))
    if len(sums) == 1:
        return mean, None, None
    # Documents with equal totals are exchangeable: drawing how often each *kind* of document comes is the same
    # bootstrap, and much smaller for probes, which have few outcomes.
    kinds, times = np.unique(np.stack([sums, weights], 1), axis=0, return_counts=True)
    drawn = np.random.default_rng(seed).multinomial(len(sums), times / len(sums), size=n_resamples) @ kinds
    low, high = np.quantile(drawn[:, 0] / drawn[:, 1], TAILS)
    return mean, min(mean, float(low)), max(mean, float(high))  # equal values differ by rounding


def hierarchical_bootstrap(values: Sequence[np.ndarray], seed: int, n_resamples: int = 2000) -> np.ndarray:
    """Resampled means [R, S] of `values`, one array [K_s, D] a size (or setup): seeds, then documents.

    Seeds are drawn for each size by itself; documents once a resample for all sizes and seeds, so that they stay
    paired. Deviations from the seeds' mean are widened by sqrt(K / (K - 1)), without which the bootstrap of five seeds
    is a tenth too narrow. Every document and every seed weighs the same. Values must be finite.
    """
    rng = np.random.default_rng(seed)
    n_documents = values[0].shape[1]
    assert all(v.shape[1] == n_documents for v in values), "documents must be paired across sizes"
    weights_dr = rng.multinomial(n_documents, np.full(n_documents, 1 / n_documents), size=n_resamples).T / n_documents
    means = []
    for values_kd in values:
        assert np.isfinite(values_kd).all(), "values must be finite"
        n_seeds = len(values_kd)
        weights_rk = rng.multinomial(n_seeds, np.full(n_seeds, 1 / n_seeds), size=n_resamples) / n_seeds
        widen = np.sqrt(n_seeds / max(1, n_seeds - 1))
        weights_rk = 1 / n_seeds + widen * (weights_rk - 1 / n_seeds)
        means.append(np.einsum("rk,kr->r", weights_rk, values_kd @ weights_dr))
    return np.stack(means, 1)


def hierarchical_mean(values_kd: np.ndarray, seed: int, n_resamples: int = 2000, share: bool = True) -> Interval:
    """(mean, low, high) of one setup over its seeds and documents [K, D]; Wilson at 0 and 1 when it is a `share`."""
    mean = float(values_kd.mean())
    if share and mean in (0.0, 1.0):
        return mean, *wilson(values_kd.sum(), values_kd.size)
    low, high = np.quantile(hierarchical_bootstrap([values_kd], seed, n_resamples)[:, 0], TAILS)
    return (mean, max(0.0, float(low)), min(1.0, float(high))) if share else (mean, float(low), float(high))
