"""`--stacked`: setups of one shape are trained together, as one stack on the accelerator, and read one by one as ever.

What a stack leaves in each setup's folder is what its own training would have left: the weights along the way, from which the
worker that reads the setup makes its trace. Pocket compressors that pool are stacked; whatever is not trains by itself.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from tellback.config import SetupSpec, TrainSpec
from tellback.corpora.grammar import tokenizer
from tellback.corpora.load import load_corpus
from tellback.models.decoder import Decoder
from tellback.models.lm import LM
from tellback.models.load import DEVICE, find_device
from tellback.models.stacked import Flat, StackedLM
from tellback.saved import build_reader
from tellback.study.pretraining_stacked import pretrain_missing
from tellback.study.trained import has_trained
from tellback.study.training_texts import drawn, twins_of
from tellback.study.workers import end_with_parent
from tellback.training import snapshots
from tellback.training.data import Batches, Twinning, fresh
from tellback.training.pair import AUTOENCODE, Pair
from tellback.training.stacked import TOGETHER, Schedule, StackedTraining, at_once
from tellback.training.stacked_loss import Shape, Table, TellingBack
from tellback.training.trainable import stages_of
from tellback.training.trainer import Plan

MOST = 64  # members of a stack: more gain nothing, and their weights along the way must be held
Say = Callable[[str], None]


def why_not(spec: SetupSpec) -> str | None:
    """Why `spec` trains by itself; None where it can be one of a stack."""
    train, options = spec.train, spec.compressor.options
    if spec.compressor.name != "pooling":
        return "only pooling is stacked"
    if options.get("pool", "concat") == "eos" or options.get("mask", "causal") != "causal" or "window" in options:
        return "pool: eos, masks and windows of one's own are not stacked"
    if not all(m.name.startswith("pocket-") for m in (spec.base_model, spec.decoder.model)):
        return "only pocket models are stacked"
    if dict(train.objectives) != AUTOENCODE or train.stages or train.rates or train.dtype != "float32" or train.remedy.rank or train.remedy.curriculum:
        return "other objectives than autoencode, stages, several rates, bfloat16 and the remedies `rank` and `curriculum` are not stacked"
    if train.bucket > 1 or train.gradient_checkpointing or train.compile:
        return "bucket, gradient_checkpointing and compile are not stacked"
    if train.compressor != "full" or spec.decoder.train == "lora":
        return "LoRA and frozen compressors are not stacked"
    return None


def key(spec: SetupSpec) -> str:
    """What the members of a stack share."""
    train = spec.train.model_dump(mode="json", exclude={"learning_rate", "values", "remedy", "n_documents", "checkpoint_seconds", "n_threads", "track"})
    shape = [m.name.removesuffix("-uniform").removesuffix("-copy") for m in (spec.base_model, spec.decoder.model)]
    return json.dumps([shape, spec.compressor.model_dump(mode="json"), spec.rate, train, spec.train.remedy.contrast > 0], sort_keys=True)


def groups(specs: Sequence[SetupSpec]) -> list[list[SetupSpec]]:
    """Stacks in the order of `specs`, none of more than MOST members."""
    found: dict[str, list[SetupSpec]] = {}
    for spec in specs:
        found.setdefault(key(spec), []).append(spec)
    return [members[i : i + MOST] for members in found.values() for i in range(0, len(members), MOST)]


class Stacker:
    """Trains setups in stacks on the device there is, and hands setups out as they get ready to be read.

    Only the training takes the device. Small models are read faster by many workers on the CPU, so that is where this process
    and its workers put models for as long as the context lasts. Where `may_begin()` says no, no further stack is begun.
    """

    def __init__(self, folder_of: Callable[[SetupSpec], Path], workers: int, say: Say, may_begin: Callable[[], bool] = lambda: True):
        self.folder_of, self.workers, self.say, self.may_begin = folder_of, workers, say, may_begin
        self.device, self.before = torch.device(find_device()), os.environ.get(DEVICE)
        self.pool: Executor
        self.tables: Tables

    def __enter__(self) -> Stacker:
        os.environ[DEVICE] = "cpu"
        self.pool = ProcessPoolExecutor(self.workers, get_context("spawn"), initializer=end_with_parent)
        self.tables = Tables(self.pool)
        return self

    def __exit__(self, *_: object) -> None:
        self.pool.shutdown(wait=False, cancel_futures=True)
        if self.before is None:
            os.environ.pop(DEVICE)
        else:
            os.environ[DEVICE] = self.before

    def __call__(self, specs: Sequence[SetupSpec]) -> Iterator[Sequence[SetupSpec]]:
        """Of `specs` first those that train by themselves or have trained, then stack after stack once its weights lie in its
        members' folders."""
        reasons = {spec.name: why_not(spec) for spec in specs}
        for spec in specs:
            if reasons[spec.name] and not spec.is_control:
                self.say(f"  {spec.name} trains by itself: {reasons[spec.name]}")
        waiting = [s for s in specs if not reasons[s.name] and not has_trained(self.folder_of(s))]
        yield [spec for spec in specs if spec not in waiting]
        if waiting:
            yield from self._train(waiting)

    def ahead(self, specs: Sequence[SetupSpec]) -> None:
        """Draw what setups will read, on the other cores, before they are asked for: whatever chance decides needs no device."""
        self.tables.ask([spec for spec in specs if why_not(spec) is None])

    def _train(self, waiting: Sequence[SetupSpec]) -> Iterator[list[SetupSpec]]:
        stacks = groups(waiting)
        pretrain_missing(waiting, self.device, self.pool, self.say)
        for members in stacks:
            self.ahead(members)
        for at in range(0, len(stacks), TOGETHER):
            if not self.may_begin():
                self.say(f"out of time: {len(stacks) - at} of {len(stacks)} stacks are not begun")
                return
            built = [Stack(members, self.tables.of(members), self.device) for members in stacks[at : at + TOGETHER]]
            self.say(f"stacks {at + 1} to {at + len(built)} of {len(stacks)}: " + ", ".join(map(str, built)))
            for i in at_once([partial(stack.train, self.folder_of, self.say) for stack in built], [s.training for s in built]):
                yield built[i].specs


