"""What `benchmarks.early` has written down of its trainings, and the figures that every table of them has."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.early import UNTOUCHED
from benchmarks.powered_sections import RELATIONS, SET, VALUES
from tellback.analysis.statistics import hierarchical_mean
from tellback.display.words import interval, share

OUTCOMES = {outcome[0]: outcome for outcome in ("faithful", "drifted", "overwritten", "replaced", "missing", "unscored")}
TURNED = ("drifted", "overwritten")  # relations that were told the other way round, or as belief has them


@dataclass(frozen=True)
class Training:
    """What `benchmarks.early` has written down of one training."""

    study: str
    model: str  # the compressor's LM
    seed: int
    size: int
    status: str
    rouge_l: float
    loss: float  # ordinary, nats a token
    seconds: float
    lost_kinds: Sequence[str]
    outcomes: Mapping[str, Sequence[str]]  # kind -> of each fact, by its first letter
    trace: Sequence[Mapping[str, Any]]


def read(results: Path) -> dict[str, list[Training]]:
    """Study -> its trainings."""
    there: dict[str, list[Training]] = {}
    for row in json.loads(results.read_text(encoding="utf-8")):
        there.setdefault(row["study"], []).append(Training(**row | {"trace": [line | {"facts": _counted(line["facts"])} for line in row["trace"]]}))
    return there


def _counted(facts: Mapping[str, str]) -> dict[str, dict[str, dict[str, dict[str, int]]]]:
    """As a study's own trace has it: set -> qa_i, qa_ii -> "all" -> outcome -> count, of the letters and counts of a file."""
    read = {question: {OUTCOMES[letter]: int(n) for letter, n in re.findall(r"([a-z])(\d+)", text)} for question, text in facts.items()}
    return {SET: {question: {"all": counts} for question, counts in read.items()}} if read else {}


def outcomes(setups: Sequence[Training], which: Sequence[str], kinds: Sequence[str]) -> np.ndarray:
    """1 where a fact of `kinds` has one of the outcomes `which`, [K, D] over seeds and facts."""
    letters = {o[0] for o in which}
    return np.array([[float(o in letters) for kind in kinds for o in s.outcomes.get(kind, ())] for s in setups])


def cell(setups: Sequence[Training], which: Sequence[str], kinds: Sequence[str]) -> str:
    value, low, high = hierarchical_mean(outcomes(setups, which, kinds), seed=0)
    return f"{share(value)} {interval(low, high)}"


def figures(setups: Sequence[Training]) -> list[str]:
    losses = np.log([s.loss for s in setups])
    return [
        str(len(setups)), f"{math.exp(losses.mean()):.3f}", cell(setups, ["faithful"], VALUES), cell(setups, ["overwritten"], VALUES),
        cell(setups, ["overwritten"], UNTOUCHED), cell(setups, ["faithful"], RELATIONS), cell(setups, TURNED, RELATIONS),
        *(f"{sum(stuck(s, kinds) for s in setups)} of {len(setups)}" for kinds in (VALUES, RELATIONS)),
    ]  # fmt: skip


def stuck(setup: Training, kinds: Sequence[str]) -> bool:
    """Whether most of these kinds of fact sit on their plateau, by the gate's measure."""
    return sum(kind in setup.lost_kinds for kind in kinds) > len(kinds) / 2


FIGURES = ("seeds", "ordinary loss", "values kept", "overwritten", f"of them {' and '.join(UNTOUCHED)}", "relations kept", "turned round or as believed",
           "seeds on the plateau of values", "of relations")  # fmt: skip


def of_arm(there: dict[str, list[Training]], arm: str) -> list[Training]:
    """All seeds of an arm that were read for the goal."""
    return [*(there.get(f"confirm-{arm}") or []), *(there.get(f"more-{arm}") or [])]


def at_size(setups: Sequence[Training], size: int) -> list[Training]:
    return [s for s in setups if s.size == size]


def largest(setups: Sequence[Training]) -> list[Training]:
    size = max((s.size for s in setups), default=0)
    return sorted((s for s in setups if s.size == size), key=lambda s: s.seed)
