"""The verdict on the Size-Fidelity Paradox, and how often its rule errs on studies like the one at hand.

The question, fixed before any figure is seen: along the sizes, does faithfulness fall while ordinary reconstruction gets better?
Its answer is one contrast, the line through the sizes' means over log size: *fall* = the line at the smallest size less the line
at the largest. Every seed of every size counts. A mean of seeds that fall in or out (plateaus) is still a mean; the spread they
cause is in the interval. Letters: S sizes, K seeds, D documents.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import stats

from tellback.analysis.statistics import wilson

MARGIN = 0.02  # a fall in faithfulness of up to 2 points is no paradox
RULED_OUT = 0.05  # a fall of 5 points or more is ruled out where «no paradox» is said
SEEDS_FOR_A_CLAIM = 5
SIZES_FOR_A_CLAIM = 3
LEAST_LOSS = 1e-6  # nats per token; below it the log would make noise of nothing
LEVEL = 0.975  # one side of a 95% interval


@dataclass(frozen=True)
class Contrast:
    """A weighted sum of means with its interval."""

    value: float
    low: float
    high: float
    error: float  # standard error
    df: float  # Welch-Satterthwaite

    def p_above(self, margin: float) -> float:
        """One-sided p of «the value is at most `margin`»."""
        if self.error == 0:
            return float(self.value <= margin)
        return float(stats.t.sf((self.value - margin) / self.error, self.df))


def line_weights(sizes: Sequence[float]) -> np.ndarray:
    """Weights [S] of the sizes' means whose sum is the fall of the least-squares line over log size."""
    x = np.log(np.asarray(sizes, float))
    x -= x.mean()
    return -x / (x @ x) * (x[-1] - x[0])


def contrast(values: Sequence[np.ndarray], weights: np.ndarray) -> Contrast:
    """The weighted sum of the sizes' means, `values` one [K_s, D] a size over the same documents.

    Variances are each size's own (spread may rise with size), degrees of freedom Welch and Satterthwaite's. Seeds and
    documents are both samples; what one seed does on one document is counted once (two-way analysis of variance).
    """
    value = float(sum(w * v.mean() for w, v in zip(weights, values, strict=True)))
    seeds, dfs, both = [], [], 0.0
    for w, v in zip(weights, values, strict=True):
        k, d = v.shape
        if k < 2:
            return Contrast(value, -np.inf, np.inf, np.inf, 1.0)
        seeds.append(w**2 * v.mean(1).var(ddof=1) / k)
        dfs.append(k - 1)
        if d > 1:
            rest = v - v.mean(0) - v.mean(1, keepdims=True) + v.mean()
            both += w**2 * (rest**2).sum() / ((k - 1) * (d - 1)) / (k * d)
    by_document = sum(w * v.mean(0) for w, v in zip(weights, values, strict=True))
    documents = max(0.0, float(by_document.var(ddof=1)) / len(by_document) - both) if len(by_document) > 1 else 0.0
    parts = np.array([*seeds, documents])
    error = float(np.sqrt(parts.sum()))
    if error == 0:
        return Contrast(value, value, value, 0.0, float(min(dfs)))
    df = parts.sum() ** 2 / (parts**2 / np.array([*dfs, max(1, len(by_document) - 1)])).sum()
    reach = float(stats.t.ppf(LEVEL, df)) * error
    return Contrast(value, value - reach, value + reach, error, float(df))


def paradox_verdict(faithfulness: Mapping[float, np.ndarray], losses: Mapping[float, np.ndarray]) -> dict[str, Any]:
    """Do larger compressors keep less, although they reconstruct ordinary text better?

    `faithfulness`: size -> [K, D], share of each conflicting document's facts that are kept; the same D documents for
    all sizes, NaN where a document has no figure (then it is left out everywhere; a seed that is all NaN is left out,
    and counted in "n_missing"). `losses`: size -> [K] (or [K, D']) nats per token on *ordinary* held-out documents,
    as in the paper; NaN where a training has diverged.

    *paradox* when the interval of the fall lies above 2 points and the line of log loss falls with size; *no paradox*
    when a fall of 5 points is ruled out, or when sizes that keep less reconstruct worse too; else *undecided*, as with
    fewer than five seeds or three sizes. "p": one-sided, of «the fall is at most 2 points».
    """
    sizes = sorted(faithfulness)
    found: dict[str, Any] = {"verdict": "undecided"} | dict.fromkeys(("fall", "low", "high", "p", "loss_falls", "loss_rises"))
    kept, n_documents, n_missing = complete([faithfulness[size] for size in sizes])
    n_seeds = min((len(values) for values in kept), default=0)
    found |= {"n_seeds": n_seeds, "n_documents": n_documents, "n_missing": n_missing, "sizes": sizes, "means": [], "spread": []}
    if len(sizes) < SIZES_FOR_A_CLAIM:
        return found | {"words": f"Undecided: sizes that can be compared: {len(sizes)}; a claim about size needs at least 3."}
    if not n_seeds or n_documents < 2:
        return found | {"words": "Undecided: the sizes share no conflicting documents with a figure for each size."}
    fall = _fall(kept, sizes)
    found |= {"fall": fall.value, "low": fall.low, "high": fall.high, "p": fall.p_above(MARGIN),
              "means": [float(v.mean()) for v in kept],
              "spread": [float(v.mean(1).std(ddof=1)) if len(v) > 1 else None for v in kept]}  # fmt: skip
    loss = _loss(losses, sizes)
    found |= {"loss_falls": loss and loss.low > 0, "loss_rises": loss and loss.high < 0}
    seen = f"along the sizes ({sizes[0]:,.0f} to {sizes[-1]:,.0f} parameters) the line of conflicting facts kept {fall_in_words(fall)}; {_of_loss(found)}"
    if n_missing:
        seen += f"; {n_missing} setup{'s' if n_missing > 1 else ''} without a figure {'are' if n_missing > 1 else 'is'} missing here"
    return found | _judged(found, seen)