class Tables:
    """What each setup reads at each step; setups that read the same share it."""

    def __init__(self, pool: Executor):
        self.pool, self.waiting = pool, {}

    def ask(self, specs: Sequence[SetupSpec]) -> None:
        for spec in specs:
            if (what := _read_by(spec)) not in self.waiting:
                self.waiting[what] = self.pool.submit(draw_table, spec.model_dump(mode="json"))

    def of(self, specs: Sequence[SetupSpec]) -> list[Table]:
        self.ask(specs)
        found = (self.waiting[_read_by(spec)].result() for spec in specs)
        return [Table(*(t if t is None else torch.from_numpy(t) for t in arrays)) for arrays in found]


def _read_by(spec: SetupSpec) -> str:
    train = spec.train.model_dump(mode="json", include={"steps", "batch_size", "values", "n_documents"})
    remedy = spec.train.remedy.model_dump(mode="json", include={"uniform", "uniform_kinds", "twins", "ramp"})
    return json.dumps([spec.corpus.model_dump(mode="json"), spec.seed, train, remedy, spec.train.remedy.needs_twins], sort_keys=True)


def draw_table(spec: Mapping[str, Any]) -> tuple[np.ndarray, np.ndarray, np.ndarray | None]:
    """The ids that a setup reads (steps x B x T, zeros on the right), their lengths (steps x B) and its documents' twins: those
    of its own training, batch for batch."""
    setup = SetupSpec.model_validate(spec)
    train, remedy = setup.train, setup.train.remedy
    corpus, lm = load_corpus(setup.corpus, setup.probes, train.n_held_out), LM("pocket", None, tokenizer())  # type: ignore[arg-type]
    texts = drawn(corpus, setup, train.n_documents or fresh(train.steps, train.batch_size))
    rows = lm.tokenizer(texts, add_special_tokens=False, verbose=False).input_ids
    twins = twins_of(corpus, lm, texts, rows, setup.seed) if remedy.needs_twins else None
    batches = Batches(rows, rows, train.batch_size, setup.seed, twins, Twinning(remedy.twins, round(remedy.ramp * train.steps)))
    longest = max(map(len, rows))
    ids = np.zeros((train.steps, train.batch_size, longest), np.int16)
    lengths, others = np.ones((train.steps, train.batch_size), np.int16), np.zeros_like(ids) if twins else None
    for i in range(train.steps):
        batch = batches[i]
        for b, row in enumerate(batch.target):
            ids[i, b, : len(row)], lengths[i, b] = row, len(row)
            if others is not None:
                others[i, b, : len(row)] = batch.twin_target[b]
    return ids, lengths, others


