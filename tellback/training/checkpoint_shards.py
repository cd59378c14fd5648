"""A checkpoint of shards: a safetensors file a process, and an index in JSON that says which rows of which tensor lie where.

The index is written last and names its files, so that a checkpoint is whole or not there. Any number of processes reads it: each
takes its own rows from whichever files hold them.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from torch import nn

from tellback.training.checkpoint import INDEX, Progress, drop_shards, own_rows, path_in, state_of, write_trace


def save(
    folder: Path, weights: Mapping[str, nn.Parameter], optimizer: Any, progress: Progress, rank: int, n: int,
    wait: Callable[[], Any],
) -> None:  # fmt: skip
    """This process's rows of every weight and of the optimizer; the first process writes the index when all have written.
    `wait` returns when all processes have come to it."""
    from safetensors.torch import save_file

    names = [f"checkpoint-{progress.step}-{i}-of-{n}.safetensors" for i in range(n)]
    tensors, rows = {}, {}
    for name, tensor in state_of(weights, optimizer).items():
        first, local = own_rows(tensor)
        if local.numel() and (rank == 0 or local is not tensor):  # what is in no shards is the same in all of them
            tensors[name], rows[name] = local.contiguous(), first
    temporary = folder / f".{names[rank]}.{os.getpid()}"
    save_file(tensors, str(temporary), metadata={"rows": json.dumps(rows)})
    os.replace(temporary, folder / names[rank])
    wait()
    if rank == 0:
        shapes = {name: list(t.shape) for name, t in state_of(weights, optimizer).items()}
        temporary = folder / f".{INDEX}.{os.getpid()}"
        temporary.write_text(json.dumps({"progress": vars(progress), "files": names, "shapes": shapes}), encoding="utf-8")
        os.replace(temporary, folder / INDEX)
        path_in(folder).unlink(missing_ok=True)
        drop_shards(folder, keep=names)
        write_trace(folder, progress)
    wait()

