"""Tools on pairs with known answers: summaries with one planted error and their faithful twins, and outputs that people judged."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from statistics import median
from typing import Any

import numpy as np

from benchmarks.audit_scores import auc
from benchmarks.peers.tools import Answer, Said
from benchmarks.real_errors.rows import Set
from benchmarks.real_errors.scores import balanced_accuracy, share

FAITHFUL, INVENTED = "faithful", "invented"


def compactions(rows: Sequence[Mapping[str, Any]], told: Sequence[Answer | None]) -> dict[str, Any]:
    """Faithful rows accused and alarmed, and errors met by kind.

    An error is met where its summary has a finding that the faithful twin (the same id before the dash, «-ok») lacks; a
    finding that names the changed words within others, such as a whole sentence, is the twin's where it is the same but
    for them.
    """
    by_id = {row["id"]: answer for row, answer in zip(rows, told, strict=True)}
    n, met = Counter(row["kind"] for row in rows), Counter()
    for row in rows:
        answer = by_id[row["id"]]
        if answer is None:
            continue
        if row["kind"] == FAITHFUL:
            met["accused"] += answer.count("wrong") > 0
            met["alarmed"] += bool(answer.found)
            continue
        twin = by_id[row["id"].split("-")[0] + "-ok"]
        known = set() if twin is None else set(twin.found)
        met[row["kind"]] += any(_undone(said, row["truth"]) not in known for said in answer.found)
    kinds = {kind: (met[kind], total) for kind, total in n.items() if kind != FAITHFUL}
    seconds = [a.seconds for a in told if a is not None and a.seconds is not None]
    return {
        "n_faithful": n[FAITHFUL], "accused": met["accused"], "alarmed": met["alarmed"], "kinds": kinds,
        "met": tuple(sum(of) for of in zip(*kinds.values(), strict=True)) if kinds else (0, 0),
        "n_failed": sum(a is None for a in told), "ms": 1000 * median(seconds) if seconds else None,
    }  # fmt: skip


def _undone(said: Said, truth: Mapping[str, Any]) -> Said:
    """The finding as it would stand on the twin: with the old words in the place of the new."""
    if not truth["new"] or said.output is None:
        return said
    return Said(said.level, said.source, said.output.replace(truth["new"], truth["old"]))


def on_set(of: Set, told: Sequence[Answer | None], seed: int) -> dict[str, Any]:
    """AUC and balanced accuracy of each tool's score, and the share of each class with a finding that calls it wrong.

    A row that failed raises no alarm. Intervals: documents resampled.
    """
    kept = [(row, a) for row, a in zip(of.rows, told, strict=True) if row.label is not None]
    wrong_N = np.array([row.label == 1 for row, _ in kept], bool)
    documents_N = np.array([row.document for row, _ in kept])
    scores_N = np.array([np.nan if a is None else a.score for _, a in kept], float)
    alarm_N = np.array([a is not None and a.count("wrong") > 0 for _, a in kept], bool)
    return {
        "n": len(kept), "n_unfaithful": int(wrong_N.sum()), "n_failed": int(np.isnan(scores_N).sum()),
        "auc": auc(scores_N, wrong_N, ~wrong_N, documents_N, seed),
        "balanced_accuracy": balanced_accuracy(scores_N, wrong_N, documents_N, seed),
        "found": share(alarm_N[wrong_N].astype(float), documents_N[wrong_N], seed=seed),
        "false_alarms": share(alarm_N[~wrong_N].astype(float), documents_N[~wrong_N], seed=seed),
    }  # fmt: skip
