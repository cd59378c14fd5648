"""QA(ii), semantic drift: are roles, negation and order still as the source has them?

Rows are verdicts with the columns of probes.parquet; only those that ask "qa_ii" count.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tellback.metrics.counts import Row, counts_by_kind, counts_by_set

ASKS = "qa_ii"
KINDS = ("roles", "negation", "order")  # kinds of fact that are relations; all others are values, of QA(i)


def by_set(rows: Sequence[Row], primary: str = "told", seed: int = 0) -> dict[str, dict[str, Any]]:
    """{set: counts}; `primary` is the reading under the plain name (told; asked for `no_memory`), others "SET@reading"."""
    return counts_by_set(rows, ASKS, primary, seed)


def by_kind(rows: Sequence[Row], primary: str = "told", seed: int = 0) -> dict[str, dict[str, dict[str, Any]]]:
    """{set: {kind: counts}} of the primary reading."""
    return counts_by_kind(rows, ASKS, primary, seed)
