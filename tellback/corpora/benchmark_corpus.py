"""Benchmarks as the probe sets of one corpus: those that are there, each with its own questions, or with clozes of its values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

from pydantic import Field

from tellback.config import Frozen
from tellback.corpora.benchmark_files import Absent
from tellback.corpora.benchmarks import BENCHMARKS, Loaded, load_benchmark
from tellback.corpora.cloze import relations, stated, with_cues, with_values
from tellback.corpora.haystack import Count, estimated_tokens
from tellback.corpora.real_sentences import SentenceSettings, to_train_on
from tellback.corpora.stated import with_stated
from tellback.corpora.web_training import Training, web_training
from tellback.errors import UsageError
from tellback.language.sentences import sentences
from tellback.records import Corpus, Document
from tellback.registry import choose


class BenchmarkSettings(Frozen):
    """Of the corpora that are made of benchmarks: the corpus `benchmarks`, or a benchmark's own name."""

    sets: tuple[str, ...] | None = Field(None, description="names of benchmarks; null: all that are there")
    data: str | None = Field(None, description="folder (or file) that holds them; null: the hub")
    n: int = Field(60, ge=1, description="rows of each")
    seed: int = Field(0, description="draws the options that a benchmark does not bring")
    facts: int = Field(3, ge=1, description="values asked of each text of a benchmark without questions")
    longest: int | None = Field(
        None, ge=1, description="characters; a longer text is left out and counted, for few decoders have room for it. null: 20,000, "
        "of LongBench's sets no limit"
    )  # fmt: skip
    stated: bool = Field(
        False, description="look for every fact that a text states as well, by the audit's rules, as a set NAME-facts"
    )
    relations: int = Field(
        0, ge=0, description="texts of each benchmark that are asked for roles or negation (QA(ii)), as a set NAME-relations"
    )
    train: str | None = Field(
        None, description="what is trained on: a benchmark of web pages, its further texts, the first of them held out; real-sentences: "
        "sentences of the folder's texts (the shipped passages without one) that no document asked here holds; null: nothing can be trained"
    )  # fmt: skip
    train_words: int = Field(256, ge=8, description="words of a web text that is trained on, at most")
    train_tokens: tuple[int, int] | None = Field(None, description="tokens of a sentence that is trained on, at least and at most; null: any")


ROWS_ASKED = 16  # rows of a benchmark for each document asked, at least 400: more than are read for its sets; training begins behind


def corpus_of(name: str, settings: BenchmarkSettings, n_held_out: int, count: Count = estimated_tokens) -> Corpus:
    """Benchmarks as the probe sets of one corpus; a set that is nowhere to be had is named in settings["skipped"].

    What models believe of its questions is not known beforehand: settings["belief"] asks for it to be measured. `cues`
    reads those probes alone that have cues (settings["cues_needed"]), and of the sets in settings["by_options"] none: what reads
    those is the study's first reader that scores or judges options. Raises UsageError when no set is there.
    """
    names = settings.sets or tuple(BENCHMARKS)
    loaded: dict[str, Loaded] = {}
    skipped: dict[str, str] = {}
    for set_name in names:
        choose("benchmark", set_name, BENCHMARKS)
        try:
            loaded |= _load(set_name, settings)
        except Absent as reason:
            skipped[set_name] = str(reason)
    if not loaded:
        raise UsageError(f"corpus {name!r} holds no set: " + " ".join(skipped.values()))
    sets = {set_name: of.documents for set_name, of in loaded.items()}
    n_options: dict[str, int] = {}
    for probe in (p for documents in sets.values() for d in documents for p in d.probes if p.question):
        n_options[probe.fact.kind] = min(len(probe.options), n_options.get(probe.fact.kind, len(probe.options)))
    ordinary: dict[str, Document] = {}
    for row in range(max(map(len, sets.values()))):  # by turns, so that each set is among the first
        for documents in sets.values():
            for d in documents[row : row + 1]:
                at = tuple(f for f in d.facts if f.span != (0, 0))  # an answer in no words of the text has no tokens
                ordinary.setdefault(d.text, Document(d.id, d.text, at))
    held, training = tuple(ordinary.values())[:n_held_out], None
    if settings.train == "real-sentences":
        held, training = _sentences(settings, n_held_out, count, list(ordinary))
    elif settings.train is not None:
        data = Path(settings.data) if settings.data else None
        held, training = web_training(settings.train, data, settings.train_words, max(400, ROWS_ASKED * settings.n), n_held_out)
    return Corpus(
        name, sets, stated, held, training, n_options,
        settings={
            "belief": "measured", "cues_needed": True, "stated": settings.stated, "skipped": skipped,
            "by_options": [name for name in sets if name not in BENCHMARKS or not BENCHMARKS[name].verbatim],
            "in_words": [name for name in sets if name in BENCHMARKS and BENCHMARKS[name].in_words],
            "origin": {set_name: of.origin for set_name, of in loaded.items()},
            "left_out": {set_name: dict(of.skipped) for set_name, of in loaded.items() if of.skipped},
        },
    )  # fmt: skip


def _sentences(
    settings: BenchmarkSettings, n_held_out: int, count: Count, asked: Sequence[str]
) -> tuple[tuple[Document, ...], Training]:  # fmt: skip
    """Sentences to train on, without those of the texts that are asked."""
    held, draw = to_train_on(SentenceSettings(data=settings.data, tokens=settings.train_tokens), count)
    spoken = {" ".join(text[a:b].split()) for text in asked for a, b in sentences(text)}

    def training(n: int, seed: int, values: str) -> list[str]:
        return [text for text in draw(n, seed, values) if text not in spoken]

    return tuple(d for d in held if d.text not in spoken)[:n_held_out], training


@lru_cache(maxsize=32)  # every setup of a study reads the same sets
def _load(name: str, settings: BenchmarkSettings) -> Mapping[str, Loaded]:
    """One benchmark with its own questions, or clozes; and, where asked for, its relations as a set of their own."""
    web = BENCHMARKS[name].web
    rows = settings.n * (2 if web else 1)  # not every text holds a value that can be asked
    data = Path(settings.data) if settings.data else None
    loaded = load_benchmark(name, data, rows, settings.seed, settings.longest)
    documents, left_out = list(loaded.documents), dict(loaded.skipped)
    related = f"{name}-relations"
    twins = relations([replace(d, facts=(), probes=()) for d in documents], related, settings.relations)
    if web:
        documents = with_values(documents, name, settings.facts, settings.seed)
        silent = sum(not d.probes for d in documents)
        documents = [d for d in documents if d.probes][: settings.n]
        left_out |= {"no value that can be asked": silent} if silent else {}
    if BENCHMARKS[name].verbatim:
        documents = [with_cues(d) for d in documents]
    if settings.stated:
        documents = with_stated(documents, f"{name}-facts")
    sets = {name: replace(loaded, documents=tuple(documents), skipped=left_out)}
    return sets | ({related: Loaded(related, tuple(twins), loaded.origin, {})} if twins else {})
