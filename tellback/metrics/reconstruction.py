"""How like the source the told-back text is, whatever became of its facts: the surface metrics beside the verdicts.

Exact match, ROUGE-L (F, Lin 2004, of rouge-score) and token accuracy are shares, 0 to 1; BLEU (Papineni 2002) and chrF
(Popović 2015) are sacrebleu's, 0 to 100; losses are nats per token.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np

from tellback.analysis.statistics import TAILS, bootstrap_ratio

N_RESAMPLES = 1000


class WordTokenizer:
    """Lower-cased words in any script. rouge-score's own keeps [a-z0-9] only, which empties other alphabets."""

    def tokenize(self, text: str) -> list[str]:
        return re.findall(r"[^\W_]+", text.lower())


def reconstruction(
    sources: Sequence[str],
    told: Sequence[str | None],
    losses: Sequence[float | None] | None = None,
    token_accuracies: Sequence[float | None] | None = None,
    n_tokens: Sequence[int] | None = None,
    seed: int = 0,
) -> tuple[list[dict[str, Any]], dict[str, dict[str, Any]]]:
    """(one row a document, {metric: {"value", "n", "low", "high"}}).

    A told-back text that is empty scores 0: it is a real answer. One that is missing (None) has None and is not
    counted. `losses` and `token_accuracies` are means over each document's tokens; with `n_tokens` these two weigh
    tokens, without it documents. BLEU and chrF of all documents are corpus-level, not means of the rows.
    Intervals: 95%, documents resampled.
    """
    n = len(sources)
    assert len(told) == n, f"expected a told-back text (or None) for each of {n} sources, got {len(told)}"
    weights = np.ones(n) if n_tokens is None else np.asarray(n_tokens, dtype=np.float64)
    pairs = [(source, text) for source, text in zip(sources, told, strict=True) if text is not None]
    present = [i for i, text in enumerate(told) if text is not None]
    columns: dict[str, list[float | None]] = {
        "exact_match": _spread([float(_same(source, text)) for source, text in pairs], present, n),
        "rouge_l": _spread(rouge_l(pairs), present, n),
        "token_accuracy": list(token_accuracies or [None] * n),
        "loss": list(losses or [None] * n),
    }
    figures = {name: _mean(columns[name], np.ones(n), seed, share=True) for name in ("exact_match", "rouge_l")}
    for name, metric in _sacrebleu().items():
        scores, figures[name] = _corpus(metric, pairs, seed)
        columns[name] = _spread(scores, present, n)
    figures["token_accuracy"] = _mean(columns["token_accuracy"], weights, seed, share=True)
    figures["reconstruction_loss"] = _mean(columns["loss"], weights, seed, share=False)
    return [{name: column[i] for name, column in columns.items()} for i in range(n)], figures


def rouge_l(pairs: Sequence[tuple[str, str]]) -> list[float]:
    """ROUGE-L F of each (source, told-back) pair, no stemming; 0 where one holds no word and the other does."""
    from rouge_score.rouge_scorer import RougeScorer

    scorer = RougeScorer(["rougeL"], tokenizer=WordTokenizer())
    return [1.0 if source == text else float(scorer.score(source, text)["rougeL"].fmeasure) for source, text in pairs]


def _sacrebleu() -> dict[str, Any]:
    from sacrebleu.metrics import BLEU, CHRF

    # effective_order: a text of three words has no 4-grams, and must not score 0 for that
    return {"bleu": BLEU(effective_order=True), "chrf": CHRF()}


def _corpus(metric: Any, pairs: Sequence[tuple[str, str]], seed: int) -> tuple[list[float], dict[str, Any]]:
    """Each document's score, and the corpus' with its interval, all from one pass over the n-grams."""
    if not pairs:
        return [], {"value": None, "n": 0, "low": None, "high": None}
    sources, texts = zip(*pairs, strict=True)
    stats = np.array(metric._extract_corpus_statistics(list(texts), [list(sources)]))  # as sacrebleu.significance does

    def score(row: np.ndarray) -> float:
        return float(metric._compute_score_from_stats(row.tolist()).score)

    low = high = None
    if len(pairs) > 1:
        uniform = np.full(len(pairs), 1 / len(pairs))
        drawn = np.random.default_rng(seed).multinomial(len(pairs), uniform, size=N_RESAMPLES) @ stats
        low, high = (float(end) for end in np.quantile([score(row) for row in drawn], TAILS))
    return [score(row) for row in stats], {"value": score(stats.sum(0)), "n": len(pairs), "low": low, "high": high}


def _mean(values: Sequence[float | None], weights: np.ndarray, seed: int, share: bool) -> dict[str, Any]:
    """{"value", "n" documents, "low", "high"} of the values that are there."""
    there = np.array([value is not None for value in values], dtype=bool)
    column = np.array([value for value in values if value is not None], dtype=np.float64)
    value, low, high = bootstrap_ratio(column * weights[there], weights[there], seed, share=share)
    return {"value": value, "n": int(there.sum()), "low": low, "high": high}


def _spread(values: Sequence[float], at: Sequence[int], n: int) -> list[float | None]:
    """`values` at the places `at` of a list of n, None elsewhere."""
    out: list[float | None] = [None] * n
    for i, value in zip(at, values, strict=True):
        out[i] = value
    return out


def _same(source: str, text: str) -> bool:
    """Equal but for white space."""
    return source.split() == text.split()
