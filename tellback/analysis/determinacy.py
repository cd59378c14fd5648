"""Reconstruction determinacy: how sure the decoder is of the next token, given the memory and the true prefix.

Numpy arrays in, numbers out. Entropies are bits per token. Entropy is what the decoder is unsure of, whatever the
source says: a confident overwriting has *low* entropy. The cross-entropy of the source stands beside it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy import special, stats

FactTokens = tuple[int, int, int, str]  # document index, token positions [start, end), outcome of the probe


def entropy_bits(log_probs: np.ndarray) -> np.ndarray:
    """Natural-log probabilities [..., V] -> entropy [...] in bits. -inf is a probability of zero and adds nothing."""
    log_probs = np.asarray(log_probs, dtype=np.float64)
    return special.entr(np.exp(log_probs)).sum(-1) / np.log(2)


def conditional_entropy(
    bits: Sequence[np.ndarray],
    masks: Sequence[np.ndarray] | None = None,
    facts: Sequence[FactTokens] = (),
    own_output: Sequence[np.ndarray] | None = None,
    source_losses: Sequence[np.ndarray] | None = None,
) -> dict[str, Any]:
    """What a setup's result keeps about entropy; None where there is nothing to average.

    `bits`: per document [T], one entropy a source position, EOS included; `masks`: per document [T] bool, False where
    a position does not count (padding); `facts`: the tokens that carry each probed fact, with its outcome;
    `own_output`: per document [T'], entropies along the decoder's own greedy output; `source_losses`: per document
    [T], nats a token of the source under the same positions and masks. Means are over positions, not documents.
    """
    keep = [np.ones(len(row), bool) for row in bits] if masks is None else [np.asarray(m, bool) for m in masks]
    kept = [np.asarray(row, np.float64)[mask] for row, mask in zip(bits, keep, strict=True)]
    outcomes: dict[str, list[np.ndarray]] = defaultdict(list)
    for document, start, end, outcome in facts:
        outcomes[outcome].append(np.asarray(bits[document][start:end], np.float64)[keep[document][start:end]])
    by_outcome = {outcome: _mean(rows) for outcome, rows in outcomes.items()}
    losses = None
    if source_losses is not None:
        losses = [np.asarray(row, np.float64)[mask] / np.log(2) for row, mask in zip(source_losses, keep, strict=True)]
    return {
        "mean_bits": _mean(kept),
        "at_facts_bits": _mean([row for rows in outcomes.values() for row in rows]),
        "by_outcome_bits": {outcome: value for outcome, value in by_outcome.items() if value is not None},
        "own_output_bits": None if own_output is None else _mean(own_output),
        "cross_entropy_bits": None if losses is None else _mean(losses),
        "per_document_bits": [_mean([row]) for row in kept],
    }


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


def _mean(rows: Sequence[np.ndarray]) -> float | None:
    values = np.concatenate([np.asarray(row, np.float64) for row in rows]) if len(rows) else np.zeros(0)
    return float(values.mean()) if len(values) else None


def _constant(values: np.ndarray) -> bool:
    """No more variation than rounding leaves."""
    return bool(np.ptp(values) <= 1e-12 * np.abs(values).max())


def _rowwise_pearson(x_rn: np.ndarray, y_rn: np.ndarray) -> np.ndarray:
    """Pearson's r of each row; NaN for a resample that drew one point only."""
    x_rn, y_rn = x_rn - x_rn.mean(1, keepdims=True), y_rn - y_rn.mean(1, keepdims=True)
    spread = np.sqrt((x_rn**2).sum(1) * (y_rn**2).sum(1))
    return np.divide((x_rn * y_rn).sum(1), spread, out=np.full(len(x_rn), np.nan), where=spread > 1e-12 * spread.max())
