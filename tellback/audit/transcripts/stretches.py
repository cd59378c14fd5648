"""The stretches of an instruction, between commas and «and»: «keep the format, no new services» asks for one and forbids
another."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from tellback.audit.transcripts.asks import asks
from tellback.audit.transcripts.clauses import NEGATOR, PIVOT, Clause, clause_at
from tellback.audit.transcripts.stance import NOT_BUT, PROTECTS, denies, excepts, one_deed, things

_JOINTS = re.compile(r"[,;:()—–]|[.!?](?=\s)|\s-\s|\b(?:and|but)\b", re.I)
#: Words with which a stretch limits what may be done, beside denials.
_LIMITS = re.compile(
    r"\b(?:only|just|keep|stay\w*|leave|left|unless|until|before|without|at (?:most|least)|max\w*|min\w*|limit\w*|exclusively|"
    r"instead|rather|away|except\w*|beyond|above|below|past|remain\w*|same|fixed|strictly|nowhere)\b",
    re.I,
)
_CONDITION = re.compile(r"\b(?:when|once|after|if|unless|until|before|as soon as|only|yet|still)\b", re.I)
_SO_FAR = re.compile(r"\b(?:so far|yet|to date|until now|up to now|as of now|at the moment)\b", re.I)
_WITHOUT = re.compile(r"\bwithout\b", re.I)
#: Things of a claim that forbids, at least, for it to be looked up; share of them that some stretch must hold.
LEAST, HELD = 2, 0.3
#: Words of a stretch that limits what the one before it speaks of.
BEHIND = 4


def stretches(clause: Clause) -> Iterator[Clause]:
    """The stretches of a clause with content words, a clause each."""
    at = 0
    for joint in _JOINTS.finditer(clause.text):
        yield from (c for c in clause_at(clause.text, at, joint.start()) if c.words)
        at = joint.end()
    yield from (c for c in clause_at(clause.text, at, len(clause.text)) if c.words)


def turned_in_part(given: Clause, said: Clause) -> str | None:
    """Why a stretch of `said` turns round one of `given` that has two words or more; None where none does."""
    if PIVOT.search(given.text) or PIVOT.search(said.text):
        return None
    told = [c for c in stretches(said) if not _CONDITION.search(c.text) and not PROTECTS.search(c.text)]
    for mine in stretches(given):
        if not (asks(mine.text) or denies(mine.text)) or len(mine.words) < LEAST or _CONDITION.search(mine.text) or PROTECTS.search(mine.text):
            continue
        for theirs in told:
            if mine.words <= theirs.words and denies(mine.text) != denies(theirs.text) and not _WITHOUT.search(theirs.text) and one_deed(mine, theirs):
                return "forbids what was asked for" if denies(theirs.text) else "asks for, or allows, what was forbidden"
    return None


def forbids(clause: Clause) -> bool:
    """Whether a clause forbids something, or protects it from change."""
    return denies(clause.text) and not PIVOT.search(clause.text) or PROTECTS.search(clause.text) is not None


def nobody_forbade(said: Clause, given: Iterable[Clause]) -> bool:
    """Whether `said` forbids what no stretch of the clauses `given` that forbids or limits anything speaks of."""
    where = [c for c in stretches(said) if forbids(c)]
    if (where and all(_SO_FAR.search(c.text) for c in where)) or NOT_BUT.search(said.text):
        return False  # «with no reply so far»: how things stand; «not deleted but rewritten»: what is wanted
    wanted = frozenset().union(*(things(c) for c in where)) if where else things(said)
    if len(wanted) < LEAST or not forbids(said) or excepts(said.text):
        return False
    given = list(given)
    if any(_elliptic(text) for clause in given for text in _JOINTS.split(clause.text)):
        return False  # «don't send before», «not now»: of what, the turns before say
    for clause in given:
        parts = list(stretches(clause))
        here = any(_limits(p.text) and any(_held(w, p) for w in wanted) for p in parts)
        if here and 4 * sum(_held(w, clause) for w in wanted) >= 3 * len(wanted):
            return False  # «don't swap out the map, the venue edits it by hand»
        for part, after in zip(parts, [*parts[1:], None], strict=True):
            # «the keys are sacred, hands off»
            behind = after is not None and len(after.text.split()) <= BEHIND and _limits(after.text)
            if (_limits(part.text) or behind) and sum(_held(w, part) for w in wanted) >= HELD * len(wanted):
                return False
    return True


def _elliptic(text: str) -> bool:
    """Whether a stretch denies or puts off something that it does not name."""
    return bool(NEGATOR.search(text)) and sum(len(c.words) for c in clause_at(text, 0, len(text))) < LEAST


def _held(word: str, by: Clause) -> bool:
    """Whether a clause has a word, a longer or shorter form of it, or a path told shorter."""
    forms = ((a, b) for other in by.words for a, b in [sorted((word, other), key=len)])
    return any(long == short or len(short) > 3 and (long.startswith(short) or long.endswith(f"/{short}")) for short, long in forms)


def _limits(text: str) -> bool:
    return bool(NEGATOR.search(text) or PROTECTS.search(text) or PIVOT.search(text) or _LIMITS.search(text))
