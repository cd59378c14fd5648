"""What a text says that there is, and what it says that there is not: «has a fever», «no fever», «denies fever».

A noun is read only where the words around it can say nothing else: as what somebody has, shows or reports, behind «with»
and «without», «there is» and «no», or alone on its line. What else may happen to a thing says nothing of whether it is there.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from tellback.compare.sentences.polarity import signs
from tellback.language.clauses import Clause, Parse
from tellback.language.columns import NOMINAL
from tellback.language.lexicon import FREE_OF, words

#: Verbs whose object is there, and whose denied object is not.
_HAVING = words(
    "have report show experience develop suffer admit describe reveal demonstrate exhibit feel confirm contain note complain "
    "find produce notice observe detect identify"
)
#: Verbs whose object is not there.
_LACKING = words("deny lack")
#: Nouns of which a denial is one of what they are of: «no evidence of fraud».
_SIGNS = words("evidence sign history trace indication proof symptom hint complaint report case record mention")
#: Nouns that deny what they are of.
_ABSENCE = words("absence lack")
#: Before a noun these speak of a thing that is there anyway.
_THESE = words("the this that these those")
_MARKS = (".", ",", ";", ":", "\n")
_DENIES = words("denies denied deny denying")
#: Behind a noun these say that it was left out, whatever the parse makes of them: «stockings omitted owing to the ulcers».
_LEFT_OUT = words("omitted skipped waived missing lacking absent withheld excluded avoided forgone unavailable unnecessary prohibited forbidden banned ruled left dispensed done")
_LEFT_WITH = {"left": words("out off away"), "ruled": words("out"), "dispensed": words("with"), "done": words("without away")}
_BEFORE_LEFT = words("is are was were be been has have had being to must may should will both all")
_THERE = words("present absent noted seen found detected observed reported evident")
_MODIFIERS = ("amod", "compound", "nmod", "poss")
#: Qualities that say only whether or that a thing is known, and leave it the same thing.
_LOOSE = words("known know any new other such clear significant obvious further single")


@dataclass(frozen=True)
class Presence:
    """The noun `word`: whether it is there, the stems of what it is (`key`, and `more`: modifiers and what it is of), and the
    unit of who has it («» where that is open); `said` is the place of the word that says so."""

    word: int
    there: bool
    key: str
    more: frozenset[str]
    holder: str
    said: int


@lru_cache(maxsize=4)
def presences(p: Parse) -> tuple[Presence, ...]:
    """What the text says that there is or is not, in its order."""
    by_head = {c.head: c for c in p.clauses}
    out = []
    for i, pos in enumerate(p.pos):
        if pos not in ("NOUN", "PROPN") or p.dep[i] in _MODIFIERS or any(p.low[c] in _THESE for c in p.children[i]):
            continue
        found = None if _left_out(p, i) else _said_of(p, _first_member(p, i), by_head)
        if found is not None:
            there, said, holder = found
            out.append(Presence(i, there, p.key[i], _more(p, i), holder, said))
    return tuple(out)


def _left_out(p: Parse, i: int) -> bool:
    """Whether the words right behind a noun say that it was left out."""
    k = i + 1
    while k < len(p.low) and p.low[k] in _BEFORE_LEFT:
        k += 1
    if k >= len(p.low) or p.low[k] not in _LEFT_OUT:
        return False
    wanted = _LEFT_WITH.get(p.low[k])
    return wanted is None or p.low[k + 1 : k + 2] != [] and p.low[k + 1] in wanted


def _first_member(p: Parse, i: int) -> int:
    """The first noun of a list that `i` is a member of, unless `i` has a denial of its own."""
    while p.dep[i] in ("conj", "appos") and p.head[i] != i and p.pos[p.head[i]] in NOMINAL and not _denied_itself(p, i):
        i = p.head[i]
    return i


def _denied_itself(p: Parse, i: int) -> bool:
    return _denier(p, i) is not None


def _denier(p: Parse, i: int) -> int | None:
    """The word before a noun that denies it; «Denies» at a line's head may be read as a part of the noun's name."""
    return next((c for c in p.children[i] if c < i and (p.low[c] in ("no", "neither") or p.low[c] in _DENIES)), None)


def _said_of(p: Parse, i: int, by_head: dict[int, Clause]) -> tuple[bool, int, str] | None:
    """(whether the noun `i` is there, the word that says so, who has it)."""
    itself = _denied_itself(p, i)
    h, dep = p.head[i], p.dep[i]
    if h == i or dep == "conj":  # alone on its line
        alone = h != i or p.predicates.isdisjoint(p.children[i])
        said = _denier(p, i) if itself else i
        return (not itself, said, "") if alone and (itself or h == i) else None
    if itself and _between_marks(p, i):
        return False, _denier(p, i), ""
    if dep == "pobj":
        return _behind(p, i, h, by_head)
    clause = by_head.get(h)
    if clause is None:
        return None
    denied = _denied(p, clause) or itself and not clause.negators
    verb = p.lemma[h]
    if verb == "know" and any(p.lemma[c] == "have" for c in p.sub(h, ("aux",))):
        verb = "have"  # «has known allergies»
    if dep in ("dobj", "nsubjpass") and verb in _HAVING | _LACKING:
        if h in p.passive and verb == "have":
            return None
        return (verb in _HAVING) != denied, h, _holder(p, clause)
    if verb == "be" and dep in ("attr", "nsubj"):
        there = any(p.dep[c] == "expl" for c in p.children[h])
        quality = next((p.low[c] for c in p.children[h] if p.dep[c] == "acomp"), "")
        if there or dep == "nsubj" and quality in _THERE:
            return (quality != "absent") != denied, h, ""
    if dep in ("nsubjpass", "nsubj") and p.low[h] in _THERE and h in p.passive:
        return not denied, h, ""
    return None


def _denied(p: Parse, clause: Clause, adjective: bool = False) -> bool:
    """Whether a clause is denied; that of «negative for», by a word of its own."""
    return clause.denied if adjective else signs(p)[clause.head]


def _between_marks(p: Parse, i: int) -> bool:
    """Whether a noun phrase stands alone between two marks: «Lungs: no wheezes, no rales.»"""
    first = min(p.tree(i)[0], _denier(p, i))
    before = p.low[first - 1] if first else "."
    behind = p.low[i + 1] if i + 1 < len(p.low) else "."
    return before in _MARKS and behind in _MARKS


def _behind(p: Parse, i: int, preposition: int, by_head: dict[int, Clause]) -> tuple[bool, int, str] | None:
    """The same of a noun behind a preposition."""
    name, above = p.low[preposition], p.head[preposition]
    itself = _denied_itself(p, i)
    if name == "without":
        governor = by_head.get(above if above in by_head else p.predicate_of[above])
        negators = governor.negators if governor else ()
        if any(p.low[k] != "without" for k in negators):
            return None  # «not allowed in the sauna without a towel»
        return False, preposition, ""
    if name in FREE_OF.get(p.low[above], ()) or (p.low[above], name) == ("positive", "for"):
        clause = by_head.get(p.head[above] if above not in by_head else above)
        return (p.low[above] not in FREE_OF) != bool(clause and _denied(p, clause, adjective=True)), above, ""
    if name == "of" and p.lemma[above] in _ABSENCE:
        return False, above, ""
    if name in ("of", "for") and p.lemma[above] in _SIGNS:
        if p.head[above] == above and not _denied_itself(p, above):
            return None
        return _said_of(p, _first_member(p, above), by_head)
    if name == "with" and above in by_head and p.lemma[above] in ("present", "diagnose", "admit"):
        return not _denied(p, by_head[above]) and not itself, preposition, _holder(p, by_head[above])
    if name == "with" and (p.pos[above] in ("NOUN", "PROPN") or above in by_head):
        return (not itself, preposition, "") if itself or p.lemma[above] in ("patient", "woman", "man") else None
    if name == "of" and above in by_head and p.lemma[above] == "complain":
        return not _denied(p, by_head[above]), above, _holder(p, by_head[above])
    return None


def _holder(p: Parse, clause: Clause) -> str:
    return next((p.unit(k) for k in clause.roles.get("agent", ())), "")


def _more(p: Parse, i: int) -> frozenset[str]:
    """The stems that say which thing it is."""
    near = [c for c in p.children[i] if p.dep[c] in _MODIFIERS and p.low[c] not in _LOOSE | _DENIES]
    near += [k for c in p.children[i] if p.low[c] == "of" for k in p.sub(c, ("pobj",))]
    return frozenset(p.key[k] for k in near)


def contradicts(a: Presence, b: Presence) -> bool:
    """Whether one says that there is what the other says that there is not."""
    return a.there != b.there and a.key == b.key and (a.more <= b.more or b.more <= a.more)
