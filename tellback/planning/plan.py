"""What a study will take on given accelerators: memory, operations, hours and cost of every setup, before anything is loaded.

Counted: parameters, operations and activations (`step`). Assumed, and said so: the share of the peak that trainings reach (`mfu`),
RESERVED for what the framework takes, and that a told-back batch is as large as a training batch. Reading and pretraining are not in it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from tellback.compressors import compressor_class
from tellback.config import SetupSpec, StudySpec
from tellback.errors import UsageError
from tellback.planning.gpus import GIB, Gpu
from tellback.planning.step import Measured, Parameters, cache_bytes, count, loaded_bytes, measure
from tellback.study.grid import setups
from tellback.training.outlook import held

RESERVED = 2.0  # GiB: context, workspaces, fragments
MFU = 0.4  # of the peak of dense products, in bfloat16
Ask = Callable[[SetupSpec], tuple[Parameters, Measured]]


@dataclass(frozen=True)
class Memory:
    """Bytes on one accelerator."""

    weights: float
    gradients: float
    optimizer: float
    activations: float
    cache: float  # of telling back, when nothing of the training but the weights is there

    @property
    def training(self) -> float:
        return self.weights + self.gradients + self.optimizer + self.activations

    @property
    def peak(self) -> float:
        return max(self.training, self.weights + self.cache)


@dataclass(frozen=True)
class Line:
    """One setup of the plan."""

    spec: SetupSpec
    parameters: Parameters
    flops: float  # of the whole training
    plain: Memory  # a whole copy on each accelerator
    sharded: Memory  # FSDP: weights, gradients and optimizer are divided
    checkpointed: Memory  # the same, and activations made again in the backward pass
    hours: float
    cost: float | None
    shards: int  # in how many FSDP divides

    def way(self, gpu: Gpu) -> str | None:
        """The first way in which it fits: "plain", "fsdp", "fsdp + checkpointing", of one accelerator "plain" or "checkpointing"; None
        where none does."""
        room = (gpu.gib - RESERVED) * GIB
        divided = {"fsdp": self.sharded, "fsdp + checkpointing": self.checkpointed}
        ways = {"plain": self.plain, **(divided if self.shards > 1 else {"checkpointing": self.checkpointed})}
        return next((name for name, memory in ways.items() if memory.peak <= room), None)


def plan(study: StudySpec, gpu: Gpu, n_gpus: int, tokens: int, mfu: float = MFU, price: float | None = None, only: str | None = None) -> list[Line]:
    """A line for each setup that trains. `tokens`: of a document, the longest; `price`: of an hour of one accelerator."""
    specs = [s for s in setups(study, only) if not s.is_control and compressor_class(s.compressor.name).trainable]
    if not specs:
        raise UsageError(f"study {study.name!r} trains no compressor, so there is nothing to plan.")
    known: dict[str, tuple[Parameters, Measured]] = {}

    def ask(spec: SetupSpec) -> tuple[Parameters, Measured]:
        key = spec.model_copy(update={"seed": 0, "study": ""}).key()
        if key not in known:
            known[key] = (count(spec), measure(spec, documents_at_once(spec), tokens))
        return known[key]

    return [line(spec, *ask(spec), gpu, n_gpus, tokens, mfu, price) for spec in specs]


def documents_at_once(spec: SetupSpec) -> int:
    return min(spec.train.micro_batch or spec.train.batch_size, spec.train.batch_size)


def line(
    spec: SetupSpec, parameters: Parameters, measured: Measured, gpu: Gpu, n_gpus: int, tokens: int, mfu: float, price: float | None
) -> Line:  # fmt: skip
    at_once = documents_at_once(spec)
    flops = measured.flops / at_once * spec.train.batch_size * spec.train.steps
    peak = gpu.tflops if spec.train.dtype != "float32" else gpu.tflops32
    hours = flops / (n_gpus * peak * 1e12 * mfu) / 3600
    cache = cache_bytes(spec, spec.train.batch_size, tokens)
    memories = (_memory(spec, parameters, measured, cache, shards, again) for shards, again in ((1, False), (n_gpus, False), (n_gpus, True)))
    # what is made again is another forward pass, a third of the step
    found = Line(spec, parameters, flops, *memories, hours, None, n_gpus)
    slow = 4 / 3 if "checkpointing" in (found.way(gpu) or "") else 1.0
    hours *= slow
    return replace(found, flops=flops * slow, hours=hours, cost=None if price is None else hours * n_gpus * price)


def _memory(spec: SetupSpec, p: Parameters, m: Measured, cache: float, shards: int, checkpointing: bool) -> Memory:
    """Bytes on one of `shards` accelerators. A layer is whole while it computes, also where it is divided."""
    own = held(p.trained, p.all - p.trained, spec.train, loaded_bytes(spec), shards)
    each = 2 if spec.train.keeps_masters else 4
    weights = own.weights + (p.largest_layer * each if shards > 1 else 0)
    activations = m.activations
    if checkpointing:
        activations = m.layer_activations + _inputs_of_layers(spec, m)
    return Memory(weights, own.gradients, own.optimizer, activations, cache)


def _inputs_of_layers(spec: SetupSpec, m: Measured) -> float:
    """What checkpointing keeps of each layer: its input. Estimated, not counted: an input is 2 of the about 34 bytes that a layer keeps
    for a position and unit of width (arXiv 2205.05198)."""
    return m.activations / 17


def remedy(line: Line, gpu: Gpu, n_gpus: int) -> str:
    """What would make a setup fit that does not; empty where it fits."""
    if line.way(gpu) is not None:
        return ""
    room = (gpu.gib - RESERVED) * GIB
    fixed = line.checkpointed.training - line.checkpointed.activations
    if fixed < room:
        share = (room - fixed) / line.checkpointed.activations
        return f"micro_batch: {max(1, int(share * documents_at_once(line.spec)))}"
    whole = fixed * n_gpus
    needed = next((n for n in (2, 4, 8, 16, 32, 64, 128) if n > n_gpus and whole / n + line.checkpointed.activations < room), None)
    return f"{needed} of them" if needed else "a LoRA compressor (train.compressor: lora)"


def totals(lines: Sequence[Line]) -> tuple[float, float | None]:
    """(hours, cost) of all setups, one after another on the same accelerators."""
    costs = [each.cost for each in lines]
    return sum(each.hours for each in lines), None if any(c is None for c in costs) else sum(c for c in costs if c is not None)