@dataclass
class Member:
    """One setup of a stack: its untrained parts and their weights by name."""

    spec: SetupSpec
    pair: Pair
    weights: dict[str, Any]

    @staticmethod
    def of(spec: SetupSpec) -> Member:
        reader = build_reader(spec.reader)
        pair = Pair(reader.compressor, reader.decoder).to("cpu")
        unused = {"compressor.pad"} if reader.compressor.options.pool == "mean" else set()
        return Member(spec, pair, {n: p for n, p in pair.named_parameters() if n not in unused})


class Stack:
    """Setups of one shape, ready to be trained together."""

    def __init__(self, specs: Sequence[SetupSpec], tables: Sequence[Table], device: torch.device):
        self.specs, self.device = list(specs), device
        members = [Member.of(spec) for spec in specs]
        self.flat = Flat([m.weights for m in members])
        mask = self.flat.mask([{n for n, p in m.weights.items() if p.requires_grad} for m in members])
        first, table = members[0], Table.stack(tables)
        loss = TellingBack(
            StackedLM(first.pair.compressor.lm.model), StackedLM(first.pair.decoder.lm.model), table, _shape(first),
            [spec.train.remedy for spec in specs], self.flat.views(self.flat.start_MP), device,
        )  # fmt: skip
        self.plans = [plan_of(spec) for spec in specs]
        self.training = StackedTraining(self.flat, loss, schedule_of(specs[0].train, self.plans), device, mask)
        self.stops = [s for s in range(self.plans[0].total + 1) if self.plans[0].traced(self.plans[0].at(s))]
        self.tokens = _tokens(table.lengths, self.stops)

    def __str__(self) -> str:
        return f"{len(self.specs)} setups like {self.specs[0].name}"

    def train(self, folder_of: Callable[[SetupSpec], Path], say: Say) -> None:
        """Train to the end and leave each setup's snapshots in its folder."""
        taken = []
        for snapshot in self.training.run(self.stops):
            taken.append(snapshot)
        say(f"{self}: {self.plans[0].total:,} steps in {taken[-1].seconds:.0f} s, loss {taken[-1].loss_M.mean():.3f}")
        where = torch.cuda.get_device_name(self.device) if self.device.type == "cuda" else self.device.type
        for i, (spec, plan) in enumerate(zip(self.specs, self.plans, strict=True)):
            rows = [{"step": s.step, "train_loss": None if s.loss_M is None else s.loss_M[i].item(),
                     "learning_rate": plan.last_learning_rate(s.step), "tokens": self.tokens[j][i],
                     "seconds": round(s.seconds / len(self.specs), 3)} for j, s in enumerate(taken)]  # fmt: skip
            weights = torch.stack([s.weights_MP[i] for s in taken])
            snapshots.write(folder_of(spec), list(self.flat.shapes), weights, rows, f"one of {len(self.specs)} on {where}")


def _shape(member: Member) -> Shape:
    decoder: Decoder = member.pair.decoder
    assert decoder.ae_id is not None and member.spec.rate is not None
    return Shape(member.pair.compressor.options.pool, member.spec.rate, decoder.ae_id, decoder.lm.eos)


def plan_of(spec: SetupSpec) -> Plan:
    """Steps, trace and learning rates as the setup's own training would have them."""
    stages = stages_of(spec.train, spec.train.learning_rate, spec.decoder.train)
    return Plan(spec.train, stages, spec.rate, None, None)  # type: ignore[arg-type]


def schedule_of(train: TrainSpec, plans: Sequence[Plan]) -> Schedule:
    n = plans[0].total
    rates = torch.tensor([[plan.last_learning_rate(i + 1) for plan in plans] for i in range(n)])
    return Schedule(rates, torch.full((n,), 0.9), train.weight_decay, train.clip)


def _tokens(lengths: Tensor, stops: Sequence[int]) -> list[list[int]]:
    """Tokens that each member has read after each number of steps."""
    summed = torch.cat([torch.zeros(1, lengths.shape[1], dtype=torch.long), lengths.long().sum(2).cumsum(0)])
    return [summed[stop].tolist() for stop in stops]
