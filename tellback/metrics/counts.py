"""How many probes came to each outcome: shares of n, with intervals."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from tellback.analysis.statistics import bootstrap_ratio
from tellback.records import OUTCOMES

Row = Mapping[str, Any]  # one line of probes.parquet


def counts(outcomes_by_document: Sequence[Sequence[str]], seed: int = 0) -> dict[str, Any]:
    """{"n", a share of n for each outcome, "low" and "high" for faithful and overwritten}.

    Unscored probes count in n: a reader that fails must not lift a share (`unscored_bounds` gives what they could
    hide). Intervals: documents resampled whole; Wilson where the share is 0 or 1. n = 0: every figure None.
    """
    table = np.array([[list(of).count(outcome) for outcome in OUTCOMES] for of in outcomes_by_document if len(of)])
    table = table.reshape(-1, len(OUTCOMES))
    n = sum(len(of) for of in outcomes_by_document)
    assert table.sum() == n, f"unknown outcomes: {sorted({o for of in outcomes_by_document for o in of} - {*OUTCOMES})}"
    totals = table.sum(0)
    out: dict[str, Any] = {"n": n}
    out |= {outcome: int(total) / n if n else None for outcome, total in zip(OUTCOMES, totals, strict=True)}
    out |= {"low": {}, "high": {}}
    for outcome in ("faithful", "overwritten"):
        _, low, high = bootstrap_ratio(table[:, OUTCOMES.index(outcome)], table.sum(1), seed)
        out["low"][outcome], out["high"][outcome] = low, high
    return out


def unscored_bounds(of: Mapping[str, Any]) -> dict[str, dict[str, float | None]]:
    """`counts` -> {"faithful" | "overwritten": {"worst", "best"}}: the shares if every unscored probe went either way.

    Best for the compressor: the most faithful, the least overwritten.
    """
    if not of["n"]:
        return {outcome: {"worst": None, "best": None} for outcome in ("faithful", "overwritten")}
    unscored = of["unscored"]
    return {
        "faithful": {"worst": of["faithful"], "best": of["faithful"] + unscored},
        "overwritten": {"worst": of["overwritten"] + unscored, "best": of["overwritten"]},
    }


def counts_by_set(rows: Sequence[Row], asks: str, primary: str, seed: int) -> dict[str, dict[str, Any]]:
    """{set: counts} of the rows that ask `asks`; the primary reading under the plain name, others as "SET@reading"."""
    groups = _grouped(rows, asks, lambda row: row["set"] if row["reading"] == primary else _secondary(row))
    return {name: counts(outcomes, seed) for name, outcomes in groups.items()}


def counts_by_kind(rows: Sequence[Row], asks: str, primary: str, seed: int) -> dict[str, dict[str, dict[str, Any]]]:
    """{set: {kind: counts}} of the rows that ask `asks`, primary reading only."""
    groups = _grouped([row for row in rows if row["reading"] == primary], asks, lambda row: (row["set"], row["kind"]))
    out: dict[str, dict[str, dict[str, Any]]] = defaultdict(dict)
    for (name, kind), outcomes in groups.items():
        out[name][kind] = counts(outcomes, seed)
    return dict(out)


def _secondary(row: Row) -> str:
    return f"{row['set']}@{row['reading']}"


def _grouped(rows: Sequence[Row], asks: str, key: Any) -> dict[Any, list[list[str]]]:
    """key(row) -> outcomes, one list a document, in order of first appearance."""
    groups: dict[Any, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for row in rows:
        if row["asks"] == asks:
            groups[key(row)][row["document_id"]].append(row["outcome"])
    return {name: list(documents.values()) for name, documents in groups.items()}
