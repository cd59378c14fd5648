"""Denials outside prose: «not», «no», «never», «without» and `!` in logs, code, cells and messages, which no parse reads."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from tellback.facts.kinds.base import Examples, Found, Value
from tellback.facts.kinds.signs import Sign
from tellback.language.layout import Layout

#: A line of code, of a table or of a log that stands in a text of English prose.
_DATA = re.compile(r"[{}<>|&\\\t=]|\w[\[(]\w|;\s*$|::|^\s*(?:el)?if .*:\s*$|\s-not\s|^\s{4,}\S|^\w{3} +\d+ \d\d:|^\d[\d:.T-]{7,}")
_SENTENCE = re.compile(r"[.!?][\"')*]*\s*$")
_LONGEST = 300  # characters of a line of data


class Denial(Sign):
    name = "denial"
    rule = re.compile(
        r"\b(?:[Nn]ot|NOT|[Nn]ever|[Ww]ithout|[Cc]annot)\b|\b[Nn]o\b(?!\.)|n't\b|(?<![\w=!])!(?=[A-Za-z_(])"
    )
    starts = re.compile(r"[NnWwCc!](?:ot|OT|ever|o\b|ithout|annot|'t|(?<=!)[A-Za-z_(])")
    after = re.compile(r"[ \t]?[\w.]*\w")
    examples = Examples(
        found={"if (!ready) {": "not", "assert x is not y;": "not", "log[x]: done without errors": "without"},
        same=[("if (!ready) {", "if (not ready) {")],
        other=[("log[x]: done without errors", "log[x]: not done")],
        none=["She did not come.", "x = y;", "a != b", "note = nothing"],
    )

    def canonical(self, words: str) -> str | None:
        return words.lower() if words.lower() == "without" else "not" if words else None

    def read(self, text: str) -> Value | None:
        return super().read(text) if self.rule.fullmatch(text) or text == "!" else None

    def find(self, text: str, grid: Layout, prose: bool) -> Iterator[Found]:
        """In what a parser reads, those of its lines of data only, and those that a field or cell holds alone."""
        alone = {(cell.start, cell.end) for cell in grid.cells if cell.key}
        for found in super().find(text, grid, prose):
            if not prose or (found.start, found.end) in alone or self._in_data(text, found):
                yield found

    def _in_data(self, text: str, found: Found) -> bool:
        begin, end = text.rfind("\n", 0, found.start) + 1, text.find("\n", found.end, found.end + _LONGEST)
        if end < 0:
            end = min(len(text), found.end + _LONGEST)
        line = text[begin:end]
        return len(line) < _LONGEST and not _SENTENCE.search(line) and _DATA.search(line) is not None

    def could_be_invented(self, value: Value, said: str, source: str, numbers: Collection[str]) -> bool:
        return True


DENIAL = Denial()
