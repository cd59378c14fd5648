"""Values that an output tells otherwise: rounded, in another unit, as what follows from others, as the day that was meant;
and those that stay while what is said of them turns."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Collection
from dataclasses import replace
from fractions import Fraction

from tellback.compare.binding.bounds import turned_bounds
from tellback.compare.binding.exchange import exchanged
from tellback.compare.binding.misplaced import misplaced
from tellback.compare.binding.periods import changed_periods
from tellback.compare.values.boxes import boxes
from tellback.compare.values.directions import turned
from tellback.compare.values.following import Following
from tellback.compare.values.mentions import Mentions
from tellback.compare.values.named_units import with_named_unit
from tellback.compare.values.rounding import (
    READ_BEFORE,
    on_stopwatch,
    opposite,
    tells_clock,
    tells_converted,
    tells_rounded,
    tells_signed,
)
from tellback.compare.values.rows import told_of_rows
from tellback.compare.values.same_digits import same_digits
from tellback.compare.values.subjects import Subjects
from tellback.compare.values.switches import defaults, switches
from tellback.facts.kinds.base import Value
from tellback.facts.kinds.quantity import Quantity
from tellback.records import Span

_MORE_AFTER = re.compile(r"[ )]*(?:above|over|more|higher|up on|better|ahead)\b")
_LESS_AFTER = re.compile(r"[ )]*(?:below|under|less|lower|fewer|behind|down)\b")
_MORE_BEFORE = re.compile(r"\b(?:rose|rises?|grew|grows?|gain\w*|increas\w*|climb\w*|up|surplus of|profit of|advanc\w*)(?: (?:by|of|at|to))? ?[$€£]?$")
MOST_IN_SENTENCE = 16  # mentions of one sentence that are compared, which keeps time linear


class ToldOtherwise(Following):
    """The passes of a matching that find these; m is a mention of the source, n one of the output."""

    exchanged: dict[int, int]
    turned: set[int]
    shown: dict[int, tuple[Span, Span]]
    contradicted: dict[int, tuple[Span, Span]]
    subjects: Subjects

    def _rounded(self) -> None:
        """Numbers told rounded or in another unit, in a sentence that tells theirs."""
        for m in self._open():
            if self.s.group[m] != "value":
                continue
            for _, j in self.places.candidates(self.s.sentence[m]):
                free = [n for n in self.o.of_sentence.get(j, ()) if n not in self.claimed and self.o.group[n] == "value"]
                told = [n for n in self.s.at_rank(m, free, MOST_IN_SENTENCE) if self._tells_nearly(m, n)]
                if told:
                    self._keep(m, max(told, key=lambda n: self._local(m, n)))
                    break

    def _sign_turned(self) -> None:
        """Numbers below zero that are told without their sign beside a word for more: «-9%» as «9% above»."""
        for m in self._open():
            read = self.s.values[m].readings[0] if self.s.group[m] == "value" else None
            if not isinstance(read, Quantity) or read.number >= 0:
                continue
            for n in self.o.by_key.get(str(replace(read, number=-read.number)), ())[:MOST_IN_SENTENCE]:
                start, end = self.o.mentions[n].span
                if n not in self.claimed and not self.known(n) and (_MORE_AFTER.match(self.o.text.lower, end) or _MORE_BEFORE.search(self.o.text.lower, max(0, start - READ_BEFORE), start)):
                    self.exchanged[m] = n
                    self.claimed.add(n)
                    break

    def _tells_nearly(self, m: int, n: int) -> bool:
        a, b = self.s.values[m], self.o.values[n]
        mine, theirs = self.s.mentions[m].span[0], self.o.mentions[n].span[0]
        before = self.o.text.lower[max(0, theirs - READ_BEFORE) : theirs]
        before_mine = self.s.text.lower[max(0, mine - READ_BEFORE) : mine]
        if tells_signed(a, before_mine, b, before):
            return True
        if self._on_stopwatch(m, n) or (opposite(a, b) and a.readings[0].number < 0 and _LESS_AFTER.match(self.o.text.lower, self.o.mentions[n].span[1])):
            return True
        if self.known(n):
            return False
        return tells_converted(a, b) or tells_rounded(a, b, before, before_mine) or tells_clock(a, b, self.o.said(n), before)

    def _on_stopwatch(self, m: int, n: int) -> bool:
        """Whether one is a length of time and the other tells it as a stopwatch does: «28 min 25 s», «28:25»."""
        for mine, k, theirs, j in ((self.s, m, self.o, n), (self.o, n, self.s, m)):
            read = mine.values[k].readings[0]
            if isinstance(read, Quantity) and read.unit == "s":
                seconds, end = on_stopwatch(theirs.read.text, theirs.mentions[j].span[0])
                if Fraction(read.number) in seconds:
                    if theirs is self.o:
                        self.claimed.update(k for k in (j + 1, j + 2) if k < len(theirs.mentions) and theirs.mentions[k].span[0] < end)
                    return True
        return False

    def _unit_added(self) -> None:
        """Numbers of fields («periodSeconds: 10») that the output tells with the unit that their names mean, where nothing else
        says them."""
        for m, group in enumerate(self.s.group):
            named = with_named_unit(self.s.read.text, self.s.mentions[m].span[0], self.s.said(m)) if group == "value" else None
            if named is not None:
                self._with_unit(m, named)
        for m in self._open():
            if self.s.group[m] == "value" and self.s.field(m) is not None and self.s.kind[m].bare(self.s.values[m]) is None:
                near = [n for n in self.o.by_bare.get(self.s.values[m].keys[0], ()) if n not in self.claimed and not self.known(n)]
                if len(near) == 1 and self.s.kind[m].keeps(self.s.values[m], self.o.values[near[0]]):
                    self._keep(m, near[0])

    def _with_unit(self, m: int, named: Value) -> None:
        """A number whose unit its name gives: told with that unit it is kept, with another one exchanged."""
        told = self.kept.get(m)
        near = [n for key in named.keys for n in self.o.by_key.get(key, ()) if n not in self.claimed]
        others = [n for n in self.o.by_bare.get(self.s.values[m].keys[0], ()) if n == told or n not in self.claimed]
        if told is None and near:
            self._keep(m, near[0])
        elif others and (told is None or told in others) and not set(self.o.values[others[0]].keys) & set(named.keys):
            self.kept.pop(m, None)
            self.claimed.add(others[0])
            self.exchanged[m] = others[0]

    def _of_same_digits(self) -> None:
        foreign = [n for n, group in enumerate(self.o.group) if group == "value" and n not in self.claimed and not self.known(n)]
        for m, n in same_digits(self.s, self.o, self._open(), foreign):
            self.exchanged[m] = n
            self.claimed.add(n)
            self.shown[m] = self.s.mentions[m].span, self.o.mentions[n].span  # «Mio.» alone says little

    def _other_subjects(self) -> Collection[tuple[int, int]]:
        """Values that the output gives to each other's subjects; the pairs of those that it gives to their own come back."""
        for found in list(self.subjects.exchanges()):
            for m, n, shown in ((found.a, found.at_a, found.shown[0]), (found.b, found.at_b, found.shown[1])):
                del self.kept[m]
                self.exchanged[m] = n
                self.shown[m] = shown
        return self.subjects.straight

    def _turned(self) -> None:
        """Numbers that stayed while the words beside them say the other direction."""
        for found in list(turned(self.s, self.o, self.kept)):
            del self.kept[found.m]
            self.exchanged[found.m] = found.n
            self.shown[found.m] = found.source, found.output
            self.turned.add(found.m)

    def _switched(self) -> None:
        """Settings that the output says to be on or off in words of its own."""
        for found in (*switches(self.s, self.o, self._open()), *boxes(self.s, self.o, self._open())):
            if found.turned:
                self.contradicted[found.m] = found.source, found.at
            else:
                self._keep(found.m, None)
        for here, there in defaults(self.s, self.o):
            self._contradict(here, there, (here, there))

    def _told_against(self) -> None:
        """Values that stayed while their company, their period or their bound is another."""
        self._told_of_each_other()
        self._per_another()
        self._bounded_otherwise()
        for told in told_of_rows(self.s, self.o):
            self._contradict(told.source, told.output, told.shown)

    def _told_of_each_other(self) -> None:
        """Values that the output tells with the words of another one; of names and things the rules of drift say so."""
        parsed = self.s.read.doc is not None and self.o.read.doc is not None
        texts = self.s.read.text, self.o.read.text
        for one in (*(one for pair in exchanged(*texts) for one in pair), *misplaced(*texts)):
            if not (parsed and one.kind in ("name", "word")):
                self._contradict(one.source, one.output, one.shown)

    def _per_another(self) -> None:
        """Amounts that the output tells per month instead of per week."""
        for found in changed_periods(self.s.read.text, self.o.read.text):
            self._contradict(found.source.shown, found.output.shown, (found.source.shown, found.output.shown))

    def _bounded_otherwise(self) -> None:
        """Numbers that are the most on one side and the least on the other."""
        for mine, theirs in turned_bounds(self.s.read.text, self.o.read.text):
            self._contradict(mine.number, theirs.number, (mine.span, theirs.span))

    def _contradict(self, source: Span, output: Span, shown: tuple[Span, Span]) -> None:
        """Say of the last mention in `source` that the output contradicts it; what stands in `output` is not invented."""
        m, n = _at(self.s, source), _at(self.o, output)
        if m is not None and m not in self.exchanged:
            self.kept.pop(m, None)
            self.contradicted[m] = shown
        if n is not None:
            self.claimed.add(n)


def _at(t: Mentions, span: Span) -> int | None:
    """The last mention that begins before the end of a span, where it touches the span."""
    number = bisect_left(t.starts, span[1]) - 1
    return number if number >= 0 and t.mentions[number].span[1] > span[0] else None
