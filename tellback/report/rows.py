"""The numbers behind each figure, a row each, as they go out as CSV."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tellback.report.load import Setup, Study

Row = dict[str, Any]


def setup(found: Setup, **more: Any) -> Row:
    """What says which setup a row is of."""
    return {"setup": found.name, "series": found.series, "parameters": found.size, "rate": found.rate,
            "seed": found.row.get("seed"), "status": found.status, **more}  # fmt: skip


def faithfulness(study: Study) -> list[Row]:
    """The share of each set's facts kept, a row a setup and set."""
    return [setup(s, set=name, asks="qa_i", **_kept(s.counts(name)), loss=s.row.get("reconstruction_loss"))
            for s in study.compressors for name in study.sets("qa_i") if s.counts(name).get("n")]  # fmt: skip


def _kept(counts: Mapping[str, Any]) -> Row:
    ends = {end: (counts.get(end) or {}).get("faithful") for end in ("low", "high")}
    return {"n": counts.get("n"), "kept": counts.get("faithful"), "low": ends["low"], "high": ends["high"]}


def over_training(study: Study, field: str) -> list[Row]:
    """A field of the traces, a row an evaluation."""
    return [setup(s, step=line.get("step"), **{field: line.get(field)}) for s in study.compressors for line in s.trace]


def kinds_over_training(setups: list[Setup], kinds: list[str]) -> list[Row]:
    """Loss by kind of fact, a row an evaluation, a column a kind."""
    return [setup(s, step=line.get("step"), **{k: (line.get("loss_by_kind") or {}).get(k) for k in kinds})
            for s in setups for line in s.trace]  # fmt: skip


def share_along(line: Mapping[str, Any], name: str, outcome: str) -> float | None:
    """Of the facts of a set that a line of a trace has read, the share with an outcome; None where it has read none."""
    n = number_along(line, name)
    return sum(counts.get(outcome, 0) for counts in _counts(line, name)) / n if n else None


def number_along(line: Mapping[str, Any], name: str) -> int:
    return sum(sum(counts.values()) for counts in _counts(line, name))


def _counts(line: Mapping[str, Any], name: str) -> list[Mapping[str, int]]:
    return [counts for kinds in ((line.get("facts") or {}).get(name) or {}).values() for counts in kinds.values()]


def facts_along(setups: list[Setup], name: str) -> list[Row]:
    """What was read of a set along the training, a row an evaluation."""
    outcomes = ("faithful", "drifted", "overwritten", "replaced", "missing", "unscored")
    return [setup(s, step=line.get("step"), n=number_along(line, name), **{o: share_along(line, name, o) for o in outcomes})
            for s in setups for line in s.trace]  # fmt: skip


def by_setup(setups: list[Setup], field: str, name: str | None = None, **of: Any) -> list[Row]:
    """A field of the rows beside the share kept of a set, a row a setup; `of` gives further columns."""

    def more(s: Setup) -> Iterator[tuple[str, Any]]:
        yield field, s.row.get(field)
        if name:
            yield from _kept(s.counts(name)).items()
        yield from ((label, get(s)) for label, get in of.items())

    return [setup(s, **dict(more(s))) for s in setups]
