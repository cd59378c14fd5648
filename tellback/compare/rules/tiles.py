"""Two sentences cut into the runs of content words that they share, and runs that changed places.

Tiling after Wise (1993), «Running Karp-Rabin matching and greedy string tiling»: the longest shared run first. Unlike
`block_exchange` this bears other edits in between (a synonym, a date put first), so it asks for more: both places must
keep a neighbour, and keep the preposition that they stand behind. Passive voice, dative alternation and converse verbs
change that preposition, and an adjunct that moves takes its own along. A clause that moves takes along what governs each
of its words, so a run that hangs where it hung has changed places with nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

from tellback.compare.rules.exchange import MUTUAL_STEMS, Drift, hold, run_head
from tellback.language.clauses import Parse
from tellback.language.columns import LIGHT
from tellback.language.lexicon import TURNED, opposite, words

_CONTENT = words("NOUN PROPN ADJ NUM VERB")
_GROUPS = {"NOUN": "nominal", "PROPN": "nominal", "ADJ": "adjective", "NUM": "number", "VERB": "verb"}
_COMPARATIVE = ("JJR", "RBR")
_MODIFIERS = ("compound", "amod", "nmod", "nummod", "appos", "poss")


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
    while True:
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
        if best is None:
            return Tiling(s, o, a, b, sorted(tiles, key=lambda t: t.s))
        tile = best[2]
        tiles.append(tile)
        for n in range(tile.n):
            free_a[tile.s + n] = free_b[tile.o + n] = False


def tile_exchange(s: Parse, i: int, o: Parse, j: int) -> tuple[list[Drift], bool]:
    """The pairs of runs that stand in each other's place in the output; and whether there are others, around something
    that is turned round as well, so that the sentence says the same."""
    t = tiling(s, i, o, j)
    order = t.in_output
    place = {tile: n for n, tile in enumerate(order)}
    out: list[Drift] = []
    used: set[int] = set()
    undone = False
    for p in range(len(t.tiles)):
        for q in range(p + 2, len(t.tiles)):
            if p in used or q in used or place[q] + 1 >= place[p]:
                continue
            between = [m for m in range(p + 1, q) if place[q] < place[m] < place[p]]
            if not between or not _kept_neighbours(t, order, place, p, q):
                continue
            drift = _exchange(t, p, q, between)
            if drift is None:
                continue
            used |= {p, q}
            if _turned(t, p, q):
                undone = True
            else:
                out.append(drift)
    return out, undone


def _kept_neighbours(t: Tiling, order: list[int], place: dict[int, int], p: int, q: int) -> bool:
    """Whether q stands among the neighbours that p had, and p among those of q, one of each right beside it."""
    last = len(order) - 1

    def around(sequence: list[int] | range, n: int, width: int) -> set[int]:
        near = {n + k for k in range(-width, width + 1)} - {n}
        return {sequence[k] if 0 <= k <= last else (-1 if k < 0 else last + 1) for k in near} - {p, q}

    straight = range(len(order))
    here = around(straight, p, 1) & around(order, place[q], 2) | around(straight, p, 2) & around(order, place[q], 1)
    there = around(straight, q, 1) & around(order, place[p], 2) | around(straight, q, 2) & around(order, place[p], 1)
    return bool(here) and bool(there)


def _preposition(p: Parse, words: list[int], k: int) -> str:
    """The preposition that the content word `k` stands right behind, «'s» after it included."""
    i = words[k]
    stop = words[k - 1] if k else i - 6
    found = ""
    for n in range(i - 1, max(stop, i - 6, -1), -1):
        if p.pos[n] in ("ADP", "SCONJ") or p.low[n] == "to":
            found = p.low[n]
            break
        if p.pos[n] == "VERB":
            break
    return found


def _owner(p: Parse, i: int) -> bool:
    return i + 1 < len(p.low) and p.low[i + 1] in ("'s", "'")


