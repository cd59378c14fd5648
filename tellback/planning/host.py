"""What a setup asks of the node that it runs on, where a cluster places setups by memory."""

from __future__ import annotations

from collections.abc import Callable

from tellback.config import SetupSpec
from tellback.errors import UsageError
from tellback.planning.gpus import GIB
from tellback.planning.step import Parameters, count, loaded_bytes
from tellback.training.outlook import held

PROCESS = 1.0 * GIB  # Python, torch, a corpus and its verdicts


def host_memory() -> Callable[[SetupSpec, bool], int]:
    """Bytes of a node for a setup, told whether it has a GPU: its process, its weights, and where no GPU holds them gradients and
    optimizer. Counted without a weight loaded; activations are left out. Of what cannot be counted the process alone."""
    known: dict[str, Parameters | None] = {}

    def of(spec: SetupSpec, has_gpu: bool) -> int:
        key = spec.model_copy(update={"seed": 0, "study": ""}).key()
        if key not in known:
            known[key] = _parameters(spec)
        p = known[key]
        if p is None:
            return int(PROCESS)
        if has_gpu:
            return int(PROCESS + p.all * loaded_bytes(spec))
        return int(PROCESS + held(p.trained, p.all - p.trained, spec.train, loaded_bytes(spec)).all)

    return of


def _parameters(spec: SetupSpec) -> Parameters | None:
    try:
        return count(spec)
    except (UsageError, NotImplementedError):
        return None
