"""One of two arguments alone, in the other's role: «Alice hit Bob» told as «Alice was hit»."""

from __future__ import annotations

from tellback.compare.rules.base import Drift, Found, Harmless, Reason, Rule
from tellback.compare.sentences.company import across_items
from tellback.compare.sentences.governors import noun_phrases
from tellback.compare.sentences.pair import SentencePair
from tellback.language.clauses import Clause, Parse


class LoneRole(Rule):
    name = "lone role"
    kinds = ("roles",)
    reasons = (Reason.LONE_ROLE_CHANGED,)
    found = (
        Found("Clara bribed the judge.", "Clara was bribed.", "Clara bribed the judge", "Clara was bribed"),
        Found("The rebels captured the general in May.", "The rebels were captured in May.",
              "rebels captured the general", "rebels were captured"),
    )  # fmt: skip
    harmless = (
        Harmless("Clara bribed the judge.", "The judge was bribed."),
        Harmless("The rebels captured the general in May.", "The rebels were captured in May by the general, whom the rebels captured."),
        Harmless("- [x] Backup restored on the spare machine\n- [ ] Password reset mail in Polish", "The backup was restored on the spare machine."),
    )

    def find(self, pair: SentencePair) -> list[Drift]:
        s, o = pair.s, pair.o
        out = []
        for c in s.clauses_of_sentence[pair.i]:
            agents, patients = _named(s, c, "agent"), _named(s, c, "patient")
            if not agents or not patients or agents.keys() & patients.keys() or " " in c.key or c.key in ("be", "have"):
                continue
            for d in o.clauses_of_sentence[pair.j]:
                stated = any(o.dep[k] in ("nsubj", "nsubjpass") for k in o.children[d.head])
                if d.key != c.key or not stated or d.negators or c.negators:
                    continue
                theirs = _named(o, d, "patient")
                wrong = theirs.keys() & agents.keys()
                if wrong and not {"agent", "by"} & d.roles.keys() and not theirs.keys() & patients.keys():
                    unit = wrong.pop()
                    spans = (
                        noun_phrases(s, agents[unit], next(iter(patients.values()))),
                        noun_phrases(o, theirs[unit], d.head),
                    )
                    out.append(Drift("roles", *spans, Reason.LONE_ROLE_CHANGED))
        return out


def _named(p: Parse, clause: Clause, role: str) -> dict[str, int]:
    """What fills a role -> its word, open pronouns and words of another item of a list left out."""
    return {unit: k for k in clause.roles.get(role, ()) if (unit := p.unit(k)) and not across_items(p, k, clause.head)}
