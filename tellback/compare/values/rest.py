"""The rest of a whole, told of those of whom the contrary is so: «two of the five approved» and «three of the five did not»."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from functools import lru_cache

from tellback.facts.kinds.spelled import read_spelled
from tellback.language.lexicon import NEGATORS, opposites, words
from tellback.language.stems import stem

_PERCENT = re.compile(r"(?<![\d.,])(\d{1,2}(?:\.\d+)?) ?(?:%|per ?cent\b)")
_OF = re.compile(r"(?<![\w.,$€£])(?P<part>\d{1,7}|[a-z-]+)(?: [a-z]+)? (?:out )?of (?:(?:the|its|all|their|these|those|his|her|our|my|every) )?(?P<whole>\d{1,7}|[a-z-]+)\b")
_OF_WHICH = re.compile(r"\bof (?:(?:the|its|all|their|these|those|his|her|our|my) )?(?P<whole>\d{1,7}|[a-z-]+)\b(?: [a-z]+){0,2},? (?P<part>\d{1,7}|[a-z-]+)\b")
_NUMBER = re.compile(r"(?<![\w.,$€£-])(?:\d{1,7}(?![\d.,]*\d)|[a-z]+(?:-[a-z]+)?)\b")
_WORD = re.compile(r"[a-z']+(?=n't)|n't|[a-z]+")
_ALL_BUT = re.compile(r"\ball but (\d{1,7}|[a-z-]+)\b")
#: Words of the rest itself, and those of a denial without «not».
_OTHERS = words("rest remaining remainder other others against without nobody spared avoided escaped missed abstained failed refused declined lacked lack")


def complementary(a: str, b: str) -> frozenset[Decimal]:
    """The numbers of sentence `b` that are what is left of a whole of `a` without the part that `a` tells, where one of the two denies
    what the other states. Empty where there is none."""
    return _complementary(a.lower().replace("’", "'"), b.lower().replace("’", "'"))


@lru_cache(maxsize=1024)
def _complementary(a: str, b: str) -> frozenset[Decimal]:
    wanted = {100 - x for x in _percents(a)} & set(_percents(b))
    if parts := list(_parts(a)):
        wanted |= {whole - part for part, whole in parts if 0 < part < whole and whole != 2 * part} & _numbers(b)
    wanted |= {n for one, other in ((a, b), (b, a)) for found in _ALL_BUT.finditer(one) if (n := _number(found[1])) and n in _numbers(other)}
    return frozenset(wanted) if wanted and _turned(a, b) else frozenset()


def _numbers(text: str) -> set[Decimal]:
    return {y for found in _NUMBER.finditer(text) if (y := _number(found[0])) is not None}


def _percents(text: str) -> list[Decimal]:
    return [n for found in _PERCENT.finditer(text) if (n := Decimal(found[1])) and n != 50]


def _parts(text: str) -> Iterator[tuple[Decimal, Decimal]]:
    """(part, whole) of «two of the five», «of the five, two»."""
    for found in (*_OF.finditer(text), *_OF_WHICH.finditer(text)):
        part, whole = _number(found["part"]), _number(found["whole"])
        if part is not None and whole is not None:
            yield part, whole


def _number(text: str) -> Decimal | None:
    if text.isdigit():
        return Decimal(text)
    read = read_spelled(text, 0)
    return Decimal(read[0]) if read is not None and read[1] == len(text) and read[2] == "cardinal" and read[0] == int(read[0]) else None


def _turned(a: str, b: str) -> bool:
    """Whether one denies, or both have words that exclude each other."""
    mine, theirs = set(_WORD.findall(a)), set(_WORD.findall(b))
    if bool(mine & (NEGATORS | _OTHERS)) != bool(theirs & (NEGATORS | _OTHERS)):
        return True
    stems = {stem(word) for word in theirs - mine}
    return any(not opposites(stem(word)).isdisjoint(stems) for word in mine - theirs)
