"""How well scores part corrupted pairs from harmless ones: AUC with an interval, and what is found at few false alarms.

Arrays in, numbers out. N pairs, G groups (passages), R resamples. A score of NaN means that the method had nothing to
compare: it raises no alarm, and so ranks with the lowest score that there is.
"""

from __future__ import annotations

import numpy as np

from tellback.analysis.statistics import TAILS, Interval, bootstrap_ratio


def no_alarm(scores_N: np.ndarray) -> np.ndarray:
    """The scores with the lowest in place of NaN."""
    lowest = np.nanmin(scores_N) if np.isfinite(scores_N).any() else 0.0
    return np.where(np.isnan(scores_N), min(0.0, lowest), scores_N)


def auc(
    scores_N: np.ndarray, corrupted_N: np.ndarray, harmless_N: np.ndarray, groups_N: np.ndarray, seed: int = 0,
    n_resamples: int = 2000,
) -> Interval:  # fmt: skip
    """(AUC, low, high) of the pairs `corrupted_N` against those `harmless_N` (masks), a tie counting half.

    AUC is the chance that a corrupted pair scores above a harmless one. The interval resamples passages whole, so that
    the pairs of one passage stand or fall together; (None, None, None) where one side is empty.
    """
    scores_N = no_alarm(scores_N)
    if not corrupted_N.any() or not harmless_N.any():
        return None, None, None
    values, at_N = np.unique(scores_N, return_inverse=True)
    _, group_N = np.unique(groups_N, return_inverse=True)
    n_groups = int(group_N.max()) + 1

    def of(weights_N: np.ndarray) -> float | None:
        bad, good = (np.bincount(at_N, weights_N * mask_N, len(values)) for mask_N in (corrupted_N, harmless_N))
        pairs = bad.sum() * good.sum()
        return float((bad * (np.cumsum(good) - good / 2)).sum() / pairs) if pairs else None

    rng = np.random.default_rng(seed)
    times = (rng.multinomial(n_groups, np.full(n_groups, 1 / n_groups)) for _ in range(n_resamples))
    drawn = [value for value in (of(times_G[group_N]) for times_G in times) if value is not None]
    low, high = np.quantile(drawn, TAILS)
    return of(np.ones(len(scores_N))), float(low), float(high)


def found(
    scores_N: np.ndarray, corrupted_N: np.ndarray, harmless_N: np.ndarray, groups_N: np.ndarray, alarms: float = 0.05,
    seed: int = 0,
) -> Interval:  # fmt: skip
    """(share, low, high) of corrupted pairs above the lowest bar that at most `alarms` of the harmless exceed.

    The bar is chosen on these same pairs, for every method alike, and held fixed in the interval.
    """
    scores_N = no_alarm(scores_N)
    bars = np.unique(scores_N[harmless_N])
    bar = next(b for b in bars if (scores_N[harmless_N] > b).mean() <= alarms)
    _, group_N = np.unique(groups_N, return_inverse=True)
    n_groups = group_N.max() + 1
    hits = np.bincount(group_N[corrupted_N], scores_N[corrupted_N] > bar, n_groups)
    return bootstrap_ratio(hits, np.bincount(group_N[corrupted_N], minlength=n_groups).astype(float), seed)
