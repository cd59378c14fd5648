"""Changes of what a sentence means, each as edits of runs of its words; which of them stand in the source, in the claim or
in both is decided elsewhere, so that no wording is a sign of an error by itself."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from benchmarks.entail_train.lexicon import shifts
from benchmarks.entail_train.vocabulary import CONTENT, Vocabulary
from tellback.corpora import conflict
from tellback.corpora.substitutes import another


@dataclass(frozen=True)
class Edit:
    """The words of tokens [first, last) become `text`; an empty run is an insertion before `first`."""

    first: int
    last: int
    text: str


@dataclass(frozen=True)
class Place:
    """A sentence to change: a spaCy span of document number `document`; `others` are sentences to borrow from."""

    sentence: Any
    document: int
    others: Sequence[Any]
    vocabulary: Vocabulary


Found = list[Edit]
_NUMBERS = {
    "CARDINAL": "number",
    "ORDINAL": "number",
    "DATE": "date",
    "TIME": "time",
    "MONEY": "money",
    "PERCENT": "percent",
}
_SHIFTS = [(re.compile(rf"(?<!\w){re.escape(a)}(?!\w)", re.IGNORECASE), b) for a, b in shifts()]
_CASES = {"he": "she they we", "she": "he they I", "they": "he she we", "him": "her them", "them": "him her us",
          "his": "her their our", "her": "his their", "their": "his our", "it": "they he", "i": "he they", "we": "they you"}  # fmt: skip


def entities(at: Place, rng: Random) -> Iterator[Found]:
    """Another name, number or date of its type."""
    for entity in at.sentence.ents:
        kind = _NUMBERS.get(entity.label_)
        new = another(entity.text, kind, rng, avoid=at.sentence.text) if kind and rng.random() < 0.6 else None
        new = new or at.vocabulary.entity(entity.label_, at.document, at.sentence.text, rng)
        if new:
            yield [Edit(entity.start, entity.end, new)]


def words(at: Place, rng: Random) -> Iterator[Found]:
    """Another noun, verb, adjective or adverb of like use."""
    yield from _each(at, lambda token: at.vocabulary.near(token, rng))


def opposites(at: Place, rng: Random) -> Iterator[Found]:
    yield from _each(at, lambda token: at.vocabulary.opposite(token, rng))


def shifted(at: Place, rng: Random) -> Iterator[Found]:
    """How sure, how many, when, how far."""
    for pattern, new in _SHIFTS:
        for match in pattern.finditer(at.sentence.text):
            yield from _run(at, match.start(), match.end(), new)


def denials(at: Place, rng: Random) -> Iterator[Found]:
    yield from _planted(at, conflict.negations)


def roles(at: Place, rng: Random) -> Iterator[Found]:
    yield from _planted(at, conflict.role_swaps)


def exchanges(at: Place, rng: Random) -> Iterator[Found]:
    """Two noun phrases in each other's place."""
    phrases = [p for p in at.sentence.noun_chunks if 1 <= len(p) <= 5 and p.root.pos_ in ("NOUN", "PROPN")]
    for a, b in ((a, b) for i, a in enumerate(phrases) for b in phrases[i + 1 :]):
        if a.root.lemma_ != b.root.lemma_ and not _joined(a.root, b.root):
            yield [Edit(a.start, a.end, b.text), Edit(b.start, b.end, a.text)]


def subjects(at: Place, rng: Random) -> Iterator[Found]:
    """Another subject, from elsewhere; of a pronoun another one."""
    for token in at.sentence:
        if token.lower_ in _CASES and token.pos_ == "PRON":
            yield [Edit(token.i, token.i + 1, rng.choice(_CASES[token.lower_].split()))]
        if token.dep_ in ("nsubj", "nsubjpass"):
            run = _subtree(token)
            theirs = [s for o in at.others for t in o if t.dep_ == token.dep_ and (s := _subtree(t)) and len(s) <= 6]
            if run and len(run) <= 8 and theirs and (new := rng.choice(theirs).text).lower() != run.text.lower():
                yield [Edit(run.start, run.end, new)]


