"""The options of a probe: where an answer's words stand, what type it has, and others of its type that the text does not hold."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from dataclasses import replace

from tellback.facts.fold import fold
from tellback.records import Document

K = 4  # options of a probe, where the benchmark does not bring its own


def find_words(text: str, words: str) -> tuple[int, int] | None:
    """Where `words` stand in `text` as whole words («Paris» is not in «Parisian», nor 15 in 1,500); None if nowhere.

    Full-width letters, curly quotes and odd spaces are as plain ones; letters of another script are other letters.
    """
    folded, words = fold(text), fold(words).text
    edge = r"(?<![\w.,]){}(?![\w]|[.,]\d)" if words[:1].isdigit() else r"(?<!\w){}(?!\w)"
    found = re.search(edge.format(re.escape(words)), folded.text, re.IGNORECASE) if words else None
    return folded.span(*found.span()) if found else None


def answer_type(answer: str) -> str:
    """A coarse type of an answer, so that options are of one type: year, number, name or phrase."""
    if re.fullmatch(r"1\d{3}|20\d{2}", answer):
        return "year"
    if re.search(r"\d", answer):
        return "number"
    words = [w for w in answer.split() if w.lower() not in ("the", "of", "and", "a", "de", "von")]
    return "name" if words and all(w[:1].isupper() for w in words) else "phrase"


def question_type(question: str, answer: str) -> str:
    """The type of an answer as its question tells it (person, place, date, amount), else as its words do."""
    for kind, asks in _ASKS.items():
        if re.search(asks, question, re.IGNORECASE):
            return kind
    return answer_type(answer)


_ASKS = {
    "date": r"\bwhen\b|\b(?:what|which|in what|in which) (?:year|century|decade|month|date|day)\b",
    "amount": r"\bhow (?:many|much|long|large|big|far|old|tall|high)\b|\bwhat (?:percentage|percent|number)\b",
    "place": r"\bwhere\b|\b(?:what|which) (?:\w+ )?(?:country|city|state|region|continent|town|river|county|place)\b",
    "person": r"^\W*(?:\w+ )?(?:who|whom|whose)\b",
}


def draw(values: Sequence[str], n: int, taken: Sequence[str], text: str, rng: random.Random) -> list[str]:
    """Up to `n` of `values`, in random order: none stands in `text`, and none is within another or one of `taken`."""
    plain = fold(text).text.casefold()
    held = [fold(t).text.casefold() for t in taken]
    out: list[str] = []
    for value in rng.sample(values, len(values)):
        if len(out) == n:
            break
        words = fold(value).text.casefold()
        if words in plain and find_words(text, value) or any(words in t or t in words for t in held):
            continue
        out.append(value)
        held.append(words)
    return out


def with_options(documents: Sequence[Document], seed: int) -> list[Document]:
    """Probes with fewer than K options get answers of the same kind from other documents."""
    values: dict[str, dict[str, None]] = {}
    for d in documents:
        for p in d.probes:
            values.setdefault(p.fact.kind, {}).update(dict.fromkeys([p.fact.value]))
    closed = {"choice", "conflict", "unanswerable", "roles", "conflictqa-strategyqa", "yes or no"}  # a benchmark's own options
    out = []
    for d in documents:
        probes = []
        for p in d.probes:
            if len(p.options) < K and p.fact.kind not in closed:
                rng = random.Random(f"options-{seed}-{p.id}")
                taken = [form for o, forms in p.options.items() for form in (o, *forms)]
                drawn = draw(list(values[p.fact.kind]), K - len(p.options), taken, d.text, rng)
                p = replace(p, options=dict(p.options) | {v: () for v in drawn})
            probes.append(p)
        out.append(replace(d, probes=tuple(probes)))
    return out
