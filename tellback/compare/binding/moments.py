"""Two parts of a text of which it says which comes first: «X before Y», «after Y, X», «X, and only then Y», lines with a clock."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import groupby

from tellback.compare.binding.tokens import COMMA, SENTENCE, Tokens
from tellback.records import Span

#: «X before Y», «after Y, X»; «after that» is none.
_BEFORE = re.compile(r"\b(?:before|prior to|ahead of)\b", re.I)
_AFTER = re.compile(r"\b(?:after|once|following|as soon as)\b(?! (?:that|this|which)\b)", re.I)
_ONLY = re.compile(r"\bonly (?:after|once|when)\b$|\bonly $", re.I)
#: «X. Only then Y», «X, and Y afterwards».
_THEN = re.compile(r"\bonly (?:then|after (?:that|this))\b", re.I)
_AFTERWARDS = re.compile(r"\bafterwards?\b(?=\W*(?:[.;,!]|$))", re.I)
_CLOCK = re.compile(r"(?<![\d:.])([01]?\d|2[0-3])[:.]([0-5]\d)(?![\d:])")
_MOST_CLOCKED = 25  # tokens of a part with a clock


@lru_cache(maxsize=8)
def joined(t: Tokens) -> tuple[tuple[range, range, Span], ...]:
    """(the earlier part, the later one, characters of both) for each word that says so."""
    return tuple((*_connected(t), *_then(t)))


def _connected(t: Tokens) -> Iterator[tuple[range, range, Span]]:
    for rule, is_before in ((_BEFORE, True), (_AFTER, False)):
        for match in rule.finditer(t.text):
            at = next((k for k, token in enumerate(t.all) if token.start >= match.end()), None)
            if at is None or t.holds(t.marks, t.segment(at, SENTENCE)):
                continue
            opened = [k for k in t.segment(at, COMMA) if k >= at]
            if not opened:
                continue
            near = [k for k in t.segment(at, SENTENCE) if t.all[k].end <= match.start()]
            over = SENTENCE if _ONLY.search(t.text[: match.start()]) else COMMA
            main = [k for k in t.segment(near[-1], over) if k in near and t.wall(k, at) < over] if near else []
            if not main and opened[-1] + 1 < len(t.all) and t.gap[opened[-1]] < SENTENCE:
                main = list(t.segment(opened[-1] + 1, COMMA))  # «before draining it, loosen»
            if main:
                x, y = range(main[0], main[-1] + 1), range(opened[0], opened[-1] + 1)
                span = t.all[min(x[0], y[0])].start, t.all[max(x[-1], y[-1])].end
                yield (x, y, span) if is_before else (y, x, span)


def _then(t: Tokens) -> Iterator[tuple[range, range, Span]]:
    for rule in (_THEN, _AFTERWARDS):
        for match in rule.finditer(t.text):
            if rule is _THEN:
                at = next((k for k, token in enumerate(t.all) if token.start >= match.end()), None)
            else:
                at = next((k for k in reversed(range(len(t.all))) if t.all[k].end <= match.start()), None)
            if at is None:
                continue
            later = [k for k in t.segment(at, COMMA) if rule is _AFTERWARDS or k >= at]
            if not later or later[0] == 0:
                continue
            before = t.segment(later[0] - 1, SENTENCE)
            earlier = [k for k in before if k < later[0]]
            if earlier:
                yield range(earlier[0], earlier[-1] + 1), range(later[0], later[-1] + 1), (t.all[earlier[0]].start, t.all[later[-1]].end)


@lru_cache(maxsize=4)
def clocked(t: Tokens) -> list[range]:
    """The sentences and lines of a text that tell a time of day, each later than the one before; none where the times do not rise."""
    out, last = [], -1
    for _, inside in groupby(range(len(t.all)), key=t.sentence.__getitem__):
        ks = list(inside)
        start = t.all[ks[0] - 1].end if ks[0] else 0
        times = [int(m[1]) * 60 + int(m[2]) for m in _CLOCK.finditer(t.text[start : t.all[ks[-1]].end])]
        if not times:
            continue
        if min(times) <= last or len(ks) > _MOST_CLOCKED:
            return []
        out.append(range(ks[0], ks[-1] + 1))
        last = max(times)
    return out
