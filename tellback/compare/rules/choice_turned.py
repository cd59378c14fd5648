"""What was chosen and what was not changed places: «pnpm instead of npm» told as «npm, not pnpm»."""

from __future__ import annotations

from tellback.compare.rules.base import Drift, Found, Harmless, Placed, Reason, TextRule
from tellback.language.clauses import Parse
from tellback.language.contrast import Choice, choices


class ChoiceTurned(TextRule):
    name = "choice turned"
    kinds = ("roles",)
    reasons = (Reason.CHOICE_TURNED,)
    found = (
        Found("Use slate for the roof, not tin.", "Use tin instead of slate for the roof.", "slate for the roof, not tin", "tin instead of slate"),
        Found("We chose the ferry over the bridge.", "The bridge was chosen rather than the ferry.", "ferry over the bridge", "bridge was chosen rather than the ferry"),
        Found("Spoiled seed is to be dried, not thrown away.", "Spoiled seed is to be thrown away instead of dried.",
              "Spoiled seed is to be dried, not thrown", "Spoiled seed is to be thrown away instead of dried"),
    )  # fmt: skip
    harmless = (
        Harmless("Use slate for the roof, not tin.", "Use slate instead of tin for the roof."),
        Harmless("We chose the ferry over the bridge.", "The ferry, not the bridge, was chosen."),
        Harmless("The guests drank tea rather than beer.", "The guests drank tea, not beer."),
    )

    def find_all(self, s: Parse, o: Parse) -> list[Placed]:
        theirs = choices(o)
        out = []
        for a in choices(s) if theirs else ():
            b = next((b for b in theirs if _turned(a, b)), None)
            if b is not None and not any(_alike(a, c) for c in theirs):
                spans = s.span(a.first, a.last), o.span(b.first, b.last)
                out.append(Placed(a.sentence, b.sentence, Drift("roles", *spans, Reason.CHOICE_TURNED)))
        return out


def _turned(a: Choice, b: Choice) -> bool:
    return bool((a.chosen - a.rejected) & (b.rejected - b.chosen)) and bool((a.rejected - a.chosen) & (b.chosen - b.rejected))


def _alike(a: Choice, b: Choice) -> bool:
    return bool(a.chosen & b.chosen) and bool(a.rejected & b.rejected) and not _turned(a, b)
