"""Two runs of words that changed places among others that stayed, whatever else was edited in the sentence.

Unlike `block_exchange` this bears other edits in between (a synonym, a date put first), so it asks for more: both places
must keep a neighbour, and keep the preposition that they stand behind. Passive voice, dative alternation and converse
verbs change that preposition, and an adjunct that moves takes its own along. A clause that moves takes along what governs
each of its words, so a run that hangs where it hung has changed places with nothing.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from tellback.compare.rules.base import Drift, Found, Harmless, Reason, Rule, guard
from tellback.compare.sentences.company import kept_company
from tellback.compare.sentences.governors import governors_of, mutual, run_head
from tellback.compare.sentences.pair import SentencePair
from tellback.compare.sentences.tiling import Tiling
from tellback.language.clauses import Parse
from tellback.language.lexicon import TURNED, opposite

_GROUPS = {"NOUN": "nominal", "PROPN": "nominal", "ADJ": "adjective", "NUM": "number", "VERB": "verb"}
_COMPARATIVE = ("JJR", "RBR")
_MODIFIERS = ("compound", "amod", "nmod", "nummod", "appos", "poss")
#: Words before a run in which its preposition is looked for.
_REACH = 6
_LABELLED = re.compile(r"\s[-–—|]\s|[\w)]:\s")


@dataclass(frozen=True, eq=False)
class TwoRuns:
    """Two tiles by number, `first` before `second` in the source, and the words of the source between them."""

    first: int
    second: int
    between: range


class TileExchange(Rule):
    name = "tile exchange"
    kinds = ("roles", "attribution")
    reasons = (Reason.RUNS_EXCHANGED,)
    found = (
        Found("The river Ostra is a branch of the river Velm near Ulm.",
              "Near Ulm, the river Velm forms a branch of the river Ostra.", "river Ostra is a branch of the river Velm", "river Velm forms a branch of the river Ostra"),
        Found("The monastery of Velm is a daughter house of the abbey of Ulm in Saxony.",
              "In Saxony the abbey of Ulm became a daughter house of the monastery of Velm.",
              "monastery of Velm is a daughter house of the abbey of Ulm", "abbey of Ulm became a daughter house of the monastery of Velm"),
    )  # fmt: skip
    harmless = (
        Harmless(
            "The council bought two ferries for Brenholm and three buses for Ulm.",
            "For Brenholm the council bought two ferries, and for Ulm three buses.",
        ),
        Harmless(
            "The firm from Ulm acquired the mill of the widow in 1911.",
            "In 1911 the mill of the widow was acquired by the firm from Ulm.",
        ),
    )

    def find(self, pair: SentencePair) -> list[Drift]:
        t = pair.tiling
        order = t.in_output
        place = {tile: n for n, tile in enumerate(order)}
        out = []
        for p in range(len(t.tiles)):
            for q in range(p + 2, len(t.tiles)):
                if place[q] + 1 >= place[p] or not any(place[q] < place[m] < place[p] for m in range(p + 1, q)):
                    continue
                if _kept_neighbours(order, place, p, q) and _alike(t, p, q):
                    out.append(_drift(t, p, q))
        return out


def _kept_neighbours(order: list[int], place: dict[int, int], p: int, q: int) -> bool:
    """Whether q stands among the neighbours that p had, and p among those of q, one of each right beside it."""
    last = len(order) - 1

    def around(sequence: list[int] | range, n: int, width: int) -> set[int]:
        near = {n + k for k in range(-width, width + 1)} - {n}
        return {sequence[k] if 0 <= k <= last else (-1 if k < 0 else last + 1) for k in near} - {p, q}

    straight = range(len(order))
    here = around(straight, p, 1) & around(order, place[q], 2) | around(straight, p, 2) & around(order, place[q], 1)
    there = around(straight, q, 1) & around(order, place[p], 2) | around(straight, q, 2) & around(order, place[p], 1)
    return bool(here) and bool(there)


def _alike(t: Tiling, p: int, q: int) -> bool:
    """Whether each run stands behind the preposition of the other, owns what it owned, and is of a kind with it."""
    s, o, a, b, x, y = t.s, t.o, t.a, t.b, t.tiles[p], t.tiles[q]
    if _preposition(s, a, x.s) != _preposition(o, b, y.o) or _preposition(s, a, y.s) != _preposition(o, b, x.o):
        return False
    ends = t.in_source_words(p)[-1], t.in_source_words(q)[-1]
    if _owns(s, ends[0]) != _owns(o, t.in_output_words(q)[-1]) or _owns(s, ends[1]) != _owns(o, t.in_output_words(p)[-1]):
        return False
    groups = _GROUPS[s.pos[ends[0]]], _GROUPS[s.pos[ends[1]]]
    return groups[0] == groups[1] or not {"verb", "adjective"} & set(groups)


def _preposition(p: Parse, words: list[int], k: int) -> str:
    """The preposition that the content word number `k` stands right behind."""
    i = words[k]
    stop = words[k - 1] if k else i - _REACH
    for n in range(i - 1, max(stop, i - _REACH, -1), -1):
        if p.pos[n] in ("ADP", "SCONJ") or p.low[n] == "to":
            return p.low[n]
        if p.pos[n] == "VERB":
            break
    return ""


def _owns(p: Parse, i: int) -> bool:
    return i + 1 < len(p.low) and p.low[i + 1] in ("'s", "'")


def _drift(t: Tiling, p: int, q: int) -> Drift:
    s = t.s
    first, second = t.in_source_words(p), t.in_source_words(q)
    modify = s.dep[first[-1]] in ("amod", "nummod") and s.dep[second[-1]] in ("amod", "nummod")
    named = _GROUPS[s.pos[first[-1]]] in ("nominal", "verb") and not modify
    spans = s.span(first[0], second[-1]), t.o.span(t.in_output_words(q)[0], t.in_output_words(p)[-1])
    runs = TwoRuns(p, q, range(first[-1] + 1, second[0]))
    return Drift("roles" if named else "attribution", *spans, Reason.RUNS_EXCHANGED, evidence=runs)


@guard("In spring the inspector met the owner of the mill in Ulm.", "The owner of the mill met the inspector in Ulm, in spring.")
def mutual_relation(pair: SentencePair, drift: Drift, found: Sequence[Drift]) -> bool:
    """What stands between holds both ways round: «met», «similar to»."""
    return mutual(pair.s, drift.evidence.between)


@guard("Visitors came by cart or boat or van in May.", "In May visitors came by van or boat or cart.")
def members_of_a_list(pair: SentencePair, drift: Drift, found: Sequence[Drift]) -> bool:
    """The order of a list says nothing; but what each member's own words say may have changed places."""
    runs, t, s = drift.evidence, pair.tiling, pair.s
    ends = t.in_source_words(runs.first)[-1], t.in_source_words(runs.second)[-1]
    parted = any(s.pos[k] in ("VERB", "ADP", "SCONJ") or s.lemma[k] == "be" for k in runs.between)
    if parted and (_GROUPS[s.pos[ends[0]]] == "verb" or not _conjoined(s, *ends)):
        return False
    return not (_noun_phrase_kept(t, runs.first, runs.second) and _noun_phrase_kept(t, runs.second, runs.first))


