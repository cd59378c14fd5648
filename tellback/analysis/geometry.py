"""The shape of the memory's slots: effective rank, PCA shares, and whether spread changes with size.

Numpy arrays in, numbers out. Letters: n slots, d width of a slot, k components.
None where a figure has no meaning (fewer than two slots, or slots that are all the same); never zero for missing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from scipy import stats


def effective_rank(slots_nd: np.ndarray, centred: bool = True) -> float | None:
    """exp of the Shannon entropy of s_i / sum(s), s the singular values (Roy & Vetterli, EUSIPCO 2007).

    Between 1 and min(n, d), or min(n - 1, d) when `centred` takes the mean slot away first.
    None with fewer than two rows, or when nothing but rounding is left.
    """
    shares = _singular_shares(slots_nd, centred)
    return None if shares is None else float(np.exp(stats.entropy(shares)))


def share_of_max(slots_nd: np.ndarray) -> float | None:
    """Centred effective rank over the most that it can be, min(n - 1, d): comparable between widths. In (0, 1]."""
    rank = effective_rank(slots_nd)
    return None if rank is None else rank / min(slots_nd.shape[0] - 1, slots_nd.shape[1])


def explained_variance(slots_nd: np.ndarray, k: int = 10) -> list[float] | None:
    """Shares of the variance that the first `k` principal components explain, largest first (fewer if rank is less)."""
    shares = _singular_shares(slots_nd, centred=True)
    if shares is None:
        return None
    variance = np.square(shares)
    return (variance / variance.sum())[:k].tolist()


def participation_ratio(slots_nd: np.ndarray) -> float | None:
    """(sum of the variances along the principal directions)^2 over the sum of their squares: how many directions would hold as
    much if all held alike. Between 1 and the rank; large directions weigh more than in `effective_rank`."""
    shares = _singular_shares(slots_nd, centred=True)
    return None if shares is None else float(np.square(shares).sum() ** 2 / np.power(shares, 4).sum())


def stable_rank(slots_nd: np.ndarray) -> float | None:
    """Squared Frobenius over squared spectral norm of the centred slots. Between 1 and the rank."""
    shares = _singular_shares(slots_nd, centred=True)
    return None if shares is None else float(np.square(shares / shares.max()).sum())


def components_for(slots_nd: np.ndarray, share: float = 0.9) -> int | None:
    """How many principal components explain `share` of the variance."""
    shares = _singular_shares(slots_nd, centred=True)
    if shares is None:
        return None
    explained = np.cumsum(np.square(shares)) / np.square(shares).sum()
    return int(np.searchsorted(explained, share - 1e-12) + 1)


def mean_cosine(slots_nd: np.ndarray) -> float | None:
    """Mean cosine of all pairs of slots as they are (not centred): 0 where they point everywhere (isotropic), 1 where all point one
    way (Ethayarajh 2019). None with fewer than two slots that are not zero."""
    slots_nd = np.asarray(slots_nd, dtype=np.float64)
    norms = np.linalg.norm(slots_nd, axis=1)
    unit_nd = slots_nd[norms > 0] / norms[norms > 0, None]
    n = len(unit_nd)
    return None if n < 2 else float((np.square(unit_nd.sum(0)).sum() - n) / (n * (n - 1)))


def norm_spread(slots_nd: np.ndarray) -> float | None:
    """Variance of the slots' norms over their squared mean: 0 where all are equally long. None with fewer than two slots."""
    norms = np.linalg.norm(np.asarray(slots_nd, dtype=np.float64), axis=1)
    return None if len(norms) < 2 or not norms.mean() else float(norms.var() / norms.mean() ** 2)


def per_document_rank(documents: Sequence[np.ndarray]) -> float | None:
    """Mean centred effective rank of each document's own slots [n_i, d]; documents without a rank are left out."""
    ranks = [rank for rank in map(effective_rank, documents) if rank is not None]
    return float(np.mean(ranks)) if ranks else None


