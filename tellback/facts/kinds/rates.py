"""What an amount is for: per second, a week, each month, /min."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tellback.facts.kinds.base import Examples, Found, Value
from tellback.facts.kinds.signs import Sign
from tellback.language.layout import Layout

_TIMES = "second minute hour day night week month quarter year".split()
_SHORT = {
    "s": "second", "sec": "second", "min": "minute", "h": "hour", "hr": "hour", "d": "day", "wk": "week", "mo": "month",
    "yr": "year", "y": "year", "day": "day", "week": "week", "month": "month", "year": "year", "hour": "hour",
}  # fmt: skip
_ADVERBS = {
    "hour": ("hourly",), "day": ("daily",), "night": ("nightly",), "week": ("weekly",), "month": ("monthly",),
    "quarter": ("quarterly",), "year": ("yearly", "annual"),
}  # fmt: skip


#: Behind it «a week» is a rate; elsewhere it is a time.
_COUNTED = re.compile(r"(?:\b(?:once|twice|times)|(?<![\w.,])\d[\w.,%]{0,20}(?: [A-Za-z%]{1,20}){0,3}) $")
_BEFORE = 75  # characters of a count


class Rate(Sign):
    name = "rate"
    each_place = False
    rule = re.compile(
        rf"\b(?:per (?!cent\b)[A-Za-z]{{1,30}}|(?:each|every|an?) (?:{'|'.join(_TIMES)}))\b"
        rf"|(?<=\d)/(?:{'|'.join(_SHORT)})\b(?!/)"
    )
    counts = re.compile(r"(?:[$€£]?\d[\w.,%]*|\b(?:once|twice|\w+ times))(?: [a-zA-Z%]+){0,4}[ ]?$")
    starts = re.compile(r"[pea/](?:er |ach |very |n? (?=[smhdnwqy])|(?<=/)[smhdwy])")
    examples = Examples(
        found={"as many per week as before": "per week", "it is done twice a month": "per month", "paid each year": "per year"},
        same=[("paid per month", "paid each month"), ("done twice a day", "done twice each day")],
        other=[("paid per month", "paid per year"), ("as many per MWh", "as many per kWh")],
        none=["rose by ten per cent", "It was a day of rain.", "and/or", "a year before"],
    )

    def find(self, text: str, grid: Layout, prose: bool) -> Iterator[Found]:
        for found in super().find(text, grid, prose):
            if text[found.start] != "a" or _COUNTED.search(text, max(0, found.start - _BEFORE), found.start):
                yield found

    def canonical(self, words: str) -> str | None:
        unit = words.split(" ")[-1].removeprefix("/")
        unit = _SHORT.get(unit, unit)
        return f"per {unit.removesuffix('s') if len(unit) > 3 and unit.islower() else unit}"

    def in_other_words(self, value: Value, said: str, sentence: str) -> bool:
        unit = value.keys[0].removeprefix("per ")
        return any(words in sentence for words in (f"a {unit}", f"an {unit}", f"each {unit}", *_ADVERBS.get(unit, ())))


RATE = Rate()
