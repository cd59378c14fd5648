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
from tellback.language.lexicon import DENYING_VERBS, FREE_OF, IMPLYING, NEG_RAISING, words

#: How an adjective hangs on its copula: «was impossible».
_PREDICATIVE = ("acomp", "attr", "oprd")
#: These deny what «from» opens: «kept him from going».
_KEEPING = words("keep hold save hinder deter discourage")
_ENABLING = words("able manage succeed dare available free allowed permitted")
_AUXILIARIES = words("have do can could will would may might must should")
_EXPLETIVES = words("it this that these those there")
_COMPARED = words("more less fewer higher lower greater better longer later earlier")


_COMPARATIVE = ("JJR", "RBR")


def wished_otherwise(s: Parse, a: int, o: Parse, b: int) -> bool:
    """Whether one side says «too late» and the other «earlier»: what was too much of one thing is wanted to be more of its
    contrary."""
    return any(k and p.low[k - 1] == "too" and q.tag[m] in _COMPARATIVE for p, k, q, m in ((s, a, o, b), (o, b, s, a)))


class Normaliser(NamedTuple):
    """`turns(p, clause, denied)` says whether the sign of a clause is to be turned, given the signs worked out so far;
    `example`: two sentences whose clauses have one sign by it."""

    name: str
    turns: Callable[[Parse, Clause, dict[int, bool]], bool]
    example: tuple[str, str]


def normaliser(one: str, two: str) -> Callable[[Callable[[Parse, Clause, dict[int, bool]], bool]], Normaliser]:
    """Make a normaliser of a function, with its example."""
    return lambda turns: Normaliser(turns.__name__, turns, (one, two))


def _governors(p: Parse, i: int) -> list[int]:
    """The words above a predicate, nearest first, up to the next predicate, and then that one's complements."""
    out = []
    while p.head[i] != i:
        i = p.head[i]
        out.append(i)
        if i in p.predicates:
            out += [c for c in p.children[i] if p.dep[c] in _PREDICATIVE]
            break
    return out


def _clause_of(p: Parse, k: int) -> int:
    return k if k in p.predicates else p.predicate_of[k]


@normaliser("It was impossible for the barge to enter the lock.", "The barge could not enter the lock.")
def implicative(p: Parse, clause: Clause, denied: dict[int, bool]) -> bool:
    """A word above denies what it governs, unless it is denied itself."""
    dep, infinitive = p.dep[clause.head], any(p.tag[c] == "TO" for c in p.children[clause.head])
    if dep in ("csubj", "csubjpass"):  # «smoking is forbidden»
        h = p.head[clause.head]
        return p.lemma[h] in IMPLYING and not denied.get(h, False)
    if dep not in ("xcomp", "ccomp", "pcomp") and not (dep in ("advcl", "acl") and infinitive):
        return False
    for k in _governors(p, clause.head):
        if p.lemma[k] == "stop" and infinitive:
            return False  # «stopped to rest» is what for
        kept_from = p.lemma[k] in _KEEPING and dep == "pcomp" and p.low[p.head[clause.head]] == "from"
        if p.lemma[k] in IMPLYING or p.lemma[k] in DENYING_VERBS and dep == "xcomp" or kept_from:
            return not denied.get(_clause_of(p, k), False)
    return False


@normaliser("I do not think that the gate is safe.", "I think that the gate is not safe.")
def raised(p: Parse, clause: Clause, denied: dict[int, bool]) -> bool:
    """A denial of «think» or «need» is one of what is thought or needed."""
    h = p.head[clause.head]
    embedded = p.dep[clause.head] in ("xcomp", "ccomp") and h in denied
    return embedded and p.lemma[h] in NEG_RAISING and denied[h]


@normaliser("She was scarcely able to stand.", "She could hardly stand.")
def enabled(p: Parse, clause: Clause, denied: dict[int, bool]) -> bool:
    """A denial of «able to», «available to» or «manage to» is one of what they govern."""
    if p.dep[clause.head] != "xcomp":
        return False
    return any(p.lemma[k] in _ENABLING and denied.get(_clause_of(p, k), False) for k in _governors(p, clause.head))


