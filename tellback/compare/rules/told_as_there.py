"""What is not there told as there, what must not be done as allowed, in sentences that no parse makes alike."""

from __future__ import annotations

from tellback.compare.binding.absent import told_as_there
from tellback.compare.binding.tokens import as_written
from tellback.compare.rules.base import Drift, Found, Harmless, Placed, Reason, TextRule
from tellback.language.clauses import Parse


class ToldAsThere(TextRule):
    name = "told as there"
    kinds = ("negation",)
    reasons = (Reason.TOLD_AS_THERE,)
    found = (
        Found("X-ray 9/3: no evidence of a rib fracture. Small bruise on the left.",
              "The X-ray of 9 March showed a rib fracture and a small bruise on the left.",
              "no evidence of a rib fracture", "X-ray of 9 March showed a rib fracture"),
        Found("Ring before you enter. Never feed the geese. Prefer the side gate.",
              "Feeding the geese is fine, one rings before one enters, and the side gate is best.", "feed the geese", "Feeding the geese is fine"),
    )  # fmt: skip
    harmless = (
        Harmless("X-ray 9/3: no evidence of a rib fracture. Small bruise on the left.",
                 "The X-ray of 9 March excluded a rib fracture and showed a small bruise on the left."),
        Harmless("Ring before you enter. Never feed the geese.", "Feeding the geese is not allowed; one rings first."),
        Harmless("The well was free of lead in May.", "In May no lead was found in the well."),
    )  # fmt: skip

    def find_all(self, s: Parse, o: Parse) -> list[Placed]:
        out = []
        for one in told_as_there(as_written(s.text), as_written(o.text)):
            drift = Drift("negation", one.source, one.output, Reason.TOLD_AS_THERE, with_clause=True)
            out.append(Placed(s.sentence_at(one.source[0]), o.sentence_at(one.output[0]), drift))
        return out
