"""From a CorpusSpec to a Corpus: built-in worlds by name, your own texts by path."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from tellback.config import CorpusSpec, ProbeSpec, parse
from tellback.errors import UsageError
from tellback.records import Corpus, Document
from tellback.registry import unknown


def _pocket(spec: CorpusSpec, probes: ProbeSpec, n_held_out: int) -> Corpus:
    from tellback.text.pocket import PocketSettings, World

    settings = parse(PocketSettings, spec.options, "corpus 'pocket', options")
    return World(settings).corpus(probes.sets, probes.n_documents, n_held_out, probes.seed)


def _passages(spec: CorpusSpec, probes: ProbeSpec, n_held_out: int) -> Corpus:
    from tellback.text.passages import passages

    if spec.options:
        raise UsageError(f"corpus 'passages' has no options, got {', '.join(spec.options)}.")
    return _narrow(passages(), probes)


CORPORA: dict[str, Callable[[CorpusSpec, ProbeSpec, int], Corpus]] = {"pocket": _pocket, "passages": _passages}
ABOUT = {
    "pocket": "a small closed world whose usual facts are known; settings: names, values, document length, belief",
    "passages": "short real-English passages, each with facts that language models believe otherwise",
}


def load_corpus(spec: CorpusSpec, probes: ProbeSpec, n_held_out: int = 128) -> Corpus:
    """The corpus called `spec.name`, or the one in the JSONL or text file at that path.

    Raises UsageError for an unknown name, an unreadable file, or a probe set that the corpus does not have.
    """
    if spec.name in CORPORA:
        return CORPORA[spec.name](spec, probes, n_held_out)
    path = Path(spec.name)
    if not path.is_file():
        raise UsageError(unknown("corpus", spec.name, CORPORA) + " Or give the path of a .jsonl or .txt file.")
    return _narrow(_from_file(path, n_held_out), probes)


def check_corpus(spec: CorpusSpec) -> None:
    """Raise UsageError, before anything heavy is imported, for a corpus that does not exist."""
    if spec.name not in CORPORA and not Path(spec.name).is_file():
        raise UsageError(unknown("corpus", spec.name, CORPORA) + " Or give the path of a .jsonl or .txt file.")


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


def _from_file(path: Path, n_held_out: int) -> Corpus:
    """A corpus of your own: JSONL rows with "text" and, for probes, "facts" as the built-in passages have them; or a
    text file with one document a paragraph. Texts without facts are for training, the last of them held out."""
    from tellback.text.passages import corpus_of_rows, extract

    text = read_text(path)
    if path.suffix == ".jsonl":
        rows = []
        for i, line in enumerate(text.splitlines(), 1):
            if line.strip():
                try:
                    rows.append(json.loads(line))
                except json.JSONDecodeError as error:
                    raise UsageError(f"{path}, line {i} is not JSON: {error}.") from None
                if not isinstance(rows[-1], dict) or not isinstance(rows[-1].get("text"), str):
                    raise UsageError(f'{path}, line {i}: expected an object with a string "text".')
    else:
        rows = [{"text": " ".join(p.split())} for p in text.split("\n\n") if p.strip()]
    for i, row in enumerate(rows, 1):
        row.setdefault("id", f"{path.stem}-{i}")
        if not row["text"].strip():
            raise UsageError(f"{path}, document {i} is empty. Leave it out.")
    if not rows:
        raise UsageError(f"{path} holds no document.")
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
    from dataclasses import replace

    from tellback.registry import choose

    names = probes.sets or tuple(corpus.sets)
    return replace(corpus, sets={n: choose("probe set", n, corpus.sets)[: probes.n_documents] for n in names})
