"""The training loop: compressor and decoder, on Accelerate, resumable at any step, traced on a held-out batch."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import torch

from tellback.config import TrainSpec
from tellback.training import checkpoint, trackers
from tellback.training.checkpoint import Progress, drop_checkpoint
from tellback.training.data import Batch, Batches
from tellback.training.diverged import check
from tellback.training.layers import prepared
from tellback.training.masters import NoMasters
from tellback.training.pair import AUTOENCODE, Pair, Step, draw, needs_teacher
from tellback.training.processes import ALONE, Alone
from tellback.training.trainable import Stage, choose_trainable, optimizer_groups, stages_of, trained_weights

__all__ = ["Pair", "Progress", "choose_trainable", "drop_checkpoint", "learning_rate_scale", "train"]


TAIL_SCALE = 0.02  # of the peak, in the tail of a training


def learning_rate_scale(step: int, steps: int, tail: int = 0) -> float:
    """One cycle as torch's OneCycleLR draws it by default: 30% warm-up from 1/25, then to 1/250,000; both cosine.

    With a `tail` of that many of the `steps`, the cycle ends at `TAIL_SCALE` and stays there.
    """
    steps -= tail
    up = max(0.3 * steps - 1, 1e-9)
    if step <= up:
        low, high, x = 1 / 25, 1.0, step / up
    else:
        low, high, x = 1.0, TAIL_SCALE if tail else 1 / 250_000, (step - up) / max(steps - 1 - up, 1e-9)
    return high + (low - high) / 2 * (1 + math.cos(math.pi * min(1.0, x)))


def train(
    pair: Pair, batches: Batches, spec: TrainSpec, learning_rate: float, rate: float, folder: Path,
    evaluate: Callable[[], dict[str, Any]], say: Callable[[str], None], copy_batches: Batches | None = None,
    decoder_mode: str = "full", together: Alone = ALONE,
) -> Progress:  # fmt: skip
    """Train `pair` to the end of `spec.steps` and write `folder`/trace.jsonl.

    With `copy_batches`, the decoder first copies for `spec.copy_steps` steps, with what the first stage trains.
    `decoder_mode` is what stages that say nothing of the decoder train of it. A checkpoint (weights, optimizer,
    progress; safetensors) is written every `spec.checkpoint_seconds` and when interrupted; if `folder` holds one,
    training goes on from it and ends as if it had never stopped. Of several processes that train `together` each calls this.
    """
    accelerator = together.accelerator(spec, pair.decoder.device, **trackers.asked(spec, folder))
    if needs_teacher(spec):
        pair.keep_teacher(any(name.startswith("decoder.") for name in trained_weights(pair)))
    plan = Plan(spec, stages_of(spec, learning_rate, decoder_mode), rate, batches, copy_batches)
    together.divide(pair, spec)
    masters = together.masters(pair, spec)
    progress = checkpoint.resume(folder, masters.parameters)
    progress.longest = max(map(len, batches.target))
    optimizer, whole = None, False
    started, saved, said = time.monotonic(), time.monotonic(), 0.0
    before, held = progress.seconds, progress.stage
    # each process has what its share added to the losses; of those before the checkpoint the first one has all
    recent = [torch.tensor(x if together.leads else 0.0, device=pair.decoder.device) for x in progress.recent]

    def save() -> None:
        progress.recent = together.total(torch.stack(recent)).tolist() if recent else []
        together.save(folder, masters.parameters, optimizer, progress)

    tracker = trackers.Tracker(accelerator, spec, folder, progress.step, together.leads)
    masters.start()
    model = together.model(accelerator, pair)
    try:
        with together.listening(), prepared(pair, spec):
            while True:
                at = plan.at(progress.step)
                if plan.traced(at) and (not progress.trace or progress.trace[-1]["step"] < at.step):
                    losses = together.total(torch.stack(recent)).tolist() if recent else []
                    mean = sum(losses) / len(losses) if losses else None
                    check(mean, progress.step, learning_rate)
                    row = {"step": at.step, "train_loss": mean, "learning_rate": plan.last_learning_rate(progress.step),
                           "tokens": progress.tokens, "seconds": round(progress.seconds, 3), **together.evaluate(pair, evaluate)}  # fmt: skip
                    finite = together.first(math.isfinite(row.get("loss", 0.0)))
                    check(None if finite else row.get("loss", math.nan), progress.step, learning_rate)
                    progress.trace.append(row)
                    tracker.row(row, losses, progress.step)
                    recent.clear()
                if progress.step == plan.total:
                    break
                if optimizer is None or at.stage != progress.stage:
                    whole = False
                    optimizer, own = _optimizer(pair, masters, plan.stages[at.stage], spec.weight_decay, learning_rate)
                    if at.stage == held:  # else the checkpoint was the last of another stage
                        checkpoint.resume_optimizer(folder, masters.parameters, optimizer)
                    optimizer, held = together.optimizer(accelerator, optimizer), -1
                    progress.stage, whole = at.stage, True
                scale = plan.scale(at)
                for group in optimizer.param_groups:
                    group["lr"] = group["peak"] * scale
                batch, step = plan.draw(at)
                loss = _accumulate(together, accelerator, model, pair, batch, step, spec)
                masters.take()
                accelerator.clip_grad_norm_(own, spec.clip)
                whole = False  # from here to the end of the step an interrupt finds weights that are neither old nor new
                optimizer.step()
                masters.give()
                optimizer.zero_grad()
                recent.append(loss)
                progress.step += 1
                progress.tokens += sum(map(len, batch.target))
                now = time.monotonic()
                progress.seconds = before + now - started
                whole = True
                to_say, to_save = together.agree(now - said > 5 or progress.step == plan.total, now - saved > spec.checkpoint_seconds)
                if to_say:
                    said, loss = now, together.total(loss).item()
                    check(loss, progress.step, learning_rate)
                    say(plan.line(progress, loss))
                if to_save:
                    saved = now
                    save()
            if together.spends_models:
                save()  # the only whole that is left of the weights
    except KeyboardInterrupt:
        if whole:
            save()
        raise
    finally:
        tracker.end()
        masters.end()
        for parameter in masters.weights.values():
            parameter.requires_grad_(True)
    if together.leads:
        checkpoint.write_trace(folder, progress)
    return progress


def _optimizer(
    pair: Pair, masters: NoMasters, stage: Stage, weight_decay: float, learning_rate: float
) -> tuple[torch.optim.AdamW, list[torch.nn.Parameter]]:
    """A fresh optimizer of what the stage trains, and its parameters; what rests in it is frozen."""
    groups = optimizer_groups(pair, masters.weights, stage)
    for group in groups:
        group["params"] = masters.of(group["params"])
    optimizer = torch.optim.AdamW(groups, lr=learning_rate, betas=(0.9, 0.999), weight_decay=weight_decay, fused=True)
    return optimizer, [p for group in groups for p in group["params"]]


def _accumulate(
    together: Alone, accelerator: Any, model: Any, pair: Pair, batch: Batch, step: Step, spec: TrainSpec
) -> torch.Tensor:  # fmt: skip
    """Gradients of this process's share of the batch's loss, as many documents at a time as fit; gives what it adds to the loss."""
    parts = together.parts(batch, spec.micro_batch)
    counts = pair.counts(batch, step, spec) if len(parts) * together.n > 1 else None
    total = None
    for i, (part, weight) in enumerate(parts):
        with together.not_yet(model) if i < len(parts) - 1 else nullcontext():
            with together.autocast(accelerator):
                loss = model(part, step, spec, counts) * weight
            accelerator.backward(loss * together.n)  # the mean over processes is taken of it
        total = loss.detach() if total is None else total + loss.detach()
    return total


def tail_steps(spec: TrainSpec, steps: int) -> int:
    """Steps of the tail of a stage of `steps`."""
    return round(spec.tail * steps)


class At:
    """A place in a training: the stage, and the step in the stage, in training (stages alone) or in copying."""

    __slots__ = ("copying", "in_stage", "stage", "step")

    def __init__(self, copying: bool, stage: int, in_stage: int, step: int):
        self.copying, self.stage, self.in_stage, self.step = copying, stage, in_stage, step


class Plan:
    """What each step of a training is: a function of the step's number alone, so that any step can be come back to."""

    def __init__(self, spec: TrainSpec, stages: list[Stage], rate: float, batches: Batches, copying: Batches | None):
        self.spec, self.stages, self.rate, self.batches, self.copying = spec, stages, rate, batches, copying
        self.n_copy = spec.copy_steps if copying is not None else 0
        self.steps = sum(stage.steps for stage in stages)
        self.total = self.n_copy + self.steps
        self.every = max(1, self.steps // spec.trace_points)
        self.copy_step = Step(rate, AUTOENCODE, copying=True)

    def at(self, done: int) -> At:
        """The place after `done` steps."""
        if done < self.n_copy:
            return At(True, 0, done, done)
        step = in_stage = done - self.n_copy
        stage = 0
        while stage < len(self.stages) - 1 and in_stage >= self.stages[stage].steps:
            in_stage -= self.stages[stage].steps
            stage += 1
        return At(False, stage, in_stage, step)

    def traced(self, at: At) -> bool:
        """Whether the held-out batch is read at this place, before its step."""
        return not at.copying and (at.step % self.every == 0 or at.step == self.steps)

    def scale(self, at: At) -> float:
        if at.copying:
            return learning_rate_scale(at.in_stage, self.n_copy)
        steps = self.stages[at.stage].steps
        return learning_rate_scale(at.in_stage, steps, tail_steps(self.spec, steps) if at.stage == len(self.stages) - 1 else 0)

    def last_learning_rate(self, done: int) -> float:
        """The largest one of the step before; 0 before the first."""
        if done <= self.n_copy:
            return 0.0
        at = self.at(done - 1)
        return max(self.stages[at.stage].peaks.values()) * self.scale(at)

    def draw(self, at: At) -> tuple[Any, Step]:
        """The batch and the step of this place."""
        if at.copying:
            return self.copying[at.step], self.copy_step
        return self.batches[at.step], draw(
            self.spec, self.stages[at.stage].weights, self.rate, self.batches.seed, at.step
        )

    def line(self, progress: Progress, loss: float) -> str:
        """Progress in one line, with the time left."""
        at = self.at(progress.step - 1)
        what = "copying " if at.copying else f"stage {at.stage + 1}/{len(self.stages)} " if len(self.stages) > 1 else ""
        per_second = progress.tokens / max(progress.seconds, 1e-9)
        left = (self.total - progress.step) * progress.seconds / progress.step
        return (f"{what}step {at.step + 1:,}/{self.n_copy if at.copying else self.steps:,}"
                f"  {progress.step / self.total:4.0%}  loss {loss:.3f}"
                f"  {per_second:,.0f} tokens/s  {left:.0f} s left")  # fmt: skip
