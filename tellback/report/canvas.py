"""What every figure of a study shares: its colours by size, its axes, its panels by rate, and how a figure is told."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count as counter
from statistics import fmean
from typing import Any

from tellback.display.words import count, rate_name
from tellback.report import charts
from tellback.report.charts import Axis, Point
from tellback.report.load import Setup, Study
from tellback.report.table import Table

FAITHFUL = (-0.03, 1.03)  # the limits of an axis of shares
CATEGORIES = tuple(f"var(--c{i})" for i in range(6))  # colours of things without an order


@dataclass(frozen=True, slots=True)
class Key:
    """One entry of a legend: a colour (CSS), and the shape or dash (indexes) that says the same without it."""

    label: str
    colour: str
    shape: int | None = None
    dash: int | None = None
    hollow: bool = False


@dataclass(frozen=True, slots=True)
class Figure:
    """`panels` are (label, SVG); without any, `missing` says why. `table` holds the numbers behind the drawing in words,
    `data` as rows of one sort, for a file of their own. `name` is that file's."""

    title: str
    caption: str = ""
    panels: Sequence[tuple[str, str]] = ()
    legend: Sequence[Key] = ()
    missing: str = ""
    table: Table | None = None
    open: bool = False  # the table stands beside the drawing instead of folded below it
    data: Sequence[Mapping[str, Any]] = ()
    name: str = ""

    def __post_init__(self) -> None:
        if not self.panels and not self.missing and not charts.can_draw():
            object.__setattr__(self, "caption", f"{charts.NOT_DRAWN} {self.caption}".rstrip())

    @property
    def slug(self) -> str:
        return re.sub(r"[^a-z0-9]+", "-", (self.name or self.title).lower()).strip("-")


@dataclass(frozen=True)
class Canvas:
    """Draws one study: a size has one colour, shape and dash in every figure."""

    study: Study
    _names: Iterator[int] = field(default_factory=counter)

    def colour(self, setup: Setup) -> str:
        sizes = self.study.sizes
        return charts.ramp(sizes.index(setup.size), len(sizes)) if setup.size is not None else charts.INK

    def nth(self, setup: Setup) -> int:
        """Where a setup stands in the order of sizes: the index of its shape and dash."""
        return self.study.sizes.index(setup.size) % len(charts.SHAPES) if setup.size is not None else 0

    def legend(self, *, lines: bool = False) -> list[Key]:
        """A key a size, as signs or as lines."""
        keys = []
        for i, size in enumerate(self.study.sizes):
            nth = i % len(charts.SHAPES)
            colour = charts.ramp(i, len(self.study.sizes))
            keys.append(Key(count(size), colour, None if lines else nth, nth if lines else None))
        return keys

    @property
    def size_axis(self) -> Axis:
        """Needs a size at least."""
        sizes = self.study.sizes
        title = "compressor parameters without embeddings"
        return Axis(title, (sizes[0] * 0.78, sizes[-1] * 1.28), True, tuple(sizes), "count")

    def places(self) -> list[tuple[str, list[Setup]]]:
        """One panel for each rate, and for each series where there are several; smallest compressor first."""
        several = len(self.study.all_series) > 1
        return [
            (f"{rate_name(rate)} · {series}" if several else rate_name(rate), self.study.at(rate, series))
            for rate in self.study.rates
            for series in self.study.all_series
            if self.study.at(rate, series)
        ]

    @property
    def hollow(self) -> str:
        """What hollow signs mean, where there are any."""
        late = any(s.status == "undertrained" for s in self.study.compressors)
        return " Hollow signs are undertrained setups." if late else ""

    @property
    def width(self) -> int:
        """Of a panel, so that two or three fill a line."""
        return 370 if len(self.places()) < 3 else 290

    def panels(self, draw: Callable[[list[Setup]], str | None]) -> list[tuple[str, str]]:
        drawn = [(label, draw(setups)) for label, setups in self.places()]
        return [(label, svg) for label, svg in drawn if svg]

    def beside(self, size: float | None, nth: int, of: int) -> float | None:
        """The size, moved a little where `of` things stand at it, so that their intervals do not cover each other."""
        sizes = self.study.sizes
        gap = min((b / a for a, b in zip(sizes, sizes[1:], strict=False)), default=2.0)
        step = min(1.035, gap ** (0.4 / max(1, of - 1)))
        return None if size is None else size * step ** (nth - (of - 1) / 2)

    def seed_beside(self, setup: Setup, setups: Sequence[Setup]) -> float | None:
        """The size of one of several seeds, moved a little."""
        same = [s for s in setups if s.size == setup.size]
        return self.beside(setup.size, same.index(setup), len(same))

    def point(self, setup: Setup, x: float | None, y: float | None, **more: Any) -> dict[str, Any]:
        hollow = setup.status == "undertrained"
        return {"x": x, "y": y, "colour": self.colour(setup), "shape": self.nth(setup), "hollow": hollow, **more}

    def draw(self, points: Sequence[Point], x: Axis, y: Axis, **more: Any) -> str | None:
        """A panel, or None when there is nothing to show."""
        if not any(p["x"] is not None and p["y"] is not None for p in points):
            return None
        return charts.panel(points, x, y, name=self.name(), **{"width": self.width} | more)

    def name(self) -> str:
        """A name that no other drawing of this page has."""
        return f"p{next(self._names)}"

    def curves(self, setups: Sequence[Setup], y: Axis, of: Callable[[dict[str, Any]], Any], **more: Any) -> str | None:
        """A line a setup over the steps of its trace; `of` takes the figure out of a trace line."""
        points = [
            self.point(s, line["step"], of(line), line=s.name, sign=False, dash=self.nth(s))
            for s in setups
            for line in thinned(s.trace)
        ]
        x = Axis("optimizer step", (0, 1.02 * max([1, *(p["x"] for p in points)])), kind="count")
        return self.draw(points, x, y, **more)


def means(points: Iterable[Point], sizes: Sequence[float | None]) -> list[Point]:
    """The line through the mean over seeds of each size: points without a sign. `sizes` are those of the points."""
    by_size: dict[float, list[Point]] = {}
    for point, size in zip(points, sizes, strict=True):
        if size is not None and point["y"] is not None:
            by_size.setdefault(size, []).append(point)
    return [
        {**group[0], "x": size, "y": fmean(p["y"] for p in group), "sign": False, "low": None, "high": None}
        for size, group in by_size.items()
    ]


def thinned(trace: Sequence[dict[str, Any]], most: int = 80) -> Sequence[dict[str, Any]]:
    """About `most` lines of a trace at most, evenly taken, the last one always."""
    return trace if len(trace) <= most else [*trace[: -1 : -(-len(trace) // most)], trace[-1]]


def limits(values: Iterable[float | None], *, zero: bool = False) -> tuple[float, float]:
    """The ends of an axis that holds all `values` with a little room; from zero where asked."""
    finite = [v for v in values if v is not None and math.isfinite(v)]
    low, high = (min(finite), max(finite)) if finite else (0.0, 1.0)
    room = 0.06 * (high - min(low, 0.0) if zero else high - low) or 0.1 * abs(high) or 1.0
    return (min(0.0, low) if zero else low - room), high + room


def one_size(study: Study) -> str:
    """Why a figure over sizes is left out."""
    n = len(study.sizes)
    found = "no setup with measures has a known compressor size" if n == 0 else "all compressors have one size"
    return f"Left out: it compares sizes, and {found}{f' ({count(study.sizes[0])})' if n else ''}."


NOT_TRAINED = "Left out: no setup recorded this during training, so there is no curve to draw."
