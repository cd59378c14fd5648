"""Does the instrument work? A reader of facts over planted changes of known kind and place (validation/plantings.py).

The rules of the count are in validation/rows.py. Precision is detections / (detections + false alarms in the texts
of that kind). A harmless text is alarmed by anything that is called wrong; where a fact of it is left unscored, that is
counted apart. So that a reader which always says «kept» cannot score, there are as many kept values as changed ones: the
nearest to each change. Intervals: 95%, passages resampled whole.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from random import Random
from time import perf_counter
from typing import Any

import numpy as np

from tellback.analysis.statistics import Interval, bootstrap_ratio
from tellback.display.progress import watched
from tellback.errors import UsageError
from tellback.readers.base import PASSAGES, PLANTED
from tellback.registry import choose
from tellback.validation import own_texts
from tellback.validation.bars import FAILS, HOLDS, KNOWN, bars, verdict
from tellback.validation.baselines import Measured, instrument
from tellback.validation.figures import Validation
from tellback.validation.in_passages import planted_in_passages
from tellback.validation.plantings import HARMLESS, KINDS, RELATIONS, VALUES, Planting, planted
from tellback.validation.rows import Row, alarmed, kappa, read, unjudged

#: What a reader can be measured on, as its figures say it.
ABOUT = {
    PLANTED: "changes planted into public-domain passages, and those passages told anew",
    PASSAGES: "values of the shipped passages told otherwise by the options of their own probes (nothing is told anew)",
}
LEAST_REWORDED = 0.95
MARKS = {HOLDS: f"[green]{HOLDS}[/]", KNOWN: f"[yellow]{KNOWN}[/]", FAILS: f"[red]{FAILS}[/]", None: "not measured"}


def validate(
    reader: str | Measured, limit: int | None = None, seed: int = 0, kinds: Iterable[str] | None = None,
    corpus: Path | None = None,
) -> Validation:  # fmt: skip
    """Read the planted texts with `reader`: a name of READERS or BASELINES, or something with `findings`; several names,
    with commas: their agreement too.

    `limit`: at most that many plantings of each kind, drawn with `seed`; `kinds`: of planting.KINDS, None for all;
    `corpus`: a file of texts to plant changes into, instead of the shipped ones.
    Raises UsageError for an unknown reader or kind, for readers that are measured on different texts, and where nothing
    of the kinds is planted there.
    """
    first, *rest = map(instrument, reader.split(",")) if isinstance(reader, str) else [reader]
    for other in rest:
        if other.measured_on != first.measured_on:
            raise UsageError(
                f"{first.name!r} is measured on {ABOUT[first.measured_on]}, {other.name!r} on {ABOUT[other.measured_on]}: "
                f"measure them one after the other."
            )
    about = ABOUT[first.measured_on] if corpus is None else own_texts.ABOUT.format(corpus)
    wanted = _planted(first.measured_on, kinds) if corpus is None else own_texts.planted_in(corpus, first, kinds, seed)
    plantings = _drawn(wanted, limit, seed)
    start = perf_counter()
    rows = [read(p, first.findings(p.source, p.output)) for p in watched(plantings, len(plantings), "texts")]
    seconds = perf_counter() - start
    others = {other.name: kappa(rows, [read(p, other.findings(p.source, p.output)) for p in plantings]) for other in rest}
    return summary(first.name, rows, seconds, others, limit, seed, about)


def _planted(where: str, kinds: Iterable[str] | None) -> list[Planting]:
    """The plantings that a reader is measured on, of `kinds`."""
    if where == PLANTED:
        return planted(kinds)
    table = planted_in_passages()
    wanted = list(table if kinds is None else kinds)
    for kind in wanted:
        choose(f"kind of planting in {ABOUT[where]}", kind, table)
    return [p for kind in KINDS if kind in wanted for p in table[kind]]


def _drawn(plantings: list[Planting], limit: int | None, seed: int) -> list[Planting]:
    if limit is None:
        return plantings
    by_kind = defaultdict(list)
    for planting in plantings:
        by_kind[planting.kind].append(planting)
    rng = Random(seed)
    return [p for group in by_kind.values() for p in rng.sample(group, min(limit, len(group)))]


def summary(
    reader: str, rows: Sequence[Row], seconds: float, agreement: Mapping[str, float | None], limit: int | None, seed: int,
    measured_on: str,
) -> Validation:  # fmt: skip
    """All figures of the rows."""
    of = defaultdict(list)
    for row in rows:
        of[row.planting.kind].append(row)
    changes = [k for k in (*VALUES, *RELATIONS) if of[k]]
    kinds = {kind: _scores(of[kind], seed) for kind in changes}
    value_rows = [row for kind in VALUES for row in of[kind]]
    if value_rows:
        kinds["kept"] = _kept_scores(value_rows, seed)
    by_type = defaultdict(list)
    for row in of["replaced"]:
        by_type[row.planting.type].append(row)
    types = {name: {k: v for k, v in _scores(by_type[name], seed).items() if k != "f1"} for name in sorted(by_type)}
    quiet = [k for k in (*HARMLESS, "reworded", "untouched") if of[k]]
    harmless = {kind: _harmless(of[kind], seed) for kind in quiet}
    missed = {kind: [r.planting.id for r in of[kind] if r.detected < len(r.verdicts) or r.alarms] for kind in changes}
    missed |= {kind: [r.planting.id for r in of[kind] if alarmed(r)] for kind in quiet}
    n_untouched, alarms = sum(r.n_untouched for r in rows), sum(r.alarms for r in rows)
    return Validation(
        reader, measured_on, seed, limit, len(rows), len({r.planting.passage for r in rows}), round(seconds, 2), kinds, types, harmless,
        {
            "n": alarms, "n_untouched_facts": n_untouched,
            "per_1000_facts": 1000 * alarms / n_untouched if n_untouched else None,
            "per_text": _ratio(rows, lambda r: r.alarms, lambda r: 1, seed, share=False),
            "values_kept": _ratio(rows, lambda r: r.all_kept, lambda r: len(r.planting.kept), seed),
            "unscored": sum(r.n_facts - r.n_scored for r in rows),
        },
        {kind: dict(Counter(v for r in of[kind] for v in r.verdicts)) for kind in changes},
        agreement, bars(reader, kinds, harmless), missed,
    )  # fmt: skip


def _ratio(
    rows: Sequence[Row], top: Callable[[Row], float], bottom: Callable[[Row], float], seed: int, share: bool = True
) -> Interval:
    """sum(top) / sum(bottom) with its interval, passages resampled."""
    sums: dict[str, list[float]] = defaultdict(lambda: [0.0, 0.0])
    for row in rows:
        sums[row.planting.passage][0] += top(row)
        sums[row.planting.passage][1] += bottom(row)
    table = np.array(list(sums.values())).reshape(-1, 2)
    return bootstrap_ratio(table[:, 0], table[:, 1], seed, share=share)


def _scores(rows: Sequence[Row], seed: int) -> dict[str, Any]:
    def hit(row: Row) -> int:
        return row.detected

    def n(row: Row) -> int:
        return len(row.verdicts)

    return {
        "n": sum(map(n, rows)),
        "n_texts": len(rows),
        "false_alarms": sum(r.alarms for r in rows),
        "precision": _ratio(rows, hit, lambda r: hit(r) + r.alarms, seed),
        "recall": _ratio(rows, hit, n, seed),
        "f1": _ratio(rows, hit, lambda r: (hit(r) + r.alarms + n(r)) / 2, seed),
    }


def _kept_scores(rows: Sequence[Row], seed: int) -> dict[str, Any]:
    """Values left alone that are called faithful; false alarms here are changed ones that are called so."""

    def n(row: Row) -> int:
        return row.n_near

    def wrong(row: Row) -> int:
        return sum(v == "faithful" for v in row.verdicts)

    return {
        "n": sum(map(n, rows)),
        "n_texts": len(rows),
        "false_alarms": sum(map(wrong, rows)),
        "precision": _ratio(rows, lambda r: r.near_kept, lambda r: r.near_kept + wrong(r), seed),
        "recall": _ratio(rows, lambda r: r.near_kept, n, seed),
        "f1": _ratio(rows, lambda r: r.near_kept, lambda r: (r.near_kept + wrong(r) + n(r)) / 2, seed),
    }


def _harmless(rows: Sequence[Row], seed: int) -> dict[str, Any]:
    return {
        "n": len(rows),
        "alarmed": _ratio(rows, alarmed, lambda r: 1, seed),
        "unscored": _ratio(rows, unjudged, lambda r: 1, seed),
        "faithful": _ratio(rows, lambda r: r.n_faithful, lambda r: r.n_scored, seed),
    }


def render(validation: Validation) -> None:
    """Print the tables."""
    from rich.console import Console

    from tellback.validation.table import tables

    console = Console()
    console.print(f"{validation.reader}, measured on {validation.measured_on}", markup=False)
    for table in tables(validation):
        console.print(table)
    for bar in validation.bars:
        mark = MARKS[verdict(bar)]
        value = "-" if bar["value"] is None else f"{bar['value']:.3f}"
        console.print(f"{bar['what']}: {value} ({bar['bar']}) {mark}")
