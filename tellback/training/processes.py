"""The processes that train one pair of models together: one alone, copies of the pair, or shards of it.

The trainer asks whoever it was given; it never asks which one that is. Every process draws the whole batch and takes its share of
it, and each share's loss is normalised by the counts of the whole, so that the shares' losses and gradients add up to those of
one process. What is decided by a clock or by a signal is agreed on at every step, or the processes would part.
"""

from __future__ import annotations

import os
import signal
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from datetime import timedelta
from pathlib import Path
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from tellback.config import TrainSpec
from tellback.errors import Stopped, UsageError
from tellback.training import checkpoint
from tellback.training.checkpoint import Progress
from tellback.training.data import Batch
from tellback.training.diverged import Diverged
from tellback.training.masters import Masters, NoMasters
from tellback.training.pair import Pair
from tellback.training.trainable import trained_weights

Part = tuple[Batch, float]  # documents, and the weight of their loss (0: they only keep this process in step)
PATIENCE = timedelta(hours=12)  # for what the first process does alone; one that is gone is noticed at once
CONTROL_C = (signal.SIGINT, signal.SIGTERM)


class Alone:
    """One process."""

    n, rank = 1, 0
    spends_models: ClassVar[bool] = False  # whether the models hold only shards of their weights after a training

    @property
    def shards(self) -> int:
        """In how many the models are cut."""
        return self.n if self.spends_models else 1

    @property
    def leads(self) -> bool:
        """Whether this process reads the corpus' results, writes and speaks."""
        return self.rank == 0

    def accelerator(self, spec: TrainSpec, device: torch.device, **more: Any) -> Any:
        """A fresh Accelerator: one process may train setups of different precision."""
        from accelerate import Accelerator
        from accelerate.state import AcceleratorState

        AcceleratorState._reset_state(reset_partial_state=True)
        mixed = "bf16" if spec.dtype == "bfloat16" else "no"
        return Accelerator(mixed_precision=mixed, cpu=device.type == "cpu", **more)

    def divide(self, pair: Pair, spec: TrainSpec) -> None:
        """What must be done to the models before anybody takes hold of their weights."""

    def masters(self, pair: Pair, spec: TrainSpec) -> NoMasters:
        weights = trained_weights(pair)
        return Masters(pair, weights) if spec.dtype == "bfloat16_weights" else NoMasters(weights)

    def model(self, accelerator: Any, pair: Pair) -> nn.Module:
        """What is called for a loss."""
        return accelerator.prepare(pair.train())

    def optimizer(self, accelerator: Any, optimizer: torch.optim.Optimizer) -> Any:
        return accelerator.prepare(optimizer)

    def parts(self, batch: Batch, size: int | None) -> list[Part]:
        """This process's share of the batch, at most `size` documents at a time."""
        return [(part, 1.0) for part in batch.parts(size)]

    def not_yet(self, model: nn.Module) -> Any:
        """Where gradients of a part are kept back, for more parts follow."""
        return nullcontext()

    def autocast(self, accelerator: Any) -> Any:
        return nullcontext()  # `prepare` has put it around the model

    def total(self, own: Tensor) -> Tensor:
        """The sum over all processes of what each one has."""
        return own

    def first(self, flag: bool) -> bool:
        """The flag of the first process, in all of them."""
        return flag

    def tell(self, text: str = "") -> str:
        """What the first process says, in all of them."""
        return text

    def agree(self, say: bool, save: bool) -> tuple[bool, bool]:
        """Whether to say and to save something now. Raises KeyboardInterrupt, in all processes, where one was interrupted."""
        return say, save

    def evaluate(self, pair: Pair, evaluate: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        return evaluate()

    def save(self, folder: Path, weights: Mapping[str, nn.Parameter], optimizer: Any, progress: Progress) -> None:
        checkpoint.save(folder, weights, optimizer, progress)

    @contextmanager
    def listening(self) -> Iterator[None]:
        """While a training runs."""
        yield

    @contextmanager
    def as_one(self) -> Iterator[None]:
        """Inside, what goes wrong in one of the processes is the end of all."""
        yield

    @contextmanager
    def one_voice(self) -> Iterator[None]:
        """What ends the processes inside is said by one of them."""
        yield


ALONE = Alone()


class Together(Alone):
    """One of several processes that `accelerate launch` or torchrun started."""

    def __init__(self) -> None:
        import torch.distributed as dist

        self.dist, self.n, self.rank = dist, dist.get_world_size(), dist.get_rank()
        self.group = dist.new_group(backend="gloo", timeout=PATIENCE)  # of the processors: no accelerator waits for it
        self.store = _store()
        self.interrupted = False

    def optimizer(self, accelerator: Any, optimizer: torch.optim.Optimizer) -> Any:
        return optimizer

    def parts(self, batch: Batch, size: int | None) -> list[Part]:
        """As many parts in every process, each with one of the longest documents: so all have about as much to do, and take
        the same way through the models."""
        longest_first = sorted(range(len(batch.target)), key=lambda i: -len(batch.target[i]))
        each = -(-len(longest_first) // self.n)
        n_parts = self.n * -(-each // min(size or each, each))
        found: list[Part] = []
        for j in range(self.rank, n_parts, self.n):
            members = longest_first[j::n_parts]
            found.append((batch.select(members or longest_first[:1]), 1.0 if members else 0.0))
        return found

    def total(self, own: Tensor) -> Tensor:
        out = own.detach().clone()
        self.dist.all_reduce(out)
        return out

    def any(self, *flags: bool) -> list[bool]:
        """Each flag, raised where one process raised it. Raises Stopped where one of them is gone."""
        raised = torch.tensor(flags, dtype=torch.uint8)
        try:
            self.dist.all_reduce(raised, op=self.dist.ReduceOp.MAX, group=self.group)
        except RuntimeError:
            raise Stopped(self._lost) from None
        return raised.bool().tolist()

    def first(self, flag: bool) -> bool:
        return self.any(flag and self.leads)[0]

    def tell(self, text: str = "") -> str:
        content = torch.tensor(list(text.encode()) if self.leads else [], dtype=torch.uint8)
        size = torch.tensor([len(content)])
        try:
            self.dist.broadcast(size, src=0, group=self.group)
            content = content if self.leads else torch.empty(int(size), dtype=torch.uint8)
            self.dist.broadcast(content, src=0, group=self.group)
        except RuntimeError:
            raise Stopped(self._lost) from None
        return bytes(content.tolist()).decode()

    def agree(self, say: bool, save: bool) -> tuple[bool, bool]:
        say, save, stop = self.any(say and self.leads, save and self.leads, self.interrupted)
        if stop:
            raise KeyboardInterrupt
        return say, save

    def evaluate(self, pair: Pair, evaluate: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        return evaluate() if self.leads else {}  # the others wait at the next step

    def save(self, folder: Path, weights: Mapping[str, nn.Parameter], optimizer: Any, progress: Progress) -> None:
        if self.leads:
            checkpoint.save(folder, weights, optimizer, progress)

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Interrupts wait for the end of a step, so that all processes write one checkpoint."""
        before = {}
        for number in CONTROL_C:
            before[number] = signal.signal(number, self._interrupt)
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    @contextmanager
    def as_one(self) -> Iterator[None]:
        try:
            yield
        except (UsageError, Diverged, Stopped):
            raise
        except Exception as error:
            if isinstance(error, RuntimeError) and self._somebody_is_gone(error):
                raise Stopped(self._lost) from None
            raise Stopped(
                f"process {self.rank} of {self.n} stopped: {type(error).__name__}: {error}. The same command goes on from the last checkpoint, "
                f"with any number of processes."
            ) from error

    def _interrupt(self, *_: Any) -> None:
        self.interrupted = True

    @property
    def _lost(self) -> str:
        return (
            f"one of the {self.n} processes of this training is gone, so all of them end. The same command goes on from the last "
            f"checkpoint, with any number of processes."
        )

    @contextmanager
    def one_voice(self) -> Iterator[None]:
        try:
            yield
        except (Exception, KeyboardInterrupt) as error:
            if self._speaks():
                raise
            raise SystemExit(2 if isinstance(error, UsageError) else 130 if isinstance(error, KeyboardInterrupt) else 1) from None

    def _somebody_is_gone(self, error: RuntimeError) -> bool:
        """Whether an error came from a transport: gloo's have no type of their own, NCCL's have."""
        return isinstance(error, self.dist.DistError) or "gloo" in str(error)

    def _speaks(self) -> bool:
        """Whether no other process has said why the run ends."""
        try:
            return self.store is None or self.store.add(f"tellback-{os.environ.get('TORCHELASTIC_RUN_ID')}-ends", 1) == 1
        except RuntimeError:
            return True


class Copies(Together):
    """A whole copy of the models in every process (DDP)."""

    def accelerator(self, spec: TrainSpec, device: torch.device, **more: Any) -> Any:
        from accelerate.utils import DistributedDataParallelKwargs

        # a stage, a drawn objective and copying leave weights without a gradient; buffers never change
        how = DistributedDataParallelKwargs(find_unused_parameters=True, broadcast_buffers=False)
        return super().accelerator(spec, device, kwargs_handlers=[how], **more)

    def model(self, accelerator: Any, pair: Pair) -> nn.Module:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)  # torch's, of a name that Accelerate uses
            return super().model(accelerator, pair)

    def optimizer(self, accelerator: Any, optimizer: torch.optim.Optimizer) -> Any:
        return accelerator.prepare(optimizer)

    def not_yet(self, model: Any) -> Any:
        return model.no_sync()


def _store() -> Any:
    """Where the launcher keeps what its processes tell each other; None where it cannot be reached."""
    import torch.distributed as dist

    try:
        return dist.TCPStore(os.environ["MASTER_ADDR"], int(os.environ["MASTER_PORT"]), is_master=False, timeout=timedelta(seconds=10))
    except (KeyError, RuntimeError):
        return None

