"""A word of a clause became its antonym: «accepted the appeal» told as «rejected the appeal»."""

from __future__ import annotations

from collections.abc import Sequence

from tellback.compare.rules.base import Drift, Found, Harmless, Reason, Rule, guard
from tellback.compare.sentences.clauses import Flip
from tellback.compare.sentences.pair import SentencePair
from tellback.compare.sentences.polarity import wished_otherwise as too_much
from tellback.language.clauses import Clause, Parse

_COMPARATIVE = ("JJR", "RBR")


class Antonym(Rule):
    name = "antonym"
    kinds = ("negation",)
    reasons = (Reason.ANTONYM,)
    found = (
        Found("The board accepted the offer.", "The board rejected the offer.", "accepted", "rejected"),
        Found("The court of Ulm upheld the fine.", "The fine was struck down by the court of Ulm.", "upheld", "struck"),
        Found("The well behind the mill was full.", "Behind the mill the well was empty.", "full", "empty"),
    )
    harmless = (
        Harmless("The workers were not happy with the offer.", "The workers were unhappy with the offer."),
        Harmless("The parcel was heavy.", "The parcel was not light."),
        Harmless("The shops of Ulm stopped accepting old coins in May.", "The shops of Ulm rejected old coins in May."),
    )

    def find(self, pair: SentencePair) -> list[Drift]:
        s, o = pair.s, pair.o
        out = []
        for flip in pair.flips:
            if not flip.denied:
                a, b = _places(pair, flip)
                words = s.low[a], o.low[b]
                out.append(Drift("negation", s.span(a, a), o.span(b, b), Reason.ANTONYM, words, evidence=flip))
        return out


def _places(pair: SentencePair, flip: Flip) -> tuple[int, int]:
    """The words of the first pair of antonyms."""
    x, y = flip.contraries[0]
    return _place(pair.s, flip.mine, x), _place(pair.o, flip.theirs, y)


def _place(p: Parse, clause: Clause, key: str) -> int:
    """The word of a clause with this stem; its verb, where that has one with its particle only."""
    return next((k for k in clause.own if p.key[k] == key), clause.head)


@guard("On the hill the fence was shorter than at the road.", "At the road the fence was longer than on the hill.")
def compared_with_another(pair: SentencePair, drift: Drift, found: Sequence[Drift]) -> bool:
    """Two comparatives that compare with different things: «shorter there than here», «longer here than there»."""
    s, o, flip = pair.s, pair.o, drift.evidence
    a, b = _places(pair, flip)
    if s.tag[a] not in _COMPARATIVE or o.tag[b] not in _COMPARATIVE:
        return False
    mine, theirs = _compared(s, a), _compared(o, b)
    return bool(mine and theirs) and mine != theirs


@guard("The vents opened too late.", "The vents opened earlier in the end.")
def wished_otherwise(pair: SentencePair, drift: Drift, found: Sequence[Drift]) -> bool:
    """«Too late» where the other text says «earlier»."""
    a, b = _places(pair, drift.evidence)
    return too_much(pair.s, a, pair.o, b)


def _compared(p: Parse, k: int) -> str:
    """The stem of the noun behind the next «than» in the sentence of word `k`."""
    last = p.sents[p.sent_of[k]][1]
    than = next((i for i in range(k, last) if p.low[i] == "than"), last)
    return next((p.key[i] for i in range(than, last) if p.pos[i] in ("NOUN", "PROPN")), "")
