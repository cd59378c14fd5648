"""QA(ii), semantic drift: are roles, negation and order still as the source has them?

Rows are verdicts with the columns of probes.parquet; only those that ask "qa_ii" count.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tellback.analysis.statistics import wilson
from tellback.metrics.counts import Row, counts_by_kind, counts_by_set

ASKS = "qa_ii"
KINDS = ("roles", "negation", "order")  # kinds of fact that are relations; all others are values, of QA(i)


def by_set(rows: Sequence[Row], primary: str = "told", seed: int = 0) -> dict[str, dict[str, Any]]:
    """{set: counts}; `primary` is the reading under the plain name (told; asked for `no_memory`), others "SET@reading"."""
    return counts_by_set(rows, ASKS, primary, seed)


def by_kind(rows: Sequence[Row], primary: str = "told", seed: int = 0) -> dict[str, dict[str, dict[str, Any]]]:
    """{set: {kind: counts}} of the primary reading."""
    return counts_by_kind(rows, ASKS, primary, seed)


def belief_share(rows: Sequence[Row]) -> dict[str, Any]:
    """Of the relations that were broken, how many say exactly what is believed: overwriting as well as drift.

    {"n" relations that contradict a belief, "drifted", "believed": how many of the drifted ones say the belief, "share":
    believed / drifted with Wilson's "low" and "high"}. Nothing drifted: None.
    """
    asked = [row for row in rows if row["asks"] == ASKS and row["conflicts"]]
    drifted = [row for row in asked if row["outcome"] in ("drifted", "overwritten")]
    k = sum(row["said"] == row["believed"] for row in drifted)
    low, high = wilson(k, len(drifted))
    return {"n": len(asked), "drifted": len(drifted), "believed": k, "share": k / len(drifted) if drifted else None,
            "low": low, "high": high}  # fmt: skip
