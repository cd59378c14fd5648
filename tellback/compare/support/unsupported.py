"""Sentences and stretches of an output that nothing in the source bears out: ordinary words, without a hard fact.

A good summary may say all in words of its own, so a new word is no error. What is told here is what stands out in an output
that otherwise keeps the source's words: a sentence most of whose words the source has nowhere, and a run of such words.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from tellback.compare.support.claims import Claim
from tellback.language.clauses import Parse
from tellback.language.lexicon import words
from tellback.language.preamble import offer
from tellback.language.stems import stem
from tellback.records import Span

LEAST = 4  # content words of a sentence that is judged
ENOUGH = 8  # content words that an output must have beside what is judged
#: The most of these that may be lacking -> the least shares of a sentence's words that the nearest sentences, and the whole
#: source, must lack. The more an output keeps the source's words, the less a sentence must differ to stand out.
BARS = ((0.4, (0.8, 0.7)), (0.15, (0.6, 0.5)))
RUN, RUN_BESIDE = 4, 0.15  # content words in a row that the source has nowhere, and the most of the others that may be lacking
#: Stems of words by which an output's first or last sentence speaks of itself: «This session is being continued from a previous
#: conversation», «Here is a summary in 25 words», «Let me know if you have questions».
OF_ITSELF = frozenset(
    stem(word)
    for word in words(
        "summary summarize summarise conversation session context document article text passage transcript excerpt response "
        "question overview recap"
    )
)
#: A text of at least this share of its source's content words tells it whole; there, untold words in the place of a strange
#: sentence, so many for one of its own, say that it is a rewording.
WHOLE, UNTOLD = 0.5, 0.5
ALIKE, LETTERS = 0.7, 4  # two words of one family begin alike: that share of the shorter one, and at least so many letters


@dataclass(frozen=True, slots=True)
class Unsupported:
    """Characters of the output that nothing supports, and the nearest sentences of the source (None: there are none)."""

    span: Span
    nearest: Span | None
    why: str


@dataclass(frozen=True, slots=True)
class _Strange:
    """A claim without the words that have relatives in the source: what is left `lacking` and `nowhere`."""

    claim: Claim
    lacking: tuple[int, ...]
    nowhere: tuple[int, ...]

    def reaches(self, shares: tuple[float, float]) -> bool:
        n = len(self.claim.words)
        return n >= LEAST and len(self.lacking) >= shares[0] * n and len(self.nowhere) >= shares[1] * n

    def runs(self) -> list[list[int]]:
        """The longest stretches of words that the source has nowhere, of RUN words and more."""
        out: list[list[int]] = [[]]
        for at in self.claim.words:
            if at in self.nowhere:
                out[-1].append(at)
            elif out[-1]:
                out.append([])
        return [run for run in out if len(run) >= RUN]


def unsupported(found: Sequence[Claim], source: Parse, output: Parse) -> list[Unsupported]:
    """What nothing in the source supports of an output's claims, in order: a whole sentence, or a run of its words."""
    family = _Family(source, found)
    strange = [
        _Strange(c, *(tuple(i for i in some if not family.knows(output.key[i])) for some in (c.lacking, c.nowhere)))
        for c in found
    ]
    n_words, n_lacking = sum(len(c.words) for c in found), sum(len(s.lacking) for s in strange)

    def lacking_beside(words: int, lacking: int) -> float:
        """Of the output's other words the share that is lacking; 1 where there are too few."""
        rest = n_words - words
        return (n_lacking - lacking) / rest if rest >= ENOUGH else 1.0

    out = []
    places, said_after = _Places(source, output, found), offer(output.text)
    for k, one in enumerate(strange):
        n, claim = len(one.claim.words), one.claim
        if claim.span[0] >= said_after:
            continue
        if one in (strange[0], strange[-1]) and any(output.key[i] in OF_ITSELF for i in one.lacking):
            continue
        beside = lacking_beside(n, len(one.lacking))
        if any(beside <= most and one.reaches(shares) for most, shares in BARS):
            if places.may_be_reworded(k, len(one.lacking)):
                continue
            why = f"the source has {n - len(one.nowhere)} of its {n} words of content, {n - len(one.lacking)} near each other"
            out.append(Unsupported(claim.span, claim.nearest, why))
            continue
        for run in one.runs():
            if lacking_beside(len(run), len(run)) <= RUN_BESIDE and not places.may_be_reworded(k, len(run)):
                out.append(Unsupported(output.span(run[0], run[-1]), claim.nearest, "the source has none of these words"))
    return out


class _Places:
    """Where a text told whole has told what, to see what a strange sentence may tell in other words."""

    def __init__(self, source: Parse, output: Parse, found: Sequence[Claim]) -> None:
        self.source, self.found = source, found
        self.content = [i for i in range(len(source.key)) if source.is_content(i)]
        self.told = {output.key[i] for claim in found for i in claim.words}
        self.whole = sum(len(claim.words) for claim in found) >= WHOLE * len(self.content)

    def may_be_reworded(self, k: int, n: int) -> bool:
        """Whether claim `k` may say, in `n` other words, what stands in the source where its neighbours do and is told nowhere.

        A summary leaves most of its source out, everywhere, so there this says nothing.
        """
        if not self.whole:
            return False
        near = [c.nearest for c in self.found[max(0, k - 1) : k + 2] if c.nearest]
        start = 0 if k == 0 or not near else min(a for a, _ in near)
        end = len(self.source.text) if k == len(self.found) - 1 or not near else max(b for _, b in near)
        untold = {self.source.key[i] for i in self.content if start <= self.source.start[i] < end} - self.told
        return len(untold) >= UNTOLD * n


class _Family:
    """Which stems are of one family with a stem of the source: «approval», «approve»."""

    def __init__(self, source: Parse, found: Sequence[Claim]) -> None:
        self._by_start: dict[str, set[str]] = defaultdict(set)
        if any(claim.lacking for claim in found):
            for stem in set(source.key):
                self._by_start[stem[:LETTERS]].add(stem)

    def knows(self, stem: str) -> bool:
        if len(stem) < LETTERS:
            return False
        return any(_alike(stem, other) for other in self._by_start.get(stem[:LETTERS], ()))


def _alike(a: str, b: str) -> bool:
    need = max(LETTERS, round(ALIKE * min(len(a), len(b))))
    return a != b and a[:need] == b[:need]
