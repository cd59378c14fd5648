"""Methods run over planted pairs: every score, and the time of every method measured in turn with the others."""

from __future__ import annotations

import gc
import sys
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from statistics import median
from time import process_time

import numpy as np

from benchmarks.audit_methods import Method, Pair
from tellback.errors import UsageError
from tellback.validation.plantings import HARMLESS, KINDS, RELATIONS, VALUES, Planting

CORRUPTED = (*VALUES, *RELATIONS)
QUIET = ("untouched", *HARMLESS, "reworded")
assert set(CORRUPTED) | set(QUIET) == set(KINDS)


@dataclass(frozen=True)
class Row:
    """One row of the tables: a score a pair (NaN: nothing to compare), and the time its method took."""

    name: str
    about: str
    scores_N: np.ndarray
    pairs: tuple[Planting, ...]  # that the scores belong to: all, or the sample
    seconds: float  # per 1,000 words, of source and output together
    slow: bool
    ours: bool


@dataclass(frozen=True)
class Run:
    """What was compared, and what could not be."""

    rows: tuple[Row, ...]
    absent: Mapping[str, str]
    plantings: tuple[Planting, ...]
    sample: tuple[Planting, ...]
    timed: tuple[Planting, ...]
    rounds: int
    seed: int
    dtype: str


def sampled(plantings: Sequence[Planting], n: int, seed: int) -> tuple[Planting, ...]:
    """At most `n` plantings of each kind, drawn with `seed`, in the order of `plantings`."""
    by_kind = defaultdict(list)
    for planting in plantings:
        by_kind[planting.kind].append(planting)
    rng = Random(seed)
    drawn = {p.id for group in by_kind.values() for p in rng.sample(group, min(n, len(group)))}
    return tuple(p for p in plantings if p.id in drawn)


def pairs_of(plantings: Sequence[Planting]) -> list[Pair]:
    return [(p.source, p.output) for p in plantings]


def n_words(plantings: Sequence[Planting]) -> int:
    """Words of sources and outputs, by white space: what a method has to read."""
    return sum(len(p.source.split()) + len(p.output.split()) for p in plantings)


def compare(
    table: Mapping[str, Callable[[], Method]], plantings: Sequence[Planting], per_kind: int, rounds: int, seed: int,
    dtype: str = "",
) -> Run:  # fmt: skip
    """Every method of `table` on `plantings` (slow ones: on `per_kind` of each kind), timed over `rounds` rounds."""
    built, absent = {}, {}
    for name, build in table.items():
        try:
            built[name] = build()
        except UsageError as error:
            absent[name] = str(error)
            say(f"left out: {name}: {error}")
    sample, timed = sampled(plantings, per_kind, seed), sampled(plantings, 1, seed)
    seconds = _timed(built, pairs_of(timed), rounds)
    rows = []
    for name, method in built.items():
        read = tuple(sample if method.slow else plantings)
        say(f"{name}: {len(read)} pairs")
        scores_NK = np.array(method.score(pairs_of(read)), dtype=np.float64).round(9)  # texts alike differ by rounding
        rows += [
            Row(
                row,
                method.about,
                scores_NK[:, k],
                read,
                1000 * seconds[name] / n_words(timed),
                method.slow,
                method.ours,
            )
            for k, row in enumerate(method.rows)
        ]
    return Run(tuple(rows), absent, tuple(plantings), sample, timed, rounds, seed, dtype)


def _timed(built: Mapping[str, Method], pairs: Sequence[Pair], rounds: int) -> dict[str, float]:
    """Median processor seconds of each method over `pairs`; one round before is not counted."""
    times: dict[str, list[float]] = {name: [] for name in built}
    names = list(built)
    for turn in range(rounds + 1):
        say(f"timing, round {turn} of {rounds}")
        first = turn % len(names)
        for name in names[first:] + names[:first]:
            gc.collect()
            started = process_time()
            built[name].score(pairs)
            times[name].append(process_time() - started)
    return {name: median(measured[1:]) for name, measured in times.items()}


def say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
