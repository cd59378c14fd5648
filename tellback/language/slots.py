"""What stands where: for one sentence, the fillers of each place that its verbs, nouns and prepositions open.

As sets of keys, so that two sentences can be compared without matching their words one to one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from functools import lru_cache

from tellback.language.clauses import Parse
from tellback.language.lexicon import words

#: Prepositions whose objects are also kept apart from what governs them: attachment is where the parser errs most.
MOTION = words("from to into in at through via under for against after")


def amounts(p: Parse, sentence: int) -> list[tuple[str, str, str, int]]:
    """(subject, what is counted, number, the number's word) for each clause with one subject and one number."""
    out = []
    for clause in p.clauses_of_sentence[sentence]:
        subjects = clause.roles.get("agent", ())
        numbers = [k for k in clause.own if p.pos[k] == "NUM" and k not in subjects]
        if len(subjects) != 1 or len(numbers) != 1 or not p.unit(subjects[0]):
            continue
        k, head = numbers[0], subjects[0]
        near = [w for c in p.children[head] for w in (c, *p.sub(c, ("pobj",))) if p.pos[w] == "PROPN"]
        owners = [p.unit(w) for w in near if p.dep[w] != "compound"]
        counted = p.key[p.head[k]] if p.dep[k] == "nummod" else clause.key
        out.append((" of ".join((p.unit(head), *owners)), counted, p.low[k], k))
    return out


@lru_cache(maxsize=4)
def amount_subjects(p: Parse) -> dict[tuple[str, str], set[str]]:
    """(what is counted, number) -> the subjects that have that many, in the whole text."""
    out: dict[tuple[str, str], set[str]] = defaultdict(set)
    for n, (first, last) in enumerate(p.sents):
        if "NUM" in p.pos[first:last]:
            for subject, counted, number, _ in amounts(p, n):
                out[counted, number].add(subject)
    return out


Slots = dict[tuple[str, str], dict[str, int]]


def slots(p: Parse, sentence: int) -> Slots:
    """(governor, role) -> filler's key -> its word, for one sentence. Noun phrases count as governors too."""
    out: Slots = defaultdict(dict)
    for clause in p.clauses_of_sentence[sentence]:
        for role, fillers in clause.roles.items():
            _add(p, out, clause.key, role, fillers)
        if clause.key == "be":  # «the door is red» and «the red door»
            for j in clause.roles.get("attr", ()):
                for k in clause.roles.get("agent", ()):
                    if p.pos[j] in ("ADJ", "NUM") and p.unit(k):
                        out[p.unit(k), "mod"].setdefault(p.unit(j), j)
    for i in range(*p.sents[sentence]):
        governor = p.unit(i) if p.pos[i] in ("NOUN", "PROPN", "ADJ") else ""
        if governor:
            _noun_phrase(p, i, governor, out)
    return out


def _add(p: Parse, out: Slots, governor: str, role: str, fillers: Iterable[int]) -> None:
    for j in fillers:
        if unit := p.unit(j):
            out[governor, role].setdefault(unit, j)
            if role in MOTION:  # whatever governs it: attachment is where the parser errs most
                out["", role].setdefault(unit, j)


def _noun_phrase(p: Parse, i: int, governor: str, out: Slots) -> None:
    """What stands in the places of the noun or adjective `i`."""
    for c in p.children[i]:
        dep = p.dep[c]
        if dep in ("amod", "nummod", "nmod") or (dep == "compound" and p.pos[i] != "PROPN"):
            out[governor, "mod"].setdefault(p.unit(c), c)
        elif dep == "poss" and p.unit(c):
            out[governor, "of"].setdefault(p.unit(c), c)
        elif dep == "appos":
            out[governor, "appos"].setdefault(p.unit(c), c)
        elif dep == "prep":
            roles: dict[str, list[int]] = defaultdict(list)
            p.preposition(c, roles, False, "")
            for role, fillers in roles.items():
                _add(p, out, governor, role, fillers)