def _conjoined(p: Parse, i: int, j: int) -> bool:
    """Whether j is a conjunct of i, however far down the list."""
    while p.dep[j] in ("conj", "compound", "amod", "nmod") and p.head[j] != j:
        j = p.head[j]
        if j == i:
            return True
    return False


def _noun_phrase_kept(t: Tiling, p: int, q: int) -> bool:
    """Whether the place of tile p, filled by q in the output, hangs on the same word of its noun phrase."""

    def around(parse: Parse, i: int) -> set[str]:
        near = {parse.key[c] for c in parse.children[i] if parse.dep[c] in _MODIFIERS}
        if parse.dep[i] in _MODIFIERS:
            near.add(parse.key[parse.head[i]])
        return near

    return bool(around(t.s, t.in_source_words(p)[-1]) & around(t.o, t.in_output_words(q)[-1]))


@guard(
    "Port authority of Vellmar - audit of the cranes, 2 February\n\nThe auditors inspected cranes 1 to 5.",
    "The audit of 2 February covered cranes 1-5 at Vellmar port.",
)
def below_a_heading(pair: SentencePair, drift: Drift, found: Sequence[Drift]) -> bool:
    """A blank line parts the runs, as it does a heading and its text, which the parse took for one sentence."""
    s, t = pair.s, pair.tiling
    first, last = (s.start[t.in_source_words(n)[0]] for n in (drift.evidence.first, drift.evidence.second))
    return "\n\n" in s.text[first:last]


