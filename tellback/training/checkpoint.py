"""Where a training stands, on disk: weights, optimizer and progress, whole or not there; in one file, or in one of each process."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from tellback.compressors.files import write_tensors
from tellback.errors import UsageError
from tellback.store import write_atomically

INDEX = "checkpoint.json"  # of a checkpoint in shards


@dataclass
class Progress:
    """How far a training got; stands in the checkpoint's metadata."""

    step: int = 0
    tokens: int = 0
    seconds: float = 0.0
    processor_seconds: float = 0.0  # of this process, all threads: what a loaded machine does not change
    trace: list[dict[str, Any]] = field(default_factory=list)
    stage: int = 0  # whose optimizer the checkpoint holds
    recent: list[float] = field(default_factory=list)  # losses since the last row of the trace
    longest: int = 0  # tokens of the longest training document; 0: not known
    device: str = ""  # of a training that was one of a stack: where, and one of how many; seconds are its share
    dtype: str = ""  # as `train.dtype`, but what `fastest` was on that machine


def path_in(folder: Path) -> Path:
    return folder / "checkpoint.safetensors"


def there(folder: Path) -> bool:
    return path_in(folder).is_file() or (folder / INDEX).is_file()


def save(folder: Path, trainable: Mapping[str, nn.Parameter], optimizer: Any, progress: Progress) -> None:
    """Every weight that trains in any stage, the optimizer of the current one, and the progress; with the trace so far
    in trace.jsonl."""
    tensors = {name: t.contiguous() for name, t in state_of(trainable, optimizer).items()}
    write_tensors(tensors, path_in(folder), {"progress": json.dumps(vars(progress))})
    drop_shards(folder)
    write_trace(folder, progress)


def state_of(weights: Mapping[str, nn.Parameter], optimizer: Any) -> dict[str, Tensor]:
    """What a checkpoint holds, by name."""
    inner, tensors = getattr(optimizer, "optimizer", optimizer), {}
    for name, p in weights.items():
        tensors[f"weight.{name}"] = p.detach()
        for what, value in inner.state.get(p, {}).items():
            tensors[f"optimizer.{what}.{name}"] = value.detach()
    return tensors


def resume(folder: Path, trainable: Mapping[str, nn.Parameter]) -> Progress:
    """Put the checkpoint's weights in place and give its progress; a new one where there is no checkpoint.

    Raises UsageError for a checkpoint that is broken or of another training.
    """
    from safetensors import SafetensorError

    if not there(folder):
        return Progress()
    path = path_in(folder)
    try:
        with Stored.newest(folder) as stored, torch.no_grad():
            path = stored.path
            for name, p in trainable.items():
                stored.read(f"weight.{name}", p)
            return stored.progress
    except (OSError, SafetensorError, RuntimeError, KeyError, TypeError, ValueError) as error:
        raise UsageError(f"{path} cannot be resumed from: {error}. Remove it to train from the start.") from None


def resume_optimizer(folder: Path, trainable: Mapping[str, nn.Parameter], optimizer: torch.optim.Optimizer) -> None:
    """Put the checkpoint's optimizer state in place, where it holds some."""
    if not there(folder):
        return
    with Stored.newest(folder) as stored, torch.no_grad():
        for name, p in trainable.items():
            if f"optimizer.step.{name}" in stored.names:
                held = {"step": torch.zeros((), device=p.device), "exp_avg": torch.zeros_like(p), "exp_avg_sq": torch.zeros_like(p)}
                for what, tensor in held.items():
                    stored.read(f"optimizer.{what}.{name}", tensor)
                optimizer.state[p] = held


def drop_checkpoint(folder: Path) -> None:
    path_in(folder).unlink(missing_ok=True)
    drop_shards(folder)


def drop_shards(folder: Path, keep: Sequence[str] = ()) -> None:
    """Remove shards that are not to be kept, and, where none is, their index first."""
    if not keep:
        (folder / INDEX).unlink(missing_ok=True)
    for path in folder.glob("checkpoint-*-of-*.safetensors"):
        if path.name not in keep:
            path.unlink(missing_ok=True)


