"""Which sentences of a source are to be read beside a sentence of an output: those whose words it is made of.

A model reads a few hundred tokens and costs a second for some dozens of claims, so each claim is shown the sentences that hold
most of its rarer words, and what the source says word for word is not asked at all. The work is linear: a word that stands in
many sentences singles none out and is looked at only where no rarer one is.
"""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from tellback.compare.support.rarest import rarest
from tellback.language.sentences import sentences
from tellback.language.stems import stem
from tellback.language.words import SMALL
from tellback.records import Span

_WORD = re.compile(r"[^\W_]+(?:['’.,-][^\W_]+)*")
MOST, LENGTH = 4, 900  # sentences of a window, and their characters
_LOOSE_STOP = re.compile(r"(?<=\s[.!?])\s+(?=\S)")  # of detokenised text, which begins its sentences with small letters
LEAST_WORDS = 3  # a claim of fewer words is a heading or a remark


@dataclass(frozen=True)
class Claim:
    """`span`: a sentence of the text that is questioned; `window`: sentences of the other text, in its order; `nearest`: the one
    of them with most of its words, None where no word is shared."""

    span: Span
    window: tuple[Span, ...]
    nearest: Span | None

    def texts(self, questioned: str, other: str) -> tuple[str, str]:
        """(the window as one text, the claim), with plain spaces."""
        window = " ".join(" ".join(other[a:b].split()) for a, b in self.window)
        return window, questioned[slice(*self.span)]


class Windows:
    """The sentences of a text, by their words."""

    def __init__(self, text: str) -> None:
        self.text, self.spans = text, sentences(text)
        self.words = [_stems(text[a:b]) for a, b in self.spans]
        self._holding: dict[str, list[int]] = defaultdict(list)
        for i, words in enumerate(self.words):
            for word in words:
                self._holding[word].append(i)
        self._plain = f" {' '.join(_words(text))} "

    def says(self, claim: str) -> bool:
        """Whether its words stand here in a row, whatever stands between them."""
        return f" {' '.join(_words(claim))} " in self._plain

    def of(self, claim: str) -> tuple[Span, ...]:
        """The sentences to read beside `claim`, nearest first: each holds most of what the ones before it lack."""
        left = {w: self._weight(w) for w in _stems(claim)}
        chosen: list[int] = []
        length = 0
        while len(chosen) < MOST:
            scores = self._scores(left)
            best = max((i for i in scores if i not in chosen), key=lambda i: (scores[i], -i), default=None)
            if best is None or scores[best] <= 0 or (chosen and length + self._length(best) > LENGTH):
                break
            chosen.append(best)
            length += self._length(best)
            left = {w: x * (0.15 if w in self.words[best] else 1) for w, x in left.items()}
        if len(chosen) == 1 and chosen[0] > 0 and length + self._length(chosen[0] - 1) <= LENGTH:
            chosen.append(chosen[0] - 1)  # whom its pronouns mean
        return tuple(self.spans[i] for i in chosen)

    def _scores(self, words: dict[str, float]) -> dict[int, float]:
        out: dict[int, float] = defaultdict(float)
        for word, found in rarest(words, self._holding):
            for i in found:
                out[i] += words[word]
        # a long sentence holds many words by chance
        return {i: x / math.sqrt(1 + len(self.words[i]) / 40) for i, x in out.items()}

    def _weight(self, word: str) -> float:
        return math.log(1 + len(self.spans) / max(1, len(self._holding.get(word, ()))))

    def _length(self, i: int) -> int:
        return self.spans[i][1] - self.spans[i][0]


def claims(questioned: str, of: Windows, spans: Sequence[Span] | None = None) -> list[Claim]:
    """The sentences of `questioned` (or of `spans`) that are not in the other text word for word, with their windows.

    One without a window shares no word with the other text: `window` is empty.
    """
    out = []
    for span in _sentences(questioned) if spans is None else spans:
        said = questioned[slice(*span)]
        if len(_words(said)) >= LEAST_WORDS and not of.says(said):
            window = of.of(said)
            out.append(Claim(span, tuple(sorted(window)), window[0] if window else None))
    return out


def _sentences(text: str) -> list[Span]:
    """The sentences, those of detokenised text too."""
    out = []
    for start, end in sentences(text):
        ends = [(start + m.start(), start + m.end()) for m in _LOOSE_STOP.finditer(text[start:end])]
        out += zip([start, *(b for _, b in ends)], [*(a for a, _ in ends), end], strict=True)
    return out


def _words(text: str) -> list[str]:
    return [m[0].casefold() for m in _WORD.finditer(text)]


def _stems(text: str) -> frozenset[str]:
    return frozenset(stem(w) for w in _words(text) if w not in SMALL)
