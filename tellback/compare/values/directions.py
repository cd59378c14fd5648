"""Which way a number goes: up or down, from which to which, above or below, a profit or a loss.

A number that stayed is told wrongly where the words around it turned: «up from 4.8» as «down from 4.8», «from 5 to 10» as
«from 10 to 5», «a loss of 36 million» as «a profit of 36 million».
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from tellback.compare.values.mentions import Mentions
from tellback.facts.kinds.quantity import Quantity
from tellback.records import Span

_UP = (
    r"rise|rises|rose|risen|rising|increas\w*|grew|grows?|grown|growing|growth|climb\w*|rais(?:e|es|ed|ing)|up(?! to\b)|jump\w*|surg\w*|soar\w*|"
    r"higher|hik(?:e|es|ed|ing)|expand\w*|boost\w*|lift\w*|enlarg\w*|rebound\w*|recover\w*|gain\w*"
)
_DOWN = (
    r"fall|falls|fell|fallen|falling|decreas\w*|drop\w*|declin\w*|lower|lowered|lowering|lowers|cut|cuts|cutting|reduc\w*|down|slip\w*|slid|slides?|"
    r"shrank|shrunk|shrink\w*|plung\w*|sank|sinks?|dip\w*|contract(?:ed|ing|ion)|tumbl\w*|plummet\w*|lost|loses?|losing"
)
#: What is left over or missing; and on which side of another amount a number stands, where that follows the number.
_FAMILIES = {
    "move": (re.compile(rf"\b(?:{_UP})\b"), re.compile(rf"\b(?:{_DOWN})\b")),
    "balance": (re.compile(r"\b(?:profits?|surplus(?:es)?|earn(?:s|ed|ing|ings)?|gain\w*)\b"), re.compile(r"\b(?:loss(?:es)?|deficits?|shortfalls?|lost|loses?|short by)\b")),
    "side": (re.compile(r"\b(?:above|over|higher|more|warmer|longer|older|taller|ahead|late|later)\b"), re.compile(r"\b(?:below|under|lower|less|fewer|colder|cooler|shorter|younger|smaller|behind|early|earlier|cheaper)\b")),
}  # fmt: skip
_DENIED = re.compile(r"\b(?:not|never|no|without|neither|nor)\b|n't\b")
_TOKEN = re.compile(r"\d[\d.,]*|[^\W\d_]+")
_STEP = re.compile(r"[,;:](?!\d)|\b(?:and|while|but|whereas|although|as)\b")
_OBJECT = re.compile(r" (?!(?:to|by|from|in|on|at|over|under|again|since|after|before|and|then|slightly|sharply|further|back|off|below|above|more|less)\b)[^\W\d_]")
_WITHIN, _STEP_SIZE = 5, 4  # words between a number and the word that says its way, and what a boundary counts as
_AFTER = 3  # words after a number in which the side is said
_BOUND = re.compile(
    r"(?:(?P<least>>=?|≥|\b(?:above|over|more than|greater than|exceed(?:s|ing)?|larger than|older than|higher than|at least|minimum of|no less than|not less than))"
    r"|(?P<most><=?|≤|\b(?:below|under|less than|fewer than|smaller than|younger than|lower than|at most|up to|maximum of|no more than|not more than)))"
    r"\s*(?:the |a |an |[$€£])?$"
)
_OR = re.compile(r"(?: years?)?,? (?:(?P<least>(?:or|and) (?:more|older|above|higher|greater|over|later))|(?P<most>(?:or|and) (?:less|fewer|younger|below|lower|under|smaller)))\b")
_AHEAD = re.compile(r"\bfrom\b[^.;]{0,24}$")
_TO = re.compile(r"^[^.;,]{0,24}?\bto\b[^.;,\d]{0,14}$|^\s*(?:->|→|=>)\s*$")
_FROM = re.compile(r"^[^.;]{0,30}?\b(?:from|instead of|rather than|compared (?:with|to)|after|against)\b[^.;,\d]{0,14}$")
_EDGE = re.compile(r"[,;:](?!\d)|\b(?:and|while|but|whereas)\b")
_SHOWN = 70  # characters that are shown around a number


@dataclass(frozen=True, slots=True)
class Turned:
    """Source mention `m` is told by `n` in the other direction; the places that show it in both texts."""

    m: int
    n: int
    source: Span
    output: Span


def turned(s: Mentions, o: Mentions, kept: Mapping[int, int | None]) -> Iterator[Turned]:
    """The kept numbers that the output tells in another direction."""
    mine, theirs = _Text(s), _Text(o)
    told = {m: n for m, n in kept.items() if n is not None and _is_number(s, m) and _is_number(o, n)}
    yield from _bounds(s, o, kept)
    for m, n in told.items():
        if s.read.text[slice(*s.read.sentences[s.sentence[m]])] == o.read.text[slice(*o.read.sentences[o.sentence[n]])]:
            continue
        if not (_is_alone(s, m) and _is_alone(o, n)):
            continue
        pair, other = mine.pair(m), theirs.pair(n)
        if pair and other and all(k in told for k in pair) and (told[pair[0]], told[pair[1]]) == (other[1], other[0]):
            if m == pair[1]:
                yield Turned(m, n, mine.shown(pair), theirs.shown(other))
            continue
        for family in _FAMILIES:
            way, back = mine.way(m, family, pair), theirs.way(n, family, other)
            if way and back and way[0] == -back[0]:
                again = [k for key in s.values[m].keys for k in s.by_key.get(key, ()) if k != m]
                if not any((found := mine.way(k, family, mine.pair(k))) and found[0] == back[0] for k in again):
                    yield Turned(m, n, way[1], back[1])
                break


def _bounds(s: Mentions, o: Mentions, kept: Mapping[int, int | None]) -> Iterator[Turned]:
    """What an operator and words say of one number in opposite directions: «x < 0» told as «above 0»."""
    for m, n in kept.items():
        if n is None or s.group[m] not in ("value", "identifier"):
            continue
        mine, theirs = _bound(s, m), _bound(o, n)
        if mine and theirs and mine[0] != theirs[0] and (mine[2] or theirs[2]) and not _denied_otherwise(s, m, o, n):
            again = (k for key in s.values[m].keys for k in s.by_key.get(key, ()) if k != m)
            if any((found := _bound(s, k)) and found[0] == theirs[0] for k in again):
                continue  # elsewhere the source says that of it
            yield Turned(m, n, mine[1], theirs[1])


def _bound(t: Mentions, k: int) -> tuple[int, Span, bool] | None:
    """(1 for a least and -1 for a most, the words, whether an operator says it) of a bound that a mention is."""
    start, end = t.mentions[k].span
    first, last = t.read.sentences[t.sentence[k]]
    before = _BOUND.search(t.text.lower, max(first, start - 28), start)
    if before:
        return (1 if before.lastgroup == "least" else -1), (before.start(), end), before[0][0] in "<>≤≥"
    after = _OR.match(t.text.lower, end, min(last, end + 24))
    return ((1 if after.lastgroup == "least" else -1), (start, after.end()), False) if after else None


def _denied_otherwise(s: Mentions, m: int, o: Mentions, n: int) -> bool:
    """Whether one side denies what the other does not."""
    spans = ((s, s.read.sentences[s.sentence[m]]), (o, o.read.sentences[o.sentence[n]]))
    mine, theirs = (len(_DENIED.findall(t.text.lower, *span)) for t, span in spans)
    return mine != theirs


def _is_number(t: Mentions, k: int) -> bool:
    return t.group[k] == "value" and isinstance(t.values[k].readings[0], Quantity)


def _is_alone(t: Mentions, k: int) -> bool:
    """Whether its sentence says the value once."""
    return sum(t.values[x].keys[0] == t.values[k].keys[0] for x in t.of_sentence[t.sentence[k]]) == 1


class _Text:
    """What one text says of the ways of its numbers."""

    def __init__(self, t: Mentions) -> None:
        self.t = t
        self._pairs: dict[int, dict[int, tuple[int, int]]] = {}

    def pair(self, k: int) -> tuple[int, int] | None:
        """(from which, to which) mention something went, where `k` is one of the two."""
        j = self.t.sentence[k]
        if j not in self._pairs:
            self._pairs[j] = {x: pair for pair in self._found(j) for x in pair}
        return self._pairs[j].get(k)

    def _found(self, j: int) -> Iterator[tuple[int, int]]:
        t = self.t
        numbers = [k for k in t.of_sentence[j] if _is_number(t, k)]
        for a, b in zip(numbers, numbers[1:], strict=False):
            between = t.text.lower[t.mentions[a].span[1] : t.mentions[b].span[0]]
            before = t.text.lower[max(t.read.sentences[j][0], t.mentions[a].span[0] - 30) : t.mentions[a].span[0]]
            if _TO.search(between) and (_AHEAD.search(before) or not between.strip(" ->→=")):
                yield a, b
            elif _FROM.search(between):
                yield b, a

    def over(self, pair: tuple[int, int]) -> Span:
        spans = sorted(self.t.mentions[k].span for k in pair)
        return spans[0][0], spans[-1][1]

    def shown(self, pair: tuple[int, int]) -> Span:
        """Both numbers with the words before them, that say of what they are."""
        start, end = self.over(pair)
        first = max(self.t.read.sentences[self.t.sentence[pair[0]]][0], start - _SHOWN)
        before = max((step.end() for step in _EDGE.finditer(self.t.text.lower, first, start)), default=first)
        start = before + len(self.t.read.text[before:start]) - len(self.t.read.text[before:start].lstrip())
        return start, end

    def way(self, k: int, family: str, pair: tuple[int, int] | None) -> tuple[int, Span] | None:
        """(1 or -1, the words that say it) of the way that a number goes; None where it is not said, or twice."""
        t = self.t
        start, end = t.read.sentences[t.sentence[k]]
        text = t.text.lower
        whole = self.over(pair) if pair else t.mentions[k].span
        found = []
        for sign, rule in zip((1, -1), _FAMILIES[family], strict=True):
            for word in rule.finditer(text, start, end):
                far = self._distance(word.span(), whole)
                if family == "side" and (word.start() < whole[1] or far > _AFTER) or self._of_the_next(word.span(), whole):
                    continue
                if far <= _WITHIN and not self._another_between(word.span(), whole, t.sentence[k]):
                    found.append((far, sign, word.span()))
        if found and not _DENIED.search(text, start, end):
            found.sort()
            if len({sign for _, sign, _ in found}) == 1:
                span = found[0][2]
                return found[0][1], (min(span[0], whole[0]), max(span[1], whole[1]))
            return None
        if pair and family == "move" and not found:
            a, b = (t.values[x].readings[0] for x in pair)
            if a.unit == b.unit and a.number != b.number:
                return (1 if b.number > a.number else -1), whole
        return None

    def _another_between(self, word: Span, whole: Span, j: int) -> bool:
        """Whether another number stands between a word and the number: «up by £12 was lost 7-4»."""
        first, last = min(word[1], whole[1]), max(word[0], whole[0])
        return any(first <= self.t.mentions[k].span[0] < last for k in self.t.of_sentence[j] if _is_number(self.t, k))

    def _of_the_next(self, word: Span, whole: Span) -> bool:
        """Whether a word behind the number is the verb of another thing: «raised to 2 GB and drops the old format»."""
        text = self.t.text.lower
        joined = word[0] >= whole[1] and _STEP.search(text, whole[1], word[0]) is not None
        return joined and not text[slice(*word)].endswith("ing") and _OBJECT.match(text, word[1]) is not None

    def _distance(self, a: Span, b: Span) -> int:
        first, second = sorted((a, b))
        if first[1] > second[0]:
            return 0
        between = self.t.text.lower[first[1] : second[0]]
        return len(_TOKEN.findall(between)) + _STEP_SIZE * len(_STEP.findall(between))
