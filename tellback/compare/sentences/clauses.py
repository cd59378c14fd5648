"""Which clauses of two sentences tell of one thing, and which of these say the contrary of each other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tellback.compare.sentences.denials import denied_contexts
from tellback.compare.sentences.polarity import signs
from tellback.language.clauses import Clause, Parse
from tellback.language.lexicon import NEGATORS, words
from tellback.language.status import Status, statuses

_OWN = words("NOUN PROPN VERB ADJ NUM ADV")
#: Share of the shorter clause's words that two must have in common.
SHARED = 0.5
#: Words before a verb in which «yet to» is looked for.
_REACH = 4


@dataclass(frozen=True, eq=False)
class Matched:
    """A clause of the source and the one of the output that tells of the same."""

    mine: Clause
    theirs: Clause


@dataclass(frozen=True, eq=False)
class Flip(Matched):
    """Two that say the contrary: `denied`, if by their signs (polarity.py); `contraries`, the pairs of a stem of the source and its
    antonym in the output. An even number of both together is no flip, for each undoes another."""

    denied: bool
    contraries: tuple[tuple[str, str], ...]


def own_keys(p: Parse, clause: Clause) -> set[str]:
    """The stems of a clause's content words."""
    return {p.key[k] for k in clause.own if p.pos[k] in _OWN} - NEGATORS | {clause.key}


def matched_clauses(s: Parse, i: int, o: Parse, j: int, contraries: Mapping[str, str]) -> list[Matched]:
    """Clauses of the two sentences that have one predicate (or contrary ones) and share most of their words, each clause
    once, the best first."""
    theirs = [(d, own_keys(o, d)) for d in o.clauses_of_sentence[j]]
    scored = []
    for c in s.clauses_of_sentence[i]:
        mine = own_keys(s, c)
        for d, keys in theirs:
            same = c.key == d.key or contraries.get(d.key) == c.key
            spelt = {contraries.get(k, k) for k in keys}
            common = len(mine & spelt)
            if not same or not common or common < SHARED * min(len(mine), len(spelt)):
                continue
            if c.key in ("be", "have", "do", "say") and not (mine & spelt) - {c.key}:
                continue
            if _other_subject(s, c, o, d):
                continue
            scored.append((common / max(len(mine), len(spelt)), -abs(c.head - d.head), c, d))
    out: list[Matched] = []
    for *_, c, d in sorted(scored, key=lambda t: t[:2], reverse=True):
        if not any(c is m.mine or d is m.theirs for m in out):
            out.append(Matched(c, d))
    return out


def _other_subject(s: Parse, c: Clause, o: Parse, d: Clause) -> bool:
    """Whether the two clauses are about different things: «the vaccine was tested», «the drug was not tested»."""
    role = "agent" if "agent" in c.roles and "agent" in d.roles else "patient"
    mine, theirs = ({p.unit(k) or p.low[k] for k in x.roles.get(role, ())} for p, x in ((s, c), (o, d)))
    if not mine or not theirs or mine & theirs or _nobody(s, c) or _nobody(o, d):
        return False
    words, others = ({w for u in units for w in u.split()} for units in (mine, theirs))
    named = any(s.unit(k) for k in c.roles[role]) and any(o.unit(k) for k in d.roles[role])
    pronouns = not any(s.unit(k) for k in c.roles[role]) and not any(o.unit(k) for k in d.roles[role])
    return (named or pronouns) and not words & others and not (mine | theirs) & {"somebody", "someone"}


def _nobody(p: Parse, c: Clause) -> bool:
    """Whether the «it» of «it is forbidden to smoke» stands for the doer."""
    h = p.head[c.head]
    return p.dep[c.head] == "xcomp" and any(p.low[k] == "it" for k in p.sub(h, ("nsubj", "nsubjpass", "expl")))


def flips(s: Parse, i: int, o: Parse, j: int, matched: list[Matched], contraries: Mapping[str, str]) -> list[Flip]:
    """The matched clauses that say the contrary of each other."""
    # where every negator stands before the word it stood before, only the parse has moved it to another clause
    contexts = denied_contexts(s, i)
    unchanged = bool(contexts) and contexts == denied_contexts(o, j)
    mine_denied, theirs_denied = signs(s), signs(o)
    out = []
    for m in matched:
        mine, theirs = own_keys(s, m.mine), own_keys(o, m.theirs)
        pairs = tuple((x, y) for y, x in contraries.items() if x in mine and y in theirs)
        denied = mine_denied[m.mine.head] != theirs_denied[m.theirs.head] and not unchanged
        if (denied + len(pairs)) % 2:
            out.append(Flip(m.mine, m.theirs, denied, pairs))
    return out


def not_yet(s: Parse, mine: Clause, o: Parse, theirs: Clause) -> bool:
    """Whether one clause says that a deed was not done, and the other that it is still to be done."""
    return _undone(s, mine) and _to_do(o, theirs) or _undone(o, theirs) and _to_do(s, mine)


def _undone(p: Parse, c: Clause) -> bool:
    """Denied of what is past, «has not paid», or by «has yet to»."""
    yet = "yet" in p.low[max(c.head - _REACH, 0) : c.head] or "yet" in [p.low[k] for k in c.own]
    return signs(p)[c.head] and (statuses(p).get(c.head) is Status.DONE or yet)


def _to_do(p: Parse, c: Clause) -> bool:
    return not signs(p)[c.head] and statuses(p).get(c.head) is Status.TO_DO
