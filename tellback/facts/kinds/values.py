"""Values as texts: the canonical form of one, and whether two say the same."""

from __future__ import annotations

import re
from functools import lru_cache

from tellback.facts.fold import fold
from tellback.facts.kinds.amounts import read_value
from tellback.facts.kinds.readings import SEPARATOR, Value, coarser, keeps
from tellback.facts.kinds.units import SAID_BY

__all__ = ["SEPARATOR", "Value", "canonical", "coarser", "keeps", "one_of", "said_by", "same"]

_ARTICLE = re.compile(r"\b(?:an?|each|every|per)[ -]([a-z]+)")
_SPACED = re.compile(r"(?<=\d) (?=\d{3}(?!\d))")
_SIGNED = re.compile(r"(?:-|minus |negative )?", re.IGNORECASE)


def canonical(text: str) -> Value:
    """The value that `text` as a whole says; kind "text", folded and in lower case, where it says none."""
    folded = " ".join(fold(text).text.split())
    whole = _SPACED.sub("", folded)  # «1 500» alone is one number
    for form in dict.fromkeys((folded, whole)):
        for at in _SIGNED.match(form).regs[0] if form else ():  # at the sign's or word's end too: «-5», «minus five»
            found = read_value(form, at) if at < len(form) else None
            if found and found.start == 0 and found.end == len(form):
                return found.value
    return Value("text", (folded.casefold(),))


def same(a: Value | str, b: Value | str) -> bool:
    """Whether two values (or two texts) are one: they share a reading. Precision counts: 1879 is not 14 March 1879."""
    a = canonical(a) if isinstance(a, str) else a
    b = canonical(b) if isinstance(b, str) else b
    return not set(a.readings).isdisjoint(b.readings)


@lru_cache(maxsize=1024)
def one_of(text: str) -> frozenset[str]:
    """The readings of what `text`, in lower case, says one of by an article: «a dollar», «per hour»."""
    found = (read_value(f"1 {word}", 0) for word in set(_ARTICLE.findall(text)))
    return frozenset(reading for value in found if value for reading in value.value.readings if " " in reading)


def said_by(reading: str) -> tuple[str, ...]:
    """The words that say a small number without naming it: «both», and «twice» for «two times» too."""
    return SAID_BY.get(reading.removesuffix(" x"), ())
