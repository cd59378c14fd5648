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
from tellback.errors import UsageError
from tellback.training import checkpoint, trackers
from tellback.training.ahead import Drawn, drawing
from tellback.training.checkpoint import Progress, drop_checkpoint
from tellback.training.data import Batches
from tellback.training.diverged import check
from tellback.training.layers import prepared
from tellback.training.masters import NoMasters
from tellback.training.pair import AUTOENCODE, Pair, Step, draw, needs_teacher
from tellback.training.precision import resolved
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
    spec = resolved(spec, pair)
    run = _Run(pair, Plan(spec, stages_of(spec, learning_rate, decoder_mode), rate, batches, copy_batches), learning_rate, folder, together)
    try:
        run.begin()
        with together.listening(), prepared(pair, spec), drawing(spec, pair, run.draw, run.progress.step, run.plan.total) as run.take:
            while True:
                at = run.plan.at(run.progress.step)
                if run.due(at):
                    run.trace(at, evaluate)
                if run.progress.step == run.plan.total:
                    break
                loss = run.step(at)
                run.look_up(loss, say)
            if together.spends_models:
                run.save()  # the only whole that is left of the weights
    except KeyboardInterrupt:
        if run.whole:
            run.save()
        raise
    finally:
        run.end()
    if together.leads:
        checkpoint.write_trace(folder, run.progress)
    return run.progress


class _Run:
    """One training on its way: weights, optimizer and progress, which a checkpoint holds, and what it needs to go on."""

    def __init__(self, pair: Pair, plan: Plan, learning_rate: float, folder: Path, together: Alone):
        self.pair, self.plan, self.learning_rate, self.folder, self.together, spec = pair, plan, learning_rate, folder, together, plan.spec
        self.accelerator = together.accelerator(spec, pair.decoder.device, **trackers.asked(spec, folder))
        if needs_teacher(spec):
            pair.keep_teacher(any(name.startswith("decoder.") for name in trained_weights(pair)))
        together.divide(pair, spec)
        self.masters = together.masters(pair, spec)
        self.progress = checkpoint.resume(folder, self.masters.parameters)
        if self.progress.step > plan.total:
            raise UsageError(f"the checkpoint in {folder} is after {self.progress.step:,} steps, the training has {plan.total:,}. Remove it to train from the start.")
        self.progress.dtype = spec.dtype
        self.progress.longest = max(map(len, plan.batches.target))
        self.take = self.draw  # or what has drawn ahead of time
        self.optimizer: Any = None
        self.own: list[torch.nn.Parameter] = []  # what it moves
        self.held = self.progress.stage  # whose optimizer the checkpoint has; -1: that is taken
        self.whole = False  # whether weights, optimizer and progress belong together
        self.started = self.saved = time.monotonic()
        self.said, self.before = 0.0, (self.progress.seconds, self.progress.processor_seconds - time.process_time())
        # each process has what its share added to the losses; of those before the checkpoint the first one has all
        self.recent = [torch.tensor(x if together.leads else 0.0, device=pair.decoder.device) for x in self.progress.recent]
        self.tracker = trackers.Tracker(self.accelerator, spec, folder, self.progress.step, together.leads)

    def begin(self) -> None:
        self.masters.start()
        self.model = self.together.model(self.accelerator, self.pair)

    def end(self) -> None:
        self.tracker.end()
        self.masters.end()
        for parameter in self.masters.weights.values():
            parameter.requires_grad_(True)

    def save(self) -> None:
        self.progress.recent = self.losses()
        self.together.save(self.folder, self.masters.parameters, self.optimizer, self.progress)

    def losses(self) -> list[float]:
        """Of the steps since the last row of the trace."""
        return self.together.total(torch.stack(self.recent)).tolist() if self.recent else []

    def due(self, at: At) -> bool:
        """Whether the trace wants a row here that it has not got."""
        return self.plan.traced(at) and (not self.progress.trace or self.progress.trace[-1]["step"] < at.step)

    def trace(self, at: At, evaluate: Callable[[], dict[str, Any]]) -> None:
        progress, losses = self.progress, self.losses()
        mean = sum(losses) / len(losses) if losses else None
        check(mean, progress.step, self.learning_rate)
        row = {"step": at.step, "train_loss": mean, "learning_rate": self.plan.last_learning_rate(progress.step), "tokens": progress.tokens,
               "seconds": round(progress.seconds, 3), "processor_seconds": round(progress.processor_seconds, 3), **self.together.evaluate(self.pair, evaluate)}  # fmt: skip
        finite = self.together.first(math.isfinite(row.get("loss", 0.0)))
        check(None if finite else row.get("loss", math.nan), progress.step, self.learning_rate)
        progress.trace.append(row)
        self.tracker.row(row, losses, progress.step)
        self.recent.clear()

    def enter(self, stage: int) -> None:
        """A fresh optimizer, or the checkpoint's where that has one of this stage."""
        self.whole = False
        self.optimizer, self.own = _optimizer(self.pair, self.masters, self.plan.stages[stage], self.plan.spec.weight_decay, self.learning_rate)
        if stage == self.held:
            checkpoint.resume_optimizer(self.folder, self.masters.parameters, self.optimizer)
        self.optimizer, self.held = self.together.optimizer(self.accelerator, self.optimizer), -1
        self.progress.stage, self.whole = stage, True

    def draw(self, done: int) -> Drawn:
        """What the step after `done` steps takes."""
        batch, step = self.plan.draw(self.plan.at(done))
        return Drawn(batch, step, self.together.parts(batch, self.plan.spec.micro_batch))

    def step(self, at: At) -> torch.Tensor:
        """One step; gives what this process adds to its loss."""
        if self.optimizer is None or at.stage != self.progress.stage:
            self.enter(at.stage)
        scale = self.plan.scale(at)
        for group in self.optimizer.param_groups:
            group["lr"] = group["peak"] * scale
        drawn = self.take(self.progress.step)
        loss = _accumulate(self.together, self.accelerator, self.model, self.pair, drawn, self.plan.spec)
        self.masters.take()
        self.accelerator.clip_grad_norm_(self.own, self.plan.spec.clip)
        self.whole = False  # from here to the end of the step an interrupt finds weights that are neither old nor new
        self.optimizer.step()
        self.masters.give()
        self.optimizer.zero_grad()
        self.recent.append(loss)
        self.progress.step += 1
        self.progress.tokens += sum(map(len, drawn.batch.target))
        self.progress.seconds = self.before[0] + time.monotonic() - self.started
        self.progress.processor_seconds = self.before[1] + time.process_time()
        self.whole = True
        return loss

    def look_up(self, loss: torch.Tensor, say: Callable[[str], None]) -> None:
        """Say how it goes and write a checkpoint, where it is time."""
        now, progress, spec = time.monotonic(), self.progress, self.plan.spec
        to_say, to_save = self.together.agree(now - self.said > 5 or progress.step == self.plan.total, now - self.saved > spec.checkpoint_seconds)
        if to_say:
            self.said, value = now, self.together.total(loss).item()
            check(value, progress.step, self.learning_rate)
            say(self.plan.line(progress, value))
        if to_save:
            self.saved = now
            self.save()


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
    together: Alone, accelerator: Any, model: Any, pair: Pair, drawn: Drawn, spec: TrainSpec
) -> torch.Tensor:  # fmt: skip
    """Gradients of this process's share of the batch's loss, as many documents at a time as fit; gives what it adds to the loss."""
    parts, step = drawn.parts, drawn.step
    counts = pair.counts(drawn.batch, step, spec) if len(parts) * together.n > 1 else None
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
