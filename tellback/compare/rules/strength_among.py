"""What may be done told as what must be, or the other way round: «can take Wednesday off» told as «must take Wednesday off»."""

from __future__ import annotations

from tellback.compare.binding.matter import Matters
from tellback.compare.rules.base import Drift, Found, Harmless, Placed, Reason, TextRule
from tellback.compare.sentences.surroundings import denied
from tellback.language.clauses import Parse
from tellback.language.strength import strengths
from tellback.records import Span


class StrengthAmong(TextRule):
    name = "strength among the same words"
    kinds = ("roles",)
    reasons = (Reason.STRENGTH_AMONG,)
    found = (
        Found("Bo's gang can leave the site at noon. The crane stays until six.", "As the crane stays, Bo's gang must leave the site at noon.",
              "can leave", "must leave"),
        Found("The lender may sell the barge when two payments are late.", "When two payments are late, the contract obliges the lender to sell the barge.",
              "may sell", "obliges the lender to sell"),
    )  # fmt: skip
    harmless = (
        Harmless("Bo's gang can leave the site at noon.", "At noon Bo's gang is free to leave the site."),
        Harmless("The lender may sell the barge when two payments are late, but must tell the owner.",
                 "The lender, who must tell the owner, may sell the barge when two payments are late."),
        Harmless("Guests may enter only with a pass.", "Guests must have a pass to enter."),
        Harmless("The horn may not be used.", "The horn must not be used."),
        Harmless("Guests must not bring more than three bags.", "Guests may bring at most three bags."),
    )  # fmt: skip

    def find_all(self, s: Parse, o: Parse) -> list[Placed]:
        mine, theirs = strengths(s), strengths(o)
        if not mine or not theirs:
            return []
        matters, out = Matters(s.text, o.text), []
        for k, (b, at) in theirs.items():
            of = [m for m in mine if s.key[m] == o.key[k]]
            if not of or any(mine[m][0] == b for m in of) or denied(o, k):
                continue
            told = matters.told(o.start[k], frozenset((o.key[k],)))
            m = next((m for m in of if told and not denied(s, m) and s.sentence_at(told[0]) == s.sent_of[m]), None)
            if m is not None and not _with_not(s, m, mine[m][1]) and not _with_not(o, k, at):
                drift = Drift("roles", _span(s, m, mine[m][1]), _span(o, k, at), Reason.STRENGTH_AMONG, (mine[m][0], b), with_clause=True)
                out.append(Placed(s.sent_of[m], o.sent_of[k], drift))
        return out


def _with_not(p: Parse, k: int, at: int) -> bool:
    """«Must not bring more than three»: the denial there is of the bound, and makes «may bring at most three» of it."""
    return any(p.low[i] in ("not", "n't", "never") for i in range(min(k, at), max(k, at)))


def _span(p: Parse, k: int, at: int) -> Span:
    """From the word `at`, which gives the verb `k` its strength, to the verb."""
    return p.span(min(k, at), max(k, at))
