"""Compressor and decoder as one module that turns a batch into a loss: what one step of a training minimises."""

from __future__ import annotations

import copy
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from tellback.compressors.base import SlotCompressor
from tellback.compressors.memory import Memory
from tellback.compressors.text_memory import Source
from tellback.config import TrainSpec
from tellback.models.decoder import Decoder
from tellback.training import objective, remedies
from tellback.training.data import Batch, split
from tellback.training.objective import autoencode


@dataclass(frozen=True)
class Step:
    """All that chance decides in one step; drawn from the seed and the step's number alone."""

    rate: float
    weights: Mapping[str, float]  # of the objectives of this step
    share: float = 0.5  # of each document that is remembered, where the rest is its continuation
    copying: bool = False  # the source itself is the memory: this is how a decoder is taught to copy


AUTOENCODE = {"autoencode": 1.0}


def draw(spec: TrainSpec, weights: Mapping[str, float], rate: float, seed: int, i: int) -> Step:
    """Step `i`: the rate (of the curriculum, else one of `spec.rates`, else `rate`), the objectives, and where documents are cut
    (25% to 75%)."""
    first = spec.remedy.rate_at(i, spec.steps)
    if weights == AUTOENCODE and not spec.rates:
        return Step(first or rate, weights)
    rng = random.Random(f"step-{seed}-{i}")
    drawn, share = rng.choice(spec.rates or (rate,)), rng.uniform(0.25, 0.75)
    rate = first or drawn
    if spec.mix == "sample":
        weights = {rng.choices(list(weights), list(weights.values()))[0]: 1.0}
    return Step(rate, {name: w for name, w in weights.items() if w > 0}, share)


def n_told(batch: Batch) -> int:
    """Positions that telling back scores: every token and the ends."""
    return sum(map(len, batch.target)) + len(batch.target)


def needs_teacher(spec: TrainSpec) -> bool:
    """Whether anything of the training compares with the decoder as it was: an objective with what it says when it reads the
    source itself, a remedy with what it believes."""
    used = {name for weights in (spec.objectives, *(s.objectives or {} for s in spec.stages))
            for name, weight in weights.items() if weight > 0}  # fmt: skip
    return bool(used & {"distillation", "hidden_distillation"}) or spec.remedy.needs_belief


