"""What every kind of sign shares: a word or mark that turns what stands beside it, found by a pattern.

A sign says little by itself, so each place of it counts: that another one stands elsewhere keeps none. Only signs of one
kind are compared with each other.
"""

from __future__ import annotations

import re
from abc import abstractmethod
from collections.abc import Collection, Iterator
from typing import ClassVar

from tellback.facts.kinds.base import Exact, Found, Group, Kind, Value
from tellback.language.layout import Layout
from tellback.records import Span

SHOWN = 40
LONGEST = 75


class Sign(Kind):
    group: ClassVar[Group] = "sign"
    each_place: ClassVar[bool] = True
    rule: ClassVar[re.Pattern[str]]  # its last group that matched, if any, is the sign
    #: Where the rule can begin. It opens with a set of characters, by which `re` finds places far faster than by a rule that
    #: first looks back; the rule is tried there alone.
    starts: ClassVar[re.Pattern[str]]
    before: ClassVar[re.Pattern[str] | None] = None  # what is shown with it, at the end of the SHOWN characters before it
    counts: ClassVar[re.Pattern[str] | None] = None  # what it is a sign of, shown where another stands in its place
    after: ClassVar[re.Pattern[str] | None] = None  # and at the beginning of those after it

    @abstractmethod
    def canonical(self, words: str) -> str | None:
        """The one form of a sign, None where `words` are none."""

    def find(self, text: str, grid: Layout, prose: bool) -> Iterator[Found]:
        """The signs of folded `text`, which is laid out as `grid`; `prose` says that a parser reads it."""
        end = 0
        for place in self.starts.finditer(text):
            match = self.rule.match(text, place.start()) if place.start() >= end else None
            value = self.read(match[match.lastindex or 0]) if match else None
            if match and value:
                end = match.end()
                yield Found(value, *match.span(match.lastindex or 0))

    def read(self, text: str) -> Value | None:
        canonical = self.canonical(text)
        return Value(self.name, (Exact(canonical),)) if canonical else None

    def shown(self, text: str, span: Span) -> Span:
        start, end = span
        left = self.before.search(text, max(0, start - SHOWN), start) if self.before else None
        right = self.after.match(text, end, end + SHOWN) if self.after else None
        return left.start() if left else start, right.end() if right else end

    def compared(self, text: str, span: Span) -> Span:
        """The words at a sign that another has replaced, with what it is a sign of."""
        left = self.counts.search(text, max(0, span[0] - LONGEST), span[0]) if self.counts else None
        return (left.start(), span[1]) if left else self.shown(text, span)

    def could_be_invented(self, value: Value, said: str, source: str, numbers: Collection[str]) -> bool:
        return False
