"""What is chosen and what is not: «A instead of B», «A rather than B», «A, not B», «A over B», «not B but A»."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from tellback.language.columns import Columns
from tellback.language.lexicon import words

_NAMING = words("NOUN PROPN ADJ NUM X VERB")
_STARTS = words("NOUN PROPN ADJ NUM X DET ADP PRON VERB")
#: Verbs beside which «over» chooses.
_CHOOSING = words("choose pick prefer go use decide favour favor select adopt take opt let like want")
#: Words on either side in which the things are looked for.
_REACH = 8
_BEHIND = 5
_STOP = (".", ";", ":", "!", "?", "\n")


@dataclass(frozen=True)
class Choice:
    """The stems of what is `chosen` and of what is `rejected`; the first and last word of both; the sentence."""

    chosen: frozenset[str]
    rejected: frozenset[str]
    first: int
    last: int
    sentence: int


def contrastive(p: Columns, i: int) -> bool:
    """Whether the «not» at `i` only sets what follows against what stands before: «use pnpm, not npm», «in May (not June)»."""
    if p.low[i] not in ("not", "never") or not i or i + 1 >= len(p.low) or p.low[i - 1] not in (",", "(", "-", "–", "—", "and", "but"):
        return False
    return _named_behind(p, i)


def _named_behind(p: Columns, i: int) -> bool:
    """Whether a name or noun comes behind before any verb, or the part of the sentence ends with one word more."""
    for k in range(i + 1, min(i + 1 + _BEHIND, len(p.low))):
        if p.pos[k] in ("NOUN", "PROPN", "NUM"):
            return True
        if p.pos[k] in ("VERB", "AUX"):
            behind = k + 2 if p.dep[k + 1 : k + 2] == ["prt"] or p.low[k + 1 : k + 2] in (["away"], ["out"], ["off"]) else k + 1
            return k == i + 1 and p.low[behind : behind + 1] in ([], ["."], [")"], [","], [";"])
        if p.low[k] in (*_STOP, ",", ")"):
            return k > i + 1
    return False


@lru_cache(maxsize=4)
def choices(p: Columns) -> tuple[Choice, ...]:
    """The choices that a text states, in its order."""
    return tuple(found for n in range(len(p.sents)) for found in _in_sentence(p, n))


def _in_sentence(p: Columns, n: int) -> Iterator[Choice]:
    first, last = p.sents[n]
    for i in range(first, last):
        two = tuple(p.low[i : i + 2])
        if two in (("instead", "of"), ("rather", "than")):
            yield from _choice(p, n, range(max(first, i - _REACH), i), range(i + 2, min(i + 2 + _BEHIND, last)))
        elif contrastive(p, i) or p.low[i] == "over" and any(p.lemma[k] in _CHOOSING for k in range(first, i)) | (not _has_verb(p, first, last)):
            yield from _choice(p, n, range(max(first, i - _REACH), i), range(i + 1, min(i + 1 + _BEHIND, last)))


def _has_verb(p: Columns, first: int, last: int) -> bool:
    return any(p.pos[k] in ("VERB", "AUX") for k in range(first, last))


def _choice(p: Columns, n: int, before: range, behind: range) -> Iterator[Choice]:
    chosen = []
    for k in reversed(before):
        if p.low[k] in _STOP and k != before[-1]:
            break
        if p.pos[k] in _NAMING and p.lemma[k] not in _CHOOSING:
            chosen.append(k)
    rejected = []
    for k in behind:
        if p.low[k] in (*_STOP, ",", ")") or rejected and p.pos[k] in ("ADP", "SCONJ", "CCONJ"):
            break
        if p.pos[k] in _NAMING:
            rejected.append(k)
    if chosen and rejected:
        keys = (frozenset(p.key[k].strip(".") for k in ks) for ks in (chosen, rejected))
        yield Choice(*keys, min(chosen), max(rejected), n)
