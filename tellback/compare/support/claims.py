"""Each sentence of an output beside the few sentences of the source that come nearest to it.

A summary joins what its source tells in two or three sentences, so a claim is held against a window of WINDOW sentences in
a row. Windows are found by the rarest words that they share with the claim, so the work stays linear in the texts.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

from tellback.compare.support.rarest import rarest
from tellback.language.clauses import Parse
from tellback.records import Span

CLAIM = "claim"  # the kind of finding on what nothing supports
WINDOW = 3  # sentences of the source that one sentence of the output is held against
SEEDS = 12  # the rarest words of a claim, which find its windows
COMMON = 200  # a word in more sentences of the source than this finds none of them
TRIED = 24  # windows whose words are counted


@dataclass(frozen=True, slots=True)
class Claim:
    """A sentence of an output: its characters `span`, and `nearest`, the characters of the sentences of the source that hold
    most of its content words (None: they hold none).

    Content words are named by their places in the output's parse, each stem once: all (`words`), those that the nearest
    sentences lack (`lacking`), those that no sentence of the source holds (`nowhere`). `pairs` are its pairs of
    neighbouring content words, `new_pairs` those that no sentence of the source has.
    """

    span: Span
    nearest: Span | None
    words: tuple[int, ...]
    lacking: tuple[int, ...]
    nowhere: tuple[int, ...]
    pairs: int
    new_pairs: int


def claims(source: Parse, output: Parse) -> list[Claim]:
    """A Claim for each sentence of `output` that has content words, in order."""
    held = _Held(source)
    out = []
    for first, last in output.sents:
        words = output.content(first, last)
        if words:
            out.append(_claim(held, output, (first, last), words))
    return out


def _claim(held: _Held, output: Parse, sentence: Span, words: dict[str, int]) -> Claim:
    start, known = held.nearest(words)
    pairs = set(_neighbours(output, *sentence))
    return Claim(
        output.span(sentence[0], sentence[1] - 1),
        None if start is None else held.span(start, words),
        tuple(words.values()),
        tuple(at for stem, at in words.items() if stem not in known),
        tuple(at for stem, at in words.items() if stem not in held.index),
        len(pairs),
        len(pairs - held.pairs),
    )


class _Held:
    """What a source holds: its sentences' stems, an index of them, and its pairs of neighbouring content words."""

    def __init__(self, source: Parse) -> None:
        self.source = source
        self.words = [source.content(*sentence).keys() for sentence in source.sents]
        self.index: dict[str, list[int]] = defaultdict(list)
        for i, words in enumerate(self.words):
            for stem in words:
                self.index[stem].append(i)
        self.pairs = {pair for sentence in source.sents for pair in _neighbours(source, *sentence)}

    def nearest(self, words: dict[str, int]) -> tuple[int | None, set[str]]:
        """(first sentence of the window that holds most of `words`, those of them that it holds); of equals the first."""
        shared: Counter[int] = Counter()
        for _, at in islice(rarest(words, self.index, COMMON), SEEDS):
            shared.update({max(0, i - k) for i in at for k in range(WINDOW)})
        likely = sorted(shared, key=lambda i: (-shared[i], i))[:TRIED]
        found = [(i, words.keys() & self._window(i)) for i in sorted(likely)]
        return max(found, key=lambda one: len(one[1])) if found else (None, set())

    def _window(self, start: int) -> set[str]:
        return set().union(*self.words[start : start + WINDOW])

    def span(self, start: int, words: dict[str, int]) -> Span:
        """The characters of a window, without the sentences at its ends that hold none of `words`."""
        inside = [i for i in range(start, min(start + WINDOW, len(self.words))) if self.words[i] & words.keys()]
        first, last = self.source.sents[inside[0]][0], self.source.sents[inside[-1]][1] - 1
        return self.source.span(first, last)


def _neighbours(p: Parse, first: int, last: int) -> list[tuple[str, str]]:
    """The stems of each content word of a sentence and the next."""
    stems = [p.key[i] for i in range(first, last) if p.is_content(i)]
    return list(zip(stems, stems[1:], strict=False))


def novelty(found: Sequence[Claim]) -> float | None:
    """How much of what an output says is in other words than its source's, or puts them together anew: the mean of two
    shares, of content words that the nearest sentences lack, and of neighbouring pairs that the source has nowhere; 0 to 1.
    None for an output without content words.

    New words catch what is made up, new pairs a name on the wrong deed. A summary in its own words has both, rightly, so
    this ranks outputs of one sort and says nothing alone.
    """
    words, pairs = sum(len(c.words) for c in found), sum(c.pairs for c in found)
    if not words:
        return None
    lacking = sum(len(c.lacking) for c in found) / words
    return (lacking + sum(c.new_pairs for c in found) / pairs) / 2 if pairs else lacking
