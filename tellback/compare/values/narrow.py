"""A changed value's span, cut down to the words that changed."""

from __future__ import annotations

import re
from dataclasses import replace

from tellback.facts.kinds.table import KIND
from tellback.records import Fact, Span

_PART = re.compile(r"\w+(?:[.,:/'’]\w+)*|[^\w\s]")


def narrow(mine: Fact, source: str, theirs: Fact, output: str) -> tuple[Fact, Fact]:
    """Both facts with their spans on what differs: «14 March 1879» against «14 March 1897» points at the years.

    Identifiers stay whole, as a changed letter makes another thing. Where one says nothing that the other does not, its
    span stays whole.
    """
    if KIND[mine.kind].group == "sign":
        return tuple(replace(fact, span=KIND[fact.kind].compared(text, fact.span)) for fact, text in ((mine, source), (theirs, output)))
    if "identifier" in (KIND[mine.kind].group, KIND[theirs.kind].group):
        return mine, theirs
    a, b = _parts(source, mine.span), _parts(output, theirs.span)
    words = [[text[slice(*span)].casefold() for span in spans] for text, spans in ((source, a), (output, b))]
    first = 0
    while first < min(len(a), len(b)) and words[0][first] == words[1][first]:
        first += 1
    last = 0
    while last < min(len(a), len(b)) - first and words[0][-1 - last] == words[1][-1 - last]:
        last += 1
    changed = [said[first : len(said) - last] for said in words]
    if KIND[mine.kind].group == "value" and not any(_tells(part) for part in changed):
        return mine, theirs  # «km» against «miles»: only with its number does it tell what changed
    return _cut(mine, a, first, last), _cut(theirs, b, first, last)


def _tells(words: list[str]) -> bool:
    return any(word[0].isdigit() or len(word) > 7 for word in words)


def whole(fact: Fact, text: str) -> Fact:
    """A fact with the words that a reader needs to know what it is about."""
    return replace(fact, span=KIND[fact.kind].shown(text, fact.span))


def _parts(text: str, span: Span) -> list[Span]:
    return [match.span() for match in _PART.finditer(text, *span)]


def _cut(fact: Fact, parts: list[Span], first: int, last: int) -> Fact:
    inner = parts[first : len(parts) - last]
    return replace(fact, span=(inner[0][0], inner[-1][1])) if inner else fact
