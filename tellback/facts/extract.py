"""The facts of a text: values and identifiers by rule, and with the parser names and who did what to whom."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tellback.facts.kinds.base import Value
from tellback.facts.kinds.names import NAME, alias
from tellback.facts.kinds.table import KIND
from tellback.facts.scan import Scanned, scan
from tellback.language.layout import layout
from tellback.language.speakers import without_cues, without_tags
from tellback.language.words import SMALL
from tellback.records import Fact, Span

if TYPE_CHECKING:
    from spacy.tokens import Doc

RELATIONS = ("roles", "negation", "order", "quantifier", "attribution")
#: Every kind of fact that a text is read for.
KINDS = (*KIND, *RELATIONS)
_ORDER = {name: i for i, name in enumerate(KINDS)}

_LETTERS = re.compile(r"[^\W\d_]+")
_LEAST = 12  # words; a shorter text is taken for English when its letters are Latin


@dataclass(frozen=True)
class Extracted:
    """What was read from `text`. `facts` in the order of their spans: a repeated sentence's facts once, a name once.

    `mentions` holds every place of every value, identifier, quote and name (the facts' own places too), `values` what
    each of them says, `owners` the number of each mention's fact in `facts`; `sentences` are character spans. `doc` is the parse, None when there is
    none. `unsupported` says what could not be read.
    """

    text: str = field(repr=False)
    facts: tuple[Fact, ...]
    mentions: tuple[Fact, ...] = field(repr=False)
    values: tuple[Value, ...] = field(repr=False)
    owners: tuple[int, ...] = field(repr=False)
    sentences: tuple[Span, ...] = field(repr=False)
    doc: Doc | None = field(default=None, repr=False)
    unsupported: str | None = None

    @property
    def relations(self) -> tuple[Fact, ...]:
        return tuple(f for f in self.facts if f.kind in RELATIONS)


def extract(text: str, *, fast: bool = False) -> Extracted:
    """The facts of `text`. With `fast`, and for what is not English prose, values, identifiers and quotes only."""
    plain = without_tags(without_cues(text))
    unsupported = not_english(plain)
    scanned = scan(plain, prose=not unsupported)
    sentences = tuple(scanned.folded.span(*span) for span in scanned.sentences)
    owned = _once(text, scanned)
    doc, stated = None, []
    if not (fast or unsupported or not text.strip()):
        from tellback.facts.relations import relations
        from tellback.language.parser import parse

        doc = parse(plain)
        owned += _named(doc, scanned, sentences)
        stated = [fact for fact in relations(doc) if not _in_a_row(text, fact)]
    owned.sort(key=lambda owned: owned[0].span)
    owners = dict.fromkeys(owner for _, _, owner in owned)
    facts = sorted((*owners, *stated), key=_place)
    number = {fact: i for i, fact in enumerate(facts)}
    return Extracted(
        text,
        tuple(facts),
        tuple(mention for mention, _, _ in owned),
        tuple(value for _, value, _ in owned),
        tuple(number[owner] for _, _, owner in owned),
        sentences,
        doc,
        unsupported,
    )


def _in_a_row(text: str, fact: Fact) -> bool:
    """Whether a parser took the cells of a table for a sentence."""
    cell = layout(text).at(fact.span[0])
    return cell is not None and cell.row is not None


def _place(fact: Fact) -> tuple[Span, int]:
    return fact.span, _ORDER[fact.kind]


Owned = tuple[Fact, Value, Fact]  # a mention, what it says, the fact that it is a mention of


def _once(text: str, scanned: Scanned) -> list[Owned]:
    """What a sentence repeats word for word is one fact, the first."""
    seen: dict[tuple[str, str, int, str], Fact] = {}
    out = []
    for fact, value in zip(scanned.facts, scanned.values, strict=True):
        sentence = text[slice(*fact.sentence)]
        mark = (fact.kind, fact.value, fact.span[0] - fact.sentence[0], sentence)
        out.append((fact, value, seen.setdefault(mark, fact) if len(sentence) > 12 else fact))
    return out


def _named(doc: Doc, scanned: Scanned, sentences: Sequence[Span]) -> list[Owned]:
    """One fact a name: a shorter mention belongs to the one longer name that holds it."""
    from tellback.language.sentences import Locator

    where = Locator(sentences)
    taken = sorted(fact.span for fact in scanned.facts if not KIND[fact.kind].holds_facts)
    found = NAME.find_in_doc(doc, taken, sentences)
    by_word: dict[str, set[tuple[str, ...]]] = defaultdict(set)
    for name in found:
        for word in name.words:
            by_word[word].add(name.words)
    whole: dict[tuple[str, ...], tuple[str, ...]] = {}
    for words in {name.words for name in found}:
        held = set.intersection(*(by_word[w] for w in words)) - {words}
        longest = [other for other in held if not any(set(other) < set(third) for third in held)]
        whole[words] = longest[0] if len(longest) == 1 else words
    out: list[Owned] = []
    first: dict[str, Fact] = {}
    for name in found:
        value = NAME.value(name.words)
        key = f"{NAME.name}:{NAME.value(alias(whole[name.words]))}"
        sentence = sentences[where.index(name.start)] if sentences else (0, 0)
        fact = Fact(NAME.name, key, str(value), (name.start, name.end), sentence)
        out.append((fact, value, first.setdefault(key, fact)))
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
    cells = sum(cell.end - cell.start for cell in layout(text).cells)
    if cells > 0.5 * len(text):
        return f"no prose: a table or settings; {left_out}"
    share = sum(w.lower() in SMALL for w in words) / len(words)
    if len(words) >= _LEAST and share < 0.12:
        return f"not English prose: {share:.0%} of its words are small English words; {left_out}"
    return None
