"""Harmless changes that look like a finding of any rule."""

from __future__ import annotations

from collections.abc import Sequence

from tellback.compare.binding.bounds import parts_of_whole
from tellback.compare.rules.base import Drift, guard
from tellback.compare.sentences.denials import of_none_but
from tellback.compare.sentences.pair import SentencePair
from tellback.compare.sentences.surroundings import of_the_rest as of_rest
from tellback.language.lexicon import NEGATORS


@guard(
    "The report of the harbour board says that ferries are not a suitable boat for children in a storm. The report also "
    "cites several reasons why ferries are not strong enough to protect anyone. In the end the board advises against "
    "ferries as school boats.",
    "report harbour board says ferries not suitable boat children in storm The report cites several reasons ferries not "
    "strong protect anyone In end, board advises against ferries school boats",
)
def words_left_out(pair: SentencePair, drift: Drift, found: Sequence[Drift]) -> bool:
    """The output's sentence is several of the source run together by leaving words out; what its parse says is nothing.
    A «not» of the source that is gone, though, is gone."""
    words = pair.telegraphic.words_in(pair.j, drift.output)
    if drift.kind == "negation" and not any(pair.o.low[k] in NEGATORS for k in words):
        return False
    return pair.telegraphic.run_together(pair.j, words)


@guard("Has the porter locked the iron gate of the park?", "The porter has not locked the iron gate of the park.")
def only_asked(pair: SentencePair, drift: Drift, found: Sequence[Drift]) -> bool:
    """What is asked is not stated, so that nothing contradicts it."""
    asked = ["?" in p.low[slice(*p.sents[n])] for p, n in ((pair.s, pair.i), (pair.o, pair.j))]
    return drift.kind == "negation" and asked[0] != asked[1]


@guard("Only 30% of the crew voted.", "70% of the crew did not vote.")
def of_the_rest(pair: SentencePair, drift: Drift, found: Sequence[Drift]) -> bool:
    """Each side counts its own part of a whole: of the rest the contrary is so."""
    if drift.kind != "negation":
        return False
    return of_rest(pair.s, pair.s.sents[pair.i][0], pair.o, pair.o.sents[pair.j][0])


@guard("Groups of fewer than four people cannot book the tour.", "The tour can be booked by groups of at least four.")
def of_the_other_side(pair: SentencePair, drift: Drift, found: Sequence[Drift]) -> bool:
    """One side denies of what lies beyond a bound what the other says of what the bound leaves."""
    if drift.kind not in ("negation", "quantifier"):
        return False
    sides = ((pair.s, pair.s.sents[pair.i]), (pair.o, pair.o.sents[pair.j]))
    denied = [any(word in NEGATORS for word in p.low[a:b]) for p, (a, b) in sides]
    return denied[0] != denied[1] and parts_of_whole(*(p.text[slice(*p.span(a, b - 1))] for p, (a, b) in sides))


@guard("Nobody but the porter knew the code.", "The porter knew the code.")
def all_others(pair: SentencePair, drift: Drift, found: Sequence[Drift]) -> bool:
    """«Nobody but the porter» on one side: of the porter the contrary is said."""
    return drift.kind == "negation" and of_none_but(pair.s, pair.i, pair.o, pair.j)
