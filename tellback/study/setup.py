"""One setup, every stage in order: assemble, measure belief, train, tell back, judge, measure, write."""

from __future__ import annotations

import json
import traceback
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch

from tellback import store
from tellback.config import SetupSpec
from tellback.engines import make_engine
from tellback.errors import Stopped, UsageError
from tellback.models.belief import believing, closed_book, to_measure
from tellback.models.load import find_device
from tellback.provenance import provenance
from tellback.readers.table import cost_line
from tellback.reading import Reader
from tellback.study.along import Along
from tellback.study.assembled import (
    Assembled,
    Say,
    assemble,
    believe,
    check_engine,
    check_room,
    file_of_shortened_texts,
    say_what_is_left_out,
    tops,
)
from tellback.study.evaluate import make_readers, read_set
from tellback.study.held_out import HeldOut
from tellback.study.lock import locked
from tellback.study.open_values import OpenValues
from tellback.study.result import Readings, failed_result, make_result
from tellback.study.trained import has_trained, made_again, trained_already, write_trained
from tellback.study.training_texts import drawn, in_pieces, that_can_be_told_back, twins_of
from tellback.study.where_lost import WhereLost
from tellback.training import remedies
from tellback.training.checkpoint import Progress, drop_checkpoint
from tellback.training.data import Batches, Twinning, fresh
from tellback.training.diverged import Diverged
from tellback.training.gate import gate
from tellback.training.launched import here
from tellback.training.outlook import check_memory, outlook
from tellback.training.pair import Pair, needs_teacher
from tellback.training.processes import ALONE, Alone
from tellback.training.trainable import modes_of
from tellback.training.trainer import train


def run_setup(spec: SetupSpec, folder: Path, say: Say = lambda line: None) -> dict[str, Any]:
    """Run `spec` to the end in `folder`, or go on where it stopped; returns what stands in result.json.

    A fault of the study (UsageError) is raised, and so is storage that is full; any other error becomes a result with status
    "failed". Where another process is at the same setup, this one waits, and takes its result.
    """
    torch.set_num_threads(spec.train.n_threads)
    try:
        with locked(folder, say):
            store.tidy(folder)
            result = store.finished(folder) or _run_alone(spec, folder, say)
            drop_checkpoint(folder)
    except OSError as error:
        if error.errno not in store.STORAGE:
            raise
        raise UsageError(store.storage_fault(error)) from None
    return result


def _run_alone(spec: SetupSpec, folder: Path, say: Say) -> dict[str, Any]:
    header = {"name": spec.name, "key": spec.key(), "spec": spec.model_dump(mode="json"),
              "provenance": provenance(find_device(), spec.train.n_threads, spec.seed)}  # fmt: skip
    store.write_json(folder / "spec.json", header | {"state": "started"})
    try:
        result = _stages(spec, folder, say)
    except (UsageError, Stopped):
        raise
    except Diverged as error:
        result = failed_result(spec, str(error), "")
    except (MemoryError, torch.OutOfMemoryError) as error:
        why = f"out of memory: {error or 'none was left'}. A smaller train.micro_batch takes less, train.dtype bfloat16_weights too."
        result = failed_result(spec, why, traceback.format_exc())
    except Exception as error:  # a failed setup is a row of the study, not its end
        if isinstance(error, OSError) and error.errno in store.STORAGE:
            raise
        result = failed_result(spec, f"{type(error).__name__}: {error}", traceback.format_exc())
    if result["row"]["status"] == "failed" and torch.cuda.is_available():
        torch.cuda.empty_cache()  # what it held is no use to the setups after it
    store.write_json(folder / "spec.json", header | {"state": "finished"})
    store.write_json(folder / "result.json", result)  # the last of all: with it the setup is done
    return result


