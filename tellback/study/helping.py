"""What a process does that a launcher started beside the one that runs a study."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path

import torch

from tellback.config import SetupSpec
from tellback.study.setup import assemble, train_setup
from tellback.training.diverged import Diverged
from tellback.training.processes import Alone


def help_train(together: Alone) -> None:
    """Train along with the first process, setup by setup, as long as it has some to train."""
    while told := together.tell():
        task = json.loads(told)
        spec = SetupSpec.model_validate(task["spec"])
        torch.set_num_threads(spec.train.n_threads)
        with together.as_one(), suppress(Diverged):  # which the first process writes down
            train_setup(assemble(spec), Path(task["folder"]), lambda line: None, together)