def predicates(at: Place, rng: Random) -> Iterator[Found]:
    """What another sentence says, said of this subject."""
    mine = _predicate(at.sentence)
    theirs = [p for o in at.others if (p := _predicate(o)) is not None and 3 <= len(p) <= 18]
    if mine is not None and theirs:
        yield [Edit(mine.start, mine.end, rng.choice(theirs).text)]


def insertions(at: Place, rng: Random) -> Iterator[Found]:
    """A phrase or a clause from elsewhere, put in at the end or after a noun phrase."""
    wanted = ("prep", "advcl", "relcl", "acl", "appos", "npadvmod", "conj")
    theirs = [s for o in at.others for t in o if t.dep_ in wanted and (s := _subtree(t)) and 2 <= len(s) <= 10]
    theirs = [s for s in theirs if any(t.pos_ in CONTENT or t.pos_ in ("PROPN", "NUM") for t in s)]
    if theirs:
        new = rng.choice(theirs)
        end = at.sentence.end - (at.sentence[-1].is_punct)
        text = f"and {new.text}" if new.root.dep_ == "conj" else new.text
        yield [Edit(end, end, text)]
    quality = [t for o in at.others for t in o if t.dep_ == "amod" and t.is_alpha]
    plain = [t for t in at.sentence if t.pos_ == "NOUN" and not any(c.dep_ in ("amod", "compound") for c in t.children)]
    if quality and plain:
        token = rng.choice(plain)
        yield [Edit(token.i, token.i, rng.choice(quality).lower_)]


Changes = Callable[[Place, Random], Iterator[Found]]
#: generator -> how often it is drawn
CHANGES: dict[Changes, float] = {
    entities: 5, words: 6, opposites: 3, shifted: 2, denials: 2, roles: 0.7, exchanges: 1.5, subjects: 2, predicates: 1.5,
    insertions: 3,
}  # fmt: skip


def drawn(at: Place, rng: Random) -> Found | None:
    """One change; None where the sentence offers none."""
    for _ in range(4):
        of = rng.choices(list(CHANGES), list(CHANGES.values()))[0]
        found = list(of(at, rng))
        if found:
            return rng.choice(found)
    return None


def _each(at: Place, another_word: Callable[[Any], str | None]) -> Iterator[Found]:
    for token in at.sentence:
        if token.pos_ in CONTENT and token.is_alpha and not token.ent_type_ and (new := another_word(token)):
            yield [Edit(token.i, token.i + 1, new)]


def _planted(at: Place, of: Callable[[str], Iterator[list[conflict.Edit]]]) -> Iterator[Found]:
    for edits in of(at.sentence.text):
        runs = [next(_run(at, e.start, e.end, e.new), None) for e in edits]
        if all(runs):
            yield [edit for run in runs if run for edit in run]


def _run(at: Place, start: int, end: int, new: str) -> Iterator[Found]:
    """The edit of the tokens that make the sentence's characters [start, end)."""
    span = at.sentence.char_span(start, end, alignment_mode="expand")
    if span is not None and span.text == at.sentence.text[start:end]:
        yield [Edit(span.start, span.end, new)]


def _subtree(token: Any) -> Any | None:
    """The words that a token governs, where they stand together."""
    inside = list(token.subtree)
    span = token.doc[inside[0].i : inside[-1].i + 1]
    return span if len(span) == len(inside) else None


def _predicate(sentence: Any) -> Any | None:
    """From the main verb to the end, without the full stop."""
    root = sentence.root
    if root.pos_ not in ("VERB", "AUX") or not any(t.dep_ == "nsubj" and t.i < root.i for t in root.children):
        return None
    first = min([root.i, *(t.i for t in root.children if t.dep_ in ("aux", "auxpass", "neg"))])
    last = sentence.end - (1 if sentence[-1].is_punct else 0)
    return root.doc[first:last] if last > first else None


def _joined(a: Any, b: Any) -> bool:
    """Parts of one list, whose order says nothing."""
    return b.head is a or (b.dep_ in ("conj", "appos", "attr") and a in b.ancestors) or a.dep_ == "attr"
