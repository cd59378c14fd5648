"""The passages: short real English with facts that language models believe otherwise, and a reader that finds them.

Each row is one passage with its facts; a fact has cues (words of which a sentence must hold one to speak about it) and
options (the values of one type that it could take, with the words that say each). That is all the reader needs, so it
works on text that was shortened, joined or reworded, and on rows of your own.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from importlib import resources
from typing import Any, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field

from tellback.config import parse
from tellback.errors import UsageError
from tellback.records import Corpus, Document, Fact, Probe, Span

SETS = ("passages-conflict", "passages-agree", "passages-neutral")
WINDOW = 14  # words between a cue and a value, at most: text that lost its full stops is one long sentence


class FactRow(BaseModel):
    """One fact of a passage, as its JSON row has it."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    kind: str = Field(min_length=1, description="colour, place, number ...; of relations: roles, negation or order")
    asks: Literal["qa_i", "qa_ii"] = Field(description="qa_i for a value, qa_ii for a relation")
    set: str = Field(min_length=1, description="the probe set that it belongs to")
    sentence: str = Field(min_length=1, description="the sentence of the text that states it, word for word")
    value: str = Field(min_length=1, description="the words of the sentence that carry the value; one of the options")
    cues: list[str] = Field(min_length=1, description="words of which a sentence must hold one to speak about it")
    question: str = Field(min_length=1, description="a prompt that an LM completes with the value")
    options: dict[str, list[str]] = Field(min_length=2, description="each value -> the words that say it, first first")
    believed: str | None = Field(None, description="the option that models are expected to believe")
    contraries: list[str] = Field(default_factory=list, description="the options that break the relation")


class PassageRow(BaseModel):
    """One passage, as its JSON row has it."""

    model_config = ConfigDict(frozen=True, extra="ignore")
    id: str = Field(min_length=1)
    text: str = Field(min_length=1)
    facts: list[FactRow] = Field(default_factory=list)


def passages() -> Corpus:
    """The shipped corpus, with the probe sets SETS; a passage occurs in each set for which it has probes."""
    lines = resources.files("tellback.corpora").joinpath("data/passages.jsonl").read_text("utf-8").splitlines()
    return replace(corpus_of_rows([json.loads(line) for line in lines], "passages"), training=_training)


def _training(n: int, seed: int, values: str) -> list[str]:
    """At most `n` pieces of about 40 words of the shipped public-domain texts, none of which is a passage; shuffled."""
    from tellback.corpora.public_domain import passages as public_domain

    pieces = []
    for passage in public_domain().values():
        start = 0
        for _, end in _sentences(passage.text):
            if len(passage.text[start:end].split()) >= 30 or end == len(passage.text):
                pieces.append(passage.text[start:end].strip())
                start = end
    pieces = [p for p in pieces if 10 <= len(p.split()) <= 80]
    random.Random(f"passages-{seed}").shuffle(pieces)
    return pieces[:n]


def corpus_of_rows(rows: Iterable[Mapping[str, Any]], name: str) -> Corpus:
    """Rows with id, text and facts (FactRow) as a Corpus; its `ordinary` documents are the passages without probes.

    Raises UsageError that names the row and the field when a row does not fit, when the reader does not find exactly
    a fact's own value in its own source, or when an id occurs twice.
    """
    sets: dict[str, list[Document]] = {}
    ordinary: dict[str, Document] = {}
    n_options: dict[str, int] = {}
    for number, content in enumerate(rows, 1):
        where = f"{name}, row {number}"
        row = parse(PassageRow, content, where)
        if row.id in ordinary:
            raise UsageError(f"{where}, id: {row.id!r} occurs twice.")
        probes = _probes(row, where)
        facts = tuple(probe.fact for probe in probes)
        ordinary[row.id] = Document(row.id, row.text, facts)
        for set_name in dict.fromkeys(probe.set for probe in probes):
            own = tuple(probe for probe in probes if probe.set == set_name)
            sets.setdefault(set_name, []).append(Document(row.id, row.text, facts, own))
        for probe in probes:  # the fewest options of a kind: chance is then never understated
            kind, k = probe.fact.kind, len(probe.options)
            n_options[kind] = min(k, n_options.get(kind, k))
    ordered = sorted(sets, key=lambda s: (SETS.index(s) if s in SETS else len(SETS), s))
    return Corpus(
        name, {s: tuple(sets[s]) for s in ordered}, extract, ordinary=tuple(ordinary.values()), n_options=n_options
    )


