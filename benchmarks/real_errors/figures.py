"""Every figure of one set, as plain dictionaries that JSON can hold: what the page shows and --json prints."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from benchmarks.audit_scores import auc
from benchmarks.real_errors.audited import ERRORS, SILENT, Seen
from benchmarks.real_errors.rows import Row, Set
from benchmarks.real_errors.scores import balanced_accuracy, met, share, told_apart

MOST_GROUPS = 12  # parts of a set that are shown each


def audit_scores(name: str, seen: Sequence[Seen | None]) -> dict[str, np.ndarray]:
    """row of the tables -> scores [N] of one audit; NaN where it failed or could not read the text."""
    read = [None if s is None or s.unread else s for s in seen]
    others = sorted({o for s in read if s for o in s.counts} - {*ERRORS, *SILENT})

    def scores(of) -> np.ndarray:
        return np.array([np.nan if s is None else of(s) for s in read], dtype=np.float64)

    out = {
        f"{name}: risk": scores(lambda s: np.nan if s.risk is None else s.risk),
        f"{name}: error findings": scores(lambda s: s.n_errors),
    }
    if others:  # a kind of finding that stands beside the errors
        both = " + ".join(["errors", *others])
        out[f"{name}: {both}"] = scores(lambda s: s.count(*ERRORS, *others))
    out[f"{name}: error findings, share"] = scores(lambda s: s.n_errors / s.n_judged if s.n_judged else np.nan)
    for outcome in (*ERRORS, *others):
        if any(s and s.count(outcome) for s in read):
            out[f"{name}: {outcome}"] = scores(lambda s, outcome=outcome: s.count(outcome))
    return out


def figures(
    of: Set, audits: Mapping[str, Sequence[Seen | None]], baselines: Mapping[str, np.ndarray], seed: int
) -> dict[str, Any]:  # fmt: skip
    """The figures of `of`; `audits`: name -> what it saw of each row, `baselines`: name -> scores [N]."""
    judged = np.array([row.label is not None for row in of.rows], bool)
    rows = [row for row in of.rows if row.label is not None]
    wrong_N = np.array([row.label == 1 for row in rows], bool)
    documents_N = np.array([row.document for row in rows])
    scores = {name: row for audit, seen in audits.items() for name, row in audit_scores(audit, seen).items()}
    scores |= baselines
    kept = {name: np.asarray(row, np.float64)[judged].round(9) for name, row in scores.items()}
    groups = sorted({row.group for row in rows if row.group})
    groups = groups if 1 < len(groups) <= MOST_GROUPS else []
    of_group = {g: np.array([row.group == g for row in rows], bool) for g in groups}
    ours = [name for audit in audits for name in kept if name.startswith(f"{audit}:")]
    return {
        "n": len(rows), "n_unfaithful": int(wrong_N.sum()), "n_unjudged": int((~judged).sum()),
        "n_documents": len(set(documents_N)), "how": of.how,
        "groups": {g: {"n": int(m.sum()), "n_unfaithful": int((wrong_N & m).sum())} for g, m in of_group.items()},
        "methods": {
            name: _method(scores_N, wrong_N, documents_N, rows, of_group, seed) | {"ours": name in ours}
            for name, scores_N in kept.items()
        },
        "audits": {
            name: _audit([s for s, k in zip(seen, judged, strict=True) if k], rows, of.marked, seed)
            for name, seen in audits.items()
        },
    }  # fmt: skip


def _method(
    scores_N: np.ndarray, wrong_N: np.ndarray, documents_N: np.ndarray, rows: Sequence[Row],
    of_group: Mapping[str, np.ndarray], seed: int,
) -> dict[str, Any]:  # fmt: skip
    apart, n_pairs = told_apart(scores_N, wrong_N, [row.pair for row in rows], documents_N, seed)
    return {
        "auc": auc(scores_N, wrong_N, ~wrong_N, documents_N, seed),
        "balanced_accuracy": balanced_accuracy(scores_N, wrong_N, documents_N, seed),
        "told_apart": apart, "n_pairs": n_pairs, "n_silent": int(np.isnan(scores_N).sum()),
        "groups": {
            g: {"auc": auc(scores_N[m], wrong_N[m], ~wrong_N[m], documents_N[m], seed)} for g, m in of_group.items()
        },
    }  # fmt: skip


def _audit(seen: Sequence[Seen | None], rows: Sequence[Row], marked: bool, seed: int) -> dict[str, Any]:
    """What only a list of findings has: alarms, spans, types, what was left unscored. Rows that failed raise no alarm."""
    wrong_N = np.array([row.label == 1 for row in rows], bool)
    documents_N = np.array([row.document for row in rows])
    alarm_N = np.array([s is not None and s.n_errors > 0 for s in seen], float)
    open_N = np.array([0 if s is None else s.count("unscored") for s in seen], float)
    there_N = np.array([0 if s is None else s.n_facts - s.count("missing") for s in seen], float)
    out: dict[str, Any] = {
        "n_failed": sum(s is None for s in seen), "n_unreadable": sum(s is not None and bool(s.unread) for s in seen),
        "false_alarms": share(alarm_N[~wrong_N], documents_N[~wrong_N], seed=seed),
        "found": share(alarm_N[wrong_N], documents_N[wrong_N], seed=seed),
        "unscored": share(open_N, documents_N, there_N, seed), "n_facts_not_missing": int(there_N.sum()),
        "types": {}, "spans": None,
    }  # fmt: skip
    for name in sorted({t for row in rows for t in row.types}):
        of_N = np.array([name in row.types for row in rows], bool) & wrong_N
        out["types"][name] = {"n": int(of_N.sum()), "found": share(alarm_N[of_N], documents_N[of_N], seed=seed)}
    if marked:
        out["spans"] = _spans(seen, rows, documents_N, seed)
    return out


def _spans(seen: Sequence[Seen | None], rows: Sequence[Row], documents_N: np.ndarray, seed: int) -> dict[str, Any]:
    """Recall over marked spans; precision over error findings that stand on words of the output, faithful rows too."""
    found = [[span for name, span in s.errors if name in ERRORS and span] if s else [] for s in seen]
    both_2N = np.array([met(row.spans, spans) for row, spans in zip(rows, found, strict=True)], float).T
    marks_N, found_N = (np.array([len(x) for x in xs], float) for xs in ([row.spans for row in rows], found))
    return {
        "n_marked": int(marks_N.sum()), "n_findings": int(found_N.sum()),
        "recall": share(both_2N[0], documents_N, marks_N, seed),
        "precision": share(both_2N[1], documents_N, found_N, seed),
    }  # fmt: skip
