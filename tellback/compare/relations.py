"""What became of each relation of a source in an output, without a model: restated, contradicted, or gone.

Sentences are paired by the words they share; a pair is searched for contradictions (compare/rules/contradictions.py). A
relation is `drifted` only on such evidence, `faithful` where its words stand in a sentence that says nothing against it,
`missing` where no sentence of the output speaks of it, and `unscored` where one does so in words too different to judge.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import replace
from difflib import SequenceMatcher

from spacy.tokens import Doc

from tellback.compare.rules.contradictions import contradictions
from tellback.compare.rules.exchange import Drift
from tellback.compare.rules.shortened import Shortened
from tellback.language.clauses import Parse, parse_of
from tellback.language.columns import CONTENT
from tellback.language.lexicon import NEGATORS
from tellback.records import Fact, Span

Judged = tuple[Fact, str, Fact | None, str]

#: Share of the rarer side's words (by weight) that two sentences must have in common to be compared.
PAIRED = 0.5
#: The same for sentences of one or two words of content, «the claim is true» against «the claim is false».
PAIRED_SHORT = 0.25
#: A word that at most so many sentences of the output hold singles out those that may be compared.
RARE = 64
#: Weights of `same_meaning`.
_SAME = {"const": 1.75, "broken": -3.74, "moved": -4.62}
#: Share of a fact's own words that a sentence must hold to restate it.
RESTATED = 0.6


def judge(source_facts: Sequence[Fact], output_facts: Sequence[Fact], source_doc: Doc, output_doc: Doc) -> list[Judged]:
    """One (fact, outcome, the output's fact, why) for each fact of the source, in order.

    A drifted fact comes back with the kind of what broke and with the span of the place in the source; the second fact
    has the place in the output. Outcomes: faithful, drifted, replaced (an exclusive attribute), missing, unscored.
    """
    s, o = parse_of(source_doc), parse_of(output_doc)
    pairs = Pairing(s, o)
    drifts = _found(pairs)
    by_sentence: dict[int, list[int]] = defaultdict(list)
    starts = [s.start[first] for first, _ in s.sents]
    for k, fact in enumerate(source_facts):
        by_sentence[max(bisect_right(starts, fact.span[0]) - 1, 0)].append(k)
    theirs: dict[Span, list[Fact]] = defaultdict(list)
    for fact in output_facts:
        theirs[fact.sentence].append(fact)
    out: list[Judged | None] = [None] * len(source_facts)
    for n, ks in by_sentence.items():
        for drift, j in _distinct(drifts.get(n, ())):
            k = _bearer(source_facts, [k for k in ks if out[k] is None], drift)
            if k is None:
                continue
            sentence = o.span(o.sents[j][0], o.sents[j][1] - 1)
            said = Fact(drift.kind, source_facts[k].key, o.text[slice(*drift.output)], drift.output, sentence)
            broken = replace(source_facts[k], kind=drift.kind, span=drift.source)
            out[k] = (broken, drift.outcome, said, drift.why)
        for k in ks:
            if out[k] is None:
                out[k] = _restated(source_facts[k], n, pairs, theirs)
    return [row for row in out if row is not None]


def same_meaning(a: Doc, b: Doc) -> float:
    """How likely two parsed sentences say the same, for pairs with mostly the same words; 0.5 is the border.

    A contradiction found either way round counts against it; without one, the more words a comparison of sets finds in
    common and one in order does not, the less sure. The three numbers were fitted on 111 pairs of PAWS (Zhang et al.
    2019); they change nothing in `judge`.
    """
    s, o = parse_of(a), parse_of(b)
    broken = any(_found(Pairing(x, y)) for x, y in ((s, o), (o, s)))
    words = [[w for w in p.low if w.isalnum()] for p in (s, o)]
    together = 2 * len(set(words[0]) & set(words[1])) / max(len(set(words[0])) + len(set(words[1])), 1)
    in_order = SequenceMatcher(None, *words, autojunk=False).ratio()
    z = _SAME["const"] + _SAME["broken"] * broken + _SAME["moved"] * (together - in_order)
    return 1 / (1 + math.exp(-z))


def _found(pairs: Pairing) -> dict[int, list[tuple[Drift, int]]]:
    """The contradictions by sentence of the source, less those of a sentence that another of the source supports, and
    those that a sentence run together from several cannot hold."""
    s, o = pairs.s, pairs.o
    possible = Shortened(s, o)
    found = {(i, j): [d for d in contradictions(s, i, o, j) if possible(d, j)] for i, j in pairs.compared}
    clean: dict[int, list[int]] = defaultdict(list)
    for (i, j), drifts in found.items():
        if not drifts:
            clean[j].append(i)
    out: dict[int, list[tuple[Drift, int]]] = defaultdict(list)
    for (i, j), drifts in found.items():
        for drift in drifts:
            said = pairs.words_at(j, drift.output)
            if not any(said <= pairs.s_words[k].keys() for k in clean[j]):
                out[i].append((drift, j))
    return out


def _distinct(found: Sequence[tuple[Drift, int]]) -> list[tuple[Drift, int]]:
    """Without those whose place, in both texts, another already points at."""
    out: list[tuple[Drift, int]] = []
    for drift, j in found:
        if not any(_overlap(drift.source, d.source) and _overlap(drift.output, d.output) for d, _ in out):
            out.append((drift, j))
    return out


def _overlap(a: Span, b: Span) -> int:
    return max(0, min(a[1], b[1]) - max(a[0], b[0]))


def _bearer(facts: Sequence[Fact], free: Sequence[int], drift: Drift) -> int | None:
    """The fact that a drift breaks: of its kind where there is one, else the nearest clause's."""

    def fit(k: int) -> tuple[bool, bool, int, int]:
        f = facts[k]
        clause = f.kind in ("roles", "negation")
        distance = -min(abs(f.span[0] - drift.source[0]), abs(f.span[1] - drift.source[1]))
        return f.kind == drift.kind, clause, _overlap(f.span, drift.source), distance

    fits = [k for k in free if facts[k].kind == drift.kind or facts[k].kind in ("roles", "negation")]
    return max(fits, key=fit) if fits else None


def _restated(fact: Fact, n: int, pairs: Pairing, theirs: dict[Span, list[Fact]]) -> Judged:
    if n in pairs.verbatim:
        sentence = pairs.o_span(pairs.verbatim[n])
        same = [f for f in theirs.get(sentence, ()) if f.key == fact.key and f.kind == fact.kind]
        return fact, "faithful", same[0] if same else None, "the sentence stands as it stood"
    wanted = pairs.fact_words(fact, n)
    best, place = 0.0, -1
    for j in pairs.near.get(n, ()):
        share = len(wanted & pairs.o_words[j].keys()) / len(wanted) if wanted else 1.0
        if share > best:
            best, place = share, j
    reworded = pairs.other_words(n) >= len(wanted) * (1 - best)
    if place < 0:
        if reworded and n in pairs.near:
            return fact, "unscored", None, "its sentence is told, with other words in the place of these"
        if n in pairs.beside:
            return fact, "unscored", None, "only sentences in other words stand at its place"
        return fact, "missing", None, "no sentence of the output speaks of it"
    same = [f for f in theirs.get(pairs.o_span(place), ()) if f.kind == fact.kind and f.key == fact.key]
    said = same[0] if same else None
    if said is not None and said.value == fact.value:
        return fact, "faithful", said, "the output says the same"
    if best >= RESTATED:
        if fact.kind == "quantifier" and said is None:
            return fact, "unscored", None, "what it counts is told without it"
        return fact, "faithful", said, "its words stand in one sentence, and nothing against them"
    if best > 0.34 or reworded:
        return fact, "unscored", said, "told in words too different to judge"
    return fact, "missing", None, "the sentence that tells the rest leaves it out"


class Pairing:
    """Which sentences of an output speak of the same thing as which of the source.

    `verbatim`: source sentence -> the same words in the output. `near`: source sentence -> output sentences with most of
    its words. `compared`: pairs to search for contradictions. `beside`: source sentences without a near one where the
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
        self._others: dict[int, int] = {}
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

    def other_words(self, n: int) -> int:
        """How many words of their own the output sentences have that tell source sentence `n`, light verbs, adverbs and
        denials among them: as many of the source's may be said by these."""
        if n in self._others:
            return self._others[n]
        o, (first, last) = self.o, self.s.sents[n]
        told = [k for j in self.near.get(n, ()) for k in range(*o.sents[j])]
        words = {o.key[k] for k in told if o.pos[k] in CONTENT or o.low[k] in NEGATORS}
        self._others[n] = len(words.difference(self.s.key[first:last]))
        return self._others[n]

    def _weigh(self) -> None:
        df = Counter(w for words in (*self.s_words, *self.o_words) for w in words)
        n = len(self.s_words) + len(self.o_words)
        self.weight = {w: math.log(1 + n / count) for w, count in df.items()}

    def _total(self, words: dict[str, int]) -> float:
        return sum(self.weight[w] for w in words)

    def _candidates(self, words: dict[str, int], index: dict[str, list[int]]) -> set[int]:
        """Sentences of the output with a word in common that few have, so that the work stays linear in the length."""
        postings = sorted((index[w] for w in words if w in index), key=len)
        out: set[int] = set()
        for n, found in enumerate(postings):
            if len(found) > RARE and n >= 2:
                break
            out.update(found[: 4 * RARE])
        return out

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
            and (whole >= PAIRED or not _scant(len(self.s_words[i]), len(self.o_words[j])))
        )
        self.beside = self._beside()

    def _beside(self) -> set[int]:
        """Source sentences without a near one, where the output has others between the same neighbours, that tell none."""
        told = {i: self.verbatim.get(i, min(js)) for i, js in self.near.items()} | self.verbatim
        anchors = sorted(told)
        taken, out = set(told.values()), set[int]()
        for a, b in zip([-1, *anchors], [*anchors, len(self.s_words)], strict=True):
            first, last = told.get(a, -1) + 1, told.get(b, len(self.o_words))
            loose = sum(j not in taken for j in range(first, last))
            gap = b - a - 1
            if anchors and gap and 0 < gap <= 2 * loose and loose <= 2 * gap + 1:
                out.update(range(a + 1, b))
        return out


def _scant(n: int, m: int) -> bool:
    """A sentence of one or two words inside a longer one: «I see» says nothing against «I see nothing in that»."""
    return min(n, m) <= 2 < max(n, m)


def _plain(p: Parse, span: Span) -> str:
    return " ".join(p.low[k] for k in range(*span) if p.pos[k] != "SPACE")
