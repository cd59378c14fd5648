"""What steps take, drawn and laid out as tensors: when a step asks for it, or ahead of time by one thread.

What is drawn depends on the step's number alone, so both give the same batches in the same order.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor

from tellback.config import TrainSpec
from tellback.models.rows import Rows, pad_right
from tellback.training.data import Batch
from tellback.training.objective import targets
from tellback.training.pair import Pair, Step

WAITING = 2  # steps whose batches lie ready
GLANCE = 0.1  # seconds after which the thread looks whether it is still wanted


@dataclass(frozen=True)
class Drawn:
    """Of one step: the whole batch, what chance decided, and this process's share of the batch, with the weight of each part's loss."""

    batch: Batch
    step: Step
    parts: list[tuple[Batch, float]]


Draw = Callable[[int], Drawn]


@contextmanager
def drawing(spec: TrainSpec, pair: Pair, draw: Draw, first: int, end: int) -> Iterator[Draw]:
    """Inside, a function to be called with `first`, `first` + 1, ... below `end`, in that order, which gives what `draw` gives. Where
    `spec.prefetch` says so (null: on CUDA) a thread has drawn it before and laid it out on the device; it ends with the context, and what it
    raises is raised by the call for that step."""
    device = pair.decoder.device
    wanted = device.type == "cuda" if spec.prefetch is None else spec.prefetch
    if not wanted:
        yield draw
        return
    ahead = Ahead(lambda i: laid_out(draw(i), pair.decoder.lm.eos, device), first, end)
    try:
        yield ahead.take
    finally:
        ahead.close()


class Ahead:
    """One thread that calls `draw` with `first`, `first` + 1, ... below `end`, `WAITING` calls ahead of whoever takes the results."""

    def __init__(self, draw: Callable[[int], Any], first: int, end: int):
        self.draw, self.calls = draw, range(first, end)
        self.ready: queue.Queue[tuple[Any, BaseException | None]] = queue.Queue(WAITING)
        self.over = threading.Event()
        self.next = first
        self.thread = threading.Thread(target=self._work, name="tellback-batches", daemon=True)
        self.thread.start()

    def take(self, i: int) -> Any:
        """What `draw(i)` gave; raises what it raised."""
        assert i == self.next, f"step {i} was asked for, and {self.next} is the next"
        found, error = self.ready.get()
        if error is not None:
            raise error
        self.next += 1
        return found

    def close(self) -> None:
        """End the thread, and wait for its end: a draw at most."""
        self.over.set()
        self.thread.join()

    def _work(self) -> None:
        try:
            for i in self.calls:
                if not self._put(self.draw(i), None):
                    return
        except BaseException as error:
            self._put(None, error)

    def _put(self, found: Any, error: BaseException | None) -> bool:
        """Whether there was room before the end."""
        while not self.over.is_set():
            with suppress(queue.Full):
                self.ready.put((found, error), timeout=GLANCE)
                return True
        return False


def laid_out(drawn: Drawn, eos: int, device: torch.device) -> Drawn:
    """The same, with the ids of each part padded on `device`, and what is to be told of them beside (B x T)."""
    with torch.cuda.device(device) if device.type == "cuda" else nullcontext():  # a new thread is at the first one
        return replace(drawn, parts=[(_rows(part, eos, device), weight) for part, weight in drawn.parts])


def _rows(part: Batch, eos: int, device: torch.device) -> Batch:
    target = Rows(part.target, _on(pad_right(part.target), device), _on(targets(part.target, eos), device))
    same = part.source == part.target
    return replace(part, target=target, source=target if same else Rows(part.source, _on(pad_right(part.source), device)))


def _on(tensor: Tensor, device: torch.device) -> Tensor:
    """From pinned memory a copy to a GPU waits for nothing that is being computed there."""
    return tensor.pin_memory().to(device, non_blocking=True) if device.type == "cuda" else tensor.to(device)
