"""«All» became «some», «at least» became «at most»: another quantifier of the same noun or verb."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tellback.compare.rules.base import Drift, Found, Harmless, Reason, Rule, guard
from tellback.compare.sentences.denials import denied_contexts
from tellback.compare.sentences.pair import SentencePair
from tellback.language.lexicon import QUANTIFIER_CONFLICTS
from tellback.language.quantity import Quantity, quantities


@dataclass(frozen=True, eq=False)
class TwoQuantities:
    mine: Quantity
    theirs: Quantity


class QuantifierChanged(Rule):
    name = "quantifier"
    kinds = ("quantifier",)
    reasons = (Reason.QUANTIFIER_CHANGED,)
    found = (
        Found("All ferries stopped at noon.", "Some ferries stopped at noon.", "All", "Some"),
        Found("The hall holds at least 90 people.", "The hall holds at most 90 people.", "at least", "at most"),
        Found("The clerk always signs the list.", "The clerk rarely signs the list.", "always", "rarely"),
    )  # fmt: skip
    harmless = (
        Harmless("All ferries stopped at noon.", "Every ferry stopped at noon."),
        Harmless("The hall holds up to 90 people.", "The hall holds at most 90 people."),
    )

    def find(self, pair: SentencePair) -> list[Drift]:
        return [drift(pair, two, Reason.QUANTIFIER_CHANGED) for two in conflicts(pair) if "none" not in names(two)]


def conflicts(pair: SentencePair) -> Iterator[TwoQuantities]:
    """The quantities of one thing that the two texts cannot both have."""
    theirs = quantities(pair.o, pair.j)
    for a in quantities(pair.s, pair.i):
        same = [b for b in theirs if b.of == a.of]
        if not same or any(b.name == a.name for b in same):
            continue
        two = TwoQuantities(a, same[0])
        if names(two) in QUANTIFIER_CONFLICTS or names(two) == {"min", "max"}:
            yield two


def names(two: TwoQuantities) -> frozenset[str]:
    """The classes of both quantifiers."""
    return frozenset((two.mine.name, two.theirs.name))


def drift(pair: SentencePair, two: TwoQuantities, reason: Reason) -> Drift:
    """The finding that stands on both quantifiers."""
    spans = pair.s.span(*two.mine.words), pair.o.span(*two.theirs.words)
    return Drift("quantifier", *spans, reason, (two.mine.name, two.theirs.name), evidence=two)


@guard("Clara wrote\n    Do not try a jammed lock more than 3 times", "Do not try a jammed lock more than 3 times")
def same_words_denied_as_before(pair: SentencePair, drift: Drift, found: Sequence[Drift]) -> bool:
    """The same words, and every denial before the word it stood before: only the parse has moved the denial."""
    (a, b), (c, d) = drift.evidence.mine.words, drift.evidence.theirs.words
    same = pair.s.low[a : b + 1] == pair.o.low[c : d + 1]
    return same and denied_contexts(pair.s, pair.i) == denied_contexts(pair.o, pair.j)
