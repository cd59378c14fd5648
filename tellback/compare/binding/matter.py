"""Which sentence of a source a part of an output tells again, however it is built: by the words that both have.

A part of the output is held against whole sentences of the source, for a retelling joins and parts clauses as it likes. The
sentence must have most of what the part takes from the source at all, and more of it than any other sentence has.
"""

from __future__ import annotations

from bisect import bisect_left
from functools import lru_cache
from itertools import groupby

from tellback.compare.binding.tokens import COMMA, SEMICOLON, Tokens, as_written, tokens

#: Words that a part must share with a sentence, of which so many stand once in the source, and the share of the words that
#: the part has from the source.
SHARED, ONCE, SHARE = 2, 1, 0.6


class Matters:
    """The sentences of a source by the words that an output's parts share with them."""

    def __init__(self, source: str, output: str) -> None:
        self.s, self.o = tokens(as_written(source)), tokens(as_written(output))
        self.sentences = _sentences(self.s)
        self.words = [self.s.keys(sentence) for sentence in self.sentences]

    def part(self, offset: int, rank: int = COMMA) -> range:
        """The part of the output around a character: up to the next walls of `rank`."""
        at = self._token(self.o, offset)
        return self.o.segment(at, rank) if self.o.all else range(0)

    def told(self, offset: int, without: frozenset[str] = frozenset()) -> tuple[int, frozenset[str]] | None:
        """(first character of the source's sentence that the output tells at `offset`, the words by which it is known), `without`
        words that may not count; None where no sentence is known well enough. The part is widened where it is short."""
        for rank in (COMMA, SEMICOLON):
            found = self._told(frozenset(self.o.keys(self.part(offset, rank))) - without)
            if found is not None:
                return found
        return None

    def told_in(self, offset: int, without: frozenset[str] = frozenset()) -> list[int]:
        """First characters of the source's sentences that the part of the output at `offset` tells: the one that `told` gives first, then
        those of which the part has SHARED words that no other sentence holds."""
        best = self.told(offset, without)
        known = {word for word in self.o.keys(self.part(offset, SEMICOLON)) if word in self.s.at} - without
        own = [sum(len({self.s.sentence[k] for k in self.s.at[word]}) == 1 for word in known & words) for words in self.words]
        found = [self.s.all[self.sentences[n][0]].start for n, count in enumerate(own) if count >= SHARED]
        return list(dict.fromkeys(([best[0]] if best else []) + found))

    def _told(self, part: frozenset[str]) -> tuple[int, frozenset[str]] | None:
        known = {word for word in part if word in self.s.at}
        if len(known) < SHARED:
            return None
        scores = [len(known & words) for words in self.words]
        best = max(scores)
        if best < SHARED or best < SHARE * len(known) or scores.count(best) > 1:
            return None
        n = scores.index(best)
        shared = frozenset(known & self.words[n])
        if sum(len(self.s.at[word]) == 1 for word in shared) < ONCE:
            return None
        return self.s.all[self.sentences[n][0]].start, shared

    @staticmethod
    def _token(t: Tokens, offset: int) -> int:
        at = bisect_left(t.all, offset, key=lambda token: token.start)
        if at and (at == len(t.all) or t.all[at].start != offset and offset - t.all[at - 1].end < t.all[at].start - offset):
            at -= 1
        return at


@lru_cache(maxsize=4)
def _sentences(t: Tokens) -> tuple[range, ...]:
    out = []
    for _, inside in groupby(range(len(t.all)), key=t.sentence.__getitem__):
        ks = list(inside)
        out.append(range(ks[0], ks[-1] + 1))
    return tuple(out)
