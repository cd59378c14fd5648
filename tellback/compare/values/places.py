"""Where in an output a sentence of the source is told: sentences paired by the rare words that they share.

Linear in the length of the texts: sentences are found through an index of their words, common words are not looked up,
and what stands around a value is only read where two values compete for one place.
"""

from __future__ import annotations

import math
import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Sequence
from functools import cached_property

from tellback.facts.parted import as_written
from tellback.language.stems import stem
from tellback.language.words import SMALL
from tellback.records import Span

CANDIDATES = 4  # output sentences that one source sentence is compared with
COMMON = 60  # a word in more output sentences than this finds none of them
SEEDS = 8  # the rarest words of a sentence, which find the sentences that it is compared with
LEAST = 0.15  # similarity below which two sentences are strangers
WINDOW = 60  # characters read on each side of a value
_NEAR = (1.0, 0.8, 0.6, 0.4)  # weight of the first, second ... word beside a value

_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)?")
_PLAIN = re.compile(r"[^\W_]+")
_AMOUNTS = frozenset(["hundred", "thousand", "million", "billion", "trillion", "percent", "bn", "km", "kg"])
_CUT = frozenset("doesn don didn isn aren wasn weren hasn haven hadn won wouldn couldn shouldn needn mustn".split())  # «does n't»
_UNTOLD = SMALL | _AMOUNTS | _CUT  # words that tell no sentence from another: small ones, and parts of values


def _stem(word: str) -> str:
    return stem(word.removesuffix("'s"))


class Text:
    """A text's sentences as sets of stems, read when asked for, with the index that finds them."""

    def __init__(self, text: str, sentences: Sequence[Span]) -> None:
        self.text, self.spans = text, sentences
        self.lower = text.lower() if len(text.lower()) == len(text) else text
        if "’" in self.lower:
            self.lower = self.lower.replace("’", "'")
        self._words: dict[int, set[str]] = {}

    def words(self, k: int) -> set[str]:
        """The stems of sentence `k`, without small words and numbers."""
        if k not in self._words:
            self._words[k] = self.stems(self.lower, *self.spans[k])
        return self._words[k]

    def stems(self, lower: str, *span: int) -> set[str]:
        """The stems of `lower` (from the first to the second of `span`), without small words and numbers."""
        return {_stem(w) for w in _WORD.findall(lower, *span) if w not in _UNTOLD and not w[0].isdigit()}

    @cached_property
    def index(self) -> dict[str, list[int]]:
        """Stem -> the sentences that hold it, in order."""
        index: dict[str, list[int]] = defaultdict(list)
        for k in range(len(self.spans)):
            for word in self.words(k):
                index[word].append(k)
        return dict(index)

    def holds(self, words: str) -> bool:
        """Whether `words` stand together in one sentence, whatever the case and the signs between them."""
        wanted = _PLAIN.findall(words.lower())
        at = [self.index.get(_stem(w), []) for w in wanted if w not in _UNTOLD and not w[0].isdigit()]
        if not wanted or not at:
            return words.lower() in self.lower
        joined = f" {' '.join(wanted)} "
        return any(
            joined in f" {' '.join(_PLAIN.findall(as_written(self.lower[slice(*self.spans[k])])))} " for k in min(at, key=len)[:COMMON]
        )  # fmt: skip

    def stem(self, word: str) -> str:
        return _stem(word.lower().replace("’", "'"))

    def around(self, span: Span, sentence: Span, key: str = "") -> tuple[list[str], list[str]]:
        """The words before (nearest first) and after a span, in its sentence: numbers left out, edges marked. The words of
        `key`, which names the field that the span stands in, come before all others."""
        before = _WORD.findall(self.lower, max(sentence[0], span[0] - WINDOW), span[0])
        after = _WORD.findall(self.lower, span[1], min(sentence[1], span[1] + WINDOW))
        before = _WORD.findall(key.lower()) + before
        left = [_stem(w) for w in reversed(before) if not w[0].isdigit()][: len(_NEAR)]
        right = [_stem(w) for w in after if not w[0].isdigit()][: len(_NEAR)]
        return left + ["^"] * (len(left) < len(_NEAR)), right + ["$"] * (len(right) < len(_NEAR))


