"""Where a training stands, on disk: weights, optimizer and progress in one file, whole or not there."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import nn

from tellback.compressors.files import write_tensors
from tellback.errors import UsageError

STATE = ("step", "exp_avg", "exp_avg_sq")  # of AdamW


@dataclass
class Progress:
    """How far a training got; stands in the checkpoint's metadata."""

    step: int = 0
    tokens: int = 0
    seconds: float = 0.0
    trace: list[dict[str, Any]] = field(default_factory=list)
    stage: int = 0  # whose optimizer the checkpoint holds
    recent: list[float] = field(default_factory=list)  # losses since the last row of the trace
    longest: int = 0  # tokens of the longest training document; 0: not known
    device: str = ""  # of a training that was one of a stack: where, and one of how many; seconds are its share


def path_in(folder: Path) -> Path:
    return folder / "checkpoint.safetensors"


def save(folder: Path, trainable: Mapping[str, nn.Parameter], optimizer: Any, progress: Progress) -> None:
    """Every weight that trains in any stage, the optimizer of the current one, and the progress; with the trace so far
    in trace.jsonl."""
    from safetensors.torch import save_file

    inner = getattr(optimizer, "optimizer", optimizer)
    tensors = {}
    for name, p in trainable.items():
        tensors[f"weight.{name}"] = p.detach().contiguous()
        for what, value in inner.state.get(p, {}).items():
            tensors[f"optimizer.{what}.{name}"] = value.detach().contiguous()
    temporary = path_in(folder).with_suffix(f".{os.getpid()}")
    save_file(tensors, str(temporary), metadata={"progress": json.dumps(vars(progress))})
    os.replace(temporary, path_in(folder))
    write_trace(folder, progress)


def resume(folder: Path, trainable: Mapping[str, nn.Parameter]) -> Progress:
    """Put the checkpoint's weights in place and give its progress; a new one where there is no checkpoint.

    Raises UsageError for a checkpoint that is broken or of another training.
    """
    from safetensors import SafetensorError, safe_open

    path = path_in(folder)
    if not path.is_file():
        return Progress()
    try:
        with safe_open(str(path), framework="pt") as file, torch.no_grad():
            progress = Progress(**json.loads(file.metadata()["progress"]))
            for name, p in trainable.items():
                p.copy_(file.get_tensor(f"weight.{name}"))
    except (OSError, SafetensorError, RuntimeError, KeyError, TypeError, ValueError) as error:
        raise UsageError(f"{path} cannot be resumed from: {error}. Remove it to train from the start.") from None
    return progress


def resume_optimizer(folder: Path, trainable: Mapping[str, nn.Parameter], optimizer: torch.optim.Optimizer) -> None:
    """Put the checkpoint's optimizer state in place, where it holds some."""
    from safetensors import safe_open

    if not path_in(folder).is_file():
        return
    with safe_open(str(path_in(folder)), framework="pt") as file:
        names = set(file.keys())
        for name, p in trainable.items():
            if f"optimizer.step.{name}" in names:
                optimizer.state[p] = {what: file.get_tensor(f"optimizer.{what}.{name}").to(p.device) for what in STATE}


def drop_checkpoint(folder: Path) -> None:
    path_in(folder).unlink(missing_ok=True)


def write_trace(folder: Path, progress: Progress) -> None:
    path = folder / "trace.jsonl"
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    temporary.write_text("".join(json.dumps(row) + "\n" for row in progress.trace), encoding="utf-8")
    os.replace(temporary, path)


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
