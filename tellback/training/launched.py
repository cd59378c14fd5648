"""Which processes this one trains with, by what a launcher (`accelerate launch`, torchrun) left in the environment."""

from __future__ import annotations

import os

from tellback.provenance import n_launched
from tellback.training.processes import ALONE, PATIENCE, Alone, Copies
from tellback.training.shards import Shards

_joined: list[Alone] = []


def here(device: str) -> Alone:
    """The processes of this run; joins them at the first call, and then models are to be loaded. `device`: as `find_device`
    says."""
    if n_launched() < 2:
        return ALONE
    if not _joined:
        _join(device)
        _joined.append(Shards() if os.environ.get("ACCELERATE_USE_FSDP", "").lower() == "true" else Copies())
    return _joined[0]


def _join(device: str) -> None:
    from accelerate import PartialState

    os.environ["FSDP_CPU_RAM_EFFICIENT_LOADING"] = "false"  # each process cuts its shard off whole weights
    PartialState(cpu=device == "cpu", timeout=PATIENCE)