@normaliser("This is not a war that Ulm can win.", "Ulm cannot win this war.")
def cleft(p: Parse, clause: Clause, denied: dict[int, bool]) -> bool:
    """«It was not Clara who came»: what is denied of the complement is denied in its relative clause."""
    noun = p.head[clause.head]
    copula = p.head[noun]
    if p.dep[clause.head] != "relcl" or p.dep[noun] != "attr" or not denied.get(copula, False):
        return False
    subjects = {p.low[c] for c in p.children[copula] if p.dep[c] in ("nsubj", "expl")}
    return bool(subjects & _EXPLETIVES)


@normaliser("That they would help him, he had not expected; that they would feed him, he had not.", "They would not feed him.")
def elided(p: Parse, clause: Clause, denied: dict[int, bool]) -> bool:
    """A denied auxiliary that stands for a verb of before denies the clause in front of it: «that they came, he had not»."""
    h = p.head[clause.head]
    fronted = p.dep[clause.head] == "ccomp" and clause.head < h and denied.get(h, False)
    return fronted and p.lemma[h] in _AUXILIARIES and p.pos[h] in ("AUX", "VERB")


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
    first, last = p.sents[p.sent_of[clause.head]]
    for k in range(first, min(last, len(p.low) - 1)):
        if p.low[k] != "only" or p.low[k + 1] != "if":
            continue
        opened = p.head[k + 1]
        if clause.head in (opened, p.head[opened]):
            return True
    return False


@normaliser("The sample was free of lead.", "In the sample there was no lead.")
def without_it(p: Parse, clause: Clause, denied: dict[int, bool]) -> bool:
    """What is «free of» something, or «negative for» it, has none."""
    qualities = [c for c in p.children[clause.head] if p.dep[c] in _PREDICATIVE and p.low[c] in FREE_OF]
    return any(p.low[k] in FREE_OF[p.low[c]] for c in qualities for k in p.sub(c, ("prep",)))


@normaliser("Ruth is against selling the mill.", "Ruth does not want to sell the mill.")
def against(p: Parse, clause: Clause, denied: dict[int, bool]) -> bool:
    """What somebody is against is not to be done."""
    return p.dep[clause.head] == "pcomp" and p.low[p.head[clause.head]] == "against"


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


@normaliser("Some guests liked the soup, others did not.", "Some guests liked the soup.")
def others(p: Parse, clause: Clause, denied: dict[int, bool]) -> bool:
    """What is denied of «others» is not denied of those that were named before."""
    return denied[clause.head] and any(p.low[k] == "others" for k in clause.own)


NORMALISERS = (
    implicative, enabled, cleft, elided, raised, yet_to, rejected, condition, bound, no_more, until,
    no_other, others, without_it, against,
)  # fmt: skip


@lru_cache(maxsize=8)
def signs(p: Parse, normalisers: tuple[Normaliser, ...] = NORMALISERS) -> dict[int, bool]:
    """Head of a clause -> whether it is denied, after the normalisers; governors first."""
    denied = {c.head: len(c.negators) % 2 == 1 for c in p.clauses}
    for c in p.clauses:  # «came without a hat», «without a hat he came», «came without paying»: he came, and did not pay
        for k in c.negators:
            if p.low[k] == "without":
                denied[c.head] = not denied[c.head]
                for paid in p.sub(k, ("pcomp",)):
                    if paid in denied:
                        denied[paid] = not denied[paid]
        if any(p.low[k] == "without" for k in c.negators) and any(p.low[k] == "no" and p.low[k - 1] == "without" for k in c.own if k):
            denied[c.head] = not denied[c.head]  # «without no change»: without one
    passed_down: set[int] = set()
    for c in sorted(p.clauses, key=lambda c: _depth(p, c.head)):
        for one in normalisers:
            if one.turns(p, c, denied):
                denied[c.head] = not denied[c.head]
                if one is raised:
                    passed_down.add(p.head[c.head])
                elif one is cleft:
                    passed_down.add(p.head[p.head[c.head]])
    return denied | dict.fromkeys(passed_down, False)


def _depth(p: Parse, i: int) -> int:
    n = 0
    while p.head[i] != i:
        i, n = p.head[i], n + 1
    return n