def pooled_slots(documents: Sequence[np.ndarray], n_slots: int, seed: int) -> np.ndarray:
    """`n_slots` slots out of all documents' slots [n_i, d], the same ones for the same seed and slot counts.

    All of them when there are fewer. Equal n matters: effective rank grows with n.
    """
    pool = np.concatenate(list(documents)) if len(documents) else np.zeros((0, 1))
    if len(pool) <= n_slots:
        return pool
    return pool[np.sort(np.random.default_rng(seed).choice(len(pool), n_slots, replace=False))]


def summary(
    own: Sequence[np.ndarray],
    decoder: Sequence[np.ndarray],
    decoder_untrained: Sequence[np.ndarray] | None,
    n_slots: int,
    seed: int,
) -> dict[str, Any]:
    """The geometry of one setup's memories, over the same pooled slots in each space.

    `own`: per document the slots [n_i, d_own] before the projector; `decoder`: [n_i, d_dec] after it;
    `decoder_untrained`: the same documents through a compressor that never trained (None: not measured).
    `decoder` and `decoder_untrained` are the main figures; `share_of_max`, `width` and `per_document` speak of `own`, all from
    `explained_variance` on of `decoder`.
    """
    own, decoder = _documents(own), _documents(decoder)
    own_nd, decoder_nd = pooled_slots(own, n_slots, seed), pooled_slots(decoder, n_slots, seed)
    untrained = None if decoder_untrained is None else _documents(decoder_untrained)
    return {
        "own": effective_rank(own_nd),
        "decoder": effective_rank(decoder_nd),
        "decoder_untrained": None if untrained is None else effective_rank(pooled_slots(untrained, n_slots, seed)),
        "own_uncentred": effective_rank(own_nd, centred=False),
        "per_document": per_document_rank(own),
        "share_of_max": share_of_max(own_nd),
        "decoder_share_of_max": share_of_max(decoder_nd),
        "n_slots": len(own_nd),
        "width": own_nd.shape[1],
        "decoder_width": decoder_nd.shape[1],
        "explained_variance": explained_variance(decoder_nd),
        "participation_ratio": participation_ratio(decoder_nd),
        "stable_rank": stable_rank(decoder_nd),
        "components_90": components_for(decoder_nd),
        "mean_cosine": mean_cosine(decoder_nd),
        "norm_spread": norm_spread(decoder_nd),
    }


def mean_over_layers(summaries: Sequence[Mapping[str, Any]]) -> dict[str, Any] | None:
    """One summary out of the summaries of each layer of a KV memory: means; None where any layer has None."""
    return {key: _mean([layer[key] for layer in summaries]) for key in summaries[0]} if summaries else None


def rank_over_layers(layers: Sequence[Sequence[np.ndarray]], n_slots: int, seed: int) -> float | None:
    """Centred effective rank of the same `n_slots` pooled slots in each layer, averaged; None where a layer has none.

    `layers`: per layer the documents' slots [n_i, d]. Memories that enter at the decoder's input have one layer.
    """
    return _mean([effective_rank(pooled_slots(documents, n_slots, seed)) for documents in layers]) if layers else None


def summary_over_layers(
    own: Sequence[Sequence[np.ndarray]],
    decoder: Sequence[Sequence[np.ndarray]],
    decoder_untrained: Sequence[Sequence[np.ndarray]] | None,
    n_slots: int,
    seed: int,
) -> dict[str, Any] | None:
    """`summary` of each layer, averaged; arguments as there, each with one entry a layer."""
    untrained = decoder_untrained or [None] * len(own)
    layers = [summary(o, d, u, n_slots, seed) for o, d, u in zip(own, decoder, untrained, strict=True)]
    return mean_over_layers(layers)


def document_spread(documents: Sequence[np.ndarray]) -> dict[str, list[float]] | None:
    """Of each document's mean slot (slots [n_i, d], one space): its distance from the mean of all documents, and its norm.

    One row a document, for the slots of one document go together. None with fewer than two documents that have slots.
    """
    means = [np.asarray(slots_nd, dtype=np.float64).mean(0) for slots_nd in documents if len(slots_nd)]
    if len(means) < 2:
        return None
    rows = np.stack(means)
    distances = np.linalg.norm(rows - rows.mean(0), axis=1)
    return {"distances": distances.tolist(), "norms": np.linalg.norm(rows, axis=1).tolist()}


