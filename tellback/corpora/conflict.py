"""Edits that make a text say something else: one fact changed, grammatical and consistent throughout.

`substitute` puts another value of the same type in the place of every mention of one (after Longpre et al., arXiv
2109.05052, who substitute named entities of answers; here numbers, dates and identifiers too, partial mentions of a
name, and the article in front), `roles` exchanges who did it and to whom, `negation` inserts or removes one. The parser
is spaCy; every rule declines (returns nothing) where it is not sure, so an edit is what it says or there is none.
"""

# ruff: noqa: SIM905
from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from random import Random
from typing import Any

from tellback.corpora.substitutes import FIRST_NAMES, KINDS, PLACES, another
from tellback.language import inflection
from tellback.records import Span

SUBJECTS = {"I": "me", "he": "him", "she": "her", "they": "them", "we": "us"}
OBJECTS = {new: old for old, new in SUBJECTS.items()}
#: Verbs that mean the same with subject and object exchanged.
MUTUAL = set("meet marry resemble equal match join face fight accompany kiss contact touch".split())
#: Words whose sentence changes its sense or breaks when a negation comes or goes.
POLAR = set("any anyone anybody anything either neither nor none nobody ever yet until till unless only but hardly "
            "scarcely already some still also too almost even".split())  # fmt: skip
ANIMATE_ENTITIES = {"PERSON", "ORG", "NORP"}


@dataclass(frozen=True, slots=True)
class Edit:
    """The words `old` at `start` in the source, and the `new` words in their place."""

    start: int
    old: str
    new: str

    @property
    def end(self) -> int:
        return self.start + len(self.old)


def apply(text: str, edits: Iterable[Edit]) -> tuple[str, tuple[Span, ...]]:
    """`text` with the edits made, and their spans in it. Edits must not overlap and must quote the text."""
    parts, spans, at, length = [], [], 0, 0
    for edit in sorted(edits, key=lambda e: e.start):
        assert edit.start >= at and text[edit.start : edit.end] == edit.old, edit
        parts += [text[at : edit.start], edit.new]
        length += edit.start - at
        spans.append((length, length + len(edit.new)))
        length += len(edit.new)
        at = edit.end
    return "".join([*parts, text[at:]]), tuple(spans)


def substitute(text: str, start: int, end: int, kind: str, rng: Random) -> list[Edit]:
    """Edits that put another value of its kind in the place of text[start:end] at every mention; [] if none is known.

    A name of several words is also changed where only one of its words stands.
    """
    old = text[start:end]
    new = another(old, kind, rng, avoid=text)
    if new is None:
        return []
    words = {old: new}
    if kind == "name" and len(old.split()) == len(new.split()) > 1:
        words |= {a: b for a, b in zip(old.split(), new.split(), strict=True) if a != b and a[0].isupper()}
    mention = "|".join(rf"(?<![\w.]){re.escape(word)}(?![\w])(?!\.\w)" for word in sorted(words, key=len, reverse=True))
    edits = [_with_article(text, Edit(m.start(), m[0], words[m[0]])) for m in re.finditer(mention, text)]
    return [_with_possessive(text, edit) for edit in edits]


def _with_article(text: str, edit: Edit) -> Edit:
    before = re.search(r"\b([Aa]n?) $", text[: edit.start])
    if before is None:
        return edit
    right = inflection.article(edit.new)
    right = right.capitalize() if before[1][0] == "A" else right
    return edit if right == before[1] else Edit(before.start(), before[0] + edit.old, f"{right} {edit.new}")


def _with_possessive(text: str, edit: Edit) -> Edit:
    after = text[edit.end : edit.end + 2]
    if after[:1] in ("'", "’") and after[1:] != "s" and edit.old.endswith("s") and not edit.new.endswith("s"):
        return Edit(edit.start, edit.old + after[0], edit.new + after[0] + "s")
    return edit


def value_twin(text: str, rng: Random) -> str | None:
    """`text` with one of its values exchanged, drawn by `rng`: a number, date or amount, or a place or first name that is well known.
    None where it holds none. Nothing is parsed, so that thousands of texts are twinned in seconds."""
    from tellback.facts.extract import extract

    found = [(f.span, f.kind) for f in extract(text, fast=True).facts if f.kind in KINDS]
    for match in re.finditer(r"(?<=[a-z,;] )[A-Z][a-z]+", text):  # within a sentence: its first word's capital says nothing
        for kind, pools in (("place", PLACES), ("name", FIRST_NAMES)):
            if any(match[0] in pool for pool in pools):
                found.append((match.span(), kind))
    rng.shuffle(found)
    edits = next(filter(None, (substitute(text, *span, kind, rng) for span, kind in found)), None)
    return edits and apply(text, edits)[0]


def role_swaps(text: str) -> Iterator[list[Edit]]:
    """One edit for each active clause whose subject and object are both people, groups or pronouns for them."""
    for verb in _verbs(text):
        subject, target = _child(verb, "nsubj"), _child(verb, "dative") or _child(verb, "dobj")
        if subject is None or target is None or verb.lemma_ in MUTUAL or target.dep_ == "dative" and target.tag_ == "IN":
            continue
        left, right = _phrase(subject), _phrase(target)
        if left is None or right is None or not (left.end <= verb.i < right.start) or not _alike(subject, target):
            continue
        between = verb.doc[left.end : right.start]
        if len(between) > 5 or any(t.text in ",;:" or t.dep_ in ("conj", "cc") for t in between):
            continue
        agreed = inflection.agree(between, subject, target)
        if agreed is None:
            continue
        first = _cased(right, SUBJECTS, OBJECTS, capital=left[0].text[0].isupper() and left[0].is_sent_start)
        last = _cased(left, OBJECTS, SUBJECTS, capital=False)
        old = text[left.start_char : right.end_char]
        new = f"{first} {agreed} {last}"
        if new.lower() != old.lower():  # «he left him»
            yield [Edit(left.start_char, old, new)]


