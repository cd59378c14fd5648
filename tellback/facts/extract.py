"""The facts of a text: values and identifiers by rule, and with the parser names and who did what to whom."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tellback.facts.kinds.identifiers import IDENTIFIERS
from tellback.facts.scan import Hard, hard_facts
from tellback.language.words import SMALL
from tellback.records import Fact, Span

if TYPE_CHECKING:
    from spacy.tokens import Doc

VALUES = ("number", "money", "percent", "ordinal", "date", "time")
RELATIONS = ("roles", "negation", "order", "quantifier", "attribution")
#: Every kind of fact that a text is read for.
KINDS = (*VALUES, *IDENTIFIERS, "quote", "name", *RELATIONS)

_LETTERS = re.compile(r"[^\W\d_]+")
_LEAST = 12  # words; a shorter text is taken for English when its letters are Latin


@dataclass(frozen=True)
class Extracted:
    """What was read from `text`. `facts` in the order of their spans: a repeated sentence's facts once, a name once.

    `mentions` holds every place of every value, identifier, quote and name (the facts' own places too), `owners` the
    number of each mention's fact in `facts`; `sentences` are character spans. `doc` is the parse, None when there is
    none. `unsupported` says what could not be read.
    """

    text: str = field(repr=False)
    facts: tuple[Fact, ...]
    mentions: tuple[Fact, ...] = field(repr=False)
    owners: tuple[int, ...] = field(repr=False)
    sentences: tuple[Span, ...] = field(repr=False)
    doc: Doc | None = field(default=None, repr=False)
    unsupported: str | None = None

    @property
    def relations(self) -> tuple[Fact, ...]:
        return tuple(f for f in self.facts if f.kind in RELATIONS)


def extract(text: str, *, fast: bool = False) -> Extracted:
    """The facts of `text`. With `fast`, and for what is not English prose, values, identifiers and quotes only."""
    hard = hard_facts(text)
    sentences = tuple(hard.folded.span(*span) for span in hard.sentences)
    unsupported = not_english(text)
    owned = _once(text, hard.facts)
    doc, stated = None, []
    if not (fast or unsupported or not text.strip()):
        from tellback.facts.relations import relations
        from tellback.language.parser import parse

        doc = parse(text)
        owned += _named(doc, hard, sentences)
        stated = relations(doc)
    owned.sort(key=lambda pair: pair[0].span)
    owners = dict.fromkeys(owner for _, owner in owned)
    facts = sorted((*owners, *stated), key=_place)
    number = {fact: i for i, fact in enumerate(facts)}
    return Extracted(
        text, tuple(facts), tuple(m for m, _ in owned), tuple(number[owner] for _, owner in owned), sentences, doc,
        unsupported,
    )  # fmt: skip


def _place(fact: Fact) -> tuple[Span, int]:
    return fact.span, KINDS.index(fact.kind)


def _once(text: str, facts: Sequence[Fact]) -> list[tuple[Fact, Fact]]:
    """(mention, fact) pairs: what a sentence repeats word for word is one fact, the first."""
    seen: dict[tuple[str, str, int, str], Fact] = {}
    out = []
    for fact in facts:
        sentence = text[slice(*fact.sentence)]
        mark = (fact.kind, fact.value, fact.span[0] - fact.sentence[0], sentence)
        out.append((fact, seen.setdefault(mark, fact) if len(sentence) > 12 else fact))
    return out


def _named(doc: Doc, hard: Hard, sentences: Sequence[Span]) -> list[tuple[Fact, Fact]]:
    """(mention, fact) pairs, one fact a name: a shorter mention belongs to the one longer name that holds it."""
    from tellback.facts.kinds.names import alias, names
    from tellback.language.sentences import Locator

    where = Locator(sentences)
    taken = sorted(fact.span for fact in hard.facts if fact.kind not in ("quote", "command"))
    found = names(doc, taken, sentences)
    by_word: dict[str, set[tuple[str, ...]]] = defaultdict(set)
    for name in found:
        for word in name.words:
            by_word[word].add(name.words)
    whole: dict[tuple[str, ...], tuple[str, ...]] = {}
    for words in {name.words for name in found}:
        held = set.intersection(*(by_word[w] for w in words)) - {words}
        longest = [other for other in held if not any(set(other) < set(third) for third in held)]
        whole[words] = longest[0] if len(longest) == 1 else words
    out: list[tuple[Fact, Fact]] = []
    first: dict[str, Fact] = {}
    for name in found:
        words = alias(whole[name.words])
        sentence = sentences[where.index(name.start)] if sentences else (0, 0)
        fact = Fact("name", f"name:{' '.join(words)}", " ".join(name.words), (name.start, name.end), sentence)
        out.append((fact, first.setdefault(fact.key, fact)))
    return out


def not_english(text: str) -> str | None:
    """Why `text` is not read as English prose, None where it is: its script, or too few of English's small words."""
    sample = text if len(text) < 40_000 else text[:20_000] + text[len(text) // 2 : len(text) // 2 + 20_000]
    words = _LETTERS.findall(sample)
    if not words:
        return None
    letters = "".join(words)
    strange = 0 if letters.isascii() else sum(ord(c) > 0x24F for c in letters)
    left_out = "only values, identifiers and quotes were read, no names and relations"
    if strange > 0.3 * len(letters):
        return f"not English: {strange / len(letters):.0%} of its letters are not Latin; {left_out}"
    share = sum(w.lower() in SMALL for w in words) / len(words)
    if len(words) >= _LEAST and share < 0.12:
        return f"not English prose: {share:.0%} of its words are small English words; {left_out}"
    return None
