"""What every kind of identifier shares: it names one thing exactly and must survive letter by letter."""

from __future__ import annotations

import re
from typing import ClassVar

from tellback.facts.kinds.base import Exact, Group, Kind, Value

LONGEST = 512  # characters; a longer run without a space names nothing that a reader could check


class Identifier(Kind):
    """A run of characters without a space (`holds`), or of groups with spaces between them (`find`)."""

    group: ClassVar[Group] = "identifier"
    rule: ClassVar[re.Pattern[str] | None] = None  # what the whole run matches
    spaced: ClassVar[re.Pattern[str] | None] = None  # what may hold spaces; the first group begins with +, ( or a digit
    heads: ClassVar[frozenset[str]] = frozenset()  # words that its first group may be
    goes_on: ClassVar[bool] = False  # whether a run that is one may go on after a space as one that is spaced

    def holds(self, core: str) -> bool:
        """Whether `core`, at most LONGEST characters without space or punctuation at its edges, is one."""
        return self.rule is not None and self.rule.fullmatch(core) is not None

    def find(self, text: str, at: int) -> int | None:
        """Where the one that begins at `at` and may hold spaces ends."""
        match = self.spaced.match(text, at) if self.spaced else None
        return match.end() if match else None

    def canonical(self, text: str) -> str:
        """The one form of it: letters as written where they count, no spaces where they do not."""
        return " ".join(text.split())

    def value(self, text: str) -> Value:
        return Value(self.name, (Exact(self.canonical(text)),))

    def read(self, text: str) -> Value | None:
        return self.value(text) if text else None