def _stages(spec: SetupSpec, folder: Path, say: Say) -> dict[str, Any]:
    setup = assemble(spec)
    reader, corpus, held_out = setup.reader, setup.corpus, setup.held_out
    reader.compressor.remember(file_of_shortened_texts(spec, folder.parent.parent / store.SHORTENED))
    say_what_is_left_out(corpus, say)
    verdict_readers = make_readers(spec.probes, corpus, reader)  # a reader that cannot be had stops it here
    check_room(setup)
    engine = spec.probes.engine
    check_engine(setup)
    say("measuring belief")
    beliefs = believe(setup)
    assert beliefs["decoder_base"] is not None
    corpus = setup.corpus = believing(corpus, beliefs["decoder_base"])
    asked = to_measure(corpus)
    if not reader.compressor.trainable:
        reader.engine = make_engine(engine.name, reader.decoder, **engine.options)
    untrained = held_out.read(tell=not reader.compressor.trainable)
    progress, verdict = None, None
    if reader.compressor.trainable:
        together = here(find_device())
        together.tell(json.dumps({"spec": spec.model_dump(mode="json"), "folder": str(folder.resolve())}))
        with together.as_one():
            progress, verdict = train_setup(setup, folder, say, together)
        if together.spends_models:
            verdict_readers = make_readers(spec.probes, corpus, reader)  # they may read with the decoder, which is another now
        reader.engine = make_engine(engine.name, reader.decoder, **engine.options)  # of the weights as they are now
        beliefs["decoder_trained"] = closed_book(reader.decoder, asked, normalise=spec.probes.normalise)
    believed = tops(beliefs["decoder_base"], corpus)
    rows: list[dict[str, Any]] = []
    documents: list[dict[str, Any]] = []
    for name, members in corpus.sets.items():
        say(f"reading {name} ({len(members)} documents)")
        new_rows, new_documents = read_set(
            reader, name, members, corpus, spec.probes, believed, spec.shuffled, verdict_readers
        )
        rows += new_rows
        documents += new_documents
    for each in verdict_readers:
        if each.cost is not None:
            say(cost_line(each.name, each.cost))
    say("measuring")
    read_by = [each.about | {"cost": each.cost} for each in verdict_readers]
    ordinary = held_out.read(tell=True) if reader.compressor.trainable else untrained  # nothing has changed since
    lost = _where_lost(setup, rows) if reader.compressor.trainable and spec.probes.linear else {}
    readings = Readings(rows, documents, beliefs, held_out, ordinary, untrained, progress, verdict, lost, read_by)
    result = make_result(spec, setup.corpus, reader, setup.base, readings)
    store.write_table(folder / "probes.parquet", rows)
    store.write_table(folder / "documents.parquet", readings.documents)
    return result


