"""«All» or «some» became «none», or «none» became these: a denial that stands in a quantifier."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tellback.compare.rules.base import Drift, Found, Harmless, Reason, Rule, guard
from tellback.compare.rules.quantifier import conflicts, drift, names
from tellback.compare.sentences.pair import SentencePair
from tellback.language.clauses import Clause, Parse
from tellback.language.lexicon import NOBODY, words

_SUBJECTS = ("nsubj", "nsubjpass")
_LEFT_OUT = words("except but excepting besides apart other only if unless else though although before until till without")
_OPEN = words("may might could would if unless can should")
_ELSEWHERE = words("another other different elsewhere")


class NoneAgainstSome(Rule):
    name = "none against some"
    kinds = ("quantifier",)
    reasons = (Reason.NONE_AGAINST_SOME,)
    found = (
        Found("All of the ferries stopped at noon.", "None of the ferries stopped at noon.", "All", "None"),
        Found("No guard saw the fire.", "Every guard saw the fire.", "No", "Every"),
        Found("Nobody was hurt in the fire.", "Three guards were hurt in the fire.", "Nobody", "Three guards"),
    )
    harmless = (
        Harmless("No guard saw the fire.", "None of the guards saw the fire."),
        Harmless("Nobody saw the fire.", "No one saw the fire."),
        Harmless("Nobody was hurt in the fire, but a guard was hurt on the way home.", "A guard was hurt on the way home from the fire."),
        Harmless("Nobody except the porter was hurt.", "The porter was hurt."),
    )

    def find(self, pair: SentencePair) -> list[Drift]:
        found = [drift(pair, two, Reason.NONE_AGAINST_SOME) for two in conflicts(pair) if "none" in names(two)]
        return found or [*_somebody(pair)]


def _somebody(pair: SentencePair) -> Iterator[Drift]:
    """What nobody does on one side, told of somebody on the other who does nothing else there."""
    s, o, i, j = pair.s, pair.o, pair.i, pair.j
    for p, n, q, m, turned in ((s, i, o, j, False), (o, j, s, i, True)):
        if not _LEFT_OUT.isdisjoint(p.low[slice(*p.sents[n])]):
            continue
        for c in p.clauses_of_sentence[n]:
            nobody = [k for k in p.sub(c.head, _SUBJECTS) if p.low[k] == "nobody" or p.low[k - 1 : k + 1] == ["no", "one"]]
            said = _said(p, c, nobody)
            if not nobody or not said or sum(said <= _said(p, e, ()) for e in p.clauses_of_sentence[n]) > 1:
                continue
            for d in q.clauses_of_sentence[m] if _ELSEWHERE.isdisjoint(q.low[slice(*q.sents[m])]) else ():
                who = q.sub(d.head, _SUBJECTS)
                if d.denied or not who or q.low[who[0]] in NOBODY or "no" in q.low[who[0] - 1 : who[0]] or q.tag[who[0]] == "WP" or any(q.low[k] in _OPEN for k in q.children[d.head]):
                    continue
                whole = sorted(q.tree(who[0]))
                told = _said(q, d, whole)
                if told and (told <= said or d.key == c.key and q.lemma[d.head] != "be" and told <= set(p.key[slice(*p.sents[n])])):
                    mine, theirs = p.span(nobody[0], nobody[0]), q.span(whole[0], whole[-1])
                    yield Drift("quantifier", *((theirs, mine) if turned else (mine, theirs)), Reason.NONE_AGAINST_SOME, ("some", "none") if turned else ("none", "some"))


def _said(p: Parse, c: Clause, without: Sequence[int]) -> set[str]:
    """The content words of a clause but for some."""
    return {p.key[k] for k in (c.head, *c.own) if k not in without and p.is_content(k) and p.lemma[k] != "be"}


@guard("The village has lost none of its old wells.", "The village has kept all of its old wells.")
def another_verb(pair: SentencePair, drift: Drift, found: Sequence[Drift]) -> bool:
    """«All» against «none» where the verb is another as well: «lost none» says as much as «kept all»."""
    s, two = pair.s, drift.evidence
    if two is None:
        return False
    verb = s.predicate_of[two.mine.words[0]]
    told = pair.o.key[slice(*pair.o.sents[pair.j])]
    return names(two) == {"all", "none"} and verb >= 0 and s.lemma[verb] != "be" and s.key[verb] not in told
