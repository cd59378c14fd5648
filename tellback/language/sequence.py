"""Events that a text puts in order over several sentences: numbered steps, and «first ..., then ..., finally ...»."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from tellback.language.columns import CONTENT, LIGHT, Columns
from tellback.language.lexicon import SEQUELS

_STEP = re.compile(r"^[ \t]*(?:[Ss]tep )?(\d{1,3})[.):][ \t]+(\S[^\n]*)$", re.M)
#: «Step 1: stop it. Step 2: back up.» on one line.
_INLINE = re.compile(r"(?:^|(?<=[.;!] ))[ \t]*[Ss]tep (\d{1,2})[.):][ \t]+(?=\S)", re.M)
_MARKS = SEQUELS | {"first", "firstly", "second", "secondly", "third", "thirdly", "last", "lastly", "end"}
_FIRST = ("first", "firstly")
_PARTING = (",", ";", ".", "and", "\n", "–", "—")
_OPENING = 4  # words of a part in which a mark must stand to put it behind the part before


@dataclass(frozen=True)
class Event:
    """The stems of an event's content words, its first and last word, and its sentence."""

    keys: frozenset[str]
    first: int
    last: int
    sentence: int


def sequences(p: Columns) -> list[list[Event]]:
    """Each run of events of which the text says that they follow one another."""
    return [found for found in (*_numbered(p), *_told(p)) if len(found) > 1]


def _event(p: Columns, first: int, last: int) -> Event | None:
    """The event told by the words [first, last); None where they have no content."""
    ks = [k for k in range(first, last) if p.pos[k] not in ("PUNCT", "SPACE")]
    own = [k for k in ks if p.pos[k] in CONTENT | {"PART"} or p.tag[k] in ("RP", "NNP")]
    keys = frozenset(p.key[k] for k in own if p.lemma[k] not in LIGHT and p.low[k] not in _MARKS and p.low[k] not in ("not", "to"))
    return Event(keys, ks[0], ks[-1], p.sent_of[ks[0]]) if keys else None


def _numbered(p: Columns) -> Iterator[list[Event]]:
    """Lines, or steps within a line, with numbers that count up."""
    run: list[Event] = []
    before = 0
    at = 0
    for number, start, stop in _steps(p.text):
        if number != before + 1 or number == 1:
            yield run
            run = []
        before = number
        while at < len(p.low) and p.start[at] < start:
            at += 1
        end = at
        while end < len(p.low) and p.start[end] < stop:
            end += 1
        if at < end and (event := _event(p, at, end)):
            run.append(event)
    yield run


def _steps(text: str) -> Iterator[tuple[int, int, int]]:
    """(number, start, end) of what each step says."""
    if "tep " in text and len(found := list(_INLINE.finditer(text))) > 1:
        for match, after in zip(found, [*found[1:], None], strict=True):
            line = text.find("\n", match.end())
            stops = [at for at in (line, -1 if after is None else after.start()) if at >= 0]
            yield int(match[1]), match.end(), min(stops, default=len(text))
        return
    for match in _STEP.finditer(text):
        yield int(match[1]), match.start(2), match.end()


def _told(p: Columns) -> Iterator[list[Event]]:
    """Parts of sentences behind «then» and the like, each after the part before it."""
    run: list[Event] = []
    previous: Event | None = None
    for n, (first, last) in enumerate(p.sents):
        for begin, end in _parts(p, first, last):
            event = _event(p, begin, end)
            if event is None:
                continue
            opening = range(begin, min(begin + _OPENING, end))
            marked = any(_is_mark(p, k) and p.low[k] not in _FIRST for k in opening)
            if marked and previous is not None and n - previous.sentence <= 1:
                run = run or [previous]
                run.append(event)
            else:
                yield run
                run = []
            previous = event
    yield run


def _is_mark(p: Columns, k: int) -> bool:
    """Whether the word puts what follows behind what stands before: «then», «in the end», not «the next day»."""
    if p.low[k] == "end":
        return p.low[k - 2 : k] == ["in", "the"]
    return p.low[k] in _MARKS and (p.pos[k] == "ADV" or p.low[k] in SEQUELS and p.low[k] != "next")


def _parts(p: Columns, first: int, last: int) -> Iterator[tuple[int, int]]:
    """A sentence cut before «, then», «; finally», «and later» and the like."""
    begin = first
    for k in range(first + 1, last):
        cut = k
        while cut > begin + 1 and p.low[cut - 1] in (*_PARTING, "in", "the"):
            cut -= 1
        if _is_mark(p, k) and cut < k and p.low[cut] in _PARTING:
            yield begin, cut
            begin = cut
    yield begin, last
