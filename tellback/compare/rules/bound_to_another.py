"""Names or things that an output gives to each other's company: «Ana has the barn, Ben the mill» told with the two exchanged.

The words that tell them apart do it, whatever verbs the output has; numbers are compared so by compare/values.
"""

from __future__ import annotations

import re

from tellback.compare.binding.exchange import Bound, exchanged
from tellback.compare.binding.misplaced import misplaced
from tellback.compare.binding.tokens import as_written
from tellback.compare.rules.base import Drift, Found, Harmless, Placed, Reason, TextRule
from tellback.language.clauses import Parse

_KINDS = ("name", "word")
#: When somebody lived: its commas part nobody from what is said of them.
_ASIDE = re.compile(r" ?\((?=[^()]*\d{4}|born\b|died\b)[^()\n]{1,80}\),?")


class BoundToAnother(TextRule):
    name = "bound to another"
    kinds = ("roles",)
    reasons = (Reason.TOLD_OF_EACH_OTHER, Reason.TOLD_OF_ANOTHER)
    found = (
        Found("The Elm ward writes with chalk, while Oak has bought typewriters.",
              "Elm has gone over to typewriters; Oak still works with chalk.",
              "Elm ward writes with chalk", "Elm has gone over to typewriters"),
        Found("Lindqvist built the harp in nine weeks and Okoro the drum in two.",
              "The harp is by Okoro, who took nine weeks, the drum by Lindqvist.",
              "Okoro the drum in two", "harp is by Okoro"),
        Found("The north barn stores barley for the brewery. The south barn stores hay for the horses at Ulm.",
              "Barley for the brewery lies in the south barn, hay for the horses in the north one.",
              "north barn stores barley for the brewery", "horses in the north"),
        Found("Ulf Brandt wrote the words, Ida Moreau the music, and Paul Keita directed the first evening at Lund.",
              "The work had its first evening at Lund under the direction of Ulf Brandt; the words are by another.",
              "Ulf Brandt wrote the words", "Lund under the direction of Ulf Brandt"),
    )  # fmt: skip
    harmless = (
        Harmless("The Elm ward writes with chalk, while Oak has bought typewriters.",
                 "Oak writes with typewriters now; in the Elm ward chalk is still used."),
        Harmless("Lindqvist built the harp in nine weeks and Okoro the drum in two.",
                 "The drum is by Okoro, who took two weeks, the harp by Lindqvist."),
        Harmless("The inn on Mill Street shuts in May. Its owner, Clara Roth, has run it since 1990 and wants to paint.",
                 "Having run the Mill Street inn since 1990, Clara Roth is shutting it in May to paint."),
        Harmless("Ulf Brandt (born 10 July, 1988) is a professional rugby union player for Lund in the first league.",
                 "Ulf Brandt is a professional rugby player for Lund."),
        Harmless("Ulf Brandt founded the theatre at Lund. It was directed by Paul Keita, whom he had met in Ulm.",
                 "The theatre at Lund was directed by Paul Keita. Ulf Brandt had met him in Ulm."),
        Harmless("Roth thanked the cooks for the soup, and the guards are now sweeping the hall.",
                 "The guards sweep the hall. Roth was glad of the soup that the cooks had made."),
    )  # fmt: skip

    def find_all(self, s: Parse, o: Parse) -> list[Placed]:
        source, output = (_ASIDE.sub(lambda aside: " " * len(aside[0]), as_written(p.text)) for p in (s, o))
        both = [one for pair in exchanged(source, output) for one in pair]
        out = [_placed(s, o, one, Reason.TOLD_OF_EACH_OTHER) for one in both if one.kind in _KINDS]
        return out + [_placed(s, o, one, Reason.TOLD_OF_ANOTHER) for one in misplaced(source, output) if one.kind in _KINDS]


def _placed(s: Parse, o: Parse, one: Bound, reason: Reason) -> Placed:
    drift = Drift("roles", one.shown[0], one.shown[1], reason)
    return Placed(s.sentence_at(one.source[0]), o.sentence_at(one.output[0]), drift)
