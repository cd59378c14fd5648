"""One setup, every stage in order: assemble, measure belief, train, tell back, judge, measure, write."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from tellback import store
from tellback.compressors import build
from tellback.compressors.base import n_slots
from tellback.config import ModelSpec, SetupSpec
from tellback.errors import UsageError
from tellback.models.belief import Belief, closed_book
from tellback.models.decoder import Decoder
from tellback.models.load import LM, find_device, load
from tellback.provenance import provenance
from tellback.reading import Reader
from tellback.records import Corpus, Probe
from tellback.study.evaluate import read_set
from tellback.study.held_out import HeldOut
from tellback.study.result import Readings, failed_result, make_result
from tellback.text.corpora import load_corpus
from tellback.training.data import Batches
from tellback.training.gate import gate
from tellback.training.trainer import Pair, Progress, choose_trainable, drop_checkpoint, train

#: Belief of models as they were loaded, so that setups that one process runs in turn measure it once.
_MEASURED: dict[tuple[str, ...], dict[str, Belief]] = {}
WEIGHTS = "weights.safetensors"
Say = Callable[[str], None]


@dataclass
class Assembled:
    """The parts of a setup, untrained."""

    spec: SetupSpec
    corpus: Corpus
    reader: Reader
    base: LM
    held_out: HeldOut


def run_setup(spec: SetupSpec, folder: Path, say: Say = lambda line: None) -> dict[str, Any]:
    """Run `spec` to the end in `folder`, or go on where it stopped; returns what stands in result.json.

    A fault of the study (UsageError) is raised; any other error becomes a result with status "failed".
    """
    torch.set_num_threads(spec.train.n_threads)
    folder.mkdir(parents=True, exist_ok=True)
    header = {"name": spec.name, "key": spec.key(), "spec": spec.model_dump(mode="json"),
              "provenance": provenance(find_device(), spec.train.n_threads, spec.seed)}  # fmt: skip
    store.write_json(folder / "spec.json", header | {"state": "started"})
    try:
        result = _stages(spec, folder, say)
    except UsageError:
        raise
    except Exception as error:  # a failed setup is a row of the study, not its end
        result = failed_result(spec, f"{type(error).__name__}: {error}", traceback.format_exc())
    store.write_json(folder / "result.json", result)
    store.write_json(folder / "spec.json", header | {"state": "finished"})
    drop_checkpoint(folder)
    return result


def _stages(spec: SetupSpec, folder: Path, say: Say) -> dict[str, Any]:
    setup = assemble(spec)
    reader, corpus, held_out = setup.reader, setup.corpus, setup.held_out
    probes = [p for documents in corpus.sets.values() for d in documents for p in d.probes]
    for documents in corpus.sets.values():  # before anything is trained
        n = [len(ids) for ids in reader.compressor.source_ids([d.text for d in documents])]
        reader.check_room(n, [n_slots(k, spec.rate) if spec.rate else 0 for k in n])
    say("measuring belief")
    beliefs = believe(setup, probes)
    untrained = held_out.slots()
    progress, verdict = None, None
    if reader.compressor.trainable:
        progress, verdict = train_setup(setup, folder, say)
        beliefs["decoder_trained"] = closed_book(reader.decoder, _believed(probes))
    tops = {p.id: b.top for p in _believed(probes) for b in [beliefs["decoder_base"][p.id]]}
    rows: list[dict[str, Any]] = []
    documents: list[dict[str, Any]] = []
    for name, members in corpus.sets.items():
        say(f"reading {name} ({len(members)} documents)")
        new_rows, new_documents = read_set(reader, name, members, corpus, spec.probes, tops, spec.shuffled)
        rows += new_rows
        documents += new_documents
    say("measuring")
    readings = Readings(rows, documents, beliefs, held_out, untrained and untrained[1], progress, verdict)
    result = make_result(spec, setup.corpus, reader, setup.base, readings)
    store.write_table(folder / "probes.parquet", rows)
    store.write_table(folder / "documents.parquet", readings.documents)
    return result


def assemble(spec: SetupSpec) -> Assembled:
    """Corpus, models, compressor and decoder of `spec`, untrained; which weights train is set."""
    corpus = load_corpus(spec.corpus, spec.probes, spec.train.n_held_out)
    decoder = Decoder(load(spec.decoder.model, spec.corpus.options))
    base = load(spec.base_model, spec.corpus.options)
    compressor = build(spec.compressor, base, decoder, spec.rate, spec.seed)
    reader = Reader(compressor, decoder)
    if compressor.trainable:
        choose_trainable(compressor, decoder, spec.train, spec.decoder.train)
    return Assembled(spec, corpus, reader, base, HeldOut(reader, corpus))


def believe(setup: Assembled, probes: list[Probe]) -> dict[str, dict[str, Belief] | None]:
    """Belief of the compressor's base and of the decoder's base, before either trains."""
    asked, spec = _believed(probes), setup.spec

    def measured(model: ModelSpec, decoder: Decoder) -> dict[str, Belief]:
        key = (model.model_dump_json(), spec.corpus.model_dump_json(), spec.probes.model_dump_json())
        if key not in _MEASURED:
            _MEASURED[key] = closed_book(decoder, asked)
        return _MEASURED[key]

    decoder = measured(spec.decoder.model, setup.reader.decoder)
    base = measured(spec.base_model, Decoder(setup.base))
    return {"compressor_base": base, "decoder_base": decoder, "decoder_trained": None}


def _believed(probes: list[Probe]) -> list[Probe]:
    return [p for p in probes if p.believed is not None]


def train_setup(setup: Assembled, folder: Path, say: Say) -> tuple[Progress, dict[str, Any]]:
    spec, reader, corpus, held_out = setup.spec, setup.reader, setup.corpus, setup.held_out
    if corpus.training is None:
        raise UsageError(f"corpus {corpus.name!r} has no documents to train on; {spec.compressor.name!r} is trained.")
    texts = corpus.training(spec.train.n_documents, spec.seed, spec.train.values)
    target = [reader.decoder.lm.ids(text) for text in texts]
    source = target if spec.base_model == spec.decoder.model else [setup.base.ids(text) for text in texts]
    if source == target:
        source = target
    n = [len(row) for row in target]
    reader.check_room(n, [n_slots(k, spec.rate) for k in n])
    copying = None
    if not reader.decoder.tells_back and spec.decoder.train != "frozen" and spec.train.copy_steps:
        copying = Batches(target, target, spec.train.batch_size, spec.seed)
    reader.decoder.tells_back = True
    without_memory = _loss_without_memory(setup)
    progress = train(
        Pair(reader.compressor, reader.decoder), Batches(source, target, spec.train.batch_size, spec.seed), spec.train,
        spec.train.learning_rate, spec.rate, folder, held_out.figures, say, copying,
    )  # fmt: skip
    save_weights(reader, folder / WEIGHTS)
    return progress, gate(progress.trace, without_memory, held_out.chance, held_out.belief)


def _loss_without_memory(setup: Assembled) -> float:
    from tellback.compressors.base import NoMemory, Options

    decoder = setup.reader.decoder
    empty = Reader(NoMemory(setup.base, decoder, None, Options()), decoder)
    return HeldOut(empty, setup.corpus).figures()["loss"]


def save_weights(reader: Reader, path: Path) -> None:
    """Every weight that trained, as one safetensors file, atomically."""
    import os

    from safetensors.torch import save_file

    pair = Pair(reader.compressor, reader.decoder)
    tensors = {n: p.detach().contiguous() for n, p in pair.named_parameters() if p.requires_grad}
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    save_file(tensors, str(temporary))
    os.replace(temporary, path)


def load_reader(path: Path) -> Reader:
    """The trained reader of the setup at DIR/<setup name or key>."""
    from safetensors.torch import load_file

    folder = path if (path / "spec.json").is_file() else store.StudyFolder(path.parent).find(path.name)
    if not (folder / "result.json").is_file():
        raise UsageError(f"setup {path.name!r} is not finished. Run its study again; it goes on where it stopped.")
    reader = assemble(store.read_setup_spec(folder)).reader
    if reader.compressor.trainable:
        pair = Pair(reader.compressor, reader.decoder)
        missing = pair.load_state_dict(load_file(str(folder / WEIGHTS)), strict=False)
        assert not missing.unexpected_keys, missing.unexpected_keys
        reader.decoder.tells_back = True
    return reader
