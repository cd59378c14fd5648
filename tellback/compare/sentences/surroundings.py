"""The words that a word stands among, by the parse: they stay together where a summary joins and reorders its sentences."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import lru_cache

from tellback.compare.sentences.polarity import signs
from tellback.compare.values.rest import complementary
from tellback.language.clauses import Parse
from tellback.language.lexicon import NEGATORS

#: Words in common that two places need to be one, one of them directly beside both.
LEAST = 2
#: Steps up the parse to the next content word, over prepositions and auxiliaries.
_STEPS = 4
#: Words to the next one in the text that still counts as near.
_REACH = 3


@dataclass(frozen=True, eq=False)
class Surroundings:
    """The stems that the word `at` governs or is governed by (`beside`), and these with those a step further or next in
    the text (`near`)."""

    at: int
    beside: frozenset[str]
    near: frozenset[str]

    def shared(self, other: Surroundings) -> int:
        """How many words both stand among; 0 where none of them is beside both."""
        return len(self.near & other.near) if self.beside & other.beside else 0


class Around:
    """The surroundings of the content words of a text, worked out a sentence at a time."""

    def __init__(self, p: Parse) -> None:
        self.p = p
        self._of: dict[int, Surroundings] = {}
        self._done: set[int] = set()

    def of(self, k: int) -> Surroundings:
        n = self.p.sent_of[k]
        if n not in self._done:
            self._done.add(n)
            self._sentence(*self.p.sents[n])
        return self._of.get(k) or Surroundings(k, frozenset(), frozenset())

    def _sentence(self, first: int, last: int) -> None:
        p = self.p
        content = [k for k in range(first, last) if p.is_content(k) or p.refers.get(k) is not None]
        beside: dict[int, set[int]] = defaultdict(set)
        hung: dict[int, list[int]] = defaultdict(list)  # on a word that says nothing itself: «the sky is red»
        for k in content:
            above, found = self._above(k)
            if found:
                beside[k].add(above)
                beside[above].add(k)
            else:
                hung[above].append(k)
        for together in hung.values():
            for k in together:
                beside[k].update(together)
        for k, nxt in zip(content, content[1:], strict=False):
            if nxt - k <= _REACH and not any(p.pos[m] == "PUNCT" and p.low[m] != "-" for m in range(k + 1, nxt)):
                hung[-1 - k] = [k, nxt]
        near: dict[int, set[int]] = {k: set(beside[k]) for k in content}
        for k in content:
            for m in beside[k]:
                near[k] |= beside[m]
        for k, nxt in (pair for at, pair in hung.items() if at < 0):
            near[k].add(nxt)
            near[nxt].add(k)
        for k in content:
            own = p.key[k]
            self._of[k] = Surroundings(k, self._stems(beside[k], own), self._stems(near[k], own))

    def _stems(self, words: set[int], own: str) -> frozenset[str]:
        """The stems of `words`, of a pronoun that of whom it means."""
        found = (self.p.key[self.p.refers.get(m) or m] for m in words)
        return frozenset(key for key in found if key != own)

    def _above(self, k: int) -> tuple[int, bool]:
        """(the next content word above, True), or (the last word above that is none, False)."""
        p = self.p
        for _ in range(_STEPS):
            if p.head[k] == k:
                return k, False
            k = p.head[k]
            if p.is_content(k):
                return k, True
        return k, False


@lru_cache(maxsize=4)
def content_places(p: Parse) -> dict[str, list[int]]:
    """Stem -> the content words of a text that have it."""
    out: dict[str, list[int]] = defaultdict(list)
    for k, key in enumerate(p.key):
        if p.is_content(k):
            out[key].append(k)
    return dict(out)


def denied(p: Parse, k: int) -> bool:
    """The sign of a word: that of its clause, and of a denial of the word itself, «non-negligible»."""
    head = k if k in p.predicates else p.predicate_of[k]
    own = head != k and any(p.low[c] in NEGATORS for c in p.children[k])
    before = [word for word in p.low[max(k - 2, 0) : k] if word != "-"]
    return (signs(p).get(head, False) != own) != (before[-1:] == ["non"])


def of_another_clause(s: Parse, m: int, o: Parse, k: int) -> bool:
    """Whether the output says word `k` of the subject of another clause of the sentence in which the source says word `m` of its
    own: headphones are forbidden, ear plugs are fine."""
    mine, theirs = _subject(s, m), _subject(o, k)
    if not mine or not theirs or mine & theirs:
        return False
    return any(theirs <= _subject(s, c.head) for c in s.clauses_of_sentence[s.sent_of[m]] if c.head != s.predicate_of[m])


def _subject(p: Parse, k: int) -> frozenset[str]:
    """The content words of the subject of the clause of a word, with those that are joined to it."""
    head = p.predicate_of[k]
    tops = p.sub(head, ("nsubj", "nsubjpass")) if head >= 0 else ()
    return frozenset(p.key[n] for top in tops for n in p.tree(top) if p.is_content(n))


def of_the_rest(s: Parse, m: int, o: Parse, k: int) -> bool:
    """Whether the sentences of two words count each their own part of a whole: «ten of the 12 passed», «two failed»."""
    mine, theirs = (p.text[p.start[a] : p.span(b - 1, b - 1)[1]] for p, (a, b) in ((s, s.sents[s.sent_of[m]]), (o, o.sents[o.sent_of[k]])))
    return bool(complementary(mine, theirs))
