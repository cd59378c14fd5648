"""How often the audit errs, by kind of fact: what `python -m benchmarks.error_rates` writes and the audit shows.

Of planted changes: the share of planted errors of a kind that is found (of values and relations the frozen plantings, of
identifiers those of validation/identifiers.py too), and of findings of that kind in all planted texts the share that stands on
a change. Of sentences told anew (`free_paraphrase` and `reworded`, in which nothing is wrong): the share of texts that
state a fact of the kind in which a finding of that kind is raised all the same. Intervals: 95%, passages resampled.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from tellback.analysis.statistics import Interval, bootstrap_ratio
from tellback.audit.findings import Finding
from tellback.facts.kinds.table import named
from tellback.validation.baselines import Measured
from tellback.validation.identifiers import planted_identifiers
from tellback.validation.plantings import RELATIONS, Planting, overlap, planted
from tellback.validation.rows import alarmed, inside, read

IDENTIFIERS = frozenset(named("identifier"))
FEWEST = 10  # of which a share is given; below that it is not measured
TOLD_ANEW = ("free_paraphrase", "reworded")
CHANGES = ("replaced", "replaced_belief", "dropped", *RELATIONS)
ALL = "all"  # of texts told anew: those with any finding at all
KIND = {"place": "name"}  # type of a planting -> kind of the facts that it changes, where they differ
MIXED, UNREAD = "identifier", "code"  # frozen plantings say no nearer kind; what the audit does not read at all is a code

Counted = dict[str, dict[str, list[int]]]  # kind -> passage -> [of, n]


def error_rates(reader: Measured, seed: int = 0) -> dict[str, Any]:
    """{"planted": {kind: {found, n_found, right, n_right}}, "told_anew": {kind: {alarmed, n}}}, each share with its
    interval; a kind stands where at least FEWEST were counted."""
    found, right, anew = _counters(), _counters(), _counters()
    for planting in [*planted(CHANGES), *planted_identifiers(seed)]:
        _count_planted(planting, reader.findings(planting.source, planting.output), found, right)
    for planting in planted(TOLD_ANEW):
        _count_anew(planting, reader.findings(planting.source, planting.output), anew)
    kinds = sorted({*_enough(found), *_enough(right)})
    return {
        "planted": {kind: _shares("found", found[kind], seed) | _shares("right", right[kind], seed) for kind in kinds},
        "told_anew": {kind: _shares("alarmed", anew[kind], seed) for kind in sorted(_enough(anew))},
    }


def _counters() -> Counted:
    return defaultdict(lambda: defaultdict(lambda: [0, 0]))


def _count_planted(planting: Planting, findings: Sequence[Finding], found: Counted, right: Counted) -> None:
    kind = _kind(planting, findings)
    if planting.targets and (planting.kind != "dropped" or planting.type in IDENTIFIERS):  # a dropped sentence is of no one kind
        row = read(planting, findings)
        _add(found[kind][planting.passage], row.detected, len(row.verdicts))
    for finding in _wrong(findings):
        if planting.type in IDENTIFIERS and finding.kind not in IDENTIFIERS:
            continue  # the sentences around a planted identifier are no sample of sentences
        on_change = inside(finding, planting.source_spans, planting.output_spans) and bool(planting.targets)
        _add(right[finding.kind][planting.passage], on_change, 1)


def _kind(planting: Planting, findings: Sequence[Finding]) -> str:
    """The kind of fact that a planting changes: of a frozen identifier the one that the audit reads there."""
    if planting.type != MIXED:
        return KIND.get(planting.type, planting.type)
    here = [f for f in findings if f.source_span and overlap(f.source_span, planting.targets[0]) and f.kind not in RELATIONS]
    return min(here, key=lambda f: f.source_span[1] - f.source_span[0]).kind if here else UNREAD


def _count_anew(planting: Planting, findings: Sequence[Finding], anew: Counted) -> None:
    raised = {finding.kind for finding in _wrong(findings)}
    for kind in {finding.kind for finding in findings}:
        _add(anew[kind][planting.passage], kind in raised, 1)
    _add(anew[ALL][planting.passage], alarmed(read(planting, findings)), 1)


def _wrong(findings: Iterable[Finding]) -> list[Finding]:
    return [f for f in findings if f.outcome not in ("faithful", "unscored")]


def _add(count: list[int], of: int, n: int) -> None:
    count[0] += of
    count[1] += n


def _enough(counted: Counted) -> list[str]:
    return [kind for kind, by_passage in counted.items() if sum(n for _, n in by_passage.values()) >= FEWEST]


def _shares(name: str, by_passage: dict[str, list[int]], seed: int) -> dict[str, Any]:
    """{name: (share, low, high) or None, n_name: of how many}, rounded to three places."""
    table = np.array(list(by_passage.values())).reshape(-1, 2)
    n = int(table[:, 1].sum())
    share: Interval = bootstrap_ratio(table[:, 0], table[:, 1], seed)
    rounded = [None if x is None else round(x, 3) for x in share]
    return {name: rounded if n >= FEWEST else None, f"n_{name}": n}
