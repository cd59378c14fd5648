"""What a run of words hangs on, and between which words a place may be exchanged without a change of meaning."""

from __future__ import annotations

from collections.abc import Iterable

from tellback.language.clauses import Parse
from tellback.language.lexicon import SYMMETRIC, stem, words

#: Words around which two names may change places without a change of meaning.
MUTUAL = SYMMETRIC | words("near beside opposite similar different equal married between same alongside")
MUTUAL_STEMS = frozenset(stem(w) for w in MUTUAL)

#: Dependency label -> the role that it stands for.
_ROLES = {"nsubj": "agent", "nsubjpass": "patient", "dobj": "patient", "poss": "of"}
#: Steps from a word up to its predicate, at most.
_DEPTH = 6


def governors_of(p: Parse, run: list[int]) -> list[str]:
    """The roles and the stems of what governs a run of words, from the nearest up to its predicate; then the word that
    opens that predicate's clause («because», «if»)."""
    i = run_head(p, run)
    out = [w for w in (_subordinator(p, i),) if w and i in p.predicates]
    for _ in range(_DEPTH):
        while p.dep[i] == "conj" and p.head[i] != i:
            i = p.head[i]
        h = p.head[i]
        if h == i:
            return out
        if p.dep[i] in ("pobj", "pcomp") or p.dep[i] == "prep" and p.pos[h] == "ADP":
            by_agent = p.dep[h] == "agent"
            out.append("agent" if by_agent else p.low[h])
        else:
            out += [] if p.dep[i] in ("prep", "agent") else [_ROLES.get(p.dep[i], p.dep[i])]
            out.append(p.key[h])
        if h in p.predicates:
            return [*out, _subordinator(p, h)]
        i = h
    return out


def _subordinator(p: Parse, predicate: int) -> str:
    return next((p.low[c] for c in p.children[predicate] if p.dep[c] == "mark"), "")


def run_head(p: Parse, run: list[int]) -> int:
    """The word of a run that none of the others governs."""
    return next((k for k in run if p.head[k] not in run or p.head[k] == k), run[0])


def run_heads(p: Parse, run: list[int]) -> list[int]:
    """All such words."""
    inside = set(run)
    return [i for i in run if p.head[i] not in inside or p.head[i] == i]


def mutual(p: Parse, between: Iterable[int]) -> bool:
    """Whether a word is among these around which places may be exchanged: «met», «similar to»."""
    return any(p.key[k] in MUTUAL_STEMS for k in between)


def noun_phrases(p: Parse, a: int, b: int) -> tuple[int, int]:
    """Characters from the first to the last word of the noun phrases of two heads."""
    x, y = p.phrase(min(a, b)), p.phrase(max(a, b))
    return p.span(min(x[0], y[0]), max(x[1], y[1]))
