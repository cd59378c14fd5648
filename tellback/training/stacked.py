"""Many trainings of one shape at once: the same steps as `trainer.train` takes, one stack for all.

Each member has its own weights, batches, peak learning rate and seed; they share shapes, the number of steps and the loss. On an
accelerator a step is captured once and replayed, and nothing of it waits for the host. Gradients of one member never touch
another: the loss is the members' sum, clipping is by each one's own norm.

Shapes: M members, B batch, T tokens of the longest document, N slots, S = N + 1 + T positions that the decoder reads, P weights.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from tellback.models.stacked import Flat

Loss = Callable[[dict[str, Tensor], int | Tensor], Tensor]  # (weights, step) -> each member's loss (M)


TOGETHER = 6  # stacks at once: what one leaves idle another uses


@dataclass(frozen=True)
class Schedule:
    """What an optimizer step needs: learning rates (steps x M), first moments' decay (steps), the rest of AdamW."""

    learning_rates: Tensor
    beta1: Tensor
    weight_decay: float
    clip: float
    beta2: float = 0.999
    eps: float = 1e-8

    def to(self, device: torch.device) -> Schedule:
        return Schedule(self.learning_rates.to(device), self.beta1.to(device), self.weight_decay, self.clip, self.beta2, self.eps)


@dataclass(frozen=True)
class Snapshot:
    """The members' weights (M x P, on the CPU) after `step` steps, and their mean losses since the last one (None: before the
    first step)."""

    step: int
    weights_MP: Tensor
    loss_M: Tensor | None
    seconds: float


class StackedTraining:
    """M trainings side by side. `loss` may read anything it likes by the step's number, but must not wait for the device."""

    def __init__(self, flat: Flat, loss: Loss, schedule: Schedule, device: torch.device, mask_MP: Tensor | None = None):
        self.flat, self.loss, self.device = flat, loss, device
        self.schedule, self.n_steps = schedule.to(device), len(schedule.beta1)
        self.weights_MP = flat.start_MP.clone().to(device).requires_grad_(True)
        self.mask_MP = None if mask_MP is None else mask_MP.to(device)
        self.first_MP, self.second_MP = torch.zeros_like(self.weights_MP), torch.zeros_like(self.weights_MP)
        self.step = torch.zeros((), dtype=torch.long, device=device)
        self.summed_M = torch.zeros(len(flat.start_MP), device=device)
        self.replay: Callable[[], None] | None = None
        self.stream: Any = None

    def capture(self) -> StackedTraining:
        """On an accelerator make a step one graph, once; while no other thread uses the device."""
        if self.replay is None:
            self.replay = self._captured() if self.device.type == "cuda" else self._one
        return self

    def run(self, stops: Sequence[int]) -> Iterator[Snapshot]:
        """Train to the end and stop for a snapshot after each of the numbers of steps in `stops` (0: before the first)."""
        replay = self.capture().replay
        assert replay is not None
        started, done = time.monotonic(), 0
        for stop in sorted(set(stops)):
            before = done
            with torch.cuda.stream(self.stream) if self.stream else nullcontext():
                for _ in range(stop - done):
                    replay()
                done = stop
                mean = self.summed_M.cpu() / (done - before) if done > before else None
                self.summed_M.zero_()
                weights_MP = self.weights_MP.detach().cpu().clone()
            yield Snapshot(done, weights_MP, mean, time.monotonic() - started)

    def _captured(self) -> Callable[[], None]:
        """A step as one graph. What the rehearsals before the capture changed is put back."""
        kept = [t.detach().clone() for t in self._state()]
        self.stream = torch.cuda.Stream()
        self.stream.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(self.stream):
            for _ in range(3):
                self._one()
        torch.cuda.current_stream().wait_stream(self.stream)
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph, stream=self.stream):
            self._one()
        with torch.no_grad():
            for t, was in zip(self._state(), kept, strict=True):
                t.copy_(was)
        torch.cuda.synchronize()
        return graph.replay

    def _state(self) -> list[Tensor]:
        return [self.weights_MP.detach(), self.first_MP, self.second_MP, self.step, self.summed_M]

    def _one(self) -> None:
        loss_M = self.loss(self.flat.views(self.weights_MP), self.step)
        (grad_MP,) = torch.autograd.grad(loss_M.sum(), [self.weights_MP])
        with torch.no_grad():
            self._update(grad_MP)
            self.summed_M += loss_M
            self.step += 1

    def _update(self, grad_MP: Tensor) -> None:
        """Clipping by each member's norm, then AdamW as torch has it."""
        s = self.schedule
        if self.mask_MP is not None:
            grad_MP = grad_MP * self.mask_MP
        grad_MP = grad_MP * (s.clip / (grad_MP.norm(dim=1, keepdim=True) + 1e-6)).clamp(max=1.0)
        rate_M1 = s.learning_rates.index_select(0, self.step[None]).T
        beta1 = s.beta1.index_select(0, self.step[None])
        n = (self.step + 1).to(torch.float64)
        self.first_MP.lerp_(grad_MP, (1 - beta1).to(grad_MP).expand_as(grad_MP))
        self.second_MP.mul_(s.beta2).addcmul_(grad_MP, grad_MP, value=1 - s.beta2)
        right1, right2 = (1 - beta1.double() ** n).float(), (1 - s.beta2**n).float()
        moved_MP = self.first_MP / self.second_MP.sqrt().div_(right2.sqrt()).add_(s.eps)
        if self.mask_MP is None:
            self.weights_MP.mul_(1 - rate_M1 * s.weight_decay).addcmul_(moved_MP, -rate_M1 / right1)
        else:
            held = self.mask_MP * rate_M1
            self.weights_MP.mul_(1 - held * s.weight_decay).addcmul_(moved_MP, -held / right1)


def at_once(works: Sequence[Callable[[], None]], trainings: Sequence[StackedTraining]) -> Iterator[int]:
    """Run each training's work at once, and yield which has ended. Steps are captured before, one after another: nothing else may
    use the device meanwhile. On a CPU one works after another."""
    for training in trainings:
        training.capture()
    if not trainings or trainings[0].device.type == "cpu":
        for i, work in enumerate(works):
            work()
            yield i
        return
    with ThreadPoolExecutor(len(works)) as threads:
        waiting = {threads.submit(work): i for i, work in enumerate(works)}
        for future in as_completed(waiting):
            future.result()
            yield waiting[future]