def fall_in_words(fall: Contrast) -> str:
    """«falls by 1.6 points (95% interval: a fall of 0.3 to a fall of 3.0)»."""
    ends = [f"a {'fall' if end >= 0 else 'rise'} of {100 * abs(end):.1f}" for end in (fall.low, fall.high) if np.isfinite(end)]
    interval = f" (95% interval: {' to '.join(ends)})" if ends else ""
    return f"{'falls' if fall.value >= 0 else 'rises'} by {100 * abs(fall.value):.1f} points{interval}"


def _judged(found: Mapping[str, Any], seen: str) -> dict[str, str]:
    if found["n_seeds"] < SEEDS_FOR_A_CLAIM:
        few = f"{found['n_seeds']} seed{'s' if found['n_seeds'] > 1 else ''} a size cannot carry a claim about size, five can"
        return {"words": f"Undecided: {few}. Seen: {seen}."}
    if found["low"] > MARGIN and found["loss_falls"]:
        return {"verdict": "paradox", "words": f"Paradox: {seen}."}
    if found["low"] > MARGIN and found["loss_rises"]:
        return {"verdict": "no paradox", "words": f"No paradox: {seen}: what keeps less reconstructs worse too."}
    if found["high"] < RULED_OUT:
        return {"verdict": "no paradox", "words": f"No paradox: {seen}; a fall of {100 * RULED_OUT:.0f} points is ruled out."}
    return {"words": f"Undecided: {seen}."}


def _of_loss(found: Mapping[str, Any]) -> str:
    if found["loss_falls"] is None:
        return "the ordinary loss by size was not measured for all sizes"
    return f"the ordinary loss {'falls' if found['loss_falls'] else 'rises' if found['loss_rises'] else 'does not clearly fall'} with size"


def _fall(kept: Sequence[np.ndarray], sizes: Sequence[float]) -> Contrast:
    found = contrast(kept, line_weights(sizes))
    if found.error > 0 or len(kept[0]) < 2:
        return found
    # every seed and document alike: at 0 and 1 Wilson says how much that can hide
    ends = [wilson(v.sum(), v.size) if v.mean() in (0.0, 1.0) else (v.mean(), v.mean()) for v in (kept[0], kept[-1])]
    (first_low, first_high), (last_low, last_high) = ends
    return Contrast(found.value, min(found.low, first_low - last_high), max(found.high, first_high - last_low), 0.0, found.df)


def _loss(losses: Mapping[float, np.ndarray], sizes: Sequence[float]) -> Contrast | None:
    """The fall of log loss along the sizes; None where a size has none. Of the log, since seeds on a plateau would
    otherwise outweigh all others."""
    rows = []
    for size in sizes:
        row = np.asarray(losses.get(size, ()), float)
        row = np.array([np.nan if np.isnan(r).all() else np.nanmean(r) for r in row]) if row.ndim == 2 else row
        row = row[np.isfinite(row)]
        if not len(row):
            return None
        rows.append(np.log(np.maximum(row, LEAST_LOSS))[:, None])
    return contrast(rows, line_weights(sizes))


def loss_words(losses: Mapping[float, np.ndarray]) -> str:
    """«falls with size», «rises with size» or «does not clearly fall with size»; empty where a size has no loss."""
    found = _loss(losses, sorted(losses)) if len(losses) > 1 else None
    if found is None:
        return ""
    return f"{'falls' if found.low > 0 else 'rises' if found.high < 0 else 'does not clearly fall'} with size"


def complete(values: Sequence[np.ndarray]) -> tuple[list[np.ndarray], int, int]:
    """The arrays [K_s, D'] without seeds that hold nothing and without documents that lack a figure somewhere; D'; how many
    seeds were left out."""
    rows = [np.asarray(v, np.float64) for v in values]
    whole = [v[~np.isnan(v).all(1)] for v in rows]
    missing = sum(len(v) - len(w) for v, w in zip(rows, whole, strict=True))
    if not whole or len({v.shape[1] for v in whole}) > 1:
        return [], 0, missing
    full = np.all([~np.isnan(v).any(0) for v in whole], axis=0)
    return [v[:, full] for v in whole], int(full.sum()), missing


def holm(p: Sequence[float]) -> list[float]:
    """The p-values of several verdicts, corrected by Holm's method (1979): the smallest times all, the next times one fewer."""
    order = sorted(range(len(p)), key=lambda i: p[i])
    steps = np.maximum.accumulate([(len(p) - rank) * p[i] for rank, i in enumerate(order)])
    out = dict(zip(order, np.minimum(steps, 1.0), strict=True))
    return [float(out[i]) for i in range(len(p))]
