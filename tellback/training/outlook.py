"""What a training will take, said before it begins: what trains, the memory and the time. Estimates, and called so.

Shapes: D decoder width, V vocabulary.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass

import torch

from tellback.compressors.base import n_slots
from tellback.config import TrainSpec
from tellback.errors import UsageError
from tellback.models.lm import LM
from tellback.training.data import Batches
from tellback.training.pair import Pair
from tellback.training.precision import resolved
from tellback.training.trainable import LORA, parameters_by_part

GIB = 2**30
ACTIVATIONS = 34  # bytes of activations a position, layer and unit of width, at 2 bytes a number (arXiv 2205.05198)
BEYOND = 1.6  # times the products of matrices: norms, attention, the optimizer, and the head's softmax

DTYPES = {"float32": "float32", "bfloat16": "mixed precision", "bfloat16_weights": "bfloat16 with float32 masters"}


@dataclass(frozen=True)
class Outlook:
    """Of one training. `parts`: what trains, by name -> parameters."""

    parts: dict[str, int]
    frozen: int  # parameters that only compute
    bytes: int  # beside the models as they are loaded
    seconds: float
    dtype: str  # as `train.dtype`

    @property
    def line(self) -> str:
        trains = ", ".join(f"{name} {_count(n)}" for name, n in self.parts.items())
        return f"trains {trains}; {_count(self.frozen)} frozen; in {DTYPES[self.dtype]}; about {self.bytes / GIB:.1f} GiB more memory and {_duration(self.seconds)}"


def outlook(pair: Pair, batches: Batches, spec: TrainSpec, rate: float, copying: bool, n: int = 1, shards: int = 1) -> Outlook:
    """What `spec` will take on these documents, in each of `n` processes that train together and hold the models in `shards`.
    Multiplies two matrices to know how fast this machine is (0.1 s)."""
    spec = resolved(spec, pair)
    parts: dict[str, int] = {}
    for part, name, p in parameters_by_part(pair.compressor, pair.decoder):
        if p.requires_grad:
            what = f"LoRA in the {part}" if LORA in name else part
            parts[what] = parts.get(what, 0) + p.numel()
    total = {id(p): p.numel() for p in pair.parameters()}
    trained = sum(parts.values())
    length = sum(map(len, batches.target)) / len(batches.target)
    longest = max(map(len, batches.target))
    each = -(-spec.batch_size // n)
    at_once = min(spec.micro_batch or each, each)
    narrow = spec.dtype != "float32"
    there = sum(p.nbytes for p in {id(p): p for p in pair.parameters()}.values())  # of it shards give up a part
    own = held(trained, sum(total.values()) - trained, spec, there // sum(total.values()), shards).all - there / shards
    layers = spec.gradient_checkpointing
    active = sum(_activations(lm, at_once * k, 2 if narrow else 4, layers) for lm, k in _reads(pair, longest, spec.lowest_rate(rate) or rate))
    steps = spec.steps + (spec.copy_steps if copying else 0)
    seconds = BEYOND * steps * each * operations(pair, length, rate, layers) / speed(pair.decoder.device, narrow)
    return Outlook(parts, sum(total.values()) - trained, round(own + active), seconds, spec.dtype)


def operations(pair: Pair, length: float, rate: float, again: bool = False) -> float:
    """Of one document of `length` tokens, forward and backward; `again`: layers are computed twice (checkpointing). A plan
    (`planning.step`) counts them one by one, in seconds to minutes: too long for the first line of a training."""
    return sum(_operations(lm, n) * (4 / 3 if again else 1) for lm, n in _reads(pair, length, rate)) + 4 * length * pair.decoder.lm.n_embedding


@dataclass(frozen=True)
class Held:
    """Bytes that one process holds all through a training, activations aside. A plan, the first line of a training and what a cluster
    is asked for count by these."""

    weights: float
    gradients: float
    optimizer: float  # with the masters

    @property
    def all(self) -> float:
        return self.weights + self.gradients + self.optimizer


def held(trained: int, frozen: int, spec: TrainSpec, loaded: int = 4, shards: int = 1) -> Held:
    """Of models whose weights were loaded with `loaded` bytes each. Masters (`training.masters`): everything computes in bfloat16, what
    trains has a float32 master, and what rests is kept as it was loaded, for after the training. Cut in several shards, what trains is
    its own master and what rests is bfloat16 alone."""
    if not spec.keeps_masters:
        return Held(loaded * (trained + frozen) / shards, loaded * trained / shards, 2 * loaded * trained / shards)
    if shards > 1:
        return Held((4 * trained + 2 * frozen) / shards, 4 * trained / shards, 8 * trained / shards)
    kept = loaded * frozen if loaded != 2 else 0
    return Held(2 * (trained + frozen) + kept, 4 * trained, 12 * trained)


def check_memory(found: Outlook, device: torch.device) -> None:
    """Raise UsageError, with both figures, where that is more than is free."""
    free = free_bytes(device)
    if free is not None and found.bytes > free:
        raise UsageError(
            f"this training needs about {found.bytes / GIB:.1f} GiB beside its models, {free / GIB:.1f} GiB are free on "
            f"{device.type}. Train less of the compressor (--train-compressor lora), take fewer of its layers (NAME@6), or fewer "
            f"documents at once (--set micro_batch=4), or keep less of them (--set gradient_checkpointing=true)."
        )


def free_bytes(device: torch.device) -> int | None:
    """Memory that is free there; None where nobody says."""
    if device.type == "cuda":
        return torch.cuda.mem_get_info(device)[0]
    try:
        with open("/proc/meminfo", encoding="ascii") as file:
            lines = dict(line.split(":", 1) for line in file)
        return int(lines["MemAvailable"].split()[0]) * 1024
    except (OSError, KeyError, ValueError):
        return None


def speed(device: torch.device, narrow: bool) -> float:
    """Operations a second of this machine's products of matrices, of the size that such models have."""
    dtype = torch.bfloat16 if narrow else torch.float32
    a, b = (torch.ones(256, 768, device=device, dtype=dtype), torch.ones(768, 1024, device=device, dtype=dtype))
    fastest, started = float("inf"), time.perf_counter()
    while time.perf_counter() - started < 0.1:
        at = time.perf_counter()
        (a @ b)[0, 0].item()  # waits for the device
        fastest = min(fastest, time.perf_counter() - at)
    return 2 * 256 * 768 * 1024 / fastest


def _reads(pair: Pair, length: float, rate: float) -> Iterable[tuple[LM, float]]:
    """Each LM, and the positions of a document that it reads."""
    yield pair.compressor.lm, length
    yield pair.decoder.lm, length + 1 + n_slots(max(1, round(length)), rate)


def _operations(lm: LM, n_positions: float) -> float:
    """Forward, backward to the inputs, and to the weights that train: 2 a parameter each."""
    trained = sum(p.numel() for p in lm.model.parameters() if p.requires_grad)
    return n_positions * (4 * lm.n_parameters + 2 * trained)


def _activations(lm: LM, n_positions: float, width: int, made_again: bool) -> int:
    config = lm.model.config.get_text_config()
    of_layers = 2 * config.num_hidden_layers + ACTIVATIONS if made_again else ACTIVATIONS * config.num_hidden_layers
    kept = of_layers * width / 2 * config.hidden_size
    return int(n_positions * (kept + config.vocab_size * (width + 8)))


def _count(n: int) -> str:
    return f"{n / 1e6:.1f}M" if n >= 1e5 else f"{n:,}"


def _duration(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"
