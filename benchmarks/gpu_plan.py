"""What `benchmarks.gpu` runs and in which order: the most telling first, for the time may be up at any point. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

SCALES = (1.0, 2.0)  # of the peak learning rates, tried at each depth; then the next one beyond the better
SEEDS = (0, 1, 2)


@dataclass(frozen=True)
class Point:
    """What is trained. `scale` multiplies every peak learning rate; None: the best of this depth's sweep."""

    layers: int
    rate: float
    seed: int
    scale: float | None
    steps: int
    pool: str = "mean"

    @property
    def name(self) -> str:
        scale = "best" if self.scale is None else f"{self.scale:g}"
        return f"{self.pool}-{self.layers}of-{self.rate:g}x-s{self.seed}-lr{scale}"


@dataclass(frozen=True)
class Setting:
    """What all points share."""

    model: str
    depth: int  # layers of the whole model
    batch_size: int
    copy_steps: int
    adapter: int  # parameters of the adapter, the same at every depth, rate and pooling
    work: str  # folder for what stays there

    def copied(self) -> Path:
        return Path(self.work) / "copy.safetensors"


def points(layers: Sequence[int], steps: int) -> list[Point]:
    """The plan: each depth's sweep at 2x on seed 0, its other seeds at 2x, then 4x, one more peak, concatenation instead of the mean,
    8x."""
    order = sorted(layers, key=lambda n: (n != sorted(layers)[min(1, len(layers) - 1)], n))  # one that is known to learn first
    sweep = [Point(n, 2.0, 0, scale, steps) for scale in SCALES for n in order]
    seeds = [Point(n, 2.0, seed, None, steps) for seed in SEEDS[1:] for n in order]
    more = [Point(n, 4.0, seed, None, steps) for seed in SEEDS for n in order]
    beyond = [Point(n, 2.0, 0, 2 * SCALES[-1], steps) for n in order]
    other = [Point(n, rate, 0, None, steps, "concat") for rate in (4.0, 2.0) for n in order]
    return [*sweep, *seeds, *more, *beyond, *other, *(Point(n, 8.0, seed, None, steps) for seed in SEEDS for n in order)]


class Plan:
    """Which point is next, of what is done so far."""

    def __init__(self, given: Sequence[Point]):
        self.points = list(given)
        self.waiting = list(given)
        self.rows: dict[str, Mapping[str, Any]] = {}
        self.running: set[str] = set()

    @property
    def n_done(self) -> int:
        return sum(row["status"] == "done" for name, row in self.rows.items() if name != "copy")

    def done(self, row: Mapping[str, Any]) -> None:
        """A row that came back; one that did not end may be tried again by another run."""
        self.running.discard(row["name"])
        if row["status"] == "stopped":
            return
        self.rows[row["name"]] = row
        self.waiting = [p for p in self.waiting if self.resolved(p) is None or self.resolved(p).name != row["name"]]  # type: ignore[union-attr]

    def resolved(self, point: Point) -> Point | None:
        """The point with its scale; None while the sweep of its depth is not done."""
        if point.scale is not None:
            return point
        swept = [p for p in self.points if p.layers == point.layers and p.scale in SCALES and p.rate == 2.0]
        found = {p.scale: self.rows[p.name] for p in swept if p.name in self.rows}
        ended = {scale: row["trace"][-1]["loss"] for scale, row in found.items() if row["status"] == "done"}
        if len(found) < len(swept) or not ended:
            return None
        return replace(point, scale=min(ended, key=ended.__getitem__))

    def seconds(self, layers: int) -> float:
        """What a point of that depth takes, by those that ended: the longest of the nearest depth. 0 while none has."""
        ended = [(abs(row["point"]["layers"] - layers), row["whole_seconds"]) for row in self.rows.values()
                 if row.get("point") and row["status"] == "done"]  # fmt: skip
        return max((s for d, s in ended if d == min(ended)[0]), default=0.0)

    def next(self, left: float) -> Point | None:
        """The first point that can be begun and, by what others took, ends within `left` seconds; it counts as running."""
        for waiting in self.waiting:
            point = self.resolved(waiting)
            if point is None or point.name in self.running or point.name in self.rows or self.seconds(point.layers) > left:
                continue
            self.running.add(point.name)
            return point
        return None
