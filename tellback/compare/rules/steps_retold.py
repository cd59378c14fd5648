"""Steps of which the output tells another order in prose: «loosen it before draining», «the spices come first, then the onions»."""

from __future__ import annotations

from tellback.compare.binding.steps import turned_steps
from tellback.compare.binding.tokens import as_written
from tellback.compare.rules.base import Drift, Found, Harmless, Placed, Reason, TextRule
from tellback.language.clauses import Parse


class StepsRetold(TextRule):
    name = "order of steps in prose"
    kinds = ("order",)
    reasons = (Reason.STEPS_RETOLD,)
    found = (
        Found("1. Empty the boiler.\n2. Unscrew both taps.\n3. Lift it off the hooks.\n4. Tile the wall.",
              "Unscrew the two taps before emptying the boiler; then lift it off its hooks, and finally tile the wall.",
              "Empty the boiler.\n2. Unscrew both taps", "Unscrew the two taps before emptying the boiler"),
        Found("First roast the nuts until brown. Then add the honey and stir for a minute. Pour in the cream last and let it set.",
              "The honey comes first, next the nuts until brown, and only after that the cream.",
              "First roast the nuts until brown. Then add the honey and stir for a minute", "honey comes first, next the nuts until brown"),
    )  # fmt: skip
    harmless = (
        Harmless("1. Empty the boiler.\n2. Unscrew both taps.\n3. Lift it off the hooks.\n4. Tile the wall.",
                 "Before tiling the wall, lift the boiler off its hooks; the taps are unscrewed once it is emptied."),
        Harmless("First roast the nuts until brown. Then add the honey. Pour in the cream last.",
                 "Before the cream goes in, the honey is added to the brown nuts."),
        Harmless("First roast the nuts until brown. Then add the honey. Pour in the cream last.",
                 "One needs cream, honey and brown nuts."),
    )  # fmt: skip

    def find_all(self, s: Parse, o: Parse) -> list[Placed]:
        return [
            Placed(s.sentence_at(found.source[0]), o.sentence_at(found.output[0]), Drift("order", found.source, found.output, Reason.STEPS_RETOLD))
            for found in turned_steps(as_written(s.text), as_written(o.text))
        ]  # fmt: skip