def _exchange(t: Tiling, p: int, q: int, between: list[int]) -> Drift | None:
    s, o, a, b = t.s, t.o, t.a, t.b
    x, y = t.tiles[p], t.tiles[q]
    if _preposition(s, a, x.s) != _preposition(o, b, y.o) or _preposition(s, a, y.s) != _preposition(o, b, x.o):
        return None
    ends = a[x.s + x.n - 1], a[y.s + y.n - 1], b[x.o + x.n - 1], b[y.o + y.n - 1]
    if _owner(s, ends[0]) != _owner(o, ends[3]) or _owner(s, ends[1]) != _owner(o, ends[2]):
        return None
    groups = _GROUPS[s.pos[ends[0]]], _GROUPS[s.pos[ends[1]]]
    if groups[0] != groups[1] and {"verb", "adjective"} & set(groups):
        return None
    middle = range(a[x.s + x.n - 1] + 1, a[y.s])
    if any(s.key[k] in MUTUAL_STEMS for k in middle):
        return None
    pivots = [k for k in middle if s.pos[k] in ("VERB", "ADP", "SCONJ") or s.lemma[k] == "be"]
    if (not pivots or groups[0] != "verb" and _listed(s, ends[0], ends[1])) and not (_held(t, p, q) and _held(t, q, p)):
        return None  # members of a list
    if _identity(t, x, y) or not _same_voice(t, middle) or _stayed(t, x, y) or _stayed(t, y, x):
        return None
    spans = s.span(a[x.s], ends[1]), o.span(b[y.o], ends[2])
    kind = "roles" if groups[0] in ("nominal", "verb") and not _modifier(s, ends) else "attribution"
    return Drift(kind, *spans, "two words or names changed places")


def _turned(t: Tiling, p: int, q: int) -> bool:
    """Whether what stands between two runs is turned round as well: «less rare than» to «more rare than», «before» to «after»."""
    s, o = t.s, t.o
    here, there = (range(*p.sents[p.sent_of[words[0]]]) for p, words in ((s, t.a), (o, t.b)))
    mine, theirs = {s.low[k] for k in here}, {o.low[k] for k in there}
    compared = {o.key[k] for k in there if o.tag[k] in _COMPARATIVE}
    for k in range(t.a[t.tiles[p].s + t.tiles[p].n - 1] + 1, t.a[t.tiles[q].s]):
        if s.tag[k] in _COMPARATIVE and any(opposite(s.key[k], key) for key in compared):
            return True
        if any(
            s.low[k] in pair and mine.isdisjoint(pair - {s.low[k]}) and pair - {s.low[k]} <= theirs for pair in TURNED
        ):
            return True
    return False


def _identity(t: Tiling, x: Tile, y: Tile) -> bool:
    """Whether «is» joins the runs and one of them is a single thing: «the challenge is warming», «Paris is the capital»."""
    s = t.s
    runs = [t.a[z.s : z.s + z.n] for z in (x, y)]
    if not all(h[1:2] == ["be"] and h[0] in ("agent", "attr") for h in (hold(s, run) for run in runs)):
        return False
    heads = [run_head(s, run) for run in runs]
    said = [{s.low[c] for c in s.children[i] if s.dep[c] in ("det", "poss")} for i in heads]
    return not any(words & {"a", "an"} for words in said) and any(words - {"some", "no", "any"} for words in said)


def _stayed(t: Tiling, x: Tile, y: Tile) -> bool:
    """Whether the run `x` hangs in the output where it hung in the source, and `y` hung elsewhere."""
    here = hold(t.s, t.a[x.s : x.s + x.n])
    return here == hold(t.o, t.b[x.o : x.o + x.n]) != hold(t.s, t.a[y.s : y.s + y.n])


def _modifier(p: Parse, ends: tuple[int, ...]) -> bool:
    return all(p.dep[k] in ("amod", "nummod") for k in ends[:2])


def _listed(p: Parse, i: int, j: int) -> bool:
    """Whether j is a conjunct of i, however far down the list."""
    while p.dep[j] in ("conj", "compound", "amod", "nmod") and p.head[j] != j:
        j = p.head[j]
        if j == i:
            return True
    return False


def _held(t: Tiling, p: int, q: int) -> bool:
    """Whether the place of tile p, filled by q in the output, hangs on the same word of its noun phrase."""
    s, o = t.s, t.o
    x, y = t.a[t.tiles[p].s + t.tiles[p].n - 1], t.b[t.tiles[q].o + t.tiles[q].n - 1]

    def holders(parse: Parse, i: int) -> set[str]:
        near = {parse.key[c] for c in parse.children[i] if parse.dep[c] in _MODIFIERS}
        if parse.dep[i] in _MODIFIERS:
            near.add(parse.key[parse.head[i]])
        return near

    return bool(holders(s, x) & holders(o, y))


def _same_voice(t: Tiling, middle: range) -> bool:
    s, o = t.s, t.o
    theirs = {o.key[k]: k in o.passive for k in t.b if k in o.predicates}
    known = {s.key[k] for k in t.a}
    new = {passive for key, passive in theirs.items() if key not in known}  # of the verbs that may stand for another
    return all(
        (k in s.passive) == theirs[s.key[k]] if s.key[k] in theirs else new <= {k in s.passive}
        for k in middle
        if k in s.predicates
    )
