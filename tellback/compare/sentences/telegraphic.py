"""Sentences run together by leaving words out: what a compressor writes that keeps or drops single words.

Where its full stops fall too, the rest of several sentences looks like one, and a parse of it puts the words of one
beside those of another: «subject and object changed places» there says something about the parse. But nothing has
moved, for the words stand in the source's order, and a «not» that is there denies what it denied or stands beside nothing.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from difflib import SequenceMatcher

from tellback.language.clauses import Parse
from tellback.records import Span

#: Words of the source that one word of the output may stand for, on average.
DENSITY = 6
#: Share of the words that must stand in the source's order; the rest are words that the tokenizer joined.
IN_ORDER = 0.9
#: Share of the source's words that are left at most, from the first to the last that is.
LEFT = 0.85
#: Words of a sentence that make it one of those that were run together; fewer are found by chance.
OF_EACH = 3
#: Words that stand together, on average, at most: more are left where sentences are cut and joined, not thinned.
RUN = 4
#: Places from where the order is tried.
TRIED = 16
#: Words of the output from which these places are taken.
OPENING = 6


class Telegraphic:
    """Which words of a sentence of `o` are words of several sentences of `s` in their order, run together."""

    def __init__(self, s: Parse, o: Parse):
        self.s, self.o = s, o
        self.words = [k for k, pos in enumerate(s.pos) if pos not in ("PUNCT", "SPACE")]
        self.where: dict[str, list[int]] = {}
        for k in self.words:
            self.where.setdefault(s.low[k], []).append(k)
        self._known: dict[int, set[int]] = {}

    def words_in(self, j: int, span: Span) -> list[int]:
        """The words of sentence `j` inside a span of the output."""
        return [k for k in self._words(j) if span[0] <= self.o.start[k] and self.o.end[k] <= span[1]]

    def run_together(self, j: int, words: list[int]) -> bool:
        """Whether sentence `j` of the output is run together, and all of `words` are such words."""
        if j not in self._known:
            self._known[j] = self._kept(j)
        return self._known[j].issuperset(words)

    def _words(self, j: int) -> list[int]:
        return [k for k in range(*self.o.sents[j]) if self.o.pos[k] not in ("PUNCT", "SPACE")]

    def _kept(self, j: int) -> set[int]:
        """The words of output sentence `j` that stand in the source in this order, if it is one run together."""
        told = self._words(j)
        opening = told[:OPENING]
        first = min(opening, key=lambda k: len(self.where.get(self.o.low[k], ())) or len(self.words) + 1, default=None)
        starts = self.where.get(self.o.low[first], []) if first is not None else []
        for start in starts[:TRIED]:
            kept, runs = self._in_order(told, max(bisect_left(self.words, start) - DENSITY * len(opening), 0))
            per_sentence = Counter(self.s.sent_of[k] for k in kept.values()).values()
            if len(kept) < IN_ORDER * len(told) or sum(n >= OF_EACH for n in per_sentence) < 2:
                continue
            if len(kept) > RUN * runs:
                continue  # pieces of sentences put together: what they say now, somebody says
            between = bisect_right(self.words, max(kept.values())) - bisect_left(self.words, min(kept.values()))
            if len(kept) <= LEFT * between:
                return set(kept)
        return set()

    def _in_order(self, told: list[int], start: int) -> tuple[dict[int, int], int]:
        """(word of the output -> the word of the source that it is, in the source's order from its word number `start` on;
        how many runs of words these are)."""
        there = self.words[start : start + DENSITY * (len(told) + OPENING)]
        match = SequenceMatcher(None, [self.s.low[k] for k in there], [self.o.low[k] for k in told], autojunk=False)
        blocks = [block for block in match.get_matching_blocks() if block.size]
        return {told[b + n]: there[a + n] for a, b, size in blocks for n in range(size)}, len(blocks)