def own_rows(tensor: Tensor) -> tuple[int, Tensor]:
    """(the first row, the rows) that this process holds of a tensor: all of them, unless it is one of shards."""
    if not hasattr(tensor, "to_local"):
        return 0, tensor
    each = -(-tensor.shape[0] // tensor.device_mesh.size())  # as torch.chunk cuts, and FSDP with it
    return min(each * tensor.device_mesh.get_local_rank(), tensor.shape[0]), tensor.to_local()


class Stored(ExitStack):
    """A checkpoint that is being read, in one file or in shards of any number of processes."""

    def __init__(self, path: Path):
        """Raises what reading raises where it is broken."""
        super().__init__()
        self.path = path
        if path.name == INDEX:
            index = json.loads(path.read_text(encoding="utf-8"))
            files = [self._open(path.parent / name) for name in index["files"]]
            found, shapes = index["progress"], index["shapes"]
            rows = [json.loads(file.metadata()["rows"]) for file in files]
        else:
            file = self._open(path)
            files, found = [file], json.loads(file.metadata()["progress"])
            rows = [dict.fromkeys(file.keys(), 0)]
            shapes = {name: file.get_slice(name).get_shape() for name in rows[0]}
        self.files, self.rows, self.shapes, self.progress = files, rows, shapes, Progress(**found)
        self.names = set(shapes)

    @classmethod
    def newest(cls, folder: Path) -> Stored:
        """Of the one file and the shards: a kill may have left both."""
        found = [cls(path) for path in (path_in(folder), folder / INDEX) if path.is_file()]
        newest = max(found, key=lambda stored: stored.progress.step)
        for other in found:
            if other is not newest:
                other.close()
        return newest

    def _open(self, path: Path) -> Any:
        from safetensors import safe_open

        return self.enter_context(safe_open(str(path), framework="pt"))

    def read(self, name: str, into: Tensor) -> None:
        """The rows that `into` holds of the tensor called `name`; raises where it has another shape."""
        if list(into.shape) != list(self.shapes[name]):
            raise ValueError(f"{name} is {tuple(into.shape)} here and {tuple(self.shapes[name])} there")
        first, own = own_rows(into)
        for file, rows in zip(self.files, self.rows, strict=True):
            if name not in rows:
                continue
            if not self.shapes[name]:
                own.copy_(file.get_tensor(name))
                return
            part = file.get_slice(name)
            at, n = rows[name], part.get_shape()[0]
            start, end = max(first, at), min(first + own.shape[0], at + n)
            if start < end:
                own[start - first : end - first].copy_(part[start - at : end - at])


def write_trace(folder: Path, progress: Progress) -> None:
    write_atomically(folder / "trace.jsonl", "".join(json.dumps(row) + "\n" for row in progress.trace))


def write_weights(pair: nn.Module, path: Path, metadata: Mapping[str, str] | None = None) -> None:
    """Every weight that trains in any stage, as one safetensors file, atomically."""
    tensors = {n: p.detach().contiguous() for n, p in pair.named_parameters() if p.requires_grad}
    write_tensors(tensors, path, metadata)


def read_weights(pair: nn.Module, path: Path) -> dict[str, str]:
    """Put what `write_weights` wrote in place, all of it or nothing; gives the file's metadata.

    Raises UsageError when the file is missing, broken, or holds other weights than the ones that train here.
    """
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(str(path), framework="pt") as file:
            metadata = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (not a dict)
    except (OSError, SafetensorError) as error:
        raise UsageError(f"{path} is missing or broken: {error}. Fetch or train it again.") from None
    wanted = {n: p for n, p in pair.named_parameters() if p.requires_grad}
    for name in sorted(wanted.keys() | tensors.keys()):
        shapes = [None if name not in held else tuple(held[name].shape) for held in (wanted, tensors)]
        if shapes[0] != shapes[1]:
            expected, found = ("no such weight" if shape is None else str(shape) for shape in shapes)
            raise UsageError(
                f"{path} does not fit its setup: {name} should be {expected}, the file has {found}. Fetch or train it "
                f"again."
            )
    with torch.no_grad():
        for name, p in wanted.items():
            p.copy_(tensors[name])
    return metadata
