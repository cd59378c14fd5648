"""From a CorpusSpec to a Corpus: built-in worlds by name, your own texts by path."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import Field

from tellback.config import CorpusSpec, Frozen, ProbeSpec, parse
from tellback.corpora.benchmarks import BENCHMARKS, Loaded, load_benchmark
from tellback.errors import UsageError
from tellback.records import Corpus, Document
from tellback.registry import choose, unknown

if TYPE_CHECKING:
    from tellback.corpora.pocket import PocketSettings


def _pocket(spec: CorpusSpec, probes: ProbeSpec, n_held_out: int) -> Corpus:
    from tellback.corpora.pocket import World

    return World(_pocket_settings(spec)).corpus(probes.sets, probes.n_documents, n_held_out, probes.seed)


def _pocket_settings(spec: CorpusSpec) -> PocketSettings:
    from tellback.corpora.pocket import PocketSettings

    return parse(PocketSettings, spec.options, "corpus 'pocket', options")


def _pocket_sets(spec: CorpusSpec) -> Sequence[str]:
    from tellback.corpora.pocket import World

    return World(_pocket_settings(spec)).sets


def _passages(spec: CorpusSpec, probes: ProbeSpec, n_held_out: int) -> Corpus:
    from tellback.corpora.passages import passages

    if spec.options:
        raise UsageError(f"corpus 'passages' has no options, got {', '.join(spec.options)}.")
    return _narrow(passages(), probes)


def _real_sentences(spec: CorpusSpec, probes: ProbeSpec, n_held_out: int) -> Corpus:
    from tellback.corpora.real_sentences import SentenceSettings, real_sentences

    settings = parse(SentenceSettings, spec.options, "corpus 'real-sentences', options")
    return _narrow(real_sentences(settings, probes.n_documents, n_held_out), probes)


class BenchmarkSettings(Frozen):
    """Of the corpora that are made of benchmarks: the corpus `benchmarks`, or a benchmark's own name."""

    sets: tuple[str, ...] | None = Field(None, description="names of benchmarks; null: all that are there")
    data: str | None = Field(None, description="folder (or file) that holds them; null: the hub")
    n: int = Field(60, ge=1, description="rows of each")
    seed: int = Field(0, description="draws the options that a benchmark does not bring")
    facts: int = Field(3, ge=1, description="values asked of each text of a benchmark without questions")
    longest: int = Field(
        20_000, ge=1, description="characters; a longer text is left out and counted, for few decoders have room for it"
    )
    stated: bool = Field(
        False, description="look for every fact that a text states as well, by the audit's rules, as a set NAME-facts"
    )
    relations: int = Field(
        0, ge=0, description="texts of each benchmark that are asked for roles or negation (QA(ii)), as a set NAME-relations"
    )
    train: str | None = Field(
        None, description="a benchmark of web pages whose further texts are trained on, the first of them held out; null: nothing "
        "can be trained on this corpus"
    )  # fmt: skip
    train_words: int = Field(256, ge=8, description="words of a text that is trained on, at most")


ROWS_ASKED = 16  # rows of a benchmark for each document asked, at least 400: more than are read for its sets; training begins behind


def _one_benchmark(spec: CorpusSpec, probes: ProbeSpec, n_held_out: int) -> Corpus:
    if "sets" in spec.options:
        raise UsageError(f"corpus {spec.name!r} is one benchmark. For several: corpus: {{name: benchmarks, options: ...}}.")
    settings = parse(BenchmarkSettings, spec.options | {"sets": [spec.name]}, f"corpus {spec.name!r}, options")
    return _corpus_of(spec.name, settings, probes, n_held_out)


def _benchmarks(spec: CorpusSpec, probes: ProbeSpec, n_held_out: int) -> Corpus:
    return _corpus_of(spec.name, parse(BenchmarkSettings, spec.options, "corpus 'benchmarks', options"), probes, n_held_out)


