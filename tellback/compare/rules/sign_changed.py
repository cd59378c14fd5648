"""A clause whose sign changed: stated on one side and denied on the other, or one of its words became its antonym."""

from __future__ import annotations

from tellback.compare.rules.base import Drift, Found, Harmless, Reason, Rule
from tellback.compare.rules.clause_denied import _denial
from tellback.compare.sentences.clauses import Flip, own_keys
from tellback.compare.sentences.denials import denied_contexts
from tellback.compare.sentences.pair import SentencePair
from tellback.compare.sentences.polarity import signs


class SignChanged(Rule):
    name = "sign"
    kinds = ("negation",)
    reasons = (Reason.CLAUSE_DENIED, Reason.ANTONYM)
    found = (
        Found("The cellar was damp, but the attic was not.", "The cellar was not damp, but the attic was.", "was", "not"),
        Found("The board accepted the offer.", "The board rejected the offer.", "accepted", "rejected"),
    )
    harmless = (
        Harmless("In the end the guard did not lock the iron gate.", "The iron gate was not locked by the guard."),
        Harmless("The parcel was heavy.", "The parcel was not light."),
    )

    def __init__(self, denied: bool):
        self.denied = denied

    def find(self, pair: SentencePair) -> list[Drift]:
        s, o = pair.s, pair.o
        mine, theirs = signs(s), signs(o)
        unchanged = denied_contexts(s, pair.i) == denied_contexts(o, pair.j)
        out = []
        for m in pair.matched:
            c, d = m.mine, m.theirs
            a, b = own_keys(s, c), own_keys(o, d)
            pairs = tuple((x, y) for y, x in pair.contraries.items() if x in a and y in b)
            denied = mine[c.head] != theirs[d.head] and not unchanged
            if (denied + len(pairs)) % 2 == 0:
                continue
            if denied != self.denied:
                continue
            flip = Flip(c, d, denied, pairs)
            if denied:
                out.append(Drift("negation", _denial(s, c), _denial(o, d), Reason.CLAUSE_DENIED, evidence=flip))
            else:
                x, y = pairs[0]
                k = next(k for k in c.own if s.key[k] == x)
                n = next(k for k in d.own if o.key[k] == y)
                out.append(
                    Drift("negation", s.span(k, k), o.span(n, n), Reason.ANTONYM, (s.low[k], o.low[n]), evidence=flip)
                )
        return out


class SignDenied(SignChanged):
    name = "sign denied"
    reasons = (Reason.CLAUSE_DENIED,)


class SignAntonym(SignChanged):
    name = "sign antonym"
    reasons = (Reason.ANTONYM,)
