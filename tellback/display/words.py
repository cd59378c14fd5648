"""How numbers and foreign text are written: units, signs for what is missing, and text made harmless.

Everything that comes from documents, models or file names goes through `visible` before it is printed, and through
jinja2's autoescape (HTML) or `markdown` (Markdown) after it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Any

NOTHING = "–"  # a figure that has no meaning, or that was not measured: never zero
JOINERS = "\u200c\u200d"  # format characters that ordinary Persian, Hindi and emoji need

_NOT_PLAIN = re.compile(r"[^\n\t\x20-\x7e]")
_MARKDOWN = {ord(c): f"\\{c}" for c in "\\`*[]|~$"} | {ord(c): f"&#{ord(c)};" for c in "&<>"}
_AT_START = re.compile(r"^([-+#=]|\d+(?=[.)]))")  # would begin a list, a heading or a rule
_LINKS = re.compile(r"(?<!\w)@|@(?=[\w-]+\.)|:(?=//)|(?<=www)\.", re.IGNORECASE)  # mentions, addresses, bare links
_UNDERSCORE = re.compile(r"(?<![^\W_])_|_(?![^\W_])")  # inside a word it emphasizes nothing


def visible(text: str) -> str:
    """`text` with control characters, bidi overrides, lone surrogates and other unseen characters spelled out.

    Newlines and tabs stay. What is replaced becomes ⟨U+202E⟩, so that it shows and does nothing.
    """
    return _NOT_PLAIN.sub(lambda found: _spelled(found[0]), text)


def _spelled(char: str) -> str:
    unseen = unicodedata.category(char) in ("Cc", "Cf", "Cs", "Zl", "Zp") and char not in JOINERS
    return f"⟨U+{ord(char):04X}⟩" if unseen else char


def markdown(text: str) -> str:
    """`text` as Markdown that shows it literally, on one line: safe in a table cell, a heading or a quotation."""
    return at_start(inline(" ".join(text.split())))


def at_start(text: str) -> str:
    """Escaped text that may begin a line, without becoming a list, a heading or a rule."""
    return _AT_START.sub(lambda found: found[0] + "\\" if found[0].isdigit() else "\\" + found[0], text)


def inline(text: str) -> str:
    """`text` for the inside of a line of Markdown; its outer spaces stay, newlines become spaces."""
    escaped = re.sub(r"\s+", " ", visible(text)).translate(_MARKDOWN)
    return _UNDERSCORE.sub(r"\\_", _LINKS.sub(lambda found: f"&#{ord(found[0])};", escaped))


def code(text: str) -> str:
    """`text` as inline code of Markdown: on one line, fenced by more backticks than it holds in a row."""
    flat = " ".join(visible(text).split())
    fence = "`"
    while fence in flat:
        fence += "`"
    space = " " if "`" in flat else ""
    return f"{fence}{space}{flat}{space}{fence}"


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
