"""QA(i), knowledge overwriting: does the memory's reader say the source's value, or its own belief?

Rows are verdicts with the columns of probes.parquet; only those that ask "qa_i" count.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tellback.analysis.statistics import wilson
from tellback.metrics.counts import Row, counts_by_kind, counts_by_set

ASKS = "qa_i"
MIN_OPTIONS = 4  # below four options a random error hits the belief too often to tell


def by_set(rows: Sequence[Row], primary: str = "told", seed: int = 0) -> dict[str, dict[str, Any]]:
    """{set: counts}; `primary` is the reading under the plain name (told; asked for `no_memory`), others "SET@reading".

    Every row of pocket-conflict is a conflicting fact already, so no filter on `conflicts` is applied.
    """
    return counts_by_set(rows, ASKS, primary, seed)


def by_kind(rows: Sequence[Row], primary: str = "told", seed: int = 0) -> dict[str, dict[str, dict[str, Any]]]:
    """{set: {kind: counts}} of the primary reading."""
    return counts_by_kind(rows, ASKS, primary, seed)


def belief_share(rows: Sequence[Row], options: Mapping[str, int]) -> dict[str, Any]:
    """overwritten / (overwritten + replaced), with Wilson's interval, against what random errors would give.

    `options`: kind -> number of options k. A random wrong value is the belief in 1 / (k - 1) of cases; "chance" is
    that, averaged over the errors seen. Only facts that contradict a belief, of kinds with at least four options.
    "above_chance" says that the interval lies above chance. No errors: n = 0 and every figure None.
    """
    wrong = [
        row
        for row in rows
        if row["asks"] == ASKS
        and row["outcome"] in ("overwritten", "replaced")
        and row["conflicts"]
        and options.get(row["kind"], 0) >= MIN_OPTIONS
    ]
    n, k = len(wrong), sum(row["outcome"] == "overwritten" for row in wrong)
    if not n:
        return {"share": None, "low": None, "high": None, "n": 0, "chance": None, "above_chance": None}
    low, high = wilson(k, n)
    chance = sum(1 / (options[row["kind"]] - 1) for row in wrong) / n
    return {"share": k / n, "low": low, "high": high, "n": n, "chance": chance, "above_chance": low > chance}
