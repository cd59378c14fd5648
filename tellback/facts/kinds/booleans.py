"""Booleans: true and false, yes and no, on and off as the value of a field or cell, and boxes that are ticked or not."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tellback.facts.kinds.base import Examples, Found
from tellback.facts.kinds.signs import Sign
from tellback.language.layout import Layout

_TRUE, _FALSE = ("true", "yes", "on", "[x]"), ("false", "no", "off", "[ ]")


class Boolean(Sign):
    """In prose «yes», «no» and «on» are words: they count in a field or cell of their own."""

    name = "boolean"
    rule = re.compile(
        r"(?:(?<=[=:(\[{|\t] )|(?<=[=:(\[{|\t,])|(?<=\breturn )|(?<=\bassert )|(?<=[a-z]_[a-z]{3} is )|(?<=_[a-z]{4} is )|(?<= set to ))"
        r"(?:true|false|True|False|TRUE|FALSE)(?![\w-]|\.\w)(?=[ \t]*(?:[,;)}\]|&.\n]|$)| [A-Z]{2})"
        r"|(?<=[a-z_] )(?:on|off)(?=;)|(?:(?<=^[-*][ \t])|(?<=[\n \t][-*][ \t]))\[[ xX]\](?=[ \t])"
    )
    starts = re.compile(r"[tfoTF\[](?:rue|alse|RUE|ALSE|n;|ff;|[ xX]\])")
    before = re.compile(r"[\w.-]+[\"']?[ \t]*[:=][ \t]*$")
    after = re.compile(r"(?<=\])[ \t][^\n]+")
    examples = Examples(
        found={"with retry=false set": "false", "| Open |\n|---|\n| yes |": "true", "- [x] changelog": "true", "return True": "true"},
        same=[('{"vip": true}', "| Open |\n|---|\n| yes |"), ("gzip off;", "- [ ] tests")],
        other=[('{"vip": true}', '{"vip": false}'), ("- [x] tests", "- [ ] tests")],
        none=["That is true of yes-men, on and off.", "is it true? no.", "a [x] b"],
    )

    def canonical(self, words: str) -> str | None:
        words = words.lower()
        return "true" if words in _TRUE else "false" if words in _FALSE else None

    def find(self, text: str, grid: Layout, prose: bool) -> Iterator[Found]:
        cells = {}
        for cell in grid.cells:
            value = self.read(text[cell.start : cell.end]) if cell.end - cell.start < 6 else None
            if value:
                cells[cell.start] = Found(value, cell.start, cell.end)
        yield from cells.values()
        yield from (found for found in super().find(text, grid, prose) if found.start not in cells)


BOOLEAN = Boolean()
