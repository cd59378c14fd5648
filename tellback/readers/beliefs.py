"""Which replaced facts are what a model believes: then the compressor has overwritten the source, not just erred.

A belief is measured without the source: the words that lead up to the value, and after them the likelihood of the
source's value, of the output's, and of other values of the same kind, so that a guess seldom hits.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from tellback.audit.findings import Audit, Finding

if TYPE_CHECKING:
    from tellback.models.decoder import Decoder

LEAST, MOST = 4, 8  # options of one question; with fewer a model is right or wrong by chance too often
LEAD = 300  # characters before a value
Score = Callable[[Sequence[str], Sequence[Sequence[str]]], list[list[float]]]


def split(audit: Audit, decoder: Decoder) -> Audit:
    """`audit` with those replaced facts as overwritten whose new value the LM of `decoder` holds for likeliest.

    Facts for which there are not LEAST options stay replaced, and say so.
    """
    if not any(f.outcome == "replaced" for f in audit.facts):
        return audit
    return split_by(audit, scorer(decoder), decoder.lm.name)


def scorer(decoder: Decoder) -> Score:
    """(questions, options) -> the options' log-probabilities after each question, without any source."""
    from tellback.models.belief import score_closed

    def score(questions: Sequence[str], options: Sequence[Sequence[str]]) -> list[list[float]]:
        asked = [decoder.question_ids(q) for q in questions]
        return score_closed(decoder, asked, [[decoder.lm.ids(o) for o in given] for given in options])

    return score


def split_by(audit: Audit, score: Score, name: str) -> Audit:
    """`audit` with those replaced facts as overwritten whose new value the model called `name` holds for likeliest.

    Facts for which there are not LEAST options stay replaced, and say so."""
    places = [
        i for i, f in enumerate(audit.facts) if f.outcome == "replaced" and f.source_span and f.source and f.output
    ]
    facts = list(audit.facts)
    asked = [(i, _lead(audit.source, facts[i]), options(audit, facts[i])) for i in places]
    few = [i for i, lead, found in asked if len(found) < LEAST or not lead]
    asked = [row for row in asked if row[0] not in set(few)]
    found = score([lead for _, lead, _ in asked], [[" " + o for o in given] for _, _, given in asked])
    for i in few:
        facts[i] = replace(facts[i], why=f"{facts[i].why}; too few values to ask {name} for its belief")
    for (i, _, given), log_p in zip(asked, found, strict=True):
        believed = given[max(range(len(given)), key=log_p.__getitem__)]
        if believed == facts[i].output:
            facts[i] = replace(facts[i], outcome="overwritten", why=f"{facts[i].why}; {name} believes so too")
        else:
            facts[i] = replace(facts[i], why=f"{facts[i].why}; {name} believes {believed}")
    return replace(audit, facts=tuple(facts))


def options(audit: Audit, fact: Finding) -> list[str]:
    """The source's value, the output's, and other values of the kind from both texts, the same ones each time."""
    assert fact.source is not None and fact.output is not None
    others = {
        words
        for f in (*audit.facts, *audit.added)
        if f.kind == fact.kind
        for words in (f.source, f.output)
        if words and words not in (fact.source, fact.output)
    }
    drawn = sorted(others)
    random.Random(f"{fact.source}\0{fact.output}").shuffle(drawn)
    return [fact.source, fact.output, *drawn[: MOST - 2]]


def _lead(text: str, fact: Finding) -> str:
    """The words before the value, from the start of a sentence or line near by."""
    start = fact.source_span[0] if fact.source_span else 0
    before = text[max(0, start - LEAD) : start]
    cut = max(before.rfind(". "), before.rfind("\n")) if len(before) == LEAD else -1
    return before[cut + 1 :].strip()