def with_every_probe(corpus: Corpus) -> list[Document]:
    """Each document of the probe sets once, with its probes of all of them."""
    probes: dict[Document, list[Probe]] = {}
    for document in (d for documents in corpus.sets.values() for d in documents):
        probes.setdefault(Document(document.id, document.text, document.facts), []).extend(document.probes)
    return [replace(document, probes=tuple(found)) for document, found in probes.items()]


def extract(text: str, probes: Sequence[Probe]) -> list[Fact]:
    """The facts that `text` states about what `probes` ask, in the order of the probes, each value once.

    An option is stated where its words stand together, in one sentence with a cue and at most WINDOW words from it,
    with no «not» or «never» just before. Case, punctuation, articles and the plural s do not matter.
    """
    words = _words(text)
    at: dict[str, list[int]] = {}
    for i, word in enumerate(words):
        at.setdefault(word.norm, []).append(i)
    facts = []
    for probe in probes:
        cues = [place for cue in probe.cues for place in _places(words, at, cue)]
        if not cues:
            continue
        for option, forms in probe.options.items():
            forms = forms or (option,)
            found = [(p, form) for form in forms for p in _places(words, at, form) if _speaks(words, p, cues)]
            if not found:
                continue
            (first, last), form = min(found)
            fact = probe.fact
            contraries = fact.contraries if option == fact.value else ()
            span = (_start(text, words[first].start, form), words[last].end)
            facts.append(Fact(fact.kind, fact.key, option, span, words[first].sentence, contraries))
    return facts


class _Word(NamedTuple):
    norm: str
    start: int
    end: int
    sentence: Span  # characters of the sentence that it stands in


# decimals, times and thousands hold together; hyphens part words
_WORD = re.compile(r"\d+(?:[.,:]\d+)+|[^\W_]+(?:['’][^\W_]+)*")
_STOP = re.compile(
    r"(?<!\bdr)(?<!\bmr)(?<!\bms)(?<!\bmrs)(?<!\bst)(?<!\bprof)[.!?…]+['\"’”»)]*(?=\s)|\n\s*\n", re.IGNORECASE
)
_ARTICLES = {"a", "an", "the"}
_ARTICLE = re.compile(r"\b(?:a|an|the)\s+", re.IGNORECASE)
_NEGATIONS = {"not", "never", "nor"}


def _sentences(text: str) -> list[Span]:
    """Characters [start, end) of each sentence, its stop included: simple, and the same every time."""
    cuts = [match.end() for match in _STOP.finditer(text)]
    spans = []
    for start, end in zip([0, *cuts], [*cuts, len(text)], strict=True):
        piece = text[start:end]
        if piece.strip():
            spans.append((start + len(piece) - len(piece.lstrip()), start + len(piece.rstrip())))
    return spans


def _words(text: str) -> list[_Word]:
    """The words of `text` without articles, normalised, each with its characters [start, end) and its sentence."""
    words: list[_Word] = []
    for sentence in _sentences(text):
        for match in _WORD.finditer(text, *sentence):
            (start, end), word = match.span(), match.group().casefold().replace("’", "'")
            if word.endswith("n't") and len(word) > 3:  # «didn't» is «did not»
                verb = {"ca": "can", "wo": "will"}.get(word[:-3], word[:-3])
                words += [_Word(verb, start, end - 3, sentence), _Word("not", end - 3, end, sentence)]
            elif word not in _ARTICLES:
                words.append(_Word(_norm(word), start, end, sentence))
    return words


@lru_cache(maxsize=8192)
def _phrase(text: str) -> tuple[str, ...]:
    return tuple(word.norm for word in _words(text))


