"""What became of each relation of a source in an output, without a model: restated, contradicted, or gone.

Sentences are paired by the words they share; a pair is searched for contradictions (compare/rules/table.py). A
relation is `drifted` only on such evidence, `faithful` where its words stand in a sentence that says nothing against it,
`missing` where no sentence of the output speaks of it, and `unscored` where one does so in words too different to judge.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from spacy.tokens import Doc

from tellback.compare.rules.base import Drift, Guard
from tellback.compare.rules.table import OF_EVERY_RULE, RULES, Line, contradictions, placed
from tellback.compare.sentences.pair import SentencePair
from tellback.compare.sentences.pairing import Pairing
from tellback.compare.sentences.telegraphic import Telegraphic
from tellback.facts.relations import clause_span
from tellback.language.clauses import Clause, Parse, parse_of
from tellback.language.columns import NOMINAL
from tellback.language.lexicon import NEGATORS
from tellback.records import Fact, Span

Judged = tuple[Fact, str, Fact | None, str]

#: Kinds whose findings stand on a word that says little without its clause.
OF_A_CLAUSE = ("negation",)
#: Words to either side of such a word that are shown with it.
SHOWN = 8
#: Share of a fact's own words that a sentence must hold to restate it.
RESTATED = 0.6
#: A fact of at most so many words of content is a remark, «I think», «you know»: a summary leaves it out rather than that it
#: rewords it.
REMARK = 1
#: Sentences from one without a fact to one whose fact may stand for it.
NEARBY = 3


def judge(source_facts: Sequence[Fact], output_facts: Sequence[Fact], source_doc: Doc, output_doc: Doc) -> list[Judged]:
    """One (fact, outcome, the output's fact, why) for each fact of the source, in order.

    A drifted fact comes back with the kind of what broke and with the span of the place in the source; the second fact
    has the place in the output. Outcomes: faithful, drifted, replaced (an exclusive attribute), missing, unscored.
    """
    s, o = parse_of(source_doc), parse_of(output_doc)
    pairs = Pairing(s, o)
    drifts = find_drifts(pairs)
    by_sentence: dict[int, list[int]] = defaultdict(list)
    starts = [s.start[first] for first, _ in s.sents]
    for k, fact in enumerate(source_facts):
        by_sentence[max(bisect_right(starts, fact.span[0]) - 1, 0)].append(k)
    theirs: dict[Span, list[Fact]] = defaultdict(list)
    for fact in output_facts:
        theirs[fact.sentence].append(fact)
    out: list[Judged | None] = [None] * len(source_facts)
    told = [(n, drift, j) for n, found in sorted(drifts.items()) for drift, j in _distinct(found)]
    homeless = []
    for n, drift, j in told:
        k = _broken_fact(source_facts, [k for k in by_sentence.get(n, ()) if out[k] is None], drift)
        if k is None:
            homeless.append((n, drift, j))
        else:
            out[k] = _broken(pairs, source_facts[k], n, drift, j)
    for n, drift, j in homeless:  # a sentence without a fact: the nearest one stands for it
        near = [m for m in by_sentence if abs(m - n) <= NEARBY]
        k = _broken_fact(source_facts, [k for m in near for k in by_sentence[m] if out[k] is None], drift)
        if k is not None:
            out[k] = _broken(pairs, source_facts[k], n, drift, j)
    for n, ks in by_sentence.items():
        for k in ks:
            if out[k] is None:
                out[k] = _restated(source_facts[k], n, pairs, theirs)
    return [row for row in out if row is not None]


def _broken(pairs: Pairing, fact: Fact, n: int, drift: Drift, j: int) -> Judged:
    """The row of a fact that a drift between source sentence `n` and output sentence `j` breaks."""
    here, there = _shown(pairs, n, j, drift)
    said = Fact(drift.kind, fact.key, pairs.o.text[slice(*there)], there, pairs.o_span(j))
    return replace(fact, kind=drift.kind, span=here), drift.outcome, said, drift.why


def find_drifts(
    pairs: Pairing, rules: Sequence[Line] = RULES, of_every_rule: Sequence[Guard] = OF_EVERY_RULE
) -> dict[int, list[tuple[Drift, int]]]:
    """Sentence of the source -> its contradictions, each with the sentence of the output; without those of a sentence that
    another of the source supports."""
    s, o = pairs.s, pairs.o
    telegraphic = Telegraphic(s, o)
    found = {
        (i, j): contradictions(SentencePair(s, i, o, j, telegraphic), rules, of_every_rule) for i, j in pairs.compared
    }
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
    for i, j, drift in placed(s, o):
        if all(k != j or d.kind != drift.kind for d, k in out[i]):
            out[i].append((drift, j))
    return out


def _shown(pairs: Pairing, n: int, j: int, drift: Drift) -> tuple[Span, Span]:
    """The words to show of a finding, in both texts. One side points at the «not» or the opposite; the other, where nothing
    stands to point at, is shown with its clause, for «was» alone says little."""
    if drift.with_clause:
        return _with_clause(pairs.s, n, drift.source), _with_clause(pairs.o, j, drift.output)
    if drift.kind == "roles":
        return drift.source, _with_object(pairs.o, j, drift.output)
    if drift.kind == "order":
        return drift.source, _with_both_events(pairs.o, j, drift.output)
    if drift.kind not in OF_A_CLAUSE:
        return drift.source, drift.output
    here = pairs.s.low[_word_at(pairs.s, n, drift.source)] in NEGATORS
    there = pairs.o.low[_word_at(pairs.o, j, drift.output)] in NEGATORS
    return (
        drift.source if here else _with_clause(pairs.s, n, drift.source),
        drift.output if there and not here else _with_clause(pairs.o, j, drift.output),
    )


def _word_at(p: Parse, sentence: int, span: Span) -> int:
    return next(k for k in range(*p.sents[sentence]) if p.start[k] >= span[0])


def _with_clause(p: Parse, sentence: int, span: Span) -> Span:
    word = _word_at(p, sentence, span)
    head = p.predicate_of[word]
    clause = next((c for c in p.clauses_of_sentence[sentence] if c.head == head), None)
    if clause is None:
        return span
    spans = [span, *(clause_span(p, c) for c in (clause, *_complements(p, clause, sentence)))]
    spans += [p.span(k, k) for k in clause.own if abs(k - word) <= SHOWN and p.pos[k] in NOMINAL]
    return min(start for start, _ in spans), max(end for _, end in spans)


def _with_object(p: Parse, sentence: int, span: Span) -> Span:
    """With what stands behind the words in their clause: «asked Ann to send the book»."""
    whole = _with_clause(p, sentence, span)
    return span[0], max(span[1], whole[1])


def _with_both_events(p: Parse, sentence: int, span: Span) -> Span:
    """With the clause that a connective opens and the one that this hangs on."""
    word = _word_at(p, sentence, span)
    heads = {p.predicate_of[k] for k in (word, p.head[word]) if p.predicate_of[k] >= 0}
    heads |= {p.predicate_of[p.head[h]] for h in heads}
    spans = [span, *(clause_span(p, c) for c in p.clauses_of_sentence[sentence] if c.head in heads)]
    return min(start for start, _ in spans), max(end for _, end in spans)


def _complements(p: Parse, clause: Clause, sentence: int) -> list[Clause]:
    """What a verb or its quality opens: «is free to go»."""
    over = {clause.head, *p.sub(clause.head, ("acomp",))}
    return [c for c in p.clauses_of_sentence[sentence] if p.dep[c.head] == "xcomp" and p.head[c.head] in over]


def _distinct(found: Sequence[tuple[Drift, int]]) -> list[tuple[Drift, int]]:
    """Without those whose place, in both texts, another already points at."""
    out: list[tuple[Drift, int]] = []
    for drift, j in found:
        if not any(_overlap(drift.source, d.source) and _overlap(drift.output, d.output) for d, _ in out):
            out.append((drift, j))
    return out


def _overlap(a: Span, b: Span) -> int:
    return max(0, min(a[1], b[1]) - max(a[0], b[0]))


def _broken_fact(facts: Sequence[Fact], free: Sequence[int], drift: Drift) -> int | None:
    """The fact that a drift breaks: of its kind where there is one, else the nearest clause's."""

    def fit(k: int) -> tuple[bool, bool, int, int]:
        f = facts[k]
        clause = f.kind in ("roles", "negation")
        distance = -min(abs(f.span[0] - drift.source[0]), abs(f.span[1] - drift.source[1]))
        return f.kind == drift.kind, clause, _overlap(f.span, drift.source), distance

    fits = [k for k in free if facts[k].kind == drift.kind or facts[k].kind in ("roles", "negation")]
    return max(fits or free, key=fit, default=None)


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
    reworded = pairs.may_be_reworded(n, len(wanted) * (1 - best), best)
    if pairs.summary and best == 0 and len(wanted) <= REMARK:
        return fact, "missing", None, "a remark in passing, which the output leaves out"
    if place < 0:
        if reworded and n in pairs.near:
            return fact, "unscored", None, "its sentence is told, with other words in the place of these"
        if n in pairs.maybe_reworded:
            return fact, "unscored", None, "only sentences in other words stand at its place"
        return fact, "missing", None, "no sentence of the output speaks of it"
    same = [f for f in theirs.get(pairs.o_span(place), ()) if f.kind == fact.kind and f.key == fact.key]
    said = same[0] if same else None
    if said is not None and said.value == fact.value:
        return fact, "faithful", said, "the output says the same"
    if best >= RESTATED:
        if fact.kind == "quantifier" and said is None:
            if pairs.summary:
                return fact, "missing", None, "what it counts is told without it"
            return fact, "unscored", None, "what it counts is told without it"
        return fact, "faithful", said, "its words stand in one sentence, and nothing against them"
    if reworded:
        return fact, "unscored", said, "told in words too different to judge"
    return fact, "missing", None, "the sentence that tells the rest leaves it out"
