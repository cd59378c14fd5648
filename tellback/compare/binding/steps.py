"""The steps of a text in their order, and what another text says of their order: «then», «before», a list behind a colon.

Steps are numbered lines, or sentences that «first», «then», «last» put in a row. A part of the other text tells the step whose
words it has, where no other step has these.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby

from tellback.compare.binding.moments import clocked, joined
from tellback.compare.binding.tokens import COMMA, SENTENCE, Tokens, tokens
from tellback.records import Span

MOST = 60  # steps that are compared
_NUMBERED = re.compile(r"^[ \t]*(?:[Ss]tep )?(\d{1,3})[.):][ \t]+(\S[^\n]*)$", re.M)
_MARK = re.compile(
    r"(?<!\bthe )(?<!\ba )(?<!\bhis )(?<!\bher )(?<!\bits )(?<!\btheir )(?<!\bthis )(?<!'s )(?<!\bmy )(?<!\bour )\b(?:first(?:ly)?|then|next|second(?:ly)?|third(?:ly)?|finally|last(?:ly)?|afterwards?|subsequently|later|after (?:that|this|which)|"
    r"in the end|to begin with|to start with|followed by)\b", re.I
)  # fmt: skip
_LEADS = re.compile(
    r"\b(?:in (?:this|that|the following) order|like this|as follows|the (?:order|steps|sequence) (?:is|are)|steps?)\b[^.\n]{0,20}:|→|->|\bin this order\b",
    re.I,
)
_OPENS = re.compile(
    r"^\W*(?:first(?:ly)?|then|next|secondly|thirdly|finally|lastly|after (?:that|this)|afterwards?|in the end)\b", re.I
)
_CLOSES = re.compile(r"\b(?:last|finally)\b(?= (?:and|,)|[.,;!]|$)", re.I)
_FIRST = re.compile(r"^\W*(?:first(?:ly)?|to (?:begin|start) with)\b|\bfirst\W*$", re.I)
_LAST_WORD = re.compile(r"\bfirst\W*$", re.I)
_LONGEST = 14  # words of a step; what is longer is told, not commanded
_TURNING = re.compile(
    r"\b(?:before|prior|ahead|after|once|following|as soon as|not|never|instead|rather|already|having|had|beforehand|earlier|previously|but first)\b",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Turned:
    """Two steps and where the output tells them the other way round."""

    source: Span
    output: Span


@lru_cache(maxsize=4)
def turned_steps(source: str, output: str) -> tuple[Turned, ...]:
    """The steps of the source that the output tells in another order."""
    s = tokens(source)
    out = []
    for steps in _sequences(s):
        o = tokens(output)
        known = _Known(s, steps[:MOST])
        out += [
            Turned(known.span(x, y), span) for x, y, span in (*_by_connective(o, known), *_in_a_row(o, known)) if x > y and o.text[slice(*span)] not in s.text
        ]
    return tuple(out)


def _sequences(s: Tokens) -> Iterator[list[range]]:
    """The runs of steps of a text, each step as its tokens."""
    for run in (_numbered(s), *_told(s)):
        if len(run) > 1 and max(map(len, run)) <= _LONGEST:
            yield run
    for earlier, later, _ in joined(s):
        yield [earlier, later]
    run = clocked(s)
    if len(run) > 1:
        yield run


def _within(t: Tokens, start: int, end: int) -> range:
    starts = [token.start for token in t.all]
    return range(bisect_left(starts, start), bisect_left(starts, end))


def _numbered(s: Tokens) -> list[range]:
    run = []
    for number, match in enumerate(_NUMBERED.finditer(s.text), 1):
        if int(match[1]) != number:
            break
        run.append(_within(s, *match.span(2)))
    return [step for step in run if step] if len(run) > 1 else []


def _told(s: Tokens) -> Iterator[list[range]]:
    """Sentences in a row of which the second and each further one begins with «then» and the like or ends with «last»."""
    run: list[range] = []
    opened = False
    for _, inside in groupby(range(len(s.all)), key=s.sentence.__getitem__):
        first, *rest = inside
        here = range(first, rest[-1] + 1 if rest else first + 1)
        start = s.all[here[0] - 1].end if here[0] else 0
        text = s.text[start : s.all[here[-1]].end].lstrip(" .\n")
        if run and not _FIRST.search(text) and (_OPENS.match(text) or _CLOSES.search(text)):
            run.append(here)
            continue
        yield run if opened else []
        run, opened = [here], bool(_FIRST.search(text))
    yield run if opened else []


class _Known:
    """By which words a step is known."""

    def __init__(self, s: Tokens, steps: list[range]) -> None:
        self.s, self.steps = s, steps
        holding: dict[str, set[int]] = {}
        for n, step in enumerate(steps):
            for k in step:
                holding.setdefault(s.all[k].key, set()).add(n)
        self.of = {key: next(iter(ns)) for key, ns in holding.items() if len(ns) == 1 and not _MARK.fullmatch(key)}

    def step(self, t: Tokens, part: range) -> int | None:
        """The step that a part tells: that of all its words that are known by one."""
        found = Counter(self.of[t.all[k].key] for k in part if t.all[k].key in self.of)
        strange = sum(t.all[k].key in self.s.at and t.all[k].key not in self.of for k in part)
        return next(iter(found)) if len(found) == 1 and found.total() >= strange else None

    def span(self, x: int, y: int) -> Span:
        both = self.steps[x], self.steps[y]
        return self.s.all[min(step[0] for step in both)].start, self.s.all[max(step[-1] for step in both)].end


def _by_connective(o: Tokens, known: _Known) -> Iterator[tuple[int, int, Span]]:
    """(the step told as the earlier one, the later one, where) for each «before» and «after» between two steps."""
    for earlier, later, span in joined(o):
        x, y = known.step(o, earlier), known.step(o, later)
        if x is not None and y is not None and x != y:
            yield x, y, span


def _in_a_row(o: Tokens, known: _Known) -> Iterator[tuple[int, int, Span]]:
    """The same of parts that «then» and the like, or what leads a list, put in a row."""
    marks = [m.start() for m in _MARK.finditer(o.text)]
    leads = [m.end() for m in _LEADS.finditer(o.text)]
    told: list[tuple[int, range]] = []
    k, carried = 0, -1  # the sentence in which a mark still waits for its step
    while k < len(o.all):
        part = o.segment(k, COMMA)
        k = part[-1] + 1
        start = o.all[part[0] - 1].end if part[0] else 0
        begin = o.all[o.segment(part[0], SENTENCE)[0]].start
        marked = any(start <= m < o.all[part[-1]].end for m in marks)
        listed = any(begin <= lead <= o.all[part[0]].start for lead in leads)
        if _TURNING.search(_MARK.sub("", o.text[start : o.all[part[-1]].end])):
            told = []
            continue
        step = known.step(o, part)
        marked = marked or carried == o.sentence[part[0]]
        opened = _OPENS.match(o.text[start : o.all[part[-1]].end].lstrip(" ,;"))
        carried = o.sentence[part[0]] if step is None and (opened or carried == o.sentence[part[0]]) else -1
        if step is None:
            continue
        if told and _LAST_WORD.search(o.text[start : o.all[part[-1]].end]):
            told = []  # «and needs a ticket first»
            continue
        if told and (marked or listed) and told[-1][0] != step:
            span = o.all[told[-1][1][0]].start, o.all[part[-1]].end
            yield told[-1][0], step, span
        told.append((step, part))
