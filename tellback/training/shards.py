"""One pair of models over several processes, a shard of every weight in each (torch's FSDP2, as Accelerate's `fsdp_version: 2`).

Each layer of the LMs is gathered while it computes, everything else while a step runs. The keys and values that a layer leaves in
a cache are outputs of it too: gradients come back through them, and FSDP must gather the layer for these as well, or it finds no
weights there. So a layer shows them to FSDP as outputs, and nobody else sees it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch
from torch import nn

from tellback.config import TrainSpec
from tellback.errors import UsageError
from tellback.training import checkpoint_shards
from tellback.training.checkpoint import Progress
from tellback.training.layers import layers_of, place_of
from tellback.training.masters import NoMasters
from tellback.training.pair import Pair
from tellback.training.processes import Together
from tellback.training.trainable import trained_weights

NOT_DONE = {
    "FSDP_OFFLOAD_PARAMS": "Launch without it; more processes, or train.gradient_checkpointing, take less memory.",
    "FSDP_ACTIVATION_CHECKPOINTING": "Say gradient_checkpointing: true under train (--set), which keeps the decoder's cache.",
}


class Shards(Together):
    """One of several processes that hold the models together."""

    spends_models = True

    def divide(self, pair: Pair, spec: TrainSpec) -> None:
        from torch.distributed.device_mesh import init_device_mesh
        from torch.distributed.fsdp import MixedPrecisionPolicy, fully_shard, register_fsdp_forward_method

        check_launch(os.environ)
        # float32 shards of weights that compute in bfloat16: what masters are for one process
        narrow = spec.dtype == "bfloat16_weights"
        how: dict[str, Any] = {"mesh": init_device_mesh(pair.decoder.device.type, (self.n,))}
        how["reshard_after_forward"] = os.environ.get("FSDP_RESHARD_AFTER_FORWARD", "true").lower() == "true"
        if narrow:
            how["mp_policy"] = MixedPrecisionPolicy(torch.bfloat16, torch.float32)
            for p in pair.parameters():
                p.data = p.data.to(torch.float32 if p.requires_grad else torch.bfloat16)
        pair.train()
        for lm in (pair.compressor.lm, pair.decoder.lm):
            for layer in layers_of(lm):
                show_cache(layer)
                fully_shard(layer, **how)
                layer.register_forward_hook(hide_cache)
        fully_shard(pair, **{k: v for k, v in how.items() if k != "reshard_after_forward"})
        register_fsdp_forward_method(pair, "run")

    def masters(self, pair: Pair, spec: TrainSpec) -> NoMasters:
        return NoMasters(trained_weights(pair))

    def model(self, accelerator: Any, pair: Pair) -> nn.Module:
        return pair

    def autocast(self, accelerator: Any) -> Any:
        return accelerator.autocast()

    def evaluate(self, pair: Pair, evaluate: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        """All processes read the same, each with all weights in turn."""
        from torch.distributed.fsdp import FSDPModule

        def found() -> dict[str, Any]:
            for layer in (m for m in pair.modules() if m is not pair and isinstance(m, FSDPModule)):
                layer.unshard()  # first made here: what is made in inference mode could not be trained
                layer.reshard()
            return evaluate()

        out = pair.run(found)
        pair.reshard()
        return out

    def save(self, folder: Path, weights: Mapping[str, nn.Parameter], optimizer: Any, progress: Progress) -> None:
        checkpoint_shards.save(folder, weights, optimizer, progress, self.rank, self.n, lambda: self.any(False))


def check_launch(environment: Mapping[str, str]) -> None:
    """Raise UsageError for what a launcher asks of FSDP and is not done here."""
    if int(environment.get("FSDP_VERSION", 1)) != 2:
        raise UsageError("trainings are sharded by FSDP2, the launcher asks for FSDP1. Launch with --fsdp_version 2.")
    for name, instead in NOT_DONE.items():
        if environment.get(name, "false").lower() == "true":
            raise UsageError(f"the launcher asks for {name.lower()}, which trainings do not do. {instead}")


def show_cache(layer: nn.Module) -> None:
    """From now on the layer's output is (its own, the keys, the values) where it has written into a cache, else (its own,)."""
    place = place_of(layer)

    def with_cache(_: nn.Module, args: Any, kwargs: dict[str, Any], output: Any) -> tuple[Any, ...]:
        cache = kwargs.get("past_key_values")
        if cache is None or place is None:
            return (output,)
        return output, cache.layers[place].keys, cache.layers[place].values

    layer.register_forward_hook(with_cache, with_kwargs=True)


def hide_cache(_: nn.Module, args: Any, output: tuple[Any, ...]) -> Any:
    return output[0]