def _corpus_of(name: str, settings: BenchmarkSettings, probes: ProbeSpec, n_held_out: int) -> Corpus:
    """Benchmarks as the probe sets of one corpus; a set that is nowhere to be had is named in settings["skipped"].

    What models believe of its questions is not known beforehand: settings["belief"] asks for it to be measured. `cues`
    reads those probes alone that have cues (settings["cues_needed"]), and of the sets in settings["by_options"] none: what reads
    those is the study's first reader that scores or judges options. Raises UsageError when no set is there.
    """
    from tellback.corpora.benchmark_files import Absent
    from tellback.corpora.cloze import stated

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
    if settings.train is not None:
        from tellback.corpora.web_training import web_training

        data = Path(settings.data) if settings.data else None
        held, training = web_training(settings.train, data, settings.train_words, max(400, ROWS_ASKED * settings.n), n_held_out)
    corpus = Corpus(
        name, sets, stated, held, training, n_options,
        settings={
            "belief": "measured", "cues_needed": True, "stated": settings.stated, "skipped": skipped,
            "by_options": [name for name in sets if name not in BENCHMARKS or not BENCHMARKS[name].verbatim],
            "origin": {set_name: of.origin for set_name, of in loaded.items()},
            "left_out": {set_name: dict(of.skipped) for set_name, of in loaded.items() if of.skipped},
        },
    )  # fmt: skip
    return _narrow(corpus, probes)


@lru_cache(maxsize=32)  # every setup of a study reads the same sets
def _load(name: str, settings: BenchmarkSettings) -> Mapping[str, Loaded]:
    """One benchmark with its own questions, or clozes; and, where asked for, its relations as a set of their own."""
    from tellback.corpora.cloze import relations, with_cues, with_values
    from tellback.corpora.stated import with_stated

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


@dataclass(frozen=True)
class CorpusRow:
    """What is known of a corpus by its name."""

    load: Callable[[CorpusSpec, ProbeSpec, int], Corpus]
    about: str  # one line
    belief_strength: Callable[[CorpusSpec], float] | None = None  # how often it states the usual value; None: it has none
    sets: Callable[[CorpusSpec], Sequence[str]] | None = None  # its probe sets; None: known when it is loaded


CORPORA = {
    "pocket": CorpusRow(
        _pocket, "a small closed world whose usual facts are known; settings: names, values, document length, belief",
        lambda spec: _pocket_settings(spec).belief_strength, _pocket_sets,
    ),
    "passages": CorpusRow(_passages, "short real-English passages, each with facts that language models believe otherwise"),
    "real-sentences": CorpusRow(
        _real_sentences, "real sentences, one a document, and conflicting twins of them; settings: data, shortest, longest, seed"
    ),
    "benchmarks": CorpusRow(
        _benchmarks, "several benchmarks at once, each a probe set; settings: sets, data, n, seed, facts, relations, stated, longest"
    ),
    **{b.name: CorpusRow(_one_benchmark, b.about) for b in BENCHMARKS.values()},
}  # fmt: skip


def belief_strength(spec: CorpusSpec) -> float | None:
    """How often the corpus states the usual value, 0 to 1; None where nothing is usual in it, or nobody knows."""
    row = CORPORA.get(spec.name)
    return row.belief_strength(spec) if row and row.belief_strength else None


def load_corpus(spec: CorpusSpec, probes: ProbeSpec, n_held_out: int = 128) -> Corpus:
    """The corpus called `spec.name`, or the one in the JSONL or text file at that path.

    Raises UsageError for an unknown name, an unreadable file, or a probe set that the corpus does not have.
    """
    if spec.name in CORPORA:
        return _fewer(CORPORA[spec.name].load(spec, probes, n_held_out), probes.at_most)
    path = Path(spec.name)
    if not path.is_file():
        raise UsageError(unknown("corpus", spec.name, CORPORA) + " Or give the path of a .jsonl or .txt file.")
    return _fewer(_narrow(_from_file(path, n_held_out), probes), probes.at_most)


def _fewer(corpus: Corpus, at_most: Mapping[str, int]) -> Corpus:
    """Each set with no more documents than are asked for. Raises UsageError for a set that is not there."""
    if not at_most:
        return corpus
    for name in at_most:
        choose("probe set", name, corpus.sets)
    return replace(corpus, sets={n: docs[: at_most.get(n, len(docs))] for n, docs in corpus.sets.items()})


