"""The tables of `tellback validate`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rich.table import Table

from tellback.analysis.statistics import Interval
from tellback.validation.figures import Validation
from tellback.validation.rows import VERDICTS


def shown(figure: Interval) -> str:
    """A figure with its interval: «0.95 [0.91, 0.98]»."""
    value, low, high = figure
    if value is None:
        return "-"
    return f"{value:.3f}" if low is None else f"{value:.3f} [{low:.3f}, {high:.3f}]"


def tables(validation: Validation) -> Iterator[Table]:
    """Verdicts against truth, scores by kind, recall by type of value, harmless texts, agreement."""
    n = f"{validation.n_texts} texts of {validation.n_passages} passages, {validation.seconds:.1f} s"
    confusion = Table(title=f"{validation.reader}: what it said of the planted changes ({n})")
    verdicts = [v for v in VERDICTS if any(v in row for row in validation.confusion.values())]
    _columns(confusion, ["planted", "n", *verdicts])
    for kind, row in validation.confusion.items():
        confusion.add_row(kind, str(sum(row.values())), *(str(row.get(v, 0)) for v in verdicts))
    yield confusion

    scores = Table(title="Detection by kind, 95% intervals over passages")
    _columns(scores, ["kind", "n", "false alarms", "precision", "recall", "F1"])
    for kind, row in validation.kinds.items():
        scores.add_row(kind, *_counts(row), shown(row["precision"]), shown(row["recall"]), shown(row["f1"]))
    yield scores

    if validation.types:
        types = Table(title="Replaced values by type")
        _columns(types, ["type", "n", "false alarms", "precision", "recall"])
        for name, row in validation.types.items():
            types.add_row(name, *_counts(row), shown(row["precision"]), shown(row["recall"]))
        yield types

    quiet = Table(title="Texts that say the same", caption=_alarms(validation))
    _columns(quiet, ["kind", "n", "alarmed", "some fact unscored", "faithful share of scored facts"])
    for kind, row in validation.harmless.items():
        quiet.add_row(kind, str(row["n"]), *(shown(row[x]) for x in ("alarmed", "unscored", "faithful")))
    yield quiet

    if validation.agreement:
        agreement = Table(title="Agreement")
        _columns(agreement, ["with", "Cohen's kappa"])
        for name, value in validation.agreement.items():
            agreement.add_row(name, "-" if value is None else f"{value:.3f}")
        yield agreement


def _columns(table: Table, names: list[str]) -> None:
    for i, name in enumerate(names):
        table.add_column(name, justify="right" if i else "left")


def _counts(row: Any) -> tuple[str, str]:
    return str(row["n"]), str(row["false_alarms"])


def _alarms(validation: Validation) -> str:
    alarms = validation.alarms
    rate = "-" if alarms["per_1000_facts"] is None else f"{alarms['per_1000_facts']:.2f}"
    return (
        f"{rate} false alarms in 1,000 untouched facts ({alarms['n_untouched_facts']}), "
        f"{shown(alarms['values_kept'])} of all values left alone called faithful; unscored: {alarms['unscored']}"
    )
