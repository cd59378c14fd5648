"""How much of a claim a clause holds, and clauses of one turn taken together."""

from __future__ import annotations

from tellback.audit.transcripts.asks import VERBS
from tellback.audit.transcripts.clauses import Clause
from tellback.facts.kinds.units import CARDINALS
from tellback.language.stems import stem

SHORT = 60  # words of a turn that is held against a claim as a whole
WINDOW = 3  # sentences of a longer one
#: «Five minutes», «5 minutes».
_DIGITS = {stem(word): str(n) for word, n in CARDINALS.items()}
_SPELLED = {digits: word for word, digits in _DIGITS.items()}
ACTS = frozenset(map(stem, VERBS))


def windows(text: str, own: list[Clause], n_words: int) -> list[Clause]:
    """The clauses of a turn taken together: all of a short one, WINDOW neighbours of a long one."""
    if not own:
        return []
    size = len(own) if n_words <= SHORT else WINDOW
    return [together(text, own[i : i + size]) for i in range(0, len(own) - size + 1)] if len(own) > 1 else []


def together(text: str, found: list[Clause]) -> Clause:
    span = (found[0].span[0], found[-1].span[1])
    words = frozenset().union(*(c.words for c in found))
    values = frozenset().union(*(c.values for c in found))
    return Clause(text[slice(*span)], span, words, values, all(c.negative for c in found))


def share_of(words: frozenset[str], near: Clause) -> float:
    """Which share of `words` a clause holds; a verb, which another may stand for, counts half."""
    held = sum(weight(w) for w in words if is_held(w, near))
    return held / sum(map(weight, words))


def is_held(word: str, near: Clause) -> bool:
    return word in near.words or _DIGITS.get(word) in near.words or _SPELLED.get(word) in near.words or part_of(word, near.words)


def weight(word: str) -> float:
    return 0.5 if word in ACTS else 1.0


def part_of(word: str, words: frozenset[str]) -> bool:
    """Whether a path or name is told shorter, or longer, than another, or a deed by its noun («deployment»)."""
    if len(word) > 4 and any(w.startswith(word) or (len(w) > 4 and word.startswith(w)) for w in words):
        return True
    return ("/" in word or "." in word) and any(w.endswith("/" + word) or word.endswith("/" + w) for w in words)