def check_corpus(spec: CorpusSpec, probes: ProbeSpec | None = None) -> None:
    """Raise UsageError, before anything heavy is imported, for a corpus that does not exist, or for a probe set of `probes` that
    it does not have where that is known without loading it."""
    if spec.name not in CORPORA and not Path(spec.name).is_file():
        raise UsageError(unknown("corpus", spec.name, CORPORA) + " Or give the path of a .jsonl or .txt file.")
    row = CORPORA.get(spec.name)
    if probes and row and row.sets and (asked := [*(probes.sets or ()), *probes.at_most]):
        there = {name: name for name in row.sets(spec)}
        for name in asked:
            choose("probe set", name, there)


def at_home(spec: CorpusSpec, data: Path) -> CorpusSpec:
    """The corpus with its benchmarks in the folder (or file) `data`. Raises UsageError for one that is not made of
    benchmarks, and where nothing is there."""
    if spec.name not in ("benchmarks", "real-sentences", *BENCHMARKS):
        raise UsageError(f"the corpus {spec.name!r} is not made of benchmarks, so there is no data to give. Leave it out.")
    if not data.exists():
        raise UsageError(f"{data} is no folder and no file. Give the folder that holds the benchmarks' files.")
    return spec.model_copy(update={"options": {**spec.options, "data": str(data)}})


def read_text(path: Path) -> str:
    """The file as UTF-8 text; raises UsageError that names the byte where it is not."""
    try:
        return path.read_bytes().decode("utf-8")
    except UnicodeDecodeError as error:
        raise UsageError(
            f"{path} is not UTF-8: byte {error.object[error.start]:#04x} at offset {error.start}. Save it as UTF-8."
        ) from None
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}.") from None


def rows_of(path: Path) -> list[dict[str, Any]]:
    """The documents of a file of your own, as rows with "text" and "id": JSONL, or text with one document a paragraph.

    Raises UsageError that names the line where it is neither."""
    text = read_text(path).removeprefix("\ufeff")
    if path.suffix == ".jsonl":
        rows = []
        for i, line in enumerate(text.split("\n"), 1):  # a JSON string may hold other line ends
            if line.strip():
                try:
                    rows.append(json.loads(line))
                except json.JSONDecodeError as error:
                    raise UsageError(f"{path}, line {i} is not JSON: {error}.") from None
                if not isinstance(rows[-1], dict) or not isinstance(rows[-1].get("text"), str):
                    raise UsageError(f'{path}, line {i}: expected an object with a string "text".')
                try:
                    rows[-1]["text"].encode()
                except UnicodeEncodeError:
                    raise UsageError(f"{path}, line {i}: the text holds half a character (a lone surrogate).") from None
    else:
        rows = [{"text": " ".join(p.split())} for p in text.split("\n\n") if p.strip()]
    for i, row in enumerate(rows, 1):
        row.setdefault("id", f"{path.stem}-{i}")
        if not row["text"].strip():
            raise UsageError(f"{path}, document {i} is empty. Leave it out.")
    if not rows:
        raise UsageError(f"{path} holds no document.")
    return rows


def _from_file(path: Path, n_held_out: int) -> Corpus:
    """A corpus of your own: JSONL rows with "text" and, for probes, "facts" as the built-in passages have them; or a
    text file with one document a paragraph. Texts without facts are for training, the last of them held out."""
    from tellback.corpora.passages import corpus_of_rows, extract

    rows = rows_of(path)
    probed = [row for row in rows if row.get("facts")]
    plain = [row for row in rows if not row.get("facts")]
    n_held = min(n_held_out, max(1, len(plain) // 5)) if plain else 0
    corpus = corpus_of_rows(probed, str(path))
    held = tuple(Document(row["id"], row["text"]) for row in plain[len(plain) - n_held :])
    texts = [row["text"] for row in plain[: len(plain) - n_held]]

    def training(n: int, seed: int, values: str) -> list[str]:
        if not texts:
            raise UsageError(f"{path} holds no text to train on: add rows without facts.")
        return texts[:n]

    return Corpus(path.stem, corpus.sets, extract, held or corpus.ordinary, training, corpus.n_options)


def _narrow(corpus: Corpus, probes: ProbeSpec) -> Corpus:
    """Only the asked-for sets, each with at most the asked-for number of documents."""
    names = probes.sets or tuple(corpus.sets)
    return replace(corpus, sets={n: choose("probe set", n, corpus.sets)[: probes.n_documents] for n in names})
