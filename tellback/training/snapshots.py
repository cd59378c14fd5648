"""What a stack leaves in a setup's folder: its weights at each place of the trace. Whoever reads the setup makes the trace of them."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from tellback.compressors.files import write_tensors
from tellback.errors import UsageError
from tellback.training.checkpoint import Progress
from tellback.training.diverged import check

FILE = "snapshots.safetensors"


def write(folder: Path, names: Sequence[str], weights: Tensor, rows: Sequence[Mapping[str, Any]], device: str) -> None:
    """`weights` (places x P: the weights `names` one after another, at each place) with the figures of the trace that the
    stack knows; atomically."""
    folder.mkdir(parents=True, exist_ok=True)
    write_tensors({"weights": weights.contiguous()}, folder / FILE, {"names": json.dumps(list(names)), "rows": json.dumps(list(rows)), "device": device})


def there(folder: Path) -> bool:
    return (folder / FILE).is_file()


def read(folder: Path, parameters: Mapping[str, nn.Parameter], evaluate: Callable[[], dict[str, Any]]) -> Progress:
    """The progress of the training whose snapshots lie in `folder`: at each place `evaluate()` says what the weights are worth.
    The last place's weights stay. Raises UsageError for a file that is broken or of another model."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(str(folder / FILE), framework="pt") as file:
            metadata, weights = file.metadata(), file.get_tensor("weights")
            names, rows = json.loads(metadata["names"]), json.loads(metadata["rows"])
            sizes = [parameters[name].numel() for name in names]
    except (OSError, SafetensorError, KeyError, ValueError) as error:
        raise UsageError(f"{folder / FILE} is broken or of another setup: {error}. Remove it to train again.") from None
    if weights.shape != (len(rows), sum(sizes)):
        raise UsageError(
            f"{folder / FILE} holds {tuple(weights.shape)} numbers, this setup has {len(rows)} x {sum(sizes)}. Remove it to train again."
        )
    progress = Progress(device=metadata["device"])
    for row, values in zip(rows, weights, strict=True):
        check(row["train_loss"] if torch.isfinite(values).all() else math.nan, row["step"], max(r["learning_rate"] for r in rows))
        with torch.no_grad():
            for name, part in zip(names, values.split(sizes), strict=True):
                parameters[name].copy_(part.view(parameters[name].shape))
        progress.trace.append(row | evaluate())
        check(progress.trace[-1].get("loss"), row["step"], max(r["learning_rate"] for r in rows))
    last = progress.trace[-1]
    progress.step, progress.tokens, progress.seconds = last["step"], last["tokens"], last["seconds"]
    return progress
