"""Retrieval from long texts, after RULER (arXiv 2404.06654): needles, many needles, many values of one key, variables.

Generated from a seed, with words of our own, so it is no substitute for RULER's own figures. Each task at each length is a
probe set (`needle-1k`, `variables-32k`); lengths are in the decoder's tokens, as a rate is. Tasks:

- `needle`: one sentence gives a key its value; documents have it at every depth in turn;
- `needles`: as many keys as `needles` says, each with a value of its own, each asked: another's value is a drift;
- `values`: one key with several values, all of them asked in one question, each a probe;
- `variables`: chains of assignments; all that hold one number are asked, by how many steps away they got it.

An answer is right where it names the value and none of the probe's others. In a text that was told back a value counts that
stands beside its key, and a variable whose assignments can be traced there.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from random import Random
from typing import Annotated, Literal

from pydantic import Field

from tellback.config import Frozen
from tellback.corpora.haystack import Count, Filler, Form, Haystack, keys, values
from tellback.corpora.options import K
from tellback.corpora.passages import extract as extract_by_cues
from tellback.records import Corpus, Document, Fact, Probe, Span

Task = Literal["needle", "needles", "values", "variables"]


class NeedleSettings(Frozen):
    """Of the corpus `needles`."""

    tasks: tuple[Task, ...] = Field(("needle", "needles", "values", "variables"), min_length=1)
    lengths: tuple[Annotated[int, Field(ge=64, le=2**20)], ...] = Field(
        (1024,), min_length=1, description="of the documents, in the decoder's tokens; each a probe set of each task"
    )  # fmt: skip
    filler: Filler = Field("prose", description="prose: shipped public-domain sentences; made: those of a small grammar")
    form: Form = Field("number", description="of the values: seven digits, a noun, or hexadecimal digits")
    needles: int = Field(4, ge=2, le=24, description="keys of a document of `needles`, values of one of `values`")
    chains: int = Field(4, ge=2, le=24, description="numbers that variables hold; one of them is asked")
    hops: int = Field(4, ge=1, le=24, description="assignments of a variable to a variable, in each chain")
    train_length: int = Field(256, ge=64, description="tokens of the texts that are trained on and of those held out")

    @property
    def sets(self) -> dict[str, tuple[Task, int]]:
        """The task and the length of each probe set, by its name."""
        return {f"{task}-{_short(length)}": (task, length) for length in self.lengths for task in self.tasks}


def _short(length: int) -> str:
    return f"{length // 1024}k" if length % 1024 == 0 else str(length)


def needles(settings: NeedleSettings, n_documents: int, n_held_out: int, seed: int, count: Count) -> Corpus:
    """The corpus: a set a task and length of `n_documents` documents, drawn by `seed`. Raises UsageError for a length without room."""
    hay = Haystack(settings.filler, count)

    def made(task: Task, length: int, name: str, i: int, n: int, of: str) -> Document:
        rng = Random(f"needles-{of}-{seed}-{name}-{i}")
        return MAKERS[task](settings, rng, (i + 0.5) / n).document(f"{name}-{i}", name, length, hay, rng)

    sets = {
        name: tuple(made(task, length, name, i, n_documents, "probe") for i in range(n_documents))
        for name, (task, length) in settings.sets.items()
    }

    def ordinary(of: str, n: int) -> Iterator[Document]:
        for i in range(n):
            yield made(settings.tasks[i % len(settings.tasks)], settings.train_length, "text", i, n, of)

    def training(n: int, seed: int, values: str) -> list[str]:
        return [d.text for d in ordinary(f"train-{seed}", n)]

    held = tuple(Document(d.id, d.text, d.facts) for d in ordinary("held-out", n_held_out))
    n_options: dict[str, int] = {}
    for probe in (p for documents in sets.values() for d in documents for p in d.probes):
        n_options[probe.fact.kind] = min(len(probe.options), n_options.get(probe.fact.kind, K))
    about = {"lengths": {name: [count(d.text) for d in documents] for name, documents in sets.items()}}
    return Corpus("needles", sets, extract, held, training, n_options, settings=about)


# -- tasks ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Asked:
    """A value that is planted: `options` are empty where it is not asked."""

    kind: str
    key: str
    value: str
    sentence: int  # which of the planted ones says it
    options: tuple[str, ...] = ()
    question: str = ""
    cues: tuple[str, ...] = ()


@dataclass(frozen=True)
class Planted:
    sentences: Sequence[tuple[float, str]]  # how deep, 0 to 1; words
    asked: Sequence[Asked]

    def document(self, document_id: str, set_name: str, length: int, hay: Haystack, rng: Random) -> Document:
        text, spans = hay.text(length, self.sentences, rng)
        facts = tuple(Fact(a.kind, a.key, a.value, _span(text, spans[a.sentence], a.value), spans[a.sentence]) for a in self.asked)
        probes = tuple(
            Probe(f"{document_id}/{i}", document_id, set_name, "qa_i", fact, a.question, {o: () for o in a.options}, cues=a.cues)
            for i, (fact, a) in enumerate(zip(facts, self.asked, strict=True)) if a.options
        )  # fmt: skip
        return Document(document_id, text, facts, probes)


def _span(text: str, sentence: Span, words: str) -> Span:
    at = text.index(words, *sentence)
    return at, at + len(words)


def _one(settings: NeedleSettings, rng: Random, depth: float) -> Planted:
    return _opening(settings, keys(1, rng), [depth], rng)


def _many(settings: NeedleSettings, rng: Random, depth: float) -> Planted:
    return _opening(settings, keys(settings.needles, rng), [rng.random() for _ in range(settings.needles)], rng)


def _opening(settings: NeedleSettings, of: Sequence[tuple[str, str]], depths: Sequence[float], rng: Random) -> Planted:
    """Each key with a value; the options of each are its own and, first, those of the other keys."""
    found = values(settings.form, len(of) + K, rng)
    sentences, asked = [], []
    for i, ((adjective, animal), depth) in enumerate(zip(of, depths, strict=True)):
        locker = f"The locker of the {adjective} {animal} opens with"
        sentences.append((depth, f"{locker} {found[i]}."))
        others = [v for v in found if v != found[i]][: K - 1]
        question = f"Question: What does the locker of the {adjective} {animal} open with?\nAnswer: {locker}"
        asked.append(Asked(settings.form, animal, found[i], i, (found[i], *others), question, (animal,)))
    return Planted(sentences, asked)


def _values(settings: NeedleSettings, rng: Random, depth: float) -> Planted:
    """One key with several values; the other options of each stand nowhere, so that an answer may list them all."""
    n = settings.needles
    ((adjective, animal),) = keys(1, rng)
    found = values(settings.form, n + K - 1, rng)
    question = f"Question: The {adjective} {animal} has {n} lockers. What do they open with?\nAnswer: They open with"
    asked = [Asked(settings.form, f"{animal}/{i}", found[i], i, (found[i], *found[n:]), question, (animal,)) for i in range(n)]
    return Planted([(rng.random(), f"One locker of the {adjective} {animal} opens with {value}.") for value in found[:n]], asked)


def _variables(settings: NeedleSettings, rng: Random, depth: float) -> Planted:
    """Chains that stand among each other, each in its order. The other options of a variable are those of the other chains at
    the same place in theirs."""
    n = settings.hops + 1
    drawn: dict[str, None] = {}
    while len(drawn) < settings.chains * n:
        drawn["".join(rng.choices("BCDFGHJKLMNPQRSTVWXZ", k=5))] = None
    names = [list(drawn)[c * n : (c + 1) * n] for c in range(settings.chains)]
    numbers = [str(x) for x in rng.sample(range(10_000, 100_000), settings.chains)]
    question = (
        f"Question: Which variables hold the number {numbers[0]}, by themselves or through another?\n"
        f"Answer: The number {numbers[0]} is held by"
    )
    sentences, asked = [], []
    for chain, number in zip(names, numbers, strict=True):
        for hop, depth in enumerate(sorted(rng.random() for _ in chain)):
            options = (chain[hop], *(c[hop] for c in names if c is not chain))[:K] if chain is names[0] else ()
            asked.append(Asked(f"hop-{hop}", f"{number}/{hop}", chain[hop], len(sentences), options, question if options else ""))
            sentences.append((depth, f"VAR {chain[hop]} = {chain[hop - 1] if hop else number}."))
    return Planted(sentences, asked)


MAKERS: dict[Task, Callable[[NeedleSettings, Random, float], Planted]] = {
    "needle": _one, "needles": _many, "values": _values, "variables": _variables,
}  # fmt: skip


# -- reading a text that was told back ------------------------------------------------------------------------------

_ASSIGNED = re.compile(r"\b([A-Z]{5})\s*(?::?=|is|equals|holds|gets)\s*([A-Z]{5}|\d{5})\b")


def extract(text: str, probes: Sequence[Probe]) -> list[Fact]:
    """The facts that `text` states about what `probes` ask: values beside their keys, and variables by their assignments."""
    return extract_by_cues(text, [p for p in probes if p.cues]) + _traced(text, [p for p in probes if not p.cues])


def _traced(text: str, probes: Sequence[Probe]) -> list[Fact]:
    """The variables of the text that hold the number of a probe, as many steps away as it asks."""
    if not probes:
        return []
    held = {m[1]: (m[2], m.span(1), m.span()) for m in _ASSIGNED.finditer(text)}  # the last assignment counts
    at: dict[str, list[str]] = {}
    for name in held:
        hops, number = 0, held[name][0]
        while number in held and hops < len(held):  # a circle holds no number
            hops, number = hops + 1, held[number][0]
        at.setdefault(f"{number}/{hops}", []).append(name)
    return [Fact(p.fact.kind, p.fact.key, name, held[name][1], held[name][2]) for p in probes for name in at.get(p.fact.key, ())]
