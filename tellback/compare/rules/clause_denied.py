"""A clause that one side denies and the other states, by the parse: whatever else was edited in the sentence."""

from __future__ import annotations

from collections.abc import Sequence

from tellback.compare.rules.base import Drift, Found, Harmless, Reason, Rule, guard
from tellback.compare.sentences.denials import denials, implied, parities
from tellback.compare.sentences.pair import SentencePair
from tellback.language.clauses import Clause, Parse
from tellback.language.lexicon import NEG_RAISING
from tellback.records import Span


class ClauseDenied(Rule):
    name = "clause denied"
    kinds = ("negation",)
    reasons = (Reason.CLAUSE_DENIED,)
    found = (
        Found("The cellar was damp, but the attic was not.", "The cellar was not damp, but the attic was.", "was", "not"),
        Found("In the end the guard did not lock the iron gate that night, though Clara had asked him.",
              "The guard locked the iron gate that night.", "not", "locked"),
    )  # fmt: skip
    harmless = (
        Harmless("In the end the guard did not lock the iron gate.", "The iron gate was not locked by the guard."),
        Harmless("Nobody in the town saw the fire.", "The fire was not seen by anybody in the town."),
    )

    def find(self, pair: SentencePair) -> list[Drift]:
        s, o = pair.s, pair.o
        return [
            Drift("negation", _denial(s, f.mine), _denial(o, f.theirs), Reason.CLAUSE_DENIED, evidence=f)
            for f in pair.flips if f.denied
        ]  # fmt: skip


def _denial(p: Parse, c: Clause) -> Span:
    """The word that denies the clause, or the verb that a denial would stand at."""
    if c.negators:
        return p.span(c.negators[0], c.negators[0])
    matrix = p.head[c.head]
    if p.dep[c.head] == "xcomp" and c.denied:
        return p.span(matrix, matrix)
    for k in p.children[c.head]:
        if p.dep[k] in ("aux", "auxpass") and k < c.head and p.tag[k] != "TO":
            return p.span(k, k)
    return p.span(c.head, c.head)


@guard("Some of the guests ate the soup, but others never ate it.", "The soup was eaten by some of the guests but never by others.")
def some_and_others(pair: SentencePair, drift: Drift, found: Sequence[Drift]) -> bool:
    """«Some did, others did not»: whom a denial belongs to is left to a word that is not there."""
    both = ((pair.s, pair.s_words), (pair.o, pair.o_words))
    parted = [sum(p.low[k] in ("some", "others") for k in words) > 1 for p, words in both]
    (s, sw), (o, ow) = both
    return all(parted) and len(denials(s, sw, o, ow)) == len(denials(o, ow, s, sw)) > 0


@guard("The barge could not enter the lock at night.", "It was impossible for the barge to enter the lock at night.")
def implied_denial(pair: SentencePair, drift: Drift, found: Sequence[Drift]) -> bool:
    """One side denies without a negator: «impossible to enter», «stopped accepting», «only if» for «not unless»."""
    s, sw, o, ow, flip = pair.s, pair.s_words, pair.o, pair.o_words, drift.evidence
    return implied(s, sw, flip.mine.head, o, ow) or implied(o, ow, flip.theirs.head, s, sw)


@guard("He came back without his hat.", "When he came back he did not have his hat.")
def denied_in_another_clause(pair: SentencePair, drift: Drift, found: Sequence[Drift]) -> bool:
    """The side that seems to affirm denies as often, in words that belong to no clause of the other: «it is not true that
    he came», «he came without a hat» for «he came, he had no hat»."""
    if len(found) > 1:
        return False
    s, sw, o, ow, flip = pair.s, pair.s_words, pair.o, pair.o_words, drift.evidence
    mine, theirs = denials(s, sw, o, ow), denials(o, ow, s, sw)
    if len(mine) != len(theirs):
        return False
    if flip.mine.denied:
        denied, p, q, at, heads = theirs, o, s, pair.i, {m.theirs.head for m in pair.matched}
    else:
        denied, p, q, at, heads = mine, s, o, pair.j, {m.mine.head for m in pair.matched}
    around = q.sents[max(at - 1, 0)][0], q.sents[min(at + 1, len(q.sents) - 1)][1]
    told = {q.key[k] for k in q.predicates if around[0] <= k < around[1]}
    own = [p.predicate_of[k] for k in denied if p.low[k] != "without"]
    return bool(denied) and all(v not in heads and (v < 0 or p.key[v] not in told) for v in own)


@guard("I do not think that the gate is safe.", "I think that the gate is not safe.")
def negation_raised(pair: SentencePair, drift: Drift, found: Sequence[Drift]) -> bool:
    """A denial went from a verb like «think» to what is thought, or back, which says the same."""
    if len(found) != 2:
        return False
    s = pair.s
    outer, inner = sorted((d.evidence for d in found), key=lambda f: f.mine.head)
    a, b = outer.mine, inner.mine
    governs = s.head[b.head] == a.head and s.dep[b.head] in ("xcomp", "ccomp") or s.lemma[a.head] == "need"
    raised = a.denied == inner.theirs.denied != b.denied == outer.theirs.denied
    return governs and s.lemma[a.head] in NEG_RAISING and raised


@guard("The mill has no more useful machines.", "The mill does not have more useful machines.")
def denied_all_the_same(pair: SentencePair, drift: Drift, found: Sequence[Drift]) -> bool:
    """The side that seems to affirm denies in words that the parse gives to no denial: «no more», or in a verb above that
    a denial passes through."""
    if len(found) > 1:
        return False
    s, sw, o, ow, flip = pair.s, pair.s_words, pair.o, pair.o_words, drift.evidence
    p, clause, words, q, others = (o, flip.theirs, ow, s, sw) if flip.mine.denied else (s, flip.mine, sw, o, ow)
    if len(parities(p, words, q, others)) > 1:
        return True
    elsewhere = [k for k in denials(p, words, q, others) if k not in clause.negators]
    return any(k in clause.own or _verb_of(p, k) in NEG_RAISING for k in elsewhere)


def _verb_of(p: Parse, k: int) -> str:
    """The verb of the clause that the word `k` belongs to."""
    return p.lemma[p.predicate_of[k]] if p.predicate_of[k] >= 0 else ""
