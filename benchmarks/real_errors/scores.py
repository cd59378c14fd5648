"""Scores beside people's labels: AUC, balanced accuracy, pairs told apart, spans, types. Arrays in, numbers out.

N rows, D documents, R resamples. Every figure is (value, low, high), 95%, documents resampled whole; (None, None, None)
where there is nothing to measure. A score of NaN (nothing to compare, a row that failed) raises no alarm: it ranks with
the lowest.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from benchmarks.audit_scores import no_alarm
from tellback.analysis.statistics import TAILS, Interval, bootstrap_ratio
from tellback.records import Span


def halves(documents_N: np.ndarray, seed: int = 0) -> np.ndarray:
    """Which half, 0 or 1, each row is in [N]: documents shuffled with `seed`, no document in both."""
    names, of_N = np.unique(documents_N, return_inverse=True)
    half_D = np.arange(len(names)) % 2
    return np.random.default_rng(seed).permutation(half_D)[of_N]


def threshold(scores_N: np.ndarray, wrong_N: np.ndarray) -> float | None:
    """The score above which an output is called unfaithful: the highest one of the best balanced accuracy.

    None where a class is absent. The highest, for among equals fewer alarms are better.
    """
    if wrong_N.all() or not wrong_N.any():
        return None
    values, at_N = np.unique(scores_N, return_inverse=True)
    above_bad, above_good = (
        1 - np.cumsum(np.bincount(at_N[mask_N], minlength=len(values))) / mask_N.sum() for mask_N in (wrong_N, ~wrong_N)
    )
    gain = np.concatenate([[0.0], above_bad - above_good])  # first: a threshold below every score
    best = int(np.flatnonzero(gain >= gain.max() - 1e-12)[-1])
    return float(values[0] - 1) if best == 0 else float(values[best - 1])


def balanced_accuracy(
    scores_N: np.ndarray, wrong_N: np.ndarray, documents_N: np.ndarray, seed: int = 0, n_resamples: int = 2000
) -> Interval:  # fmt: skip
    """Mean of the shares of each class called right; each half is called by the threshold of the other half.

    Thresholds are held fixed in the interval. Of a set that falls in no two halves with both classes: nothing.
    """
    scores_N, half_N = no_alarm(scores_N), halves(documents_N, seed)
    called_N = np.zeros(len(scores_N), bool)
    for half in (0, 1):
        bar = threshold(scores_N[half_N != half], wrong_N[half_N != half]) if (half_N != half).any() else None
        if bar is None:
            return None, None, None
        called_N[half_N == half] = scores_N[half_N == half] > bar
    _, of_N = np.unique(documents_N, return_inverse=True)
    n = int(of_N.max()) + 1
    masks = (wrong_N & called_N, wrong_N, ~wrong_N & ~called_N, ~wrong_N)
    totals_4D = np.array([np.bincount(of_N, mask_N, n) for mask_N in masks])

    def balanced(totals_4R: np.ndarray) -> np.ndarray:
        return (totals_4R[0] / totals_4R[1] + totals_4R[2] / totals_4R[3]) / 2

    weights_RD = np.random.default_rng(seed).multinomial(n, np.full(n, 1 / n), size=n_resamples)
    drawn_4R = totals_4D @ weights_RD.T
    kept = (drawn_4R[1] > 0) & (drawn_4R[3] > 0)
    value = float(balanced(totals_4D.sum(1)))
    low, high = np.quantile(balanced(drawn_4R[:, kept]), TAILS)
    return value, float(low), float(high)


def share(hits_N: np.ndarray, documents_N: np.ndarray, of_N: np.ndarray | None = None, seed: int = 0) -> Interval:
    """sum(hits) / sum(of): of rows (`of_N` None) or of what `of_N` counts in each row."""
    of_N = np.ones(len(hits_N)) if of_N is None else of_N
    if not len(hits_N):
        return None, None, None
    _, at_N = np.unique(documents_N, return_inverse=True)
    return bootstrap_ratio(np.bincount(at_N, hits_N), np.bincount(at_N, of_N).astype(float), seed)


def told_apart(
    scores_N: np.ndarray, wrong_N: np.ndarray, pairs_N: Sequence[str | None], documents_N: np.ndarray, seed: int = 0
) -> tuple[Interval, int]:  # fmt: skip
    """(share of pairs whose unfaithful twin scores higher, number of pairs); a tie tells nothing apart."""
    scores_N = no_alarm(scores_N)
    good = {pair: i for i, pair in enumerate(pairs_N) if pair is not None and not wrong_N[i]}
    twins = [(i, good[pair]) for i, pair in enumerate(pairs_N) if wrong_N[i] and pair in good]
    if not twins:
        return (None, None, None), 0
    bad_P, good_P = np.array(twins).T
    return share((scores_N[bad_P] > scores_N[good_P]).astype(float), documents_N[bad_P], seed=seed), len(twins)


def met(marked: Sequence[Span], found: Sequence[Span]) -> tuple[int, int]:
    """(how many of the marked spans some found span touches, how many of the found touch a marked one)."""

    def touched(spans: Sequence[Span], others: Sequence[Span]) -> int:
        return sum(any(a < d and c < b for c, d in others) for a, b in spans)

    return touched(marked, found), touched(found, marked)
