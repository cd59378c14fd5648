"""A spaCy parse as columns, one entry a word, and the ways through its tree: phrases, conjuncts, names and pronouns.

Plain lists: the rules ask for a word's part of speech some hundred thousand times a page, and spaCy builds an object each time.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from functools import cached_property
from typing import Self

import numpy as np
from spacy.tokens import Doc

from tellback.language.coreference import antecedents
from tellback.language.lexicon import NEGATORS, words
from tellback.language.speakers import speaker_at, turns
from tellback.language.stems import stem
from tellback.records import Span

CONTENT = words("NOUN PROPN VERB ADJ NUM ADV")
LIGHT = words("be have do say go get make also however then there here so very just too even still")
NOMINAL = words("NOUN PROPN PRON NUM")
_FIRST = words("i me my mine myself")
_SECOND = words("you your yours yourself")
TITLES = words("mr mrs ms miss dr sir lord lady prof professor president king queen prince princess")


@dataclass(eq=False)
class Columns:
    """One entry a word; `head`, `children` and `refers` are places in the same columns, `sents` ranges of them; `voices`
    gives for «I» and «you» in what somebody says who is meant."""

    text: str
    low: list[str]
    lemma: list[str]
    key: list[str]
    tag: list[str]
    pos: list[str]
    dep: list[str]
    head: list[int]
    start: list[int]
    end: list[int]
    sents: list[Span]  # of words, [first, last)
    children: list[list[int]] = field(default_factory=list)
    sent_of: list[int] = field(default_factory=list)
    refers: dict[int, int | None] = field(default_factory=dict)
    voices: dict[int, str] = field(default_factory=dict)

    @classmethod
    def of(cls, doc: Doc) -> Self:
        """The columns of `doc`: lower case, one kind of apostrophe, «'s» as a verb read as «be»."""
        table = doc.to_array(["LOWER", "LEMMA", "TAG", "POS", "DEP", "IDX", "LENGTH", "HEAD"])
        strings = doc.vocab.strings
        text = {int(h): strings[int(h)] for h in np.unique(table[:, :5])}  # one string object a word form
        low, lemma, tag, pos, dep = ([text[h] for h in table[:, k].tolist()] for k in range(5))
        typed = {word: word.replace("’", "'") for word in set(low) if "’" in word}
        low = [typed.get(word, word) for word in low]
        lower = {word: word.lower() for word in set(lemma)}
        lemma = [lower[word] for word in lemma]
        for i, word in enumerate(low):
            if pos[i] == "AUX" and word in ("'s", "'re", "'m"):
                lemma[i] = "be"
        start = table[:, 5].tolist()
        end = (table[:, 5] + table[:, 6]).tolist()
        head = (np.arange(len(low)) + table[:, 7].astype(np.int64)).tolist()  # given relative to the word
        sents = [(s.start, s.end) for s in doc.sents] if len(doc) else []
        out = cls(doc.text, low, lemma, [stem(word) for word in lemma], tag, pos, dep, head, start, end, sents)
        out.children = [[] for _ in low]
        for i, h in enumerate(head):
            if h != i:
                out.children[h].append(i)
        out.sent_of = [n for n, (first, last) in enumerate(sents) for _ in range(first, last)]
        out.voices = _voices(doc.text, low, start)
        out.refers = antecedents(out.low, out.pos, out.dep, out.head, sents)
        return out

    def span(self, first: int, last: int) -> Span:
        """Characters of the words `first` to `last`, last included."""
        return self.start[first], self.end[last]

    def sentence_at(self, offset: int) -> int:
        """The number of the sentence that holds a character."""
        return max(bisect_right(self._sentence_starts, offset) - 1, 0)

    @cached_property
    def _sentence_starts(self) -> list[int]:
        return [self.start[first] for first, _ in self.sents]

    def phrase(self, i: int) -> Span:
        """The words of the noun phrase around its head `i`, without what follows the head; determiner left out."""
        first = i
        for c in self.children[i]:
            if c < i and self.dep[c] in ("amod", "compound", "nummod", "poss", "nmod", "quantmod") and i - c < 6:
                first = min(first, c)
        return first, i

    def sub(self, i: int, rel: tuple[str, ...]) -> list[int]:
        """The children of `i` that depend on it by one of the relations `rel`."""
        return [c for c in self.children[i] if self.dep[c] in rel]

    def tree(self, i: int) -> list[int]:
        """`i` and all that depends on it, in the order of the text."""
        out, todo = [], [i]
        while todo:
            j = todo.pop()
            out.append(j)
            todo.extend(self.children[j])
        return sorted(out)

    def with_conjuncts(self, i: int) -> list[int]:
        """`i` and the nouns and adjectives joined to it: «Ann, Bob and Tom»."""
        out = [i]
        for c in self.sub(i, ("conj",)):
            if self.pos[c] in NOMINAL or self.pos[c] == "ADJ":
                out.extend(self.with_conjuncts(c))
        return out

    def unit(self, i: int) -> str:
        """What the noun phrase headed by `i` is about: a name whole («charles kilroy»), another head's stem, and for a
        pronoun what it refers to («» where that is open)."""
        if i in self.voices:
            return self.voices[i]
        if i in self.refers:
            target = self.refers[i]
            return "" if target is None else self.unit(target)
        if self.low[i] in ("one", "ones") and self.dep[i] != "nummod":
            return ""  # «the new one»: some noun of before
        if self.pos[i] == "PROPN":
            parts = [c for c in self.children[i] if c < i and self.dep[c] == "compound" and self.pos[c] == "PROPN"]
            return " ".join(self.low[c].strip(".") for c in (*sorted(parts), i) if self.low[c].strip(".") not in TITLES)
        return self.key[i]

    def label(self, i: int) -> str:
        """`unit` in readable form: a lemma instead of a stem."""
        if i in self.voices:
            return self.voices[i]
        target = self.refers.get(i, i)
        if target is None:
            return self.low[i]
        return self.unit(target) if self.pos[target] == "PROPN" else self.lemma[target]

    def depth(self, i: int) -> int:
        """Steps from `i` to the root of its sentence."""
        n = 0
        while self.head[i] != i:
            i, n = self.head[i], n + 1
        return n

    def is_content(self, i: int) -> bool:
        """Whether a word says what a text is about: no light verb, no denial, no «one» that stands for a noun."""
        if self.low[i] == "one" and self.dep[i] != "nummod":
            return False  # «a face that» for «a face, one that»
        return self.pos[i] in CONTENT and self.lemma[i] not in LIGHT and self.low[i] not in NEGATORS

    def content(self, first: int, last: int) -> dict[str, int]:
        """Stems of the content words in [first, last), each with its first place."""
        out: dict[str, int] = {}
        for i in range(first, last):
            if self.is_content(i):
                out.setdefault(self.key[i], i)
        return out


def _voices(text: str, low: list[str], start: list[int]) -> dict[int, str]:
    """Word -> the name that it stands for: «I» is who speaks, «you» the other one of two."""
    found = turns(text)
    names = list(dict.fromkeys(turn.name for turn in found))
    out = {}
    for i, word in enumerate(low if found else ()):
        if word in _FIRST or word in _SECOND and len(names) == 2:
            turn = speaker_at(found, start[i])
            if turn is not None:
                name = turn.name if word in _FIRST else names[names[0] == turn.name]
                out[i] = " ".join(part.strip(".") for part in name.lower().split())
    return out
