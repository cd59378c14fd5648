"""Whether a clause states or denies, whatever the words that do it: each normaliser may turn the sign of a clause.

A clause's own negators give its sign; then come implicatives («fail to», «impossible to», «stop»), denials passed down by
verbs of thinking and need, conditions («only if» is «not unless»), what was rejected («instead of going») and bounds («not
more than» is «at most»). Two clauses of one predicate contradict each other where an odd number of signs and antonyms
differs; so «not impossible» and «possible» agree by arithmetic.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

from tellback.language.clauses import Clause, Parse
from tellback.language.lexicon import DENYING_VERBS, IMPLYING, NEG_RAISING, words

#: Adjectives and participles as implicatives stand under a copula, so that their own clause is that of the copula.
_PREDICATIVE = ("acomp", "attr", "oprd")
_IMPLICATIVE = IMPLYING | DENYING_VERBS
_COMPARED = words("more less fewer higher lower greater better longer later earlier")


class Normaliser(NamedTuple):
    """`turns(p, clause, denied)` says whether the sign of a clause is to be turned, given the signs worked out so far;
    `example`: two sentences whose clauses have one sign by it."""

    name: str
    turns: Callable[[Parse, Clause, dict[int, bool]], bool]
    example: tuple[str, str]


def normaliser(one: str, two: str) -> Callable[[Callable[[Parse, Clause, dict[int, bool]], bool]], Normaliser]:
    return lambda turns: Normaliser(turns.__name__, turns, (one, two))


def _governors(p: Parse, i: int) -> list[int]:
    """The words above a predicate, nearest first, up to the next predicate and its complement."""
    out = []
    while p.head[i] != i:
        i = p.head[i]
        out.append(i)
        if i in p.predicates:
            out += [c for c in p.children[i] if p.dep[c] in _PREDICATIVE]
            break
    return out


@normaliser("It was impossible for the barge to enter the lock.", "The barge could not enter the lock.")
def implicative(p: Parse, clause: Clause, denied: dict[int, bool]) -> bool:
    """A word above denies what it governs, unless it is denied itself."""
    if p.dep[clause.head] not in ("xcomp", "ccomp", "pcomp", "advcl", "acl"):
        return False
    for k in _governors(p, clause.head):
        if p.lemma[k] in _IMPLICATIVE:
            return not denied.get(p.predicate_of[k] if k not in denied else k, False)
    return False


@normaliser("I do not think that the gate is safe.", "I think that the gate is not safe.")
def raised(p: Parse, clause: Clause, denied: dict[int, bool]) -> bool:
    """A denial of «think» or «need» is one of what is thought or needed."""
    h = p.head[clause.head]
    embedded = p.dep[clause.head] in ("xcomp", "ccomp") and h in denied
    return embedded and p.lemma[h] in NEG_RAISING and denied[h]


@normaliser("The loan has yet to be approved.", "The loan has not been approved.")
def yet_to(p: Parse, clause: Clause, denied: dict[int, bool]) -> bool:
    """«Has yet to»."""
    first = min(clause.own)
    return any(tuple(p.low[k : k + 2]) == ("yet", "to") for k in range(max(first - 2, 0), clause.head))


@normaliser("He sailed instead of walking.", "He did not walk, he sailed.")
def rejected(p: Parse, clause: Clause, denied: dict[int, bool]) -> bool:
    """What was done instead was not done itself."""
    h = p.head[clause.head]
    before = (p.low[h - 1], p.low[h]) if p.dep[clause.head] == "pcomp" and h else ("", "")
    return before in (("instead", "of"), ("rather", "than"))


@normaliser("I cannot accept the offer unless it is changed.", "I can accept the offer only if it is changed.")
def condition(p: Parse, clause: Clause, denied: dict[int, bool]) -> bool:
    """«Unless» denies the condition; «only if» denies condition and consequence."""
    marks = [c for c in p.children[clause.head] if p.dep[c] == "mark"]
    if any(p.low[c] == "unless" for c in marks):
        return True
    only = {c for c in range(len(p.low) - 1) if p.low[c] == "only" and p.low[c + 1] == "if"}
    here = p.sents[p.sent_of[clause.head]]
    for k in only & set(range(*here)):
        opened = p.head[k + 1]
        if clause.head in (opened, p.head[opened]):
            return True
    return False


@normaliser("The budget won't grow more than prices.", "The budget will grow no more than prices.")
def bound(p: Parse, clause: Clause, denied: dict[int, bool]) -> bool:
    """A denied comparison is a bound on what is stated: «not more than» is «at most»."""
    last = p.sents[p.sent_of[clause.head]][1]
    compared = any(p.low[k] in _COMPARED and "than" in p.low[k : min(k + 4, last)] for k in clause.own if k > clause.head)
    return denied[clause.head] and compared


@normaliser("The mill has no more useful machines.", "The mill does not have more useful machines.")
def no_more(p: Parse, clause: Clause, denied: dict[int, bool]) -> bool:
    """«No more» before a noun that it determines denies that there are any; before «than» it is a bound."""
    for k in clause.own:
        if p.low[k] == "no" and k not in clause.negators and p.low[k + 1 : k + 2] == ["more"]:
            return "than" not in p.low[k : k + 5]
        if p.low[k] == "no" and p.low[k + 1 : k + 2] == ["doubt"] and p.lemma[clause.head] == "have":
            return True
    return False


@normaliser("The pump cannot start until the tank is full.", "The tank must be full before the pump starts.")
def until(p: Parse, clause: Clause, denied: dict[int, bool]) -> bool:
    """What did not happen until another event happened after it."""
    if not denied[clause.head]:
        return False
    return any(
        p.dep[c] == "advcl" and any(p.low[m] in ("until", "till") for m in p.children[c]) for c in p.children[clause.head]
    )


@normaliser("The storm of May caused the most damage.", "No other storm caused as much damage.")
def no_other(p: Parse, clause: Clause, denied: dict[int, bool]) -> bool:
    """«No other ... as» is a superlative."""
    first, last = p.sents[p.sent_of[clause.head]]
    other = any(p.low[k : k + 2] == ["no", "other"] for k in clause.own)
    return denied[clause.head] and other and bool({"as", "so", "than"} & set(p.low[first:last]))


@normaliser("Some of the guests ate the soup, others never ate it.", "The soup was eaten by some, but not by others.")
def others(p: Parse, clause: Clause, denied: dict[int, bool]) -> bool:
    """What is denied of «others» is not denied of those that were named before."""
    return denied[clause.head] and any(p.low[k] == "others" for k in clause.own)


NORMALISERS = (implicative, raised, yet_to, rejected, condition, bound, no_more, until, no_other, others)


@lru_cache(maxsize=4)
def signs(p: Parse) -> dict[int, bool]:
    """Head of a clause -> whether it is denied, after all normalisers; governors first."""
    denied = {c.head: len(c.negators) % 2 == 1 for c in p.clauses}
    without = {c.head for c in p.clauses if any(p.low[k] == "without" and _noun_follows(p, k) for k in c.negators)}
    for head in without:
        denied[head] = not denied[head]  # «came without a hat»: he came
    passed_down: set[int] = set()
    depth = {c.head: len(list(_path(p, c.head))) for c in p.clauses}
    for c in sorted(p.clauses, key=lambda c: depth[c.head]):
        for one in NORMALISERS:
            if one.turns(p, c, denied):
                denied[c.head] = not denied[c.head]
                if one is raised:
                    passed_down.add(p.head[c.head])
    return denied | dict.fromkeys(passed_down, False)


def _noun_follows(p: Parse, k: int) -> bool:
    return any(p.dep[c] == "pobj" for c in p.children[k])


def _path(p: Parse, i: int):
    while p.head[i] != i:
        i = p.head[i]
        yield i