class Pair(nn.Module):
    """One optimizer, one checkpoint and one `prepare` hold both. The LMs stay in eval mode, whatever is asked: a
    training with dropout could not be repeated, and checkpointing in train mode silently drops the memory's cache."""

    def __init__(self, compressor: SlotCompressor, decoder: Decoder):
        super().__init__()
        self.compressor, self.decoder = compressor, decoder
        self._teacher: tuple[Decoder, ...] = ()  # in a tuple, so that its weights are not ours

    def train(self, mode: bool = True) -> Pair:
        super().train(mode)
        self.compressor.lm.model.eval()
        self.decoder.lm.model.eval()
        return self

    def keep_teacher(self, decoder_trains: bool) -> None:
        """From now on distillation compares with the decoder as it is; a copy of what is about to change in it."""
        if decoder_trains:
            shared = {id(p): p for p in self.decoder.parameters() if not p.requires_grad}
            self._teacher = (copy.deepcopy(self.decoder, shared).requires_grad_(False),)
        else:
            self._teacher = (self.decoder,)

    @property
    def teachers(self) -> tuple[Decoder, ...]:
        """Decoders that compute in a step and whose weights are not this pair's."""
        return self._teacher

    def memory(self, batch: Batch, rate: float, copying: bool = False) -> Memory:
        n_tokens = [len(row) for row in batch.target]
        if copying:
            return Source([""] * len(n_tokens), batch.target, n_tokens)
        return self.compressor.encode(batch.source, n_tokens, rate)

    def _twins(self, batch: Batch, rate: float) -> tuple[Memory, Sequence[list[int]]]:
        """The memories of the batch's twins, and their ids."""
        assert batch.twin_source is not None and batch.twin_target is not None
        return self.memory(Batch(batch.twin_source, batch.twin_target), rate), batch.twin_target

    def forward(self, batch: Batch, step: Step, spec: TrainSpec, whole: Mapping[str, int] | None = None) -> Tensor:
        """The loss of `batch` (nats per token, weighted).

        `whole` counts what each objective scores in the whole batch of which this is a part: the parts' losses then
        add up to the whole's. Only nearly so for hidden_distillation, where each part is scaled by the deviation of its
        own documents: to know the whole's, the teacher would have to read all parts first.
        """
        if spec.remedy.changes_loss and not step.copying:
            believer = self._teacher[0] if self._teacher else None
            memory = self.memory(batch, step.rate)
            loss = remedies.loss(memory, self.decoder, batch.target, spec.remedy, believer, lambda: self._twins(batch, step.rate))
            return loss if whole is None else loss * (n_told(batch) / whole["autoencode"])
        if step.copying or step.weights == AUTOENCODE:
            loss = autoencode(self.memory(batch, step.rate, step.copying), self.decoder, batch.target)
            return loss if whole is None else loss * (n_told(batch) / whole["autoencode"])
        terms = self._read_on(batch, step, spec)
        if "autoencode" in step.weights:
            terms["autoencode"] = autoencode(self.memory(batch, step.rate), self.decoder, batch.target)
        shares = self.counts(batch, step, spec) if whole else {}
        return sum(  # type: ignore[return-value]
            weight * terms[name] * (shares[name] / max(whole[name], 1) if whole else 1.0)
            for name, weight in step.weights.items()
        )  # fmt: skip

    def run(self, what: Callable[[], Any]) -> Any:
        """`what()`, with the weights that a forward pass has: a sharded pair gathers them around it."""
        return what()

    def counts(self, batch: Batch, step: Step, spec: TrainSpec) -> dict[str, int]:
        """How many tokens each objective scores in `batch`."""
        told = n_told(batch)
        if step.copying or step.weights == AUTOENCODE:
            return {"autoencode": told}
        _, rest = split(batch, step.share, self.compressor.lm, self.decoder.lm)
        next_ = sum(max(0, len(row) - spec.unscored + 1) for row in rest)
        distilled = told if spec.distil_on == "telling_back" else next_
        return {"autoencode": told, "continuation": next_, "distillation": distilled, "hidden_distillation": distilled}

    def _read_on(self, batch: Batch, step: Step, spec: TrainSpec) -> dict[str, Tensor]:
        """The losses in which the decoder reads on after the memory of a document's first part, or tells it back."""
        distilled = {"distillation", "hidden_distillation"} & set(step.weights)
        on_rest = distilled if spec.distil_on == "continuation" else set()
        told, eos, terms = distilled - on_rest, self.decoder.lm.eos, {}
        if "continuation" in step.weights or on_rest:
            first, rest = split(batch, step.share, self.compressor.lm, self.decoder.lm)
            if rest:
                memory, vectors = self.memory(first, step.rate), self._embed(self.decoder, rest)
                wanted_BT = objective.next_targets(rest, eos, spec.unscored).to(self.decoder.device)
                student = objective.follow(memory, self.decoder, vectors, "hidden_distillation" in on_rest)
                terms["continuation"] = objective.cross_entropy(student.logits_BTV, wanted_BT)
                terms |= self._distil(student, first.target, rest, wanted_BT, on_rest, spec)
            else:  # documents of one token have no next text: nothing to learn
                terms |= dict.fromkeys(step.weights, torch.zeros((), device=self.decoder.device, requires_grad=True))
        if told:
            memory, vectors = self.memory(batch, step.rate), self._embed(self.decoder, batch.target, told=True)
            wanted_BT = objective.targets(batch.target, eos).to(self.decoder.device)
            student = objective.follow(memory, self.decoder, vectors, "hidden_distillation" in told)
            terms |= self._distil(student, batch.target, batch.target, wanted_BT, told, spec)
        return terms

    def _distil(
        self, student: objective.Followed, source: Sequence[list[int]], ids: Sequence[list[int]], wanted_BT: Tensor,
        names: set[str], spec: TrainSpec,
    ) -> dict[str, Tensor]:  # fmt: skip
        if not names:
            return {}
        (teacher,), scored_BT = self._teacher, wanted_BT != -100
        with torch.no_grad():
            read = Source([""] * len(source), list(source), [len(row) for row in source])
            theirs = objective.follow(read, teacher, self._embed(teacher, ids, source is ids), bool(student.hidden))
        losses: dict[str, Any] = {
            "distillation": lambda: objective.sequence_distillation(student, theirs, scored_BT, spec.temperature),
            "hidden_distillation": lambda: objective.hidden_distillation(student, theirs, scored_BT),
        }
        return {name: losses[name]() for name in names}

    @staticmethod
    def _embed(decoder: Decoder, ids: Sequence[Sequence[int]], told: bool = False) -> list[Tensor]:
        rows = [decoder.embed(row) for row in ids]
        return [torch.cat([decoder.start_PD(), row]) for row in rows] if told else rows