def _norm(word: str) -> str:
    """A word without possessive, plural s, ordinal ending or the commas of thousands."""
    if word[0].isdigit():
        return re.sub(r"(?<=\d)(?:st|nd|rd|th)$|,(?=\d{3}(?!\d))", "", word)
    word = word.removesuffix("'s")
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")) else word


def _places(words: Sequence[_Word], at: Mapping[str, Sequence[int]], phrase: str) -> list[tuple[int, int]]:
    """Where `phrase` stands: (first, last) word numbers of each place, within one sentence."""
    wanted = _phrase(phrase)
    n = len(wanted)
    return [
        (i, i + n - 1)
        for i in (at.get(wanted[0], ()) if wanted else ())
        if tuple(word.norm for word in words[i : i + n]) == wanted and words[i].sentence == words[i + n - 1].sentence
    ]


def _speaks(words: Sequence[_Word], place: tuple[int, int], cues: Sequence[tuple[int, int]]) -> bool:
    """Whether what stands at `place` is said, and said of what a cue names."""
    first, last = place
    here = words[first].sentence
    if first and words[first - 1].norm in _NEGATIONS and words[first - 1].sentence == here:
        return False
    return any(words[c].sentence == here and max(first - d, c - last) <= WINDOW for c, d in cues)


def _start(text: str, at: int, form: str) -> int:
    """Where the words of `form`, whose first counted word stands at `at`, begin: its article counts too."""
    if not _ARTICLE.match(form):
        return at
    for match in _ARTICLE.finditer(text, max(0, at - 8), at):
        if match.end() == at:
            return match.start()
    return at


def _probes(row: PassageRow, where: str) -> list[Probe]:
    """The probes of one passage, each checked against its own source."""
    probes: list[Probe] = []
    for i, fact in enumerate(row.facts):
        here = f"{where} ({row.id}), facts[{i}]"
        if row.text.count(fact.sentence) != 1:
            raise UsageError(
                f"{here}.sentence: expected once in the text, found {row.text.count(fact.sentence)} times."
            )
        found = list(re.finditer(rf"(?<!\w){re.escape(fact.value)}(?!\w)", fact.sentence))
        if len(found) != 1:
            raise UsageError(
                f"{here}.value: expected {fact.value!r} once in its sentence, found it {len(found)} times."
            )
        _check_options(fact, here)
        start = row.text.index(fact.sentence)
        span = (start + found[0].start(), start + found[0].end())
        key = f"{row.id}:{fact.kind}:{fact.cues[0]}"
        if any(probe.fact.key == key for probe in probes):
            raise UsageError(f"{here}.cues: another {fact.kind} of this passage begins with {fact.cues[0]!r} too.")
        stated = Fact(
            fact.kind, key, fact.value, span, (start, start + len(fact.sentence)), tuple(fact.contraries)
        )  # fmt: skip
        probe = Probe(
            f"{row.id}/{i}", row.id, fact.set, fact.asks, stated, fact.question,
            {option: tuple(forms) for option, forms in fact.options.items()}, fact.believed,
            fact.believed is not None and fact.believed != fact.value, tuple(fact.cues),
        )  # fmt: skip
        said = [f.value for f in extract(row.text, [probe])]
        if said != [fact.value]:
            raise UsageError(
                f"{here}: the source reads as {said}, expected [{fact.value!r}]. Choose other cues or options."
            )
        probes.append(probe)
    return probes


def _check_options(fact: FactRow, here: str) -> None:
    """Raise UsageError unless value, belief and contraries are options and no option hides inside another."""
    for field, option in [
        ("value", fact.value),
        ("believed", fact.believed),
        *(("contraries", c) for c in fact.contraries),
    ]:
        if option is not None and option not in fact.options:
            raise UsageError(f"{here}.{field}: {option!r} is not among the options {list(fact.options)}.")
    says = {option: [form.casefold() for form in forms or [option]] for option, forms in fact.options.items()}
    for a, forms in says.items():
        for b, others in says.items():
            if a != b and any(x in y for x in forms for y in others):
                raise UsageError(
                    f"{here}.options: {a!r} is said within {b!r}; choose options of which none holds another."
                )
