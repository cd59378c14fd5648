"""Rows in, one small SVG panel out: Vega-Altair charts rendered by vl-convert, without a browser or a network.

Colours are CSS variables of the page (`var(--s0)`), so that one drawing serves light and dark. Each panel is its own
SVG: the page lays them side by side, or below each other on a phone, at a size that stays legible.
"""

from __future__ import annotations

import functools
import importlib.util
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

VL_VERSION = "6.4"  # of the renderer that vl-convert bundles; Altair 6 writes the same
INK, QUIET, GRID, PAPER = "var(--ink)", "var(--quiet)", "var(--grid)", "var(--paper)"
SHAPES = ("circle", "square", "triangle-up", "diamond", "triangle-down", "cross")
DASHES = ((1, 0), (6, 3), (2, 2), (8, 3, 2, 3), (4, 4), (10, 2))
N_COLOURS = 9  # steps of the page's ramp, --s0 to --s8

#: x, y; optional: low, high, line (id), sign (bool), colour (CSS), shape and dash (indexes), hollow, small (bool)
Point = Mapping[str, Any]


NOT_DRAWN = "Not drawn here: pip install 'tellback[figures]', then `tellback report` on this study's folder."


def can_draw() -> bool:
    """Whether what draws is installed: the extra `figures`."""
    return all(importlib.util.find_spec(name) for name in ("altair", "vl_convert"))


@dataclass(frozen=True, slots=True)
class Axis:
    """An axis: title with unit, limits, and how its numbers are written."""

    title: str
    limits: tuple[float, float]
    log: bool = False
    values: tuple[float, ...] | None = None
    kind: str = "number"  # number | share | count


def ramp(i: int, n: int) -> str:
    """The i-th of n ordered colours, dark to light across the page's ramp."""
    return f"var(--s{round(i * (N_COLOURS - 1) / max(n - 1, 1))})"


def _unchecked(draw: Callable[..., str]) -> Callable[..., str | None]:
    """Draw without Altair's check of each piece against the schema, which takes longer than drawing. Where nothing can be drawn:
    None."""

    @functools.wraps(draw)
    def wrapped(*args: Any, **kwargs: Any) -> str | None:
        if not can_draw():
            return None
        from altair.utils.schemapi import debug_mode

        with debug_mode(False):
            return draw(*args, **kwargs)

    return wrapped


@_unchecked
def panel(
    points: Sequence[Point],
    x: Axis,
    y: Axis,
    *,
    name: str,
    rules: Sequence[tuple[float, tuple[int, int]]] = (),
    width: int = 300,
    height: int = 200,
) -> str:
    """One chart as SVG text; `rules` are level lines (height, dash).

    Points with `low` and `high` get an error bar, points of one `line` are joined in order of x, points without
    `sign` are not drawn themselves. `name` keeps the ids of several SVGs on a page apart.
    """
    import altair as alt

    data = [_filled(p) for p in points if p.get("x") is not None and p.get("y") is not None]

    data_by_name: dict[str, list[Any]] = {}

    def base(rows: Sequence[Any], field: str = "y") -> Any:
        data_by_name[f"d{len(data_by_name)}"] = list(rows)
        colour = alt.Color("colour:N", scale=None, legend=None)
        at, up = _encode(alt, alt.X, "x", x), _encode(alt, alt.Y, field, y)
        return alt.Chart(alt.NamedData(f"d{len(data_by_name) - 1}")).encode(x=at, y=up, color=colour)

    layers = [base([]).mark_point()]  # the axes, whatever is drawn
    for level, dash in rules:
        flat = alt.Chart(base([{"y": level}]).data).encode(y=_encode(alt, alt.Y, "y", y))
        layers.append(flat.mark_rule(strokeDash=list(dash), color=INK, strokeWidth=1.25))
    if bars := [d for d in data if d["low"] is not None and d["high"] is not None]:
        layers.append(base(bars, "low").encode(y2="high:Q").mark_rule(strokeWidth=1.25, opacity=0.75))
    if joined := [d for d in data if d["line"] is not None]:
        dash = alt.StrokeDash("dash:O", scale=_range(alt, DASHES), legend=None)
        line = base(joined).mark_line(strokeWidth=1.75, clip=True)
        layers.append(line.encode(detail="line:N", order="x:Q", strokeDash=dash))
    shape = alt.Shape("shape:O", scale=_range(alt, SHAPES), legend=None)
    if dots := [d for d in data if d["small"]]:
        layers.append(base(dots).mark_circle(size=14, opacity=0.55))
    for hollow in (False, True):
        if signs := [d for d in data if d["sign"] and not d["small"] and d["hollow"] == hollow]:
            layers.append(base(signs).mark_point(filled=not hollow, size=46, opacity=1).encode(shape=shape))
    return render(alt.layer(*layers), data_by_name, name, width, height)


