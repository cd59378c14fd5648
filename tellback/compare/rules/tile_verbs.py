"""Harmless changes of the verb around two runs that changed places: another verb, voice or class of word tells the same from the other end."""

from __future__ import annotations

from collections.abc import Sequence

from tellback.compare.rules.base import Drift, guard
from tellback.compare.sentences.pair import SentencePair
from tellback.language.clauses import Parse
from tellback.language.columns import NOMINAL
from tellback.language.lexicon import words

_BECAUSE = frozenset(["because", "since", "as", "due", "owing"])
_HAVING = words("have own hold offer feature contain include carry get provide keep house")
_PLACED = words("at in on for to with available present")


@guard("Goalkeeper Ines Brandt joins Ulm Rovers from Lund for three seasons.", "Ulm Rovers have signed Ines Brandt, a goalkeeper, from Lund for three seasons.")
def another_verb(pair: SentencePair, drift: Drift, found: Sequence[Drift]) -> bool:
    """What joins the runs is another verb: of whom it says what, the places do not show."""
    s, o, t = pair.s, pair.o, pair.tiling
    (p, q) = drift.evidence.first, drift.evidence.second
    mine = [k for k in drift.evidence.between if s.pos[k] == "VERB"]
    theirs = [k for k in range(t.in_output_words(q)[-1] + 1, t.in_output_words(p)[0]) if o.pos[k] == "VERB"]
    mine = mine or _governing(s, t.in_source_words(q)[0])
    theirs = theirs or _governing(o, t.in_output_words(p)[0])
    names, others = {s.key[k] for k in mine}, {pair.contraries.get(o.key[k], o.key[k]) for k in theirs}
    here = {s.key[k] for k in range(*s.sents[pair.i])}
    told = {k for k in range(*o.sents[pair.j]) if o.pos[k] not in NOMINAL}  # «a tear» is no verb that stayed
    there = {pair.contraries.get(o.key[k], o.key[k]) for k in told}
    return bool(names and others) and not names & there and not others & here


@guard("Night shelter is available at six of the nine wards.", "Six wards out of nine have night shelter.")
def had_or_there(pair: SentencePair, drift: Drift, found: Sequence[Drift]) -> bool:
    """«A is at B» on one side, «B has A» on the other."""
    s, o, t = pair.s, pair.o, pair.tiling
    (p, q) = drift.evidence.first, drift.evidence.second
    sides = [
        (s, _between(s, t.in_source_words(p), t.in_source_words(q))), (o, _between(o, t.in_output_words(p), t.in_output_words(q))),
    ]  # fmt: skip
    has = [any(x.lemma[k] in _HAVING and x.pos[k] != "AUX" or x.lemma[k] == "have" for k in between) for x, between in sides]
    there = [any(x.lemma[k] == "be" for k in between) and any(x.low[k] in _PLACED for k in between) for x, between in sides]
    return has[0] and there[1] and not there[0] or has[1] and there[0] and not there[1]


def _between(p: Parse, x: list[int], y: list[int]) -> range:
    first, last = sorted((x, y))
    return range(first[-1] + 1, last[0])


@guard("The load of the harbour table failed because the firm renamed the column.", "A column rename at the firm broke the load of the harbour table.")
def cause_by_a_verb(pair: SentencePair, drift: Drift, found: Sequence[Drift]) -> bool:
    """«A failed because of B» told as «B broke A»: a verb of its own tells the cause from the other end."""
    s, o, t = pair.s, pair.o, pair.tiling
    there = {o.low[k] for k in range(*o.sents[pair.j])}
    theirs = range(t.in_output_words(drift.evidence.second)[-1] + 1, t.in_output_words(drift.evidence.first)[0])
    told = {o.key[k] for k in theirs if o.pos[k] == "VERB"}
    because = any(s.low[k] in _BECAUSE for k in drift.evidence.between)
    return because and not there & _BECAUSE and bool(told - set(s.key[slice(*s.sents[pair.i])]))


def _governing(p: Parse, k: int) -> list[int]:
    """The verb of the clause of word `k`; none where that is a form of «be»."""
    head = p.predicate_of[k]
    return [head] if head >= 0 and p.pos[head] == "VERB" and p.lemma[head] != "be" else []


@guard("There was a crash on empty ledger import.", "Importing an empty ledger crashed.")
def nouns_became_verbs(pair: SentencePair, drift: Drift, found: Sequence[Drift]) -> bool:
    """A noun with its preposition on one side is a verb on the other, whose subject stands before it: «a crash on import»."""
    t = pair.tiling
    ends = [(t.s.pos[t.in_source_words(n)[-1]], t.o.pos[t.in_output_words(n)[-1]]) for n in (drift.evidence.first, drift.evidence.second)]
    return all("VERB" in (a, b) and a != b for a, b in ends)


@guard("Run 15 passed Run 29 at Rostock.", "Run 29 was passed by Run 15 at Rostock.")
def voice_changed(pair: SentencePair, drift: Drift, found: Sequence[Drift]) -> bool:
    """A verb between the runs is passive on one side only, so that subject and object must change places."""
    s, o, t = pair.s, pair.o, pair.tiling
    theirs = {o.key[k]: k in o.passive for k in t.b if k in o.predicates}
    known = {s.key[k] for k in t.a}
    new = {passive for key, passive in theirs.items() if key not in known}  # of the verbs that may stand for another
    return not all(
        (k in s.passive) == theirs[s.key[k]] if s.key[k] in theirs else new <= {k in s.passive}
        for k in drift.evidence.between
        if k in s.predicates
    )
