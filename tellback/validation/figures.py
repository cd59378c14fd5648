"""What a validation measured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True)
class Validation:
    """What `validate` measured; every figure is (value, low, high), None where there is nothing to measure.

    `measured_on`: which texts; `kinds`: n, precision, recall, f1 by kind of change (and "kept"); `types`: the recall of `replaced` by type of value;
    `harmless`: n, the share of texts alarmed, of those with a fact unscored, and the faithful share of their scored facts; `confusion`: verdicts counted by
    kind; `alarms`: findings on untouched facts, and the share of all values left alone that are called faithful; `agreement`: Cohen's kappa with other readers over the planted changes;
    `bars`: what was asked for and whether it holds; `missed`: the plantings that were not detected or falsely alarmed.
    """

    reader: str
    measured_on: str
    seed: int
    limit: int | None
    n_texts: int
    n_passages: int
    seconds: float
    kinds: Mapping[str, Mapping[str, Any]]
    types: Mapping[str, Mapping[str, Any]]
    harmless: Mapping[str, Mapping[str, Any]]
    alarms: Mapping[str, Any]
    confusion: Mapping[str, Mapping[str, int]]
    agreement: Mapping[str, float | None]
    bars: Sequence[Mapping[str, Any]]
    missed: Mapping[str, Sequence[str]] = field(repr=False)

    @property
    def passed(self) -> bool:
        """Whether every bar that could be measured holds."""
        return all(bar["passed"] for bar in self.bars if bar["passed"] is not None)

    def to_dict(self) -> dict[str, Any]:
        return asdict(self) | {"passed": self.passed}
