"""For how long, or for how many, an amount is: «45 a month» told as «45 a week», «twice a day» as «twice weekly».

A period goes with the count beside it, or with the words of its segment. It was changed where the output tells the same
count, or without counts the same words, with another period, and nowhere with the source's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from tellback.compare.binding.tokens import COMMA, Tokens, tokens
from tellback.facts.kinds.units import CARDINALS
from tellback.language.stems import stem
from tellback.records import Span

_UNITS = {
    "second": "s sec", "minute": "min mins", "hour": "h hr hrs", "day": "d", "week": "wk", "month": "mo", "quarter": "", "year": "y yr",
    "night": "", "person": "head capita", "kilo": "kg kilogram", "litre": "l liter", "kilometre": "km kilometer", "mile": "mi",
    "piece": "", "visit": "", "tonne": "ton", "hectare": "ha", "acre": "", "page": "", "word": "", "share": "", "unit": "",
    "hundred": "", "thousand": "", "million": "", "dozen": "",
}  # fmt: skip
_UNIT = {word: unit for unit, others in _UNITS.items() for word in (unit, f"{unit}s", *others.split())}
_ADVERBS = {
    "hourly": "hour", "daily": "day", "nightly": "night", "weekly": "week", "monthly": "month", "quarterly": "quarter",
    "yearly": "year", "annually": "year", "annual": "year",
}  # fmt: skip
#: So many of one unit are one of another: «every 24 hours».
_WHOLE = {("hour", 24): "day", ("day", 7): "week", ("month", 12): "year", ("minute", 60): "hour", ("second", 60): "minute", ("week", 52): "year",
          ("day", 1): "day"}  # fmt: skip
_COUNT = rf"(?:\d[\d.,]*\d|\d|\bonce|\btwice|\b(?:{'|'.join(CARDINALS)}))"
_NAMES = "|".join(sorted(_UNIT, key=len, reverse=True))
_PER = re.compile(rf"(?:\bper |\b(?:each|every) |/ ?)(?:(\d+|{'|'.join(CARDINALS)}) ?)?({_NAMES})\b(?!/)", re.I)
_ARTICLE = re.compile(rf"\ban? ({_NAMES})\b", re.I)
_COUNTED = re.compile(
    rf"({_COUNT})[%€$£]?(?: times)?(?: (?!for |in |over |after |before |until |during )[\w%€$£.-]+){{0,4}} $", re.I
)
_AS_SUBJECT = re.compile(r"(?:^|[.;:\n] ?|, )$")
_PAID = re.compile(r"[^.;\n]{0,60}\b(?:costs?|is|are|pays?|comes? to|sets?)\b")
_ADVERB = re.compile(rf"\b({'|'.join(_ADVERBS)})\b", re.I)
_NUMBER_BEHIND = re.compile(rf"({_COUNT})", re.I)
_NEAR = 60  # characters between a period and its count
_NO_WORDS = {stem(word) for word in (*_UNIT, *_ADVERBS, "once", "twice", "times")}
_SPOKEN = {"once": "1", "twice": "2"}


@dataclass(frozen=True, slots=True)
class Period:
    """A period at `span` of a text, with the count beside it (None: there is none) and the words of its segment."""

    unit: str
    count: str | None
    words: frozenset[str]
    span: Span
    shown: Span


@dataclass(frozen=True, slots=True)
class Changed:
    """A period of the source, told as another."""

    source: Period
    output: Period


@lru_cache(maxsize=4)
def changed_periods(source: str, output: str) -> tuple[Changed, ...]:
    """The periods of which the output tells another, in its order."""
    s, o = tokens(source), tokens(output)
    mine = list(_periods(s))
    theirs = list(_periods(o)) if mine else []
    out = []
    for told in theirs:
        fits = [p for p in mine if _of_one(p, told, s, o)]
        if not fits or any(p.unit == told.unit for p in fits):
            continue
        if any(p.unit == t.unit and _of_one(p, t, s, o) for p in fits for t in theirs):
            continue
        out.append(Changed(fits[0], told))
    return tuple(out)


def _of_one(mine: Period, theirs: Period, s: Tokens, o: Tokens) -> bool:
    """Whether two periods are of the same amount: one count, and none of the words beside it is of another amount; without
    counts, words that stand nowhere else."""
    shared = mine.words & theirs.words
    if mine.count or theirs.count:
        if mine.count != theirs.count:
            return False
        strange = {w for w in theirs.words - mine.words if w in s.at}
        return bool(shared) or not strange or not mine.words
    alone = {w for w in shared if len(s.at[w]) == 1 == len(o.at[w])}
    return bool(alone) and not any(w in s.at for w in theirs.words - mine.words)


def _periods(t: Tokens) -> Iterator[Period]:
    text = t.text
    for rule in (_PER, _ARTICLE, _ADVERB):
        for match in rule.finditer(text):
            before = text[max(0, match.start() - _NEAR) : match.start()]
            counted = _COUNTED.search(before if before.endswith(" ") or rule is not _PER else f"{before} ")
            count = counted[1].lower() if counted else None
            start = (
                match.start() - len(before) + counted.start(1) if counted and before.endswith(" ") else match.start()
            )
            end = match.end()
            if rule is _ARTICLE and count is None:
                paid = _PAID.match(text, match.end()) if _AS_SUBJECT.search(before) else None
                behind = _NUMBER_BEHIND.search(text, paid.end(), paid.end() + _NEAR) if paid else None
                if behind is None:
                    continue
                count, end = behind[1].lower(), behind.end()
            unit = _unit(rule, match)
            words = _words(t, match.start(), match.end())
            yield Period(unit, _plain(count), words, match.span(), (start, end))


def _unit(rule: re.Pattern[str], match: re.Match[str]) -> str:
    if rule is _ADVERB:
        return _ADVERBS[match[1].lower()]
    name = _UNIT[match[match.lastindex or 1].lower()]
    many = _plain(match[1].lower()) if rule is _PER and match[1] else None
    if many is None or many == "1":
        return name
    return _WHOLE.get((name, int(many)), f"{many} {name}")


def _plain(count: str | None) -> str | None:
    if count is None:
        return None
    return _SPOKEN.get(count) or str(CARDINALS.get(count, count.replace(",", "")))


def _words(t: Tokens, start: int, end: int) -> frozenset[str]:
    """The words of the segment that a period stands in."""
    here = next((k for k, token in enumerate(t.all) if token.end > start), None)
    if here is None:
        return frozenset()
    found = set()
    for k in t.segment(here, COMMA) if t.all[here].start < end else t.segment(max(here - 1, 0), COMMA):
        token = t.all[k]
        if token.kind != "number" and token.key not in _NO_WORDS and not (start <= token.start < end):
            found.add(token.key)
    return frozenset(found)
