"""Two sentences cut into the runs of content words that they share.

Tiling after Wise (1993), «Running Karp-Rabin matching and greedy string tiling»: the longest shared run first.
"""

from __future__ import annotations

from dataclasses import dataclass

from tellback.language.clauses import Parse
from tellback.language.columns import LIGHT
from tellback.language.lexicon import words

_CONTENT = words("NOUN PROPN ADJ NUM VERB")


@dataclass(frozen=True)
class Tile:
    """A run of content words found in both sentences: its place among the content words of each, and its length."""

    s: int
    o: int
    n: int


@dataclass
class Tiling:
    """Content words of two sentences (`a`, `b`: indices into the parses) and the tiles, in the source's order."""

    s: Parse
    o: Parse
    a: list[int]
    b: list[int]
    tiles: list[Tile]

    @property
    def in_output(self) -> list[int]:
        """The tiles' numbers in the output's order."""
        return sorted(range(len(self.tiles)), key=lambda k: self.tiles[k].o)

    def in_source_words(self, tile: int) -> list[int]:
        """The words of the source in a tile."""
        t = self.tiles[tile]
        return self.a[t.s : t.s + t.n]

    def in_output_words(self, tile: int) -> list[int]:
        """The words of the output in a tile."""
        t = self.tiles[tile]
        return self.b[t.o : t.o + t.n]


def content_words(p: Parse, n: int) -> list[int]:
    first, last = p.sents[n]
    return [i for i in range(first, last) if p.pos[i] in _CONTENT and p.lemma[i] not in LIGHT]


def tiling(s: Parse, i: int, o: Parse, j: int) -> Tiling:
    """Greedy tiling of two sentences; of equal runs the one that moved least is taken."""
    a, b = content_words(s, i), content_words(o, j)
    x, y = [s.key[k] for k in a], [o.key[k] for k in b]
    where: dict[str, list[int]] = {}
    for k, word in enumerate(y):
        where.setdefault(word, []).append(k)
    free_a, free_b = [True] * len(x), [True] * len(y)
    tiles: list[Tile] = []
    while best := _longest(x, y, where, free_a, free_b):
        tiles.append(best)
        for n in range(best.n):
            free_a[best.s + n] = free_b[best.o + n] = False
    return Tiling(s, o, a, b, sorted(tiles, key=lambda t: t.s))


def _longest(
    x: list[str], y: list[str], where: dict[str, list[int]], free_a: list[bool], free_b: list[bool]
) -> Tile | None:
    """The longest run of free words that both have."""
    best: tuple[int, float, Tile] | None = None
    for k in range(len(x)):
        if not free_a[k]:
            continue
        for m in where.get(x[k], ()):
            n = 0
            while k + n < len(x) and m + n < len(y) and free_a[k + n] and free_b[m + n] and x[k + n] == y[m + n]:
                n += 1
            if n:
                rank = (n, -abs(k / len(x) - m / len(y)))
                if best is None or rank > best[:2]:
                    best = (*rank, Tile(k, m, n))
    return best[2] if best else None