class Places:
    """Pairs the sentences of a source with those of an output."""

    def __init__(self, source: Text, output: Text) -> None:
        self.source, self.output = source, output
        self._found: dict[int, list[tuple[float, int]]] = {}
        self._norms: dict[int, float] = {}
        self._verbatim: dict[str, list[int]] = defaultdict(list)
        for j, (start, end) in enumerate(output.spans):
            self._verbatim[output.text[start:end]].append(j)
        self._scale = len(output.spans) / max(1, len(source.spans))

    @cached_property
    def _weight(self) -> dict[str, float]:
        """Stem -> how rare it is in the output; one that the output does not hold weighs `_new`."""
        n = len(self.output.spans)
        return {word: math.log(1 + n / len(at)) for word, at in self.output.index.items()}

    @cached_property
    def _new(self) -> float:
        return math.log(1 + len(self.output.spans))

    def _norm(self, words: set[str]) -> float:
        weight, new = self._weight, self._new
        return math.sqrt(sum([weight.get(word, new) for word in words])) or 1.0

    def _norm_o(self, j: int) -> float:
        if j not in self._norms:
            self._norms[j] = self._norm(self.output.words(j))
        return self._norms[j]

    def verbatim(self, i: int) -> int | None:
        """The output sentence with the very words of source sentence `i`, the one nearest to its place."""
        start, end = self.source.spans[i]
        same = self._verbatim.get(self.source.text[start:end])
        if not same:
            return None
        k = bisect_left(same, i * self._scale)
        return min(same[max(0, k - 1) : k + 1], key=lambda j: abs(j - i * self._scale))

    def candidates(self, i: int) -> list[tuple[float, int]]:
        """(similarity in (0, 1], number) of the output sentences that tell source sentence `i`, best first."""
        if i not in self._found:
            self._found[i] = self._search(i) or self._by_neighbours(i)
        return self._found[i]

    def _search(self, i: int) -> list[tuple[float, int]]:
        weight, index = self._weight, self.output.index
        words = self.source.words(i)
        known = sorted((word for word in words if word in index), key=lambda word: (len(index[word]), word))
        shared: dict[int, float] = defaultdict(float)
        for n, word in enumerate(known):
            if len(index[word]) > COMMON or (n >= SEEDS and shared):
                break
            for j in index[word]:
                shared[j] += weight[word]
        n = len(self.output.spans)
        likely = sorted(shared, key=lambda j: (-shared[j], abs(j - i * self._scale)))[: 3 * CANDIDATES]
        if not likely and known:  # only common words: those of the place where it stood
            centre = int(i * self._scale)
            likely = list(range(max(0, centre - 5), min(n, centre + 6)))
        mine = self._norm(words)
        scored = []
        for j in likely:
            total = sum([weight[word] for word in words & self.output.words(j)])
            similarity = total / (mine * self._norm_o(j)) - 0.02 * abs(j - i * self._scale) / n
            if similarity >= LEAST:
                scored.append((similarity, j))
        return sorted(scored, reverse=True)[:CANDIDATES]

    def _by_neighbours(self, i: int) -> list[tuple[float, int]]:
        """For a sentence without words of its own (a cell, a figure): what stands where its neighbours' place is."""
        if len(self.source.words(i)) > 2:
            return []
        out = []
        for step in (-1, 1):
            if 0 <= i + step < len(self.source.spans):
                near = self._search(i + step)
                if near and near[0][0] > 0.5 and 0 <= near[0][1] - step < len(self.output.spans):
                    out.append((0.4, near[0][1] - step))
        return out[:1] if len(out) == 2 and out[0] == out[1] else out


def alike(a: tuple[list[str], list[str]], b: tuple[list[str], list[str]]) -> float:
    """How much the surroundings of two values agree, 0 to 1: near words count more, small words less."""
    got = whole = 0.0
    for mine, theirs in zip(a, b, strict=True):
        for near, other in ((mine, theirs), (theirs, mine)):
            there = set(other)
            for weight, word in zip(_NEAR, near, strict=False):
                weight *= 0.5 if word in SMALL or word in "^$" else 1.0
                whole += weight
                got += weight * (word in there)
    return got / whole if whole else 0.5


def overlap(a: str, b: str) -> float:
    """The share of the shorter one's words that the other holds."""
    mine, theirs = set(a.split()), set(b.split())
    return len(mine & theirs) / max(1, min(len(mine), len(theirs)))
