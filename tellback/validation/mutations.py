"""One place of a text changed: every digit, negator, comparison, unit and proper name, one at a time.

The texts of data/mutated_texts.jsonl were written for this, in the forms that people bring: prose, logs, JSON, YAML, INI,
CSV, TSV, Markdown and code; each lists its proper names. Where a change goes is told by the patterns of this file alone,
none of which belongs to the code that is judged. What a change of has no meaning is left out by rule: the number of a list
item or heading, a bracket that compares nothing (`->`, `=>`, `<name@host>`), «No.» before a number.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from importlib import resources

from tellback.records import Span
from tellback.validation import mutation_tables as tables

KINDS = ("digit", "negator", "comparison", "unit", "name")
FORMATS = ("prose", "log", "json", "yaml", "ini", "csv", "tsv", "markdown", "code")


@dataclass(frozen=True, slots=True)
class FormText:
    """One text: its form (of FORMATS) and the proper names that stand in it."""

    id: str
    format: str
    text: str = field(repr=False)
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Mutation:
    """`text` with the characters of `span` replaced by `new`; an empty span or `new` adds or takes words."""

    text_id: str
    format: str
    kind: str
    text: str = field(repr=False)
    span: Span
    new: str

    @property
    def output(self) -> str:
        return self.text[: self.span[0]] + self.new + self.text[self.span[1] :]

    @property
    def written(self) -> Span:
        """Where the new words stand in `output`."""
        return self.span[0], self.span[0] + len(self.new)

    def __str__(self) -> str:
        start, end = self.span
        before, after = self.text[max(0, start - 25) : start], self.text[end : end + 25]
        return " ".join(f"{self.text_id} {self.kind}: {before}[{self.text[start:end]} -> {self.new}]{after}".split())


@lru_cache(maxsize=1)
def texts() -> tuple[FormText, ...]:
    """The shipped texts, in the order of their file."""
    path = resources.files("tellback.validation").joinpath("data/mutated_texts.jsonl")
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return tuple(FormText(r["id"], r["format"], r["text"], tuple(r.get("names", ()))) for r in rows)


def mutations(text: FormText) -> list[Mutation]:
    """Every change of one place of `text`, in the order of KINDS, then of the places; the same every time."""
    found = {
        "digit": _digits(text), "negator": _negators(text), "comparison": _comparisons(text), "unit": _units(text),
        "name": _names(text),
    }  # fmt: skip
    assert tuple(found) == KINDS
    return [
        Mutation(text.id, text.format, kind, text.text, span, new)
        for kind, changes in found.items()
        for span, new in sorted(set(changes))
        if text.text[slice(*span)] != new
    ]


Change = tuple[Span, str]
_LISTED = re.compile(r"^[ \t]*(?:#+[ \t]+)?\d+[.)][ \t]", re.MULTILINE)
_HEADING = re.compile(r"^#+[ \t]+[\d.]+", re.MULTILINE)


def _digits(text: FormText) -> Iterator[Change]:
    """Each digit as another one; the first of a number does not become 0, and one digit alone may."""
    numbering = [m.span() for rule in (_LISTED, _HEADING) for m in rule.finditer(text.text)]
    if text.format not in ("prose", "markdown"):
        numbering = []
    for match in re.finditer(r"[0-9]", text.text):
        at = match.start()
        if any(start <= at < end for start, end in numbering):
            continue
        first = at == 0 or not text.text[at - 1].isdigit()
        new = (int(match[0]) + 1 + at % 8) % 10
        yield (at, at + 1), str(new or 1 + (match[0] == "1") if first else new)


def _negators(text: FormText) -> Iterator[Change]:
    """Each denial taken away, one added where an auxiliary takes it, and each boolean as its opposite."""
    rules = tables.CODE_NEGATORS if text.format == "code" else tables.NEGATORS
    for pattern, new in rules:
        for match in pattern.finditer(text.text):
            yield match.span(), match.expand(new)
    if text.format != "prose":
        for match in tables.BOOLEAN.finditer(text.text):
            yield match.span(), tables.OPPOSITE[match[0]]


def _comparisons(text: FormText) -> Iterator[Change]:
    for match in tables.OPERATOR.finditer(text.text):
        for new in tables.OTHER_OPERATORS[match[0].strip()]:
            yield match.span(), new
    for match in tables.COMPARING.finditer(text.text):
        new = tables.OTHER_COMPARISON[match[0].lower()]
        yield match.span(), new.capitalize() if match[0][0].isupper() else new


def _units(text: FormText) -> Iterator[Change]:
    for match in tables.UNIT.finditer(text.text):
        money = text.text[match.start() - 1 : match.start()] in tuple("$€£")
        yield match.span("unit"), (tables.OTHER_MONEY if money else tables.OTHER_UNIT)[match["unit"]]
    signs = () if text.format == "code" else (tables.CURRENCY,)  # `$1` is a variable there
    for rule in (*signs, tables.HEADER_UNIT, tables.RATE):
        for match in rule.finditer(text.text):
            yield match.span(1), tables.OTHER_UNIT[match[1]]


def _names(text: FormText) -> Iterator[Change]:
    """Each place of each listed name, the longest first, as a name of as many words that the text does not have."""
    if not text.names:
        return
    listed = "|".join(re.escape(name) for name in sorted(text.names, key=lambda name: (-len(name), name)))
    for match in re.finditer(rf"(?<!\w)(?:{listed})(?!\w)", text.text):
        yield match.span(), _another(match[0], match.start(), text.text)


def _another(name: str, at: int, text: str) -> str:
    pool: Sequence[str] = [new for new in tables.NAMES[min(3, len(name.split()))] if new not in text]
    new = pool[at % len(pool)]
    return new.lower() if name.islower() else new
