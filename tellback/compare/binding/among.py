"""Whether two places, one in either text, stand among the same values, names and things."""

from __future__ import annotations

from bisect import bisect_left
from functools import lru_cache

from tellback.compare.binding.tokens import COMMA, Tokens, as_written, tokens

#: Words that two segments have in common, so many that stand once in the source or so many in all, and the least share of
#: the output's words known from the source.
ONCE, IN_ALL, SHARE = 2, 3, 0.5
SHORT = 4  # words of a segment that is known by one of them


class Among:
    """The words around places of a source and of an output, as a parser reads them, by the segments that commas and «and» part."""

    def __init__(self, source: str, output: str) -> None:
        self.s, self.o = tokens(as_written(source)), tokens(as_written(output))

    def source(self, offset: int) -> frozenset[str]:
        """The words of the segment of the source that holds the word at `offset`."""
        return _segment(self.s, offset)

    def output(self, offset: int) -> frozenset[str]:
        """The same of the output."""
        return _segment(self.o, offset)

    def enough(self, shared: frozenset[str], here: frozenset[str], there: frozenset[str]) -> bool:
        """Whether words that a segment of the output, with the words `there`, shares with one of the source, with the words `here`, say that both are of
        one thing."""
        once = sum(len(self.s.at[word]) == 1 for word in shared)
        known = sum(word in self.s.at for word in there)
        short = once > 0 and len(here) <= SHORT
        return (once >= ONCE or len(shared) >= IN_ALL and once > 0 or short) and len(shared) >= SHARE * (known - 1)


@lru_cache(maxsize=4096)
def _segment(t: Tokens, offset: int) -> frozenset[str]:
    at = bisect_left(t.all, offset, key=lambda token: token.start)
    if at and (at == len(t.all) or t.all[at].start != offset and offset - t.all[at - 1].end < t.all[at].start - offset):
        at -= 1  # a small word belongs to the nearer token
    return frozenset(t.keys(t.segment(at, COMMA))) if t.all else frozenset()
