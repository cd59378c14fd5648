"""A number that the source gives to another subject, where it gives this one another number."""

from __future__ import annotations

from tellback.compare.rules.base import Drift, Found, Harmless, Reason, Rule
from tellback.compare.sentences.pair import SentencePair
from tellback.language.slots import amount_subjects, amounts


class MisplacedAmount(Rule):
    name = "misplaced amount"
    kinds = ("attribution",)
    reasons = (Reason.AMOUNT_MISPLACED,)
    found = (
        Found(
            "The camp holds 40 prisoners in May. The fort holds 95 prisoners in June.",
            "The camp holds 95 prisoners in May. The fort is full in June.",
            "40",
            "95",
        ),
        Found("Ulm has 3 bridges. Lyon has 9 bridges.", "Ulm has 9 bridges. Lyon has 3 bridges.", "3", "9"),
    )
    harmless = (
        Harmless("Clara owns 7 horses. Ruth owns 12 horses.", "Ruth owns 12 horses. Clara owns 7 horses."),
        Harmless("Clara owns 7 horses. Ruth owns 12 horses.", "Ruth has 12 horses, and Clara has 7."),
    )

    def find(self, pair: SentencePair) -> list[Drift]:
        s, i, o, j = pair.s, pair.i, pair.o, pair.j
        theirs = amounts(o, j)
        out = []
        for subject, counted, number, k in amounts(s, i) if theirs else ():
            for other, what, said, m in theirs:
                if (subject, counted) != (other, what) or number == said:
                    continue
                if said in s.low[slice(*s.sents[i])] or number in o.low[slice(*o.sents[j])]:
                    continue  # within one sentence the exchange rules see more
                givers = amount_subjects(s).get((what, said), set())
                if givers and subject not in givers:
                    spans = s.span(k, k), o.span(m, m)
                    out.append(Drift("attribution", *spans, Reason.AMOUNT_MISPLACED))
        return out