def _where_lost(setup: Assembled, rows: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """Where the facts of each set are lost, by the main reading of what was told back."""
    kind = WhereLost if setup.spec.corpus.is_world else OpenValues
    found = kind(setup.reader, setup.corpus, setup.spec.probes.linear, setup.spec.seed)
    out = {}
    for name in setup.corpus.sets:
        outcomes = {r["probe_id"]: r["outcome"] for r in rows if r["set"] == name and r["reading"] == "told"}
        cells = found.of(name, outcomes)
        if cells is not None:
            out[name] = cells
    return out


def train_setup(setup: Assembled, folder: Path, say: Say, together: Alone = ALONE) -> tuple[Progress, dict[str, Any]]:
    """Train what the setup has to train, or take what was trained; gives how far it got and what the gate says of it. Of several
    processes that train together only the first one has the trained models at the end, and a verdict."""
    spec, reader, corpus, held_out = setup.spec, setup.reader, setup.corpus, setup.held_out
    if corpus.training is None:
        raise UsageError(f"corpus {corpus.name!r} has no documents to train on; {spec.compressor.name!r} is trained.")
    same_tokens, remedy = setup.base.same_tokens(reader.decoder.lm), spec.train.remedy
    remedies.check(remedy, list(spec.train.objectives), corpus.twin is not None, same_tokens)
    pair, figures = Pair(reader.compressor, reader.decoder), _traced(setup)

    def judged(progress: Progress, without_memory: float) -> tuple[Progress, dict[str, Any]]:
        return progress, gate(progress.trace, without_memory, held_out.chance, held_out.belief, spec.train.tail)

    if together.first(has_trained(folder)):  # in a sweep, in a stack, or by a run that ended while it read
        if not together.leads:
            return Progress(), {}
        reader.decoder.tells_back = True
        without_memory = _loss_without_memory(setup)
        return judged(trained_already(folder, pair, figures, reader), without_memory)
    texts, target = that_can_be_told_back(
        reader, spec.train, spec.rate, in_pieces(reader, drawn(corpus, spec, spec.train.n_documents or fresh(spec.train.steps, spec.train.batch_size))),
        in_pieces(reader, [d.text for d in held_out.documents]), say,
    )  # fmt: skip
    source = target if same_tokens else [setup.base.ids(text) for text in texts]
    twins = twins_of(corpus, reader.decoder.lm, texts, target, spec.seed) if remedy.needs_twins else None
    _check(setup, source, target)
    batches = Batches(source, target, spec.train.batch_size, spec.seed, twins, Twinning(remedy.twins, round(remedy.ramp * spec.train.steps)), spec.train.bucket)
    copying, first = None, modes_of(spec.train, spec.decoder.train)[0]
    if not reader.decoder.tells_back and first["decoder"] != "frozen" and spec.train.copy_steps:
        copying = Batches(target, target, spec.train.batch_size, spec.seed, bucket=spec.train.bucket)
    if spec.base_model.pretrained:
        before_it_begins = outlook(pair, batches, spec.train, spec.rate, copying is not None, together.n, together.shards)
        say(before_it_begins.line)
        check_memory(before_it_begins, reader.decoder.device)
    if copying is not None:
        n_copy, before = spec.train.copy_steps, say
        say(f"the decoder cannot tell back yet, so {n_copy:,} steps of copying come first (copy_steps=0: none)")

        def say(line: str) -> None:
            copies = line.startswith("copying")
            before(f"{line} · then {spec.train.steps:,} steps (copy_steps=0 leaves the copying out)" if copies else line)

    reader.decoder.tells_back = True
    without_memory = _loss_without_memory(setup) if together.leads else 0.0
    progress = train(
        pair, batches, spec.train, spec.train.learning_rate, spec.rate, folder, figures, say, copying, spec.decoder.train, together,
    )  # fmt: skip
    if not together.leads:
        return progress, {}
    if together.spends_models:
        pair = made_again(reader, folder)
        setup.base = reader.compressor.lm
    write_trained(folder, pair, reader, progress)
    return judged(progress, without_memory)


def _traced(setup: Assembled) -> Callable[[], dict[str, Any]]:
    """What makes a row of the training's trace."""
    n, figures = setup.spec.probes.along, setup.held_out.figures
    if not n:
        return figures
    believed = tops(believe(setup)["decoder_base"] or {}, setup.corpus)
    return Along(setup.reader, setup.corpus, n, believed).beside(figures)


@torch.no_grad()
def _check(setup: Assembled, source: list[list[int]], target: list[list[int]]) -> None:
    """Raise UsageError, before hours of training, for what could not be trained this way."""
    train, reader = setup.spec.train, setup.reader
    for rate in train.further_rates:  # a method that is made for one rate says so
        reader.compressor.encode(source[:1], [len(target[0])], rate)
    if needs_teacher(train) and train.distil_on == "telling_back" and not reader.decoder.tells_back:
        raise UsageError(
            f"train.distil_on telling_back: the decoder {reader.decoder.lm.name!r} was never taught to tell back, so it "
            f"can teach nobody. Use distil_on: continuation."
        )


def _loss_without_memory(setup: Assembled) -> float:
    from tellback.compressors.base import NoMemory, Options

    decoder = setup.reader.decoder
    empty = Reader(NoMemory(setup.base, decoder, None, Options()), decoder)
    return HeldOut(empty, setup.corpus).figures()["loss"]
