"""A training followed in a tracker, by the name that Accelerate gives it. Its files lie in `track`, in the folder of the setup."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tellback.config import TrainSpec
from tellback.errors import UsageError
from tellback.registry import choose

FOLDER = "track"
PACKAGES = {"tensorboard": "tensorboardX", "wandb": "wandb", "trackio": "trackio"}  # to install


def check_tracker(name: str | None) -> None:
    """Raise UsageError for a name that is no tracker's, and for a tracker whose package is not there."""
    if name is None:
        return
    choose("tracker", name, PACKAGES)
    from accelerate.tracking import get_available_trackers

    if name not in map(str, get_available_trackers()):
        raise UsageError(f"--track {name} needs a package that is not installed. Run `pip install {PACKAGES[name]}`, or leave it out.")


def asked(spec: TrainSpec, folder: Path) -> dict[str, Any]:
    """What an Accelerator must be told of it."""
    return {} if spec.track is None else {"log_with": spec.track, "project_dir": str(folder / FOLDER)}


class Tracker:
    """Of one training, from `step` on; silent where none was asked for, and in every process but the first."""

    def __init__(self, accelerator: Any, spec: TrainSpec, folder: Path, step: int, leads: bool):
        self.accelerator, self.on = accelerator, spec.track is not None and leads
        if not self.on:
            return
        (folder / FOLDER).mkdir(exist_ok=True)
        os.environ.setdefault("TRACKIO_DIR", str((folder / FOLDER).resolve()))  # of trackio, which takes no folder
        known = hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:16]  # a training that goes on is the same run
        how = {"tensorboard": {"filename_suffix": f".{step}"}, "wandb": {"dir": str(folder / FOLDER), "id": known, "resume": "allow"},
               "trackio": {"name": known, "resume": "allow"}}  # fmt: skip
        given = {name: value for name, value in spec.model_dump(mode="json").items() if isinstance(value, (int, float, str))}
        accelerator.init_trackers("tellback", None if step else given, how)

    def row(self, row: Mapping[str, Any], losses: Sequence[float], step: int) -> None:
        """A row of the trace after `step` steps, copying counted, and the losses of the steps before it."""
        if not self.on:
            return
        for i, loss in enumerate(losses, step - len(losses) + 1):
            self.accelerator.log({"train/loss": loss}, step=i)
        self.accelerator.log({name: value for name, value in figures(row) if value is not None}, step=step)

    def end(self) -> None:
        if self.on:
            for tracker in self.accelerator.trackers:
                tracker.finish()


def figures(row: Mapping[str, Any]) -> list[tuple[str, float | None]]:
    """The numbers of a row of the trace, by the names that they have in a tracker."""
    own = ("step", "train_loss", "learning_rate", "tokens", "seconds")
    out = [(f"train/{name}", row[name]) for name in ("learning_rate", "tokens", "seconds")]
    for name, value in row.items():
        if name not in own:
            inner = value.items() if isinstance(value, Mapping) else [("", value)]
            out += [(f"held_out/{name}" + (f"/{part}" if part else ""), v) for part, v in inner if isinstance(v, (int, float, type(None)))]
    return out
