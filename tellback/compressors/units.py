"""Units of a text (words, phrases, sentences), and how many of them fit a budget.

A budget is counted in the decoder's tokens, as n_slots counts slots, and is never exceeded.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from typing import Literal

Spans = list[tuple[int, int]]  # character offsets [start, end), in order
Unit = Literal["word", "phrase", "sentence"]
SPACELESS = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"  # kana, Han characters
WORD = re.compile(rf"[{SPACELESS}][。！？、，]*|[^\s{SPACELESS}]+")
SENTENCE = re.compile(r"\S.*?(?:[.!?]+(?=\s|$)|[。！？]+|$)", re.DOTALL)


def words(text: str) -> Spans:
    """Words with the punctuation that follows them; in scripts without spaces, characters."""
    return [m.span() for m in WORD.finditer(text)]


def sentences(text: str) -> Spans:
    return [m.span() for m in SENTENCE.finditer(text)]


def phrases(text: str) -> Spans:
    """Noun phrases, and the words that stand in none."""
    from tellback.language.parser import english

    chunks = [(c.start_char, c.end_char) for c in english()(text).noun_chunks]
    out = []
    for a, b in words(text):
        inside = next((c for c in chunks if c[0] <= a < c[1]), None)
        if inside and out and out[-1][0] >= inside[0]:
            out[-1] = (out[-1][0], b)
        else:
            out.append((a, b))
    return out


UNITS: dict[str, Callable[[str], Spans]] = {"word": words, "phrase": phrases, "sentence": sentences}


def join(text: str, units: Spans, kept: Iterable[int]) -> str:
    """The kept units in source order; what stood between neighbours stays, a gap becomes one space."""
    out, last = [], None
    for i in sorted(kept):
        if last is not None:
            out.append(text[units[last][1] : units[i][0]] if last == i - 1 else " ")
        out.append(text[slice(*units[i])])
        last = i
    return "".join(out)


def fill(text: str, units: Spans, order: Sequence[int], size: Callable[[str], int], budget: int) -> str:
    """Greedy: the units in `order`, each kept if it still fits; one that does not leaves room for a smaller one."""
    n = n_leading(text, units, order, size, budget)
    kept = set(order[:n])
    room = budget - size(join(text, units, kept))
    for i in order[n + 1 :]:
        # a unit is a token at least, but a new first one may save one: a word is often shorter with its space
        if not room and i > min(kept, default=-1):
            continue
        used = size(join(text, units, kept | {i}))
        if used <= budget:
            kept.add(i)
            room = budget - used
    return join(text, units, kept)


def n_leading(text: str, units: Spans, order: Sequence[int], size: Callable[[str], int], budget: int) -> int:
    """How many of the first units in `order` fit `budget` together. By bisection: a long text is not tokenized once a unit."""
    low, high = 0, len(order)
    while low < high:
        middle = (low + high + 1) // 2
        if size(join(text, units, order[:middle])) <= budget:
            low = middle
        else:
            high = middle - 1
    return low


def fill_leading(text: str, units: Spans, order: Sequence[int], size: Callable[[str], int], budget: int) -> str:
    """The first units in `order`, up to one that does not fit any more."""
    return join(text, units, order[: n_leading(text, units, order, size, budget)])


def fill_or_cut(text: str, units: Spans, order: Sequence[int], size: Callable[[str], int], budget: int) -> str:
    """`fill`, or as much as fits of the first unit in `order` where not one fits whole."""
    return fill(text, units, order, size, budget) or (part_of_first(text, units, order, size, budget) if order else "")


def part_of_first(
    text: str, units: Spans, order: Sequence[int], size: Callable[[str], int], budget: int, at_end: bool = False
) -> str:
    """As much as fits of the first unit in `order`; where not one of its characters does, of the text."""
    found = cut(text[slice(*units[order[0]])], size, budget, at_end) if order else ""
    return found or cut(text.strip() or text, size, budget, at_end)


def cut(text: str, size: Callable[[str], int], budget: int, at_end: bool = False) -> str:
    """The longest beginning (or end) of `text` that fits, at a character's edge; else one character of it that does."""
    shortened = (lambda n: text[-n:]) if at_end else (lambda n: text[:n])
    n = bisect_right(range(1, len(text) + 1), budget, key=lambda n: size(shortened(n)))
    if n:
        return shortened(n)
    return next((character for character in dict.fromkeys(text) if 0 < size(character) <= budget), "")


def cut_back(text: str, size: Callable[[str], int], budget: int, unfinished: bool) -> str:
    """The first whole sentences of `text` that fit; where none does, its first words, or a part of the first.
    `unfinished`: its end is missing."""
    for unit in (sentences, words):
        found = unit(text)
        if unfinished and found and text[found[-1][1] - 1] not in ".!?。！？":
            found = found[:-1]
        order = range(len(found))
        if n := n_leading(text, found, order, size, budget):
            return join(text, found, order[:n])
    return cut(text.strip(), size, budget)


def unit_of_tokens(units: Spans, offsets: Sequence[tuple[int, int]]) -> list[int | None]:
    """The unit that each token belongs to, None for one that lies in no unit.

    A token belongs to the unit that holds its last character: its space may stand before the unit. `offsets` are in
    order, as a tokenizer gives them.
    """
    out: list[int | None] = []
    at = 0
    for start, end in offsets:
        while at < len(units) and units[at][1] < end:
            at += 1
        inside = end > start and at < len(units) and units[at][0] <= end - 1
        out.append(at if inside else None)
    return out


def unit_means(n_units: int, owners: Sequence[int | None], values: Sequence[float]) -> list[float]:
    """The mean value of each unit's tokens, 0 for a unit without any."""
    totals, counts = [0.0] * n_units, [0] * n_units
    for owner, value in zip(owners, values, strict=True):
        if owner is not None:
            totals[owner] += value
            counts[owner] += 1
    return [t / n if n else 0.0 for t, n in zip(totals, counts, strict=True)]
