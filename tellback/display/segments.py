"""Text and spans in, segments out: what a page needs to colour facts inside a text. Pure functions, no markup."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Iterable
from dataclasses import dataclass

_WIDE = re.compile("[\U00010000-\U0010ffff]")  # two units of UTF-16


@dataclass(frozen=True, slots=True)
class Mark:
    """One fact's place in a text: `number` refers to a list of facts, `outcomes` holds one outcome per output.

    A mark in a told-back text has one outcome; one in the source has an outcome for each text told back from it.
    """

    start: int
    end: int
    number: int
    outcomes: tuple[str, ...]
    title: str = ""


@dataclass(frozen=True, slots=True)
class Segment:
    """A piece of text with the marks that cover it, and those among them that end with it."""

    text: str
    marks: tuple[Mark, ...] = ()
    ends: tuple[Mark, ...] = ()

    @property
    def outcome(self) -> str:
        """The outcome that colours the piece: the first mark's, or "several" where its outputs disagree."""
        outcomes = set(self.marks[0].outcomes) if self.marks else set()
        return "" if not outcomes else outcomes.pop() if len(outcomes) == 1 else "several"

    @property
    def title(self) -> str:
        return "; ".join(mark.title for mark in self.marks)


def segments(text: str, marks: Iterable[Mark]) -> list[Segment]:
    """`text` cut where marks start and end; the pieces joined give `text` again. Marks may overlap.

    A mark that is empty or reaches outside of the text is left out: it points at nothing that could be shown.
    """
    kept = sorted((m for m in marks if 0 <= m.start < m.end <= len(text)), key=lambda m: (m.start, -m.end, m.number))
    cuts = sorted({0, len(text), *(m.start for m in kept), *(m.end for m in kept)})
    out: list[Segment] = []
    covering: list[Mark] = []
    at = 0
    for start, end in zip(cuts, cuts[1:], strict=False):
        while at < len(kept) and kept[at].start <= start:
            covering.append(kept[at])
            at += 1
        covering = [m for m in covering if m.end > start]
        out.append(Segment(text[start:end], tuple(covering), tuple(m for m in covering if m.end == end)))
    return out


def span(start: object, end: object) -> tuple[int, int] | None:
    """A stored span as a pair, None where either end is null (None or NaN)."""
    if not isinstance(start, (int, float)) or not isinstance(end, (int, float)) or start != start or end != end:
        return None
    return int(start), int(end)


def utf16(text: str) -> Callable[[int], int]:
    """From an offset in characters to one in UTF-16 units, as browsers count."""
    wide = [found.start() for found in _WIDE.finditer(text)]
    return (lambda at: at + bisect_left(wide, at)) if wide else (lambda at: at)
