"""Where else, and how else, an output says what a source mention says: in another sentence, in other words, in parts."""

from __future__ import annotations

import re
from collections.abc import Iterable

from tellback.compare.values.mentions import Mentions
from tellback.compare.values.places import Places
from tellback.facts.kinds.base import Reading
from tellback.records import Span

#: Similarity from which a sentence counts as told again, so that what it leaves out is left out.
TOLD_AGAIN = 0.6
#: Places of one value that are looked at, which keeps time linear.
MOST_PLACES = 30


class Elsewhere:
    """What the output `o` says of the mentions of the source `s` beside the place where each stood; m is a mention of `s`, n
    one of `o`."""

    def __init__(self, s: Mentions, o: Mentions, places: Places) -> None:
        self.s, self.o, self.places = s, o, places

    def equal_anywhere(self, m: int) -> list[int]:
        """The mentions that say what `m` says, or that and more."""
        o = self.o
        found: dict[int, None] = {}
        for key in self.s.values[m].keys:
            found |= dict.fromkeys(o.by_key.get(key, ())[:MOST_PLACES]) | dict.fromkeys(o.finer.get(key, ())[:MOST_PLACES])
        return list(found)

    def bare_anywhere(self, m: int) -> list[int]:
        """The mentions that keep `m` though its unit is told on one side only."""
        kind, value = self.s.kind[m], self.s.values[m]
        near = self.o.by_bare.get(value.keys[0], ())[:MOST_PLACES]
        spared = [n for key in kind.spared(value) for n in self.o.by_key.get(key, ())[:MOST_PLACES]]
        return [n for n in (*near, *spared) if kind.keeps(value, self.o.values[n])]

    def carries_over(self, m: int, n: int) -> bool:
        """Whether what the output says once, for another place of the source, says it for this one too."""
        near = self.places.candidates(self.s.sentence[m])
        if near and near[0][0] >= TOLD_AGAIN:  # its own sentence is told: without it, unless it stands beside
            return abs(self.o.sentence[n] - near[0][1]) <= 1 and near[0][0] < 0.9
        return self.shares(m, n) > 0

    def shares(self, m: int, n: int) -> float:
        """Weight of the words that the two mentions' sentences share."""
        mine, theirs = self.s.text.words(self.s.sentence[m]), self.o.text.words(self.o.sentence[n])
        spoken = {self.s.text.stem(w) for w in re.findall(r"[^\W_]+", self.s.said(m))}
        return float(len((mine & theirs) - spoken))

    def literally(self, m: int) -> bool:
        """Whether the words of a mention stand in a sentence that tells its own, though read as something else."""
        words = self.s.said(m)
        if self.s.group[m] == "quote":
            return self.o.text.holds(words)
        if any(key in self.o.by_key for key in self.s.values[m].keys):
            return False  # the output's are found
        for _, j in self.places.candidates(self.s.sentence[m]):
            sentence = self.o.read.text[slice(*self.o.text.spans[j])]
            begin = self.o.text.spans[j][0]
            read = [
                self.o.mentions[n].span for n in self.o.of_sentence.get(j, ())
                if self.o.group[n] in ("value", "identifier") and not self.o.kind[n].holds_facts
            ]  # fmt: skip
            for at in _places_of(words, sentence, self.s.group[m] == "identifier"):
                if not any(_meet(span, (begin + at, begin + at + len(words))) for span in read):
                    return True
        return False

    def in_other_words(self, m: int) -> bool:
        """Whether «both», «twice» and their like say a small number there, or «a dollar» that of «$1»."""
        near = [self.o.text.lower[slice(*self.o.text.spans[j])] for _, j in self.places.candidates(self.s.sentence[m])]
        kind, value, said = self.s.kind[m], self.s.values[m], self.s.said(m)
        return any(kind.in_other_words(value, said, sentence) for sentence in near)

    def in_parts(self, m: int) -> bool:
        """Whether a value is said in two parts side by side: «In 1879 ..., on 14 March», «10.0.0.5, port 80»."""
        for reading in self.s.values[m].readings:
            halves = reading.halves()
            if halves:
                first, second = (self._sentences_saying(half) for half in halves)
                if any(abs(a - b) <= 1 for a in first for b in second):
                    return True
        return False

    def _sentences_saying(self, half: Reading) -> set[int]:
        """The sentences that say a part of a value, or less of it: the file without its folders, the time without seconds."""
        keys = (str(half), *map(str, half.shorter()))
        return {self.o.sentence[n] for key in keys for n in self.o.by_key.get(key, ())[:MOST_PLACES]}


def _places_of(words: str, sentence: str, strict: bool) -> Iterable[int]:
    """Where `words` stand in `sentence` as a whole; `strict`: as a whole identifier."""
    at = sentence.find(words)
    while at >= 0:
        before, after = sentence[at - 1 : at] if at else "", sentence[at + len(words) : at + len(words) + 2]
        whole = not (before.isalnum() or before in "_.$€£-" and before) and not (after[:1].isalnum() or after[:1] == "_")
        if whole and not (after[:1] in ".,/\\@:-" and (after[1:2].isalnum() or strict and after[:1] not in ".,:-" and after)):
            yield at
        at = sentence.find(words, at + 1)


def _meet(a: Span, b: Span) -> bool:
    return a[0] < b[1] and b[0] < a[1]
