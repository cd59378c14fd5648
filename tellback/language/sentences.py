"""Sentences by rule: simple, the same every time, linear, and of bounded length."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence

from tellback.records import Span

LONGEST = 1000  # characters; what runs on without an end (tables, minified code) is cut at a space near it
WRAPPED = 50  # a line shorter than this was not broken by a page's width
_END = re.compile(r"(?<![.!?…])[.!?…]++[\"')\]*_]{0,3}(?=\s)|\n+|\},\s*(?=\{)")
_ABBREVIATION = re.compile(
    r"(?:\b(?:Mr|Mrs|Ms|Dr|St|Prof|Rev|Gen|Col|Lt|Sgt|Capt|Gov|Sen|Rep|Hon|Jr|Sr|vs|No|Nos|Fig|Figs|Vol|pp|ca|cf|al|"
    r"approx|est|[Rr]ef|[Tt]el|[Ee]xt|incl|etc|[A-Z]|e\.g|i\.e|U\.S|U\.K|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec|Mt|Ft)|(?<!\d)\s[a-z])$"
)
#: «app/lists/build.py now groups», «hooks.md is written»: a sentence may begin with what is written small.
_IS_CODE = re.compile(r"\s+[a-z][\w-]*(?:[/_]\w|\.\w{2,5}\b(?!\.)|\(\))")
_MARKED = re.compile(r"[ \t]*(?:[-*•#>|+{}\[\]$]|\d+[.)]\s|\d|\"|[A-Z][\w ]{0,30}:)")


def sentences(text: str) -> list[Span]:
    """Characters [start, end) of each sentence of folded `text`, without the space around it.

    A sentence ends at its stop, at a blank line, before a list item, table row or heading, after a short line, and after
    each record of a list.
    """
    spans: list[Span] = []
    start = 0
    for match in _END.finditer(text):
        if match.end() > start and _is_end(text, start, match):
            _add(text, start, match.end(), spans)
            start = match.end()
    _add(text, start, len(text), spans)
    return spans


def _is_end(text: str, start: int, match: re.Match[str]) -> bool:
    """Whether a sentence ends here: at a stop, at the end of a line, or between two records of a list."""
    if match[0][0] == "\n":
        return _ends_line(text, start, match)
    return match[0][0] == "}" or _ends(text, start, match)


def _ends(text: str, start: int, match: re.Match[str]) -> bool:
    following = text[match.end() : match.end() + 2].lstrip()
    if following and following[0].islower() and not _IS_CODE.match(text, match.end()):
        return False
    return not (match[0] == "." and _ABBREVIATION.search(text, max(start, match.start() - 8), match.start()))


def _ends_line(text: str, start: int, match: re.Match[str]) -> bool:
    if len(match[0]) > 1 or text[match.end() : match.end() + 1].isspace():
        return True
    begin = max(start, text.rfind("\n", start, match.start()) + 1)
    line = match.start() - begin
    if _is_row(text, begin, match.start()):
        return True
    if text[match.start() - 1] == "," and text[match.start() - 2 : match.start() - 1] in tuple("\"'}]0123456789"):
        return True  # a row of data
    return line < WRAPPED or bool(_MARKED.match(text, match.end())) or text[match.start() - 1] in "|:;{}[]"


def _is_row(text: str, start: int, end: int) -> bool:
    """Whether a line holds cells: a tab between them, or commas that no space follows."""
    commas = text.count(",", start, end)
    return "\t" in text[start:end].strip() or (commas > 1 and commas > text.count(" ", start, end))


def _add(text: str, start: int, end: int, spans: list[Span]) -> None:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    while end - start > LONGEST:
        cut = max(text.rfind(" ", start + LONGEST // 2, start + LONGEST), text.rfind("\n", start + LONGEST // 2, start + LONGEST))
        cut = cut if cut > 0 else start + LONGEST
        spans.append((start, cut))
        start = cut
        while start < end and text[start].isspace():
            start += 1
    if end > start:
        spans.append((start, end))


class Locator:
    """Which sentence holds an offset."""

    def __init__(self, spans: Sequence[Span]) -> None:
        self.spans = spans
        self._starts = [start for start, _ in spans]

    def index(self, offset: int) -> int:
        """The number of the sentence that holds `offset`, or of the last one that begins before it."""
        return max(0, bisect_right(self._starts, offset) - 1)
