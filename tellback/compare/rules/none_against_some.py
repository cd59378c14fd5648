"""«All» or «some» became «none», or «none» became these: a denial that stands in a quantifier."""

from __future__ import annotations

from collections.abc import Sequence

from tellback.compare.rules.base import Drift, Found, Harmless, Reason, Rule, guard
from tellback.compare.rules.quantifier import conflicts, drift, names
from tellback.compare.sentences.pair import SentencePair


class NoneAgainstSome(Rule):
    name = "none against some"
    kinds = ("quantifier",)
    reasons = (Reason.NONE_AGAINST_SOME,)
    found = (
        Found("All of the ferries stopped at noon.", "None of the ferries stopped at noon.", "All", "None"),
        Found("No guard saw the fire.", "Every guard saw the fire.", "No", "Every"),
    )
    harmless = (
        Harmless("No guard saw the fire.", "None of the guards saw the fire."),
        Harmless("Nobody saw the fire.", "No one saw the fire."),
    )

    def find(self, pair: SentencePair) -> list[Drift]:
        return [drift(pair, two, Reason.NONE_AGAINST_SOME) for two in conflicts(pair) if "none" in names(two)]


@guard("The village has lost none of its old wells.", "The village has kept all of its old wells.")
def another_verb(pair: SentencePair, drift: Drift, found: Sequence[Drift]) -> bool:
    """«All» against «none» where the verb is another as well: «lost none» says as much as «kept all»."""
    s, two = pair.s, drift.evidence
    verb = s.predicate_of[two.mine.words[0]]
    told = pair.o.key[slice(*pair.o.sents[pair.j])]
    return names(two) == {"all", "none"} and verb >= 0 and s.lemma[verb] != "be" and s.key[verb] not in told