@_unchecked
def boxes(
    rows: Sequence[Mapping[str, Any]], x: Axis, y: Axis, *, name: str, width: int = 300, height: int = 200
) -> str:
    """Distributions as SVG: rows hold x, q05, q25, q50, q75, q95, mean and colour; the mean is a dot."""
    import altair as alt

    at, colour = _encode(alt, alt.X, "x", x), alt.Color("colour:N", scale=None, legend=None)
    base = alt.Chart(alt.NamedData("boxes")).encode(x=at, color=colour)
    layers = [
        base.mark_rule(strokeWidth=1.25).encode(y=_encode(alt, alt.Y, "q05", y), y2="q95:Q"),
        base.mark_bar(size=14, opacity=0.5).encode(y="q25:Q", y2="q75:Q"),
        base.mark_tick(thickness=2, size=14, orient="horizontal").encode(y="q50:Q", color=alt.value(INK)),
        base.mark_point(filled=True, size=30, opacity=1).encode(y="mean:Q", color=alt.value(INK)),
    ]
    return render(alt.layer(*layers), {"boxes": list(rows)}, name, width, height)


def render(chart: Any, data: Mapping[str, list[Any]], name: str, width: int, height: int) -> str:
    """An Altair chart as SVG text with the page's type and colours. `data` by the names that its layers use.

    The rows are put in last: Altair copies and checks all it holds at every step, which costs more than drawing.
    """
    import vl_convert

    chart = chart.properties(width=width, height=height).configure(aria=False, background="transparent", font="Arial")
    chart = chart.configure_view(stroke=None).configure_axis(
        labelColor=QUIET, titleColor=INK, labelFontSize=12, titleFontSize=12.5, titleFontWeight="normal",
        gridColor=GRID, domainColor=QUIET, tickColor=QUIET, titlePadding=8, labelPadding=4, tickSize=4,
    )  # fmt: skip
    chart = chart.configure_axisX(grid=False).configure_axisY(
        domain=False, ticks=False, titleAngle=0, titleAlign="left", titleBaseline="bottom", titleX=-28, titleY=-9
    )  # the title stands above the axis, level and legible
    svg = vl_convert.vegalite_to_svg(chart.to_dict(validate=False) | {"datasets": dict(data)}, vl_version=VL_VERSION)
    return re.sub(r'(id="|url\(#|href="#)(clip|gradient)', rf"\g<1>{name}-\g<2>", svg)


def _filled(point: Point) -> dict[str, Any]:
    base = {"low": None, "high": None, "line": None, "sign": True, "colour": INK, "shape": 0, "dash": 0}
    return {**base, "hollow": False, "small": False, **point}


def _range(alt: Any, values: Sequence[Any]) -> Any:
    return alt.Scale(domain=list(range(len(values))), range=[list(v) if isinstance(v, tuple) else v for v in values])


def _encode(alt: Any, channel: Any, field: str, axis: Axis) -> Any:
    formats = {
        "number": {"labelExpr": "format(datum.value, '.4~g')"},
        "share": {"format": ".0%"},
        "count": {"labelExpr": _COUNT},
    }
    options: dict[str, Any] = dict(formats[axis.kind])
    if axis.values is not None:
        options["values"] = list(axis.values)
    scale = alt.Scale(type="log" if axis.log else "linear", domain=list(axis.limits), nice=False, zero=False)
    kwargs = {"scale": scale, "title": axis.title, "axis": alt.Axis(tickCount=5, labelOverlap=True, **options)}
    return channel(f"{field}:Q", **kwargs)


_COUNT = "replace(format(datum.value, '.3~s'), 'G', 'B')"
