"""The parts of a setup, untrained: corpus, models, compressor, decoder; what they believe; and what cannot be, before anything trains."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import torch

from tellback.compressors.base import n_slots
from tellback.config import ModelSpec, SetupSpec
from tellback.corpora.load import load_corpus
from tellback.engines import engine_class
from tellback.errors import UsageError
from tellback.models.belief import Belief, closed_book, to_measure
from tellback.models.decoder import Decoder
from tellback.models.lm import LM
from tellback.reading import Reader
from tellback.records import Corpus
from tellback.saved import build_reader
from tellback.study.held_out import HeldOut
from tellback.study.training_texts import too_long_to_tell_back

#: Belief of models as they were loaded, so that setups that one process runs in turn measure it once.
_MEASURED: dict[tuple[str, ...], dict[str, Belief]] = {}
Say = Callable[[str], None]


@dataclass
class Assembled:
    """The parts of a setup, untrained."""

    spec: SetupSpec
    corpus: Corpus
    reader: Reader
    base: LM
    held_out: HeldOut


def assemble(spec: SetupSpec) -> Assembled:
    """Corpus, models, compressor and decoder of `spec`, untrained; which weights train is set."""
    reader = build_reader(spec.reader)
    corpus = load_corpus(spec.corpus, spec.probes, spec.train.n_held_out, lambda text: len(reader.decoder.lm.ids(text)))
    if spec.train.skip_longer and reader.compressor.trainable:
        lm = reader.decoder.lm
        n = [max(len(lm.ids(d.text[a:b])) for a, b in reader.pieces(d.text)) for d in corpus.ordinary]
        longer = too_long_to_tell_back(reader, spec.train, spec.rate, n)
        corpus = replace(corpus, ordinary=tuple(d for i, d in enumerate(corpus.ordinary) if i not in longer))
    return Assembled(spec, corpus, reader, reader.compressor.lm, HeldOut(reader, corpus))


def believe(setup: Assembled) -> dict[str, dict[str, Belief] | None]:
    """Belief of the compressor's base and of the decoder's base, before either trains."""
    asked, spec = to_measure(setup.corpus), setup.spec

    def measured(model: ModelSpec, decoder: Decoder) -> dict[str, Belief]:
        key = (model.model_dump_json(), spec.corpus.model_dump_json(), spec.probes.model_dump_json())
        if key not in _MEASURED:
            _MEASURED[key] = closed_book(decoder, asked, normalise=spec.probes.normalise)
        return _MEASURED[key]

    decoder = measured(spec.decoder.model, setup.reader.decoder)
    base = measured(spec.base_model, Decoder(setup.base))
    return {"compressor_base": base, "decoder_base": decoder, "decoder_trained": None}


def tops(belief: Mapping[str, Belief], corpus: Corpus) -> dict[str, str | None]:
    """Probe -> what a model believes of it, of the probes of which it may believe something."""
    return {p.id: belief[p.id].top for p in to_measure(corpus) if p.believed is not None}


def check_engine(setup: Assembled) -> None:
    """Before anything trains: whether the engine is there, and takes what this compressor writes."""
    found, reader = engine_class(setup.spec.probes.engine.name), setup.reader
    some = next((d.text for d in setup.corpus.ordinary), None) or next(d.text for documents in setup.corpus.sets.values() for d in documents)
    with torch.inference_mode():
        found.check(lambda: reader.compress([some]), reader.decoder)


def say_what_is_left_out(corpus: Corpus, say: Say) -> None:
    for name, why in corpus.settings.get("skipped", {}).items():
        say(f"set {name} is skipped: {why}")
    for name, why in corpus.settings.get("left_out", {}).items():
        say(f"set {name}: rows left out: " + "; ".join(f"{n} x {reason}" for reason, n in why.items()))


def check_room(setup: Assembled) -> None:
    """Raise UsageError, before anything is trained, for a document that the decoder has no room to read or tell back."""
    reader, corpus, rate = setup.reader, setup.corpus, setup.spec.rate
    ordinary = {} if reader.compressor.trainable else {"ordinary": corpus.ordinary}  # of those `train_setup` makes sure
    for name, documents in (dict(corpus.sets) | ordinary).items():
        n = [len(ids) for ids in reader.compressor.source_ids([d.text for d in documents])]
        slots = [n_slots(k, rate) if rate else 0 for k in n]
        reader.check_room(n, slots)
        if reader.in_pieces:
            continue  # told back piece by piece, and a sentence has its limit
        if reader.decoder.tells_back or reader.compressor.trainable:
            for i, why in reader.too_long(n, slots).items():
                raise UsageError(f"set {name!r}, document {documents[i].id!r} {why} Split it or raise the rate.")


def file_of_shortened_texts(spec: SetupSpec, folder: Path) -> Path:
    """The file of what this compressor has written so far, whatever its setup reads of it: another reader or probe set
    in the same study does not write it again."""
    folder.mkdir(parents=True, exist_ok=True)
    decides = spec.reader.model_dump_json(include={"base_model", "compressor", "rate", "seed"}), spec.decoder.model.model_dump_json()
    return folder / f"{hashlib.sha256(' '.join(decides).encode()).hexdigest()[:16]}.jsonl"