def negations(text: str) -> Iterator[list[Edit]]:
    """One edit for each main clause whose verb can lose its negation or take one."""
    for verb in _verbs(text, also=("AUX",)):
        clause = list(verb.subtree)
        if _child(verb, "nsubj") is None and _child(verb, "nsubjpass") is None:
            continue
        if any(t.lower_ in POLAR for t in clause) or any(t.dep_ == "det" and t.lower_ == "no" for t in clause):
            continue
        negative = [t for t in verb.children if t.dep_ == "neg"]
        auxiliaries = [t for t in verb.children if t.dep_ in ("aux", "auxpass") and t.i < verb.i]
        if len(negative) > 1 or any(t.tag_ == "TO" for t in auxiliaries) or verb.lemma_ == "say":
            continue
        subject = _child(verb, "nsubj") or _child(verb, "nsubjpass")
        if subject.i > min(t.i for t in (verb, *auxiliaries)):  # a question, or «Backward went the crab»
            continue
        edit = _affirm(text, verb, auxiliaries, negative[0]) if negative else _deny(text, verb, auxiliaries)
        if edit is not None:
            yield [edit]


def _affirm(text: str, verb: Any, auxiliaries: list[Any], negative: Any) -> Edit | None:
    """The edit that takes «not» out: «did not find» -> «found», «was not» -> «was»."""
    first = auxiliaries[0] if auxiliaries else verb
    group = verb.doc[min(first.i, verb.i) : max(verb.i, negative.i) + 1]
    inside = {t.i for t in (*auxiliaries, verb, negative)}
    if negative.lower_ not in ("not", "n't", "never") or first.i > negative.i and negative.lower_ != "never":
        return None
    if any(t.i not in inside and t.pos_ != "ADV" for t in group) or first.lower_ in ("ca", "wo", "sha"):
        return None
    words = [t.text for t in group if t.i != negative.i]
    if first.lemma_ == "do" and first.i != verb.i:
        form = inflection.finite(verb.lemma_, first.lower_)
        if form is None:
            return None
        words = [form if t.i == verb.i else t.text for t in group if t.i not in (negative.i, first.i)]
    start, end = min(group.start_char, negative.idx), group.end_char
    return Edit(start, text[start:end], " ".join(words))


def _deny(text: str, verb: Any, auxiliaries: list[Any]) -> Edit | None:
    """The edit that puts «not» in: «was» -> «was not», «found» -> «did not find»."""
    first = auxiliaries[0] if auxiliaries else verb
    if auxiliaries or verb.lemma_ == "be":
        if first.text.startswith(("'", "’")) or first.tag_ in ("VB", "VBG", "VBN"):
            return None
        end = verb.idx + len(verb)
        if end - first.idx > 40:
            return None
        return Edit(first.idx, text[first.idx : end], f"{first.text} not{text[first.idx + len(first) : end]}")
    support = {"VBD": "did", "VBZ": "does", "VBP": "do"}.get(verb.tag_)
    if support is None or verb.lemma_ in ("have", "do") or verb.pos_ != "VERB":
        return None
    return Edit(verb.idx, verb.text, f"{support} not {verb.lemma_}")


@lru_cache(maxsize=1)
def parser() -> Any:
    """spaCy's small English model, named entities included."""
    from tellback.language.parser import load_english

    return load_english()


@lru_cache(maxsize=256)
def parsed(text: str) -> Any:
    """The parse of `text`."""
    return parser()(text)


def _verbs(text: str, also: tuple[str, ...] = ()) -> Iterator[Any]:
    """Heads of main clauses that are no questions or quotations broken by a dash."""
    for token in parsed(text):
        ending = token.sent.text.rstrip("\"'” ")
        main = token.dep_ == "ROOT" or token.dep_ == "conj" and token.head.dep_ == "ROOT"
        if main and token.pos_ in ("VERB", *also) and ending.endswith((".", ";", "!")) and "--" not in token.sent.text:
            yield token


def _child(verb: Any, dep: str) -> Any:
    found = [t for t in verb.children if t.dep_ == dep]
    return found[0] if len(found) == 1 else None


def _phrase(head: Any) -> Any:
    """The whole noun phrase of `head` when it is short and plain, else None."""
    words = list(head.subtree)
    span = head.doc[words[0].i : words[-1].i + 1]
    plain = all(t.dep_ not in ("relcl", "acl", "appos", "cc", "conj", "punct") for t in words if t is not head)
    return span if len(span) == len(words) <= 5 and plain else None


def _alike(a: Any, b: Any) -> bool:
    def animate(token: Any) -> bool:
        if token.pos_ == "PRON":
            return token.text in SUBJECTS or token.lower_ in SUBJECTS or token.lower_ in OBJECTS
        return token.ent_type_ in ANIMATE_ENTITIES and token.pos_ == "PROPN"

    return animate(a) and animate(b) and a.text.lower() != b.text.lower()


def _cased(phrase: Any, to: dict[str, str], other: dict[str, str], capital: bool) -> str:
    """The phrase as a subject (`to` SUBJECTS) or as an object, with the capital that its place asks for."""
    text = phrase.text
    if len(phrase) == 1 and phrase[0].pos_ == "PRON":
        lower = text if text == "I" else text.lower()
        back = {v: k for k, v in to.items()}
        text = back.get(lower, lower)
        return text[0].upper() + text[1:] if capital else text
    if not capital and phrase[0].is_sent_start and phrase[0].pos_ != "PROPN":
        text = text[0].lower() + text[1:]
    return text[0].upper() + text[1:] if capital else text