@guard("Clara Brandt was hired in 1961 and Ruth Meyer in 1974.", "Ruth Meyer was hired in 1974, Clara Brandt in 1961.")
def parts_kept_whole(pair: SentencePair, drift: Drift, found: Sequence[Drift]) -> bool:
    """Each run still stands with the words that it stood with: two clauses told in the other order."""
    t, (p, q) = pair.tiling, (drift.evidence.first, drift.evidence.second)
    first, second = ((t.in_source_words(n)[-1], t.in_output_words(n)[-1]) for n in (p, q))
    return kept_company(pair, first, second)


@guard("The greatest danger of the new road is heavy traffic.", "Heavy traffic is the new road's greatest danger.")
def identity(pair: SentencePair, drift: Drift, found: Sequence[Drift]) -> bool:
    """«Is» joins the runs and one of them is a single thing: «the challenge is warming», «Paris is the capital»."""
    runs, s = drift.evidence, pair.s
    both = [pair.tiling.in_source_words(n) for n in (runs.first, runs.second)]
    if not all(h[1:2] == ["be"] and h[0] in ("agent", "attr") for h in (governors_of(s, run) for run in both)):
        return False
    said = [{s.low[c] for c in s.children[run_head(s, run)] if s.dep[c] in ("det", "poss")} for run in both]
    return not any(words & {"a", "an"} for words in said) and any(words - {"some", "no", "any"} for words in said)


@guard("The old form is signed before the new one is printed.", "Before the new form is printed, the old one is signed.")
def governors_kept(pair: SentencePair, drift: Drift, found: Sequence[Drift]) -> bool:
    """One of the runs hangs in the output where it hung in the source, and the other hung elsewhere."""
    runs, t = drift.evidence, pair.tiling
    return _kept(t, runs.first, runs.second) or _kept(t, runs.second, runs.first)


def _kept(t: Tiling, x: int, y: int) -> bool:
    here = governors_of(t.s, t.in_source_words(x))
    return here == governors_of(t.o, t.in_output_words(x)) != governors_of(t.s, t.in_source_words(y))


@guard("The heavier carts move less quickly than the lighter ones.", "The lighter carts move more quickly than the heavier ones.")
def turned_round_between(pair: SentencePair, drift: Drift, found: Sequence[Drift]) -> bool:
    """What stands between is turned round as well: «less rare than» to «more rare than», «before» to «after»."""
    s, o = pair.s, pair.o
    here, there = range(*s.sents[pair.i]), range(*o.sents[pair.j])
    mine, theirs = {s.low[k] for k in here}, {o.low[k] for k in there}
    compared = {o.key[k] for k in there if o.tag[k] in _COMPARATIVE}
    for k in drift.evidence.between:
        if s.tag[k] in _COMPARATIVE and any(opposite(s.key[k], key) for key in compared):
            return True
        for turned in TURNED:
            other = turned - {s.low[k]}
            if s.low[k] in turned and mine.isdisjoint(other) and other <= theirs:
                return True
    return False


@guard("Seal water tanks at night with resin - Clara", "Clara: water tanks are now kept sealed, resin (first half).")
def label_moved(pair: SentencePair, drift: Drift, found: Sequence[Drift]) -> bool:
    """One of the runs is set off by a dash or a colon, as a label before or behind a line."""
    sides = ((pair.s, drift.source), (pair.o, drift.output))
    return all(_LABELLED.search(p.text, *span) is not None or _LABELLED.match(p.text, span[1]) is not None for p, span in sides)
