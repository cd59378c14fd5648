"""The words of a field or cell of data: a name, a state, a setting, which must stand as they stood."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from tellback.facts.kinds.base import Examples, Found, Value
from tellback.facts.kinds.marked import Marked
from tellback.language.layout import Layout

_WORDS = re.compile(r"(?=[^\s]*[^\W\d_])[\w/.@~][\w.&'/@:+-]*(?: [\w.&'/+-]+){0,4}")


class Field(Marked):
    """What no other kind reads; in English prose those of tables only, as the parse reads the rest."""

    name = "field"
    group = "quote"
    examples = Examples(
        found={"| City |\n|---|\n| Porto |": "porto", "role\tn\nlead\t-": "lead"},
        same=[("| City |\n|---|\n| Porto |", "| Town |\n|---|\n| porto |")],
        other=[("| City |\n|---|\n| Porto |", "| City |\n|---|\n| Oslo |")],
        none=["The city is Porto.", "City: Porto", "| City |\n|---|\n| 12 |"],
    )

    def canonical(self, text: str) -> str:
        return " ".join(text.casefold().split())

    def find(self, text: str, grid: Layout, prose: bool) -> Iterator[Found]:
        for cell in grid.cells:
            words = text[cell.start : cell.end]
            if cell.key and (cell.row or not prose) and _WORDS.fullmatch(words):
                yield Found(self.value(words), cell.start, cell.end)

    def could_be_invented(self, value: Value, said: str, source: str, numbers: Collection[str]) -> bool:
        return False


FIELD = Field()
