"""From a CorpusSpec to a Corpus: built-in worlds by name, your own texts by path."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tellback.config import CorpusSpec, ProbeSpec, parse
from tellback.corpora.benchmarks import BENCHMARKS
from tellback.corpora.haystack import Count, estimated_tokens
from tellback.corpora.longbench import LONGBENCH
from tellback.errors import UsageError
from tellback.records import Corpus, Document
from tellback.registry import choose, no_file

if TYPE_CHECKING:
    from tellback.corpora.benchmark_corpus import BenchmarkSettings
    from tellback.corpora.needles import NeedleSettings
    from tellback.corpora.pocket import PocketSettings
    from tellback.corpora.real_sentences import SentenceSettings


def _pocket(spec: CorpusSpec, probes: ProbeSpec, n_held_out: int, count: Count) -> Corpus:
    from tellback.corpora.pocket import World

    return World(_pocket_settings(spec)).corpus(probes.sets, probes.n_documents, n_held_out, probes.seed)


def _pocket_settings(spec: CorpusSpec) -> PocketSettings:
    from tellback.corpora.pocket import PocketSettings

    return parse(PocketSettings, spec.options, "corpus 'pocket', options")


def _pocket_sets(spec: CorpusSpec) -> Sequence[str]:
    from tellback.corpora.pocket import World

    return World(_pocket_settings(spec)).sets


def _passages(spec: CorpusSpec, probes: ProbeSpec, n_held_out: int, count: Count) -> Corpus:
    from tellback.corpora.passages import passages

    _no_settings(spec)
    return _narrow(passages(), probes)


def _no_settings(spec: CorpusSpec) -> None:
    if spec.options:
        raise UsageError(f"corpus {spec.name!r} has no options, got {', '.join(spec.options)}. Leave them out.")


def _real_sentences(spec: CorpusSpec, probes: ProbeSpec, n_held_out: int, count: Count) -> Corpus:
    from tellback.corpora.real_sentences import real_sentences

    return _narrow(real_sentences(_sentence_settings(spec), probes.n_documents, n_held_out, count), probes)


def _sentence_settings(spec: CorpusSpec) -> SentenceSettings:
    from tellback.corpora.real_sentences import SentenceSettings

    return parse(SentenceSettings, spec.options, "corpus 'real-sentences', options")


def _needles(spec: CorpusSpec, probes: ProbeSpec, n_held_out: int, count: Count) -> Corpus:
    from tellback.corpora.needles import needles

    return _narrow(needles(_needle_settings(spec), probes.n_documents, n_held_out, probes.seed, count), probes)


def _needle_settings(spec: CorpusSpec) -> NeedleSettings:
    from tellback.corpora.needles import NeedleSettings

    return parse(NeedleSettings, spec.options, "corpus 'needles', options")


def _needle_sets(spec: CorpusSpec) -> Sequence[str]:
    return tuple(_needle_settings(spec).sets)


def _one_benchmark(spec: CorpusSpec, probes: ProbeSpec, n_held_out: int, count: Count) -> Corpus:
    from tellback.corpora.benchmark_corpus import corpus_of

    return _narrow(corpus_of(spec.name, _settings_of_one(spec), n_held_out, count), probes)


def _settings_of_one(spec: CorpusSpec) -> BenchmarkSettings:
    if "sets" in spec.options:
        raise UsageError(f"corpus {spec.name!r} is one benchmark. For several: corpus: {{name: benchmarks, options: ...}}.")
    return _benchmark_settings(spec.model_copy(update={"options": spec.options | {"sets": [spec.name]}}))


def _benchmarks(spec: CorpusSpec, probes: ProbeSpec, n_held_out: int, count: Count) -> Corpus:
    from tellback.corpora.benchmark_corpus import corpus_of

    return _narrow(corpus_of(spec.name, _benchmark_settings(spec), n_held_out, count), probes)


def _benchmark_settings(spec: CorpusSpec) -> BenchmarkSettings:
    from tellback.corpora.benchmark_corpus import BenchmarkSettings

    return parse(BenchmarkSettings, spec.options, f"corpus {spec.name!r}, options")


def _longbench(spec: CorpusSpec, probes: ProbeSpec, n_held_out: int, count: Count) -> Corpus:
    whole = spec.model_copy(update={"options": {"sets": list(LONGBENCH), **spec.options}})
    return _benchmarks(whole, probes, n_held_out, count)


@dataclass(frozen=True)
class CorpusRow:
    """What is known of a corpus by its name."""

    load: Callable[[CorpusSpec, ProbeSpec, int, Count], Corpus]
    about: str  # one line
    settings: Callable[[CorpusSpec], Any]  # what it reads of its options; raises UsageError for those that it has not
    belief_strength: Callable[[CorpusSpec], float] | None = None  # how often it states the usual value; None: it has none
    sets: Callable[[CorpusSpec], Sequence[str]] | None = None  # its probe sets; None: known when it is loaded


CORPORA = {
    "pocket": CorpusRow(
        _pocket, "a small closed world whose usual facts are known; settings: names, values, document length, belief",
        _pocket_settings,
        lambda spec: _pocket_settings(spec).belief_strength, _pocket_sets,
    ),
    "passages": CorpusRow(_passages, "short real-English passages, each with facts that language models believe otherwise", _no_settings),
    "real-sentences": CorpusRow(
        _real_sentences, "real sentences, one a document, and conflicting twins of them; settings: data, shortest, longest, tokens, seed",
        _sentence_settings,
    ),
    "needles": CorpusRow(
        _needles, "planted sentences in long texts, after RULER: needles, many values, variables; settings: tasks, lengths, filler, form",
        _needle_settings,
        sets=_needle_sets,
    ),
    "benchmarks": CorpusRow(
        _benchmarks, "several benchmarks at once, each a probe set; settings: sets, data, n, seed, facts, relations, stated, longest",
        _benchmark_settings,
    ),
    "longbench": CorpusRow(
        _longbench, "LongBench's English question sets, each a probe set, from the folder of its files; settings as benchmarks",
        _benchmark_settings,
    ),
    **{b.name: CorpusRow(_one_benchmark, b.about, _settings_of_one) for b in BENCHMARKS.values()},
}  # fmt: skip


def belief_strength(spec: CorpusSpec) -> float | None:
    """How often the corpus states the usual value, 0 to 1; None where nothing is usual in it, or nobody knows."""
    row = CORPORA.get(spec.name)
    return row.belief_strength(spec) if row and row.belief_strength else None


def load_corpus(
    spec: CorpusSpec, probes: ProbeSpec, n_held_out: int = 128, count: Count = estimated_tokens
) -> Corpus:  # fmt: skip
    """The corpus called `spec.name`, or the one in the JSONL or text file at that path. `count`: the tokens of a text, for a corpus
    that makes its texts as long as is asked for.

    Raises UsageError for an unknown name, an unreadable file, or a probe set that the corpus does not have.
    """
    if spec.name in CORPORA:
        return _fewer(CORPORA[spec.name].load(spec, probes, n_held_out, count), probes.at_most)
    path = Path(spec.name)
    if not path.is_file():
        raise UsageError(no_file("corpus", spec.name, CORPORA, (".jsonl", ".txt")))
    return _fewer(_narrow(_from_file(path, n_held_out), probes), probes.at_most)


def _fewer(corpus: Corpus, at_most: Mapping[str, int]) -> Corpus:
    """Each set with no more documents than are asked for. Raises UsageError for a set that is not there."""
    if not at_most:
        return corpus
    for name in at_most:
        choose("probe set", name, corpus.sets)
    return replace(corpus, sets={n: docs[: at_most.get(n, len(docs))] for n, docs in corpus.sets.items()})


def check_corpus(spec: CorpusSpec, probes: ProbeSpec | None = None) -> None:
    """Raise UsageError, before anything heavy is imported, for a corpus that does not exist, for options that it does not have,
    and for a probe set of `probes` that it does not have where that is known without loading it."""
    if spec.name not in CORPORA and not Path(spec.name).is_file():
        raise UsageError(no_file("corpus", spec.name, CORPORA, (".jsonl", ".txt")))
    row = CORPORA.get(spec.name)
    if row:
        row.settings(spec)
    if probes and row and row.sets and (asked := [*(probes.sets or ()), *probes.at_most]):
        there = {name: name for name in row.sets(spec)}
        for name in asked:
            choose("probe set", name, there)


def at_home(spec: CorpusSpec, data: Path) -> CorpusSpec:
    """The corpus with its benchmarks in the folder (or file) `data`. Raises UsageError for one that is not made of
    benchmarks, and where nothing is there."""
    if spec.name not in ("benchmarks", "longbench", "real-sentences", *BENCHMARKS):
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
            kept_back = f", and {n_held} of them is kept to measure the loss on" if plain else ""
            raise UsageError(f"{path} holds no text to train on: it has {len(plain)} without facts{kept_back}. Add more of them.")
        return texts[:n]

    return Corpus(path.stem, corpus.sets, extract, held or corpus.ordinary, training, corpus.n_options)


def _narrow(corpus: Corpus, probes: ProbeSpec) -> Corpus:
    """Only the asked-for sets, each with at most the asked-for number of documents."""
    names = probes.sets or tuple(corpus.sets)
    return replace(corpus, sets={n: choose("probe set", n, corpus.sets)[: probes.n_documents] for n in names})
