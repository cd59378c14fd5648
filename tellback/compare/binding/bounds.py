"""Whether a number is the most or the least that may be: «not more than 300» told as «at least 300».

Only bounds that hold the number itself are compared. «More than 20 are refused» and «at most 20 are let in» say one thing, so
strict bounds, which such pairs are made of, say nothing here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from tellback.compare.binding.tokens import CLAUSE, COMMA, Tokens, tokens
from tellback.facts.kinds.units import CARDINALS
from tellback.records import Span

_DEGREE = r"(?:more|older|later|longer|higher|larger|heavier|greater|bigger|taller|wider|deeper|thicker|farther|further|faster|hotter|warmer|louder|steeper)"
_LESS = r"(?:less|fewer|younger|earlier|sooner|shorter|lower|smaller|lighter|shallower|thinner|nearer|closer|slower|colder|cooler|narrower)"
_NOT = r"(?:no|not|never|cannot|can't|mustn't|may not|must not|n't)"
_ANY = r"(?: [a-z]+){0,3}? "
_MOST = re.compile(
    rf"\bat (?:the )?most\b|\bmaxim(?:um|al)\b|(?<![a-z])max(?![a-z])|\bup to\b|\blimit(?:ed)?\b|\bat the latest\b|\bceiling\b|\bupper bound\b"
    rf"|\b{_NOT}{_ANY}(?:{_DEGREE} than|over|above|exceed|exceeds|surpass)\b|\bor {_LESS}\b|\bor (?:under|below)\b|\b{_NOT} {_DEGREE}\b"
)
_LEAST = re.compile(
    rf"\bat (?:the )?least\b|\bminim(?:um|al)\b|(?<![a-z])min(?![a-z])|\bat the earliest\b|\bfloor of\b|\blower bound\b|\bupwards\b"
    rf"|\b{_NOT}{_ANY}(?:{_LESS} than|under|below)\b|\bor {_DEGREE}\b|\bor (?:over|above)\b|\band (?:over|up|above)\b|\b{_NOT} {_LESS}\b"
)


@dataclass(frozen=True, slots=True)
class Bound:
    """A number that is the most (`upper`) or the least, with the words that say so."""

    number: Span
    upper: bool
    span: Span


@lru_cache(maxsize=4)
def turned_bounds(source: str, output: str) -> tuple[tuple[Bound, Bound], ...]:
    """The bounds of which the output says the other side, each with what it says."""
    s, o = tokens(source), tokens(output)
    mine = _bounds(s, o)
    theirs = _bounds(o, s) if mine else {}
    return tuple(
        (mine[number], told) for number, told in theirs.items()
        if number in mine and mine[number].upper != told.upper
    )  # fmt: skip


#: «Fewer than four» and «at least four» are the two parts of a whole, as «after 17:00» and «until 17:00».
_NUMBER = r"(?P<n>\d[\d.,:]*\d|\d|[a-z]+)"
_UNDER = re.compile(rf"\b(?:{_LESS} than|under|below) {_NUMBER}")
_FROM = re.compile(rf"\b(?:at (?:the )?least|a minimum of|from) {_NUMBER}|(?P<m>\d[\d.,:]*|[a-z]+)(?: [a-z]+)? (?:or|and) (?:{_DEGREE}|over|above|up)\b")
_OVER = re.compile(rf"\b(?:{_DEGREE} than|over|above|after|past) {_NUMBER}")
_TO = re.compile(rf"\b(?:at (?:the )?most|a maximum of|up to|until|till|by) {_NUMBER}|(?P<m>\d[\d.,:]*|[a-z]+)(?: [a-z]+)? or (?:{_LESS}|under|below)\b")


def parts_of_whole(source: str, output: str) -> bool:
    """Whether one sentence bounds a number from the one side and the other the same number from the other: «fewer than four» may
    not, so that «at least four» may. What one says of its part, the other denies of the rest."""
    mine, theirs = source.lower(), output.lower()
    return any(
        _numbers(strict, a) & _numbers(loose, b)
        for strict, loose in ((_UNDER, _FROM), (_OVER, _TO))
        for a, b in ((mine, theirs), (theirs, mine))
    )


def _numbers(rule: re.Pattern[str], text: str) -> set[str]:
    found = (match["n"] or match["m"] if "m" in rule.groupindex else match["n"] for match in rule.finditer(text))
    return {str(CARDINALS.get(number, number)) for number in found if number[0].isdigit() or number in CARDINALS}


def _bounds(t: Tokens, other: Tokens) -> dict[str, Bound]:
    """The bounds of the numbers that stand once in either text, in order."""
    out = {}
    for key, places in t.at.items():
        k = places[0]
        if t.all[k].kind != "number" or len(places) != 1 or len(other.at.get(key, ())) != 1:
            continue
        found = _bound(t, k, COMMA) or _bound(t, k, CLAUSE)
        if found is not None:
            upper, span = found
            out[key] = Bound((t.all[k].start, t.all[k].end), upper, span)
    return out


def _bound(t: Tokens, k: int, rank: int) -> tuple[bool, Span] | None:
    """(whether it is an upper bound, the words that say so with the number) by the nearest words in the segment of token `k`
    that bound it; None where there are none, or where they belong to another number."""
    here = t.segment(k, rank)
    start = t.all[here[0] - 1].end if here[0] else 0
    end = t.all[here[-1] + 1].start if here[-1] + 1 < len(t.all) else len(t.text)
    text = t.text[start:end].lower().replace("’", "'")
    at = t.all[k].start - start, t.all[k].end - start
    others = [m for m in here if t.all[m].kind in ("number", "date") and m != k]
    numbers = [(t.all[m].start - start, t.all[m].end - start) for m in others]
    found = []
    for upper, rule in ((True, _MOST), (False, _LEAST)):
        for match in rule.finditer(text):
            first, last = match.span()
            if not any(_nearer(number, (first, last), at) for number in numbers):
                far = max(at[0] - last, first - at[1], 0)
                found.append((far, upper, (min(first, at[0]) + start, max(last, at[1]) + start)))
    if not found or len({upper for _, upper, _ in found}) > 1:
        return None
    return min(found)[1:]


def _nearer(number: Span, phrase: Span, at: Span) -> bool:
    """Whether another number stands as near to a phrase as the one at `at`."""
    far = max(at[0] - phrase[1], phrase[0] - at[1], 0)
    return max(number[0] - phrase[1], phrase[0] - number[1], 0) <= far