def spread_over_layers(layers: Sequence[Sequence[np.ndarray]]) -> dict[str, list[float]] | None:
    """`document_spread` of each layer, averaged document by document; `layers`: per layer the documents' slots."""
    found = [document_spread(documents) for documents in layers]
    if not found or any(layer is None for layer in found):
        return None
    return {name: _mean([layer[name] for layer in found]) for name in ("distances", "norms")}


def spread_tests(groups: Mapping[Any, Mapping[str, Sequence[float]]]) -> dict[str, Any] | None:
    """Do spread and norm of the memories differ between groups (sizes)? Documents are taken as independent.

    `groups`: label -> `document_spread`, in one common space. "spread" is the multivariate form of Levene's test
    (Anderson, Biometrics 2006: analysis of variance of distances to the group's centroid); "norm_variance" is Levene's
    test, centred on the median, of the norms. "effect": omega squared, the share of the variance of what is tested (distances; absolute
    deviations of the norms from their median) that goes with the group. None with fewer than two groups of at least three documents.
    """
    large = {label: group for label, group in groups.items() if len(group["norms"]) >= 3}
    if len(large) < 2:
        return None
    distances, norms = ({k: np.asarray(g[name], dtype=np.float64) for k, g in large.items()} for name in ("distances", "norms"))
    return {
        "spread": _test(stats.f_oneway, distances) | {"effect": omega_squared(distances)} | {"means": {k: float(v.mean()) for k, v in distances.items()}},
        "norm_variance": _test(stats.levene, norms)
        | {"effect": omega_squared({k: np.abs(v - np.median(v)) for k, v in norms.items()})} | {"variances": {k: float(v.var(ddof=1)) for k, v in norms.items()}},
        "n": {label: len(group) for label, group in norms.items()},
    }


def omega_squared(groups: Mapping[Any, np.ndarray]) -> float | None:
    """The share of the variance between groups, corrected for chance; below 0 where groups differ less than chance would have it.
    None where nothing varies."""
    values = np.concatenate(list(groups.values()))
    between = sum(len(v) * (v.mean() - values.mean()) ** 2 for v in groups.values())
    within = sum(np.square(v - v.mean()).sum() for v in groups.values())
    if between + within <= 1e-12 * max(1.0, float(np.square(values).sum())):
        return None
    error = within / (len(values) - len(groups))
    return float((between - (len(groups) - 1) * error) / (between + within + error))


def _singular_shares(slots_nd: np.ndarray, centred: bool) -> np.ndarray | None:
    """s_i / sum(s) without the zeros; None when there is nothing to measure."""
    slots_nd = np.asarray(slots_nd, dtype=np.float64)
    assert slots_nd.ndim == 2, f"expected slots [n, d], got shape {slots_nd.shape}"
    if slots_nd.shape[0] < 2:
        return None
    assert np.isfinite(slots_nd).all(), "slots must be finite"
    left = slots_nd - slots_nd.mean(0) if centred else slots_nd
    values = np.linalg.svd(left, compute_uv=False)
    floor = np.finfo(np.float64).eps * max(slots_nd.shape) * np.linalg.norm(slots_nd)  # rounding, not structure
    values = values[values > floor]
    return values / values.sum() if len(values) else None


def _documents(slots: Sequence[np.ndarray]) -> list[np.ndarray]:
    """Documents as a list; one bare [n, d] array is one document."""
    return [slots] if getattr(slots, "ndim", 0) == 2 else list(slots)


def _test(test: Any, groups: Mapping[Any, np.ndarray]) -> dict[str, float | None]:
    """A scipy k-sample test; None where the groups do not vary at all."""
    if all(np.ptp(group) <= 1e-12 * max(1.0, float(np.abs(group).max())) for group in groups.values()):
        return {"statistic": None, "p": None}
    result = test(*groups.values())
    return {"statistic": float(result.statistic), "p": float(result.pvalue)}


def _mean(values: Sequence[Any]) -> Any:
    """Mean of numbers, or element by element of lists (cut to the shortest)."""
    if any(value is None for value in values):
        return None
    if isinstance(values[0], list):
        return [float(np.mean(column)) for column in zip(*values, strict=False)]
    mean = float(np.mean(values))
    return int(mean) if all(isinstance(value, int) and value == values[0] for value in values) else mean
