"""How numbers and foreign text are written: units, signs for what is missing, and text made harmless.

Everything that comes from documents, models or file names goes through `visible` before it is printed, and through
jinja2's autoescape (HTML) or `markdown` (Markdown) after it.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from typing import Any

NOTHING = "–"  # a figure that has no meaning, or that was not measured: never zero
JOINERS = "\u200c\u200d"  # format characters that ordinary Persian, Hindi and emoji need

_MARKDOWN = {ord(c): f"\\{c}" for c in "\\`*_{}[]()#|~$!+-."} | {
    ord(c): f"&#{ord(c)};" for c in "&<>@:"  # HTML, mentions and bare links
}


def visible(text: str) -> str:
    """`text` with control characters, bidi overrides, lone surrogates and other unseen characters spelled out.

    Newlines and tabs stay. What is replaced becomes ⟨U+202E⟩, so that it shows and does nothing.
    """
    return "".join(f"⟨U+{ord(c):04X}⟩" if _unseen(c) else c for c in text)


def _unseen(char: str) -> bool:
    return unicodedata.category(char) in ("Cc", "Cf", "Cs", "Zl", "Zp") and char not in "\n\t" + JOINERS


def markdown(text: str) -> str:
    """`text` as Markdown that shows it literally, on one line: safe in a table cell, a heading or a quotation."""
    return " ".join(visible(text).translate(_MARKDOWN).split())


def number(value: float | None, digits: int = 3) -> str:
    """A plain number with fixed digits; a dash for None."""
    return NOTHING if value is None else f"{value:.{digits}f}"


def share(value: float | None) -> str:
    """A share in [0, 1] as a percentage; one digit more where rounding would say all or none of what is not."""
    if value is None:
        return NOTHING
    rounded = f"{100 * value:.0f}%"
    return f"{100 * value:.1f}%" if rounded in ("0%", "100%") and value not in (0, 1) else rounded


def interval(low: float | None, high: float | None) -> str:
    """A 95% interval of a share, in percent; empty where there is none."""
    return "" if low is None or high is None else f"[{100 * low:.0f}, {100 * high:.0f}]"


def count(value: float | None) -> str:
    """A number of parameters or tokens: 66048 -> 66k, 1.4e6 -> 1.4M, 6e8 -> 600M, 32e9 -> 32B."""
    if value is None:
        return NOTHING
    for unit, size in (("B", 1e9), ("M", 1e6), ("k", 1e3)):
        if abs(value) >= 0.9995 * size:
            return f"{value / size:.3g}{unit}"
    return f"{value:g}"


def rate_name(rate: float | None) -> str:
    """4.0 -> 4x; None (no memory) -> no memory."""
    return "no memory" if rate is None else f"{rate:g}x"


def shown(counts: Mapping[str, Any] | None, outcome: str = "faithful") -> str:
    """The share of one outcome with its interval, as in «21% [16, 27]»."""
    if not counts or not counts.get("n"):
        return NOTHING
    low, high = ((counts.get(end) or {}).get(outcome) for end in ("low", "high"))
    return " ".join(part for part in (share(counts.get(outcome)), interval(low, high)) if part)
