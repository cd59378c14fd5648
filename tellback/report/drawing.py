"""A figure on its own: one SVG with its panels, title and legend, colours written out; and its numbers as CSV."""

from __future__ import annotations

import csv
import io
import re
from functools import cache
from typing import Any
from xml.sax.saxutils import escape

from tellback.display.words import visible
from tellback.report.canvas import Figure, Key
from tellback.report.charts import DASHES
from tellback.view.page import BASE, own

MOST_WIDE = 1200  # of a figure, in pixels; panels that do not fit begin a new line
GAP, HEAD, LABEL, LEGEND = 24, 30, 20, 26
_SIZE = re.compile(r'<svg[^>]*?width="([\d.]+)"[^>]*?height="([\d.]+)"')
_FORMULA = re.compile(r"^[=+\-@\t\r]")  # what a spreadsheet would run
_SHAPES = (
    "M0-5a5 5 0 1 1-.01 0Z", "M-4.5-4.5h9v9h-9Z", "M0-5.5l5.5 9.5h-11Z", "M0-6l5 6-5 6-5-6Z", "M0 5.5l5.5-9.5h-11Z",
    "M-1.7-5h3.4v3.3H5v3.4H1.7V5h-3.4V1.7H-5v-3.4h3.3Z",
)  # fmt: skip


def as_svg(figure: Figure) -> str:
    """The whole figure as one SVG document in the page's light colours. Needs panels."""
    placed, width, top, line, at = [], 0.0, float(HEAD), 0.0, 0.0
    for label, drawing in figure.panels:
        found = _SIZE.search(drawing)
        wide, high = (float(found[1]), float(found[2])) if found else (300.0, 200.0)
        if at and at + wide > MOST_WIDE:
            top, at, line = top + line + GAP, 0.0, 0.0
        placed.append(f'<text x="{at:g}" y="{top + 12:g}" font-weight="bold">{_words(label)}</text>')
        placed.append(drawing.replace("<svg", f'<svg x="{at:g}" y="{top + LABEL:g}"', 1))
        at, line = at + wide + GAP, max(line, high + LABEL)
        width = max(width, at - GAP)
    keys, below = _legend(figure.legend, max(width, 300.0), top + line + GAP)
    height = below + LEGEND
    body = f'<text x="0" y="16" font-size="15">{_words(figure.title)}</text>{"".join(placed)}{keys}'
    return _coloured(
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="-8 -4 {max(width, 300) + 16:g} {height:g}" '
        f'width="{max(width, 300) + 16:g}" height="{height:g}" font-family="Arial" font-size="12" fill="var(--ink)">'
        f'<rect x="-8" y="-4" width="100%" height="100%" fill="var(--paper)"/>{body}</svg>\n'
    )


def _legend(keys: Any, width: float, top: float) -> tuple[str, float]:
    parts, at = [], 0.0
    for key in keys:
        wide = 44 + 7.2 * len(key.label)
        if at and at + wide > width:
            at, top = 0.0, top + 20
        parts.append(
            f'<g transform="translate({at:g} {top:g})">{_sign(key)}<text x="34" y="4">{_words(key.label)}</text></g>'
        )
        at += wide
    return "".join(parts), top if parts else top - LEGEND


def _sign(key: Key) -> str:
    out = ""
    if key.dash is not None:
        dash = " ".join(map(str, DASHES[key.dash]))
        out += f'<path d="M0 0H28" stroke="{key.colour}" stroke-width="2" stroke-dasharray="{dash}"/>'
    if key.shape is not None or key.dash is None:
        looks = f'fill="none" stroke="{key.colour}"' if key.hollow else f'fill="{key.colour}"'
        out += f'<path transform="translate(14 0)" d="{_SHAPES[key.shape if key.shape is not None else 1]}" {looks}/>'
    return out


def _words(text: str) -> str:
    return escape(visible(text))


@cache
def _colours() -> dict[str, str]:
    light = own(*BASE).split("@media")[0]
    return dict(re.findall(r"(--[\w-]+): (#\w+);", light))


def _coloured(text: str) -> str:
    return re.sub(r"var\((--[\w-]+)\)", lambda found: _colours()[found[1]], visible(text))


def as_csv(figure: Figure) -> str:
    """The figure's numbers, a line each, under the names of their columns; what is missing is empty."""
    out = io.StringIO()
    names = list(dict.fromkeys(name for row in figure.data for name in row))
    writer = csv.DictWriter(out, names, restval="", lineterminator="\n")
    writer.writeheader()
    for row in figure.data:
        writer.writerow({k: _FORMULA.sub(r"'\g<0>", visible(v)) if isinstance(v, str) else v for k, v in row.items()})
    return out.getvalue()
