"""A permission that holds on a condition only, told without it: «may be opened, but only after a call» as «may be opened».

Summaries leave much out, and a permission without its condition says something else than its source. Only conditions that stand
in the sentence of the permission count, only where the output has no word of theirs, and no other that makes one.
"""

from __future__ import annotations

import re

from tellback.compare.binding.among import Among
from tellback.compare.rules.base import Drift, Found, Harmless, Placed, Reason, TextRule
from tellback.compare.sentences.surroundings import denied
from tellback.facts.relations import clause_span
from tellback.language.clauses import Clause, Parse
from tellback.language.lexicon import words

_MAY = words("may can could")
_CONDITION = re.compile(r"\b(?:only (?:after|if|when|once|with|on)|if|provided(?: that)?|unless|on condition|as long as|so long as)\b", re.I)
_ANY = re.compile(
    r"\b(?:only|if|provided|providing|unless|condition\w*|long as|after|once|when|with|without|before|until|require\w*|need\w*|must|ha(?:s|ve) to|subject to|depend\w*|first|"
    r"except|case|given|accompanied|against|upon|by)\b",
    re.I,
)
#: Content words of a condition, at least, and words that both clauses have, of which so many stand once in the source.
LEAST, SHARED, ONCE = 1, 3, 2


class ConditionDropped(TextRule):
    name = "condition dropped"
    kinds = ("negation",)
    reasons = (Reason.CONDITION_DROPPED,)
    found = (
        Found("Guests may use the boat house at night, but only after calling the warden.", "Guests may use the boat house at night.",
              "Guests may use the boat house", "Guests may use the boat house"),
        Found("Pupils of form three can join the canoe trip if a teacher comes along. Bring a towel.",
              "Bring a towel. Pupils of form three can join the canoe trip.",
              "Pupils of form three can join the canoe trip", "Pupils of form three can join the canoe trip"),
    )  # fmt: skip
    harmless = (
        Harmless("Guests may use the boat house at night, but only after calling the warden.",
                 "At night guests may use the boat house once they have called the warden."),
        Harmless("Guests may use the boat house at night, but only after calling the warden.",
                 "Guests who have called the warden may use the boat house at night."),
        Harmless("Pupils of form three can join the canoe trip if a teacher comes along.",
                 "With a teacher, pupils of form three can join the canoe trip."),
        Harmless("Guests may use the boat house at night. If it rains, the warden closes it.", "Guests may use the boat house at night."),
    )  # fmt: skip

    def find_all(self, s: Parse, o: Parse) -> list[Placed]:
        given = [c for c in s.clauses if _permits(s, c)]
        told = [d for d in o.clauses if _permits(o, d) and not _ANY.search(_sentence(o, d))] if given else []
        if not told:
            return []
        among, known, out = Among(s.text, o.text), set(o.key), []
        for d in told:
            for c in (c for c in given if c.key == d.key):
                condition = _condition(s, c)
                if len(condition) < LEAST or condition & known or not _alike(s, c, o, d, among):
                    continue
                drift = Drift("negation", clause_span(s, c), clause_span(o, d), Reason.CONDITION_DROPPED, with_clause=True)
                out.append(Placed(s.sent_of[c.head], o.sent_of[d.head], drift))
                break
        return out


def _permits(p: Parse, c: Clause) -> bool:
    """Whether a clause, which is no condition itself, says that something may be."""
    return any(p.low[k] in _MAY for k in p.children[c.head] if p.dep[k] == "aux") and not denied(p, c.head) and p.dep[c.head] != "advcl"


def _sentence(p: Parse, c: Clause) -> str:
    first, stop = p.sents[p.sent_of[c.head]]
    return p.text[p.start[first] : p.span(stop - 1, stop - 1)[1]]


def _condition(p: Parse, c: Clause) -> set[str]:
    """The stems of the words of content of the condition behind a clause, or in front of it: up to the next comma or the end."""
    text = _sentence(p, c)
    first, stop = p.sents[p.sent_of[c.head]]
    found = _CONDITION.search(text)
    if found is None:
        return set()
    start = p.start[first] + found.end()
    end = text.find(",", found.end())
    end = p.start[first] + (end if end >= 0 else len(text))
    return {p.key[k] for k in range(first, stop) if start <= p.start[k] < end and p.is_content(k)}


def _alike(s: Parse, c: Clause, o: Parse, d: Clause, among: Among) -> bool:
    """Whether both clauses speak of one thing: enough words that both have, some of which stand once in the source."""
    mine, theirs = ({p.key[k] for k in x.own if p.is_content(k)} | {x.key} for p, x in ((s, c), (o, d)))
    mine |= among.source(s.start[c.head])
    shared = mine & theirs
    return len(shared) >= SHARED and sum(s.key.count(word) == 1 for word in shared) >= ONCE
