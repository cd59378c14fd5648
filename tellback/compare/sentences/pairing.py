"""Which sentences of two texts speak of the same thing, by the words they share."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from functools import cached_property

from tellback.compare.support.claims import claims
from tellback.compare.support.rarest import rarest
from tellback.language.clauses import Parse
from tellback.language.columns import CONTENT
from tellback.language.lexicon import EVERYONE, NEGATORS, NOBODY
from tellback.records import Fact, Span

#: Share of the rarer side's words (by weight) that two sentences must have in common to be compared.
PAIRED = 0.5
#: The same for sentences of one or two words of content, «the claim is true» against «the claim is false».
PAIRED_SHORT = 0.25
#: A text of fewer content words than this share of its source's is a summary.
SHORTENED = 0.5
#: Share of a fact's words that is told in part where nearly everything is told.
TOLD_IN_PART = 0.34
#: Words of their own that the sentences of an output need, as a share of what they leave out, to have told that in other words.
SPARE = 0.5


class Pairing:
    """Which sentences of an output speak of the same thing as which of the source.

    `verbatim`: source sentence -> the same words in the output. `near`: source sentence -> output sentences with most of
    its words. `compared`: pairs to search for contradictions. `maybe_reworded`: source sentences without a near one where the
    output has other words at that place.
    """

    def __init__(self, s: Parse, o: Parse):
        self.s, self.o = s, o
        self.s_words = [s.content(*span) for span in s.sents]
        self.o_words = [o.content(*span) for span in o.sents]
        told: dict[str, list[int]] = defaultdict(list)
        for j, span in enumerate(o.sents):
            told[_plain(o, span)].append(j)
        self.verbatim: dict[int, int] = {}
        self._spare: dict[int, tuple[int, int]] = {}
        for i, span in enumerate(s.sents):
            if found := told.get(_plain(s, span)):
                self.verbatim[i] = found[0]
        known = {_plain(s, span) for span in s.sents}
        self.fresh = [j for j, span in enumerate(o.sents) if _plain(o, span) not in known]
        self._weigh()
        self._pair()

    def o_span(self, j: int) -> Span:
        return self.o.span(self.o.sents[j][0], self.o.sents[j][1] - 1)

    def words_at(self, j: int, span: Span) -> set[str]:
        """The content words of the clauses of output sentence `j` that `span` touches."""
        o = self.o
        first, last = o.sents[j]
        inside = [k for k in range(first, last) if o.start[k] < span[1] and o.end[k] > span[0]]
        clauses = {o.predicate_of[k] for k in inside}
        return {o.key[k] for k in range(first, last) if o.predicate_of[k] in clauses} & self.o_words[j].keys()

    def fact_words(self, fact: Fact, n: int) -> set[str]:
        """The content words in a fact's span, or those that its clause governs where the span is one word."""
        first, last = self.s.sents[n]
        inside = [k for k in range(first, last) if self.s.start[k] < fact.span[1] and self.s.end[k] > fact.span[0]]
        stems = set(self.s_words[n])
        found = {self.s.key[k] for k in inside} & stems
        if fact.kind in ("negation", "order", "quantifier") and inside:
            predicate = self.s.predicate_of[inside[0]]
            found |= {self.s.key[k] for k in range(first, last) if self.s.predicate_of[k] == predicate} & stems
        return found

    def may_be_reworded(self, n: int, untold: float, part: float) -> bool:
        """Whether the output sentences that tell source sentence `n` may say in other words what is `untold` of one of its facts,
        that many words, when the share `part` of its words stands in one of them.

        They need that many words of their own, light verbs, adverbs and denials among them. A summary leaves out more than it
        rewords: there, what sentences beside `n` in the source say is no such word, and they need SPARE of all that they leave
        out, or else most of this is gone, and the fact with it.
        """
        if n not in self._spare:
            self._spare[n] = self._own_words(n), self._untold(n)
        spare, all_untold = self._spare[n]
        if not self.summary:
            return spare >= untold or part > TOLD_IN_PART
        return spare >= untold and spare >= SPARE * all_untold

    def _own_words(self, n: int) -> int:
        """How many words of their own the output sentences have that tell source sentence `n`."""
        o, (first, last) = self.o, self.s.sents[n]
        told = [k for j in self.near.get(n, ()) for k in range(*o.sents[j]) if k not in self._held]
        words = {o.key[k] for k in told if o.pos[k] in CONTENT or o.low[k] in NEGATORS}
        return len(words.difference(self.s.key[first:last]))

    def _untold(self, n: int) -> int:
        """How many content words of source sentence `n` no output sentence that tells it holds."""
        return len(self.s_words[n].keys() - {word for j in self.near.get(n, ()) for word in self.o_words[j]})

    @cached_property
    def summary(self) -> bool:
        """Whether the output is so much shorter that it cannot tell everything."""
        return is_summary(self.s, self.o)

    @cached_property
    def _held(self) -> set[int]:
        """The content words of a summary that the nearest sentences of the source hold, by their places."""
        if not self.summary:
            return set()
        return {at for claim in claims(self.s, self.o) for at in set(claim.words) - set(claim.lacking)}

    def _weigh(self) -> None:
        df = Counter(w for words in (*self.s_words, *self.o_words) for w in words)
        n = len(self.s_words) + len(self.o_words)
        self.weight = {w: math.log(1 + n / count) for w, count in df.items()}

    def _total(self, words: dict[str, int]) -> float:
        return sum(self.weight[w] for w in words)

    def _candidates(self, words: dict[str, int], index: dict[str, list[int]]) -> set[int]:
        """Sentences of the output with a word in common that few have, so that the work stays linear in the length."""
        return {i for _, found in rarest(words, index) for i in found}

    def _pair(self) -> None:
        fresh = set(self.fresh)
        every: dict[str, list[int]] = defaultdict(list)
        changed: dict[str, list[int]] = defaultdict(list)
        for j, words in enumerate(self.o_words):
            for w in words:
                every[w].append(j)
                if j in fresh:
                    changed[w].append(j)
        totals = [self._total(words) for words in self.o_words]
        scores: dict[tuple[int, int], tuple[float, float]] = {}
        for i, words in enumerate(self.s_words):
            total = self._total(words)
            for j in self._candidates(words, changed if i in self.verbatim else every):
                common = words.keys() & self.o_words[j].keys()
                weight = sum(self.weight[w] for w in common)
                of_smaller = weight / min(total, totals[j])
                sizes = len(words), len(self.o_words[j])
                enough = len(common) >= 2 or min(sizes) <= 2
                if enough and of_smaller >= (PAIRED_SHORT if max(sizes) <= 2 else PAIRED):
                    scores[i, j] = of_smaller, weight / max(total, totals[j])
        self.near: dict[int, list[int]] = defaultdict(list)
        best_o: dict[int, float] = defaultdict(float)
        for (i, j), (_, whole) in scores.items():
            self.near[i].append(j)
            best_o[j] = max(best_o[j], whole)
        self.compared = sorted(
            (i, j)
            for (i, j), (part, whole) in scores.items()
            if j in fresh
            and (whole >= 0.9 * best_o[j] or (part >= 0.8 and i not in self.verbatim))
            and (whole >= PAIRED or not _short_remark(self._size(self.s, i), self._size(self.o, j)))
        )
        self.maybe_reworded = self._maybe_reworded()

    def _size(self, p: Parse, sentence: int) -> int:
        """How many words of content a sentence has, with the «everyone» or the «nobody» that does it."""
        words = self.s_words if p is self.s else self.o_words
        return len(words[sentence]) + any(p.low[k] in EVERYONE or p.low[k] in NOBODY for k in range(*p.sents[sentence]))

    def _maybe_reworded(self) -> set[int]:
        """Source sentences without a near one, where the output has others between the same neighbours, that tell none."""
        told = {i: self.verbatim.get(i, min(js)) for i, js in self.near.items()} | self.verbatim
        anchors = sorted(told)
        taken, out = set(told.values()), set[int]()
        for a, b in zip([-1, *anchors], [*anchors, len(self.s_words)], strict=True):
            first, last = told.get(a, -1) + 1, told.get(b, len(self.o_words))
            loose = [j for j in range(first, last) if j not in taken]
            gap = range(a + 1, b)
            if anchors and gap and len(gap) <= 2 * len(loose) and len(loose) <= 2 * len(gap) + 1:
                spare = sum(at not in self._held for j in loose for at in self.o_words[j].values())
                if not self.summary or spare >= SPARE * sum(len(self.s_words[i]) for i in gap):
                    out.update(gap)
        return out


def is_summary(s: Parse, o: Parse) -> bool:
    """Whether an output is so much shorter than its source that it cannot tell everything."""
    told, all_told = (sum(len(p.content(*span)) for span in p.sents) for p in (o, s))
    return told < SHORTENED * all_told


def _short_remark(n: int, m: int) -> bool:
    """A sentence of one or two words inside a longer one: «I see» says nothing against «I see nothing in that»."""
    return min(n, m) <= 2 < max(n, m)


def _plain(p: Parse, span: Span) -> str:
    return " ".join(p.low[k] for k in range(*span) if p.pos[k] != "SPACE")
