"""Pairs of a source window and a claim, with the words of the claim that the window does not support.

A change of meaning is made in the claim alone, in the source alone, or in both: the last one is no error, so that a model
must compare and cannot learn how changed sentences look.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from benchmarks.entail_train.changes import Edit, Place, drawn
from benchmarks.entail_train.dialogue import can_be_told, speakers, told_of
from benchmarks.entail_train.rewordings import Word, Words, reworded, said
from benchmarks.entail_train.vocabulary import CONTENT, Vocabulary
from tellback.validation.plantings import DETECTED_BY, HARMLESS, RELATIONS, planted

SHORTEST, LONGEST = 6, 42  # tokens of a sentence that becomes a claim
WINDOWS = (60, 80, 120)  # tokens of a source window at most, one of these


@dataclass(frozen=True)
class Pair:
    """`wrong`: characters of the claim that the source does not support; empty for a faithful claim, None where something is
    unsupported and nobody marked what."""

    source: str
    claim: str
    wrong: tuple[tuple[int, int], ...] | None

    @property
    def faithful(self) -> bool:
        return self.wrong is not None and not self.wrong


def pairs(docs: Sequence[Any], vocabulary: Vocabulary, seed: int) -> Iterator[Pair]:
    """One pass over all sentences of the documents, in an order drawn with `seed`; other passes make other pairs."""
    rng = Random(seed)
    every = [list(doc.sents) for doc in docs]
    places = [(d, i) for d, sentences in enumerate(every) for i, s in enumerate(sentences) if _fits(s)]
    rng.shuffle(places)
    for d, i in places:
        stranger = every[rng.randrange(len(every))]
        pair = _pair(every[d], i, d, stranger, vocabulary, rng)
        if pair is not None:
            yield pair


def hand_made() -> list[Pair]:
    """What people changed in the public-domain passages: rewordings, exchanged roles, denials, orders."""
    out = []
    for planting in planted((*HARMLESS, *RELATIONS, "replaced")):
        first, last = _sentence(planting.output, planting.output_spans[0][0], planting.output_spans[-1][1])
        claim, harmless = planting.output[first:last], not DETECTED_BY[planting.kind]
        a, b = planting.source_spans[0][0], planting.source_spans[-1][1]
        start, end = _sentence(planting.source, max(0, a - 150), min(len(planting.source), b + 150))
        spans = () if harmless else tuple((s - first, e - first) for s, e in planting.output_spans)
        if len(claim) < 400 and end - start < 700 and claim.strip():
            out.append(Pair(planting.source[start:end].strip(), claim, spans))
    return out


def _pair(
    sentences: Sequence[Any], i: int, document: int, stranger: Sequence[Any], vocabulary: Vocabulary, rng: Random
) -> Pair | None:
    sentence, window = sentences[i], _window(sentences, i, rng)
    near = [s for k, s in enumerate(sentences) if k not in window]
    others = near if near and rng.random() < 0.5 else stranger
    if rng.random() < 0.12:
        return _foreign(sentence, [s for s in others if s is not sentence], rng)
    if len(window) > 1 and rng.random() < 0.2:  # who did what, of those that the window names
        others = [sentences[k] for k in window if k != i]
    at = Place(sentence, document, others, vocabulary)
    mine: list[Edit] = []  # in the source
    words = _words(sentence)
    taken: set[int] = set()
    for _ in range(rng.choices((0, 1, 2), (0.3, 0.5, 0.2))[0]):
        edits = drawn(at, rng)
        run = {k for e in edits or () for k in range(e.first, max(e.last, e.first + 1))}
        if not edits or run & taken:
            continue
        taken |= run
        side = rng.choices(("both", "claim", "source"), (0.25, 0.5, 0.25))[0]
        if side != "claim":
            mine += edits
        words = _edited(words, edits, side)
    said_by = _speakers(sentence, window, i, rng)
    source = " ".join(said_by.get(k, "") + _text(sentences[k], mine if k == i else []) for k in sorted(window))
    claim = reworded(words, vocabulary, rng)
    if said_by:
        name = said_by[i][:-2]
        wrong = rng.random() < 0.2
        claim = told_of(claim, rng.choice([n for n in (*(x[:-2] for x in said_by.values()), *speakers(rng, 2)) if n != name]) if wrong
                        else name, wrong, rng)  # fmt: skip
    elif i + 1 in window and rng.random() < 0.15 and _fits(sentences[i + 1]) and len(claim) < 25:
        claim = [
            *claim[: len(claim) - 1],
            Word(rng.choice((", and", ";", ", while")), True, None),
            *_words(sentences[i + 1]),
        ]
    text, wrong = said(claim)
    return Pair(source, text[:1].upper() + text[1:], tuple(wrong)) if len(text) > 12 else None


def _speakers(sentence: Any, window: set[int], i: int, rng: Random) -> dict[int, str]:
    """Sentence of the window -> «Name: », where this one can be told of who says it."""
    if not can_be_told(sentence) or rng.random() < 0.3:
        return {}
    names = speakers(rng, 2)
    return {k: f"{names[0] if k == i else rng.choice(names)}: " for k in sorted(window)}


def _foreign(claim: Any, sentences: Sequence[Any], rng: Random) -> Pair | None:
    """A sentence beside those of the others that share most words with it: what they lack is not supported."""
    mine = _lemmas(claim)
    best = sorted(sentences, key=lambda s: -len(mine & _lemmas(s)))[:2]
    held = {t.lemma_.lower() for s in best for t in s}
    text, wrong = said([
        Word(t.text, bool(t.whitespace_), t, t.pos_ in (*CONTENT, "PROPN", "NUM") and t.lemma_.lower() not in held) for t in claim
    ])  # fmt: skip
    rng.shuffle(best)
    source = " ".join(" ".join(s.text.split()) for s in best)
    return Pair(source, text, tuple(wrong)) if source and len(wrong) >= 2 else None


def _window(sentences: Sequence[Any], i: int, rng: Random) -> set[int]:
    """The sentence, up to two neighbours and up to two sentences from elsewhere."""
    wanted = [i, *rng.choice(([], [i + 1], [i - 1], [i - 1, i + 1], [i + 1, i + 2], [i - 2, i - 1]))]
    wanted += [rng.randrange(len(sentences)) for _ in range(rng.choice((0, 0, 1, 2)))]
    out, n, most = set[int](), 0, rng.choice(WINDOWS)
    for k in wanted:
        if 0 <= k < len(sentences) and (k == i or n + len(sentences[k]) <= most):
            out.add(k)
            n += len(sentences[k])
    return out


def _words(sentence: Any) -> Words:
    return [Word(t.text, bool(t.whitespace_) or t.i + 1 == sentence.end, t) for t in sentence if not t.is_space]


def _edited(words: Words, edits: Sequence[Edit], side: str) -> Words:
    """The claim's words: with the edits, or, where only the source has them, with what it had marked as wrong."""
    for edit in edits:
        inside = [k for k, w in enumerate(words) if w.token is not None and edit.first <= w.token.i < edit.last]
        if side == "source":
            words = [Word(w.text, w.space, w.token, w.bad or k in inside) for k, w in enumerate(words)]
            continue
        at = (
            inside[0]
            if inside
            else next((k for k, w in enumerate(words) if w.token is not None and w.token.i >= edit.first), len(words))
        )
        new = [Word(x, True, None, side == "claim") for x in edit.text.split()]
        if new and inside:
            new[-1] = Word(new[-1].text, words[inside[-1]].space, None, new[-1].bad)
        elif new and at > 0:
            words = [
                *words[: at - 1],
                Word(words[at - 1].text, True, words[at - 1].token, words[at - 1].bad),
                *words[at:],
            ]
            if at == len(words) or words[at].text in (".", "!", "?"):
                new[-1] = Word(new[-1].text, False, None, new[-1].bad)
        last = inside[-1] + 1 if inside else at
        words = [*words[:at], *new, *words[last:]]
    return words


def _text(sentence: Any, edits: Sequence[Edit]) -> str:
    return " ".join(said(_edited(_words(sentence), edits, "both"))[0].split())


def _fits(sentence: Any) -> bool:
    n = sum(not t.is_space for t in sentence)
    verb = any(t.pos_ in ("VERB", "AUX") for t in sentence)
    subject = any(t.dep_ in ("nsubj", "nsubjpass") for t in sentence)
    return SHORTEST <= n <= LONGEST and verb and subject and sum(t.is_alpha for t in sentence) > 0.7 * n


def _lemmas(sentence: Any) -> set[str]:
    return {t.lemma_.lower() for t in sentence if t.pos_ in (*CONTENT, "PROPN")}


def _sentence(text: str, start: int, end: int) -> tuple[int, int]:
    """The sentences around [start, end), by full stops."""
    first = max((text.rfind(stop, 0, start) + 2 for stop in (". ", "! ", "? ", ".\n")), default=0)
    ends = [k + 1 for stop in (". ", "! ", "? ", ".\n") if (k := text.find(stop, max(start, end - 1))) >= 0]
    return max(first, 0) if first > 1 else 0, min(ends, default=len(text))
