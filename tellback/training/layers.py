"""What is done to the layers of both LMs while they train: compiled, or made again in the backward pass.

transformers' own gradient checkpointing would drop the cache, and the decoder would read nothing; and it works in train mode alone,
in which our LMs never are. Here a layer that is made again reads the cache as it was, and what it adds goes into the cache once.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from tellback.config import TrainSpec
from tellback.errors import UsageError
from tellback.models.lm import LM
from tellback.training.pair import Pair


def layers_of(lm: LM) -> list[nn.Module]:
    """The layers that its class names as such; none where it names none."""
    names = set(lm.model._no_split_modules or ())
    return [m for m in lm.model.modules() if type(m).__name__ in names]


def place_of(layer: nn.Module) -> int | None:
    """Where in a cache the layer keeps its keys and values; None where it keeps none."""
    return next((m.layer_idx for m in layer.modules() if hasattr(m, "layer_idx")), None)


def check_compiler(spec: TrainSpec, device: str) -> None:
    """Raise UsageError where `spec` asks for compiled layers and this machine has no compiler that makes them for `device` ("cpu", "cuda");
    torch would say so only when all is loaded."""
    if not spec.compile:
        return
    if device.startswith("cuda"):  # Triton's, which takes C
        language, variable, known = "C", "CC", ("gcc", "clang")
    else:
        language, variable, known = "C++", "CXX", ("clang++" if sys.platform == "darwin" else "cl" if sys.platform == "win32" else "g++",)
    named = os.environ.get(variable)
    if not any(map(shutil.which, known if named is None else (named,))):
        got = f"no {' and no '.join(known)} on the PATH" if named is None else f"{variable}={named}, which is no program here"
        raise UsageError(
            f"train.compile needs a {language} compiler; got {got}. Install {known[0]}, name another compiler in {variable}, or leave train.compile out."
        )


@contextmanager
def prepared(pair: Pair, spec: TrainSpec) -> Iterator[None]:
    """Inside, the layers are as `spec` wants them for training. Raises UsageError where they cannot be."""
    check_compiler(spec, pair.decoder.device.type)
    changed = []
    if spec.compile or spec.gradient_checkpointing:
        changed = [layer for lm in (pair.compressor.lm, pair.decoder.lm) for layer in layers_of(lm)]
    for layer in changed:
        forward = layer.forward
        if spec.compile:
            forward = torch.compile(forward, dynamic=True)
        layer.forward = made_again(forward, place_of(layer)) if spec.gradient_checkpointing else forward
    try:
        yield
    finally:
        for layer in changed:
            del layer.forward


def made_again(forward: Callable[..., Any], place: int | None) -> Callable[..., Any]:
    """A layer's `forward` whose activations are not kept, but made again when gradients come."""

    def run(*args: Any, past_key_values: Any = None, **kwargs: Any) -> Any:
        if not torch.is_grad_enabled():
            return forward(*args, past_key_values=past_key_values, **kwargs)
        before = None if past_key_values is None or place is None else held(past_key_values, place)

        def call(*args: Any) -> Any:
            if before is None:
                return forward(*args, past_key_values=past_key_values, **kwargs), None
            reads = Reads(past_key_values, *before)
            return forward(*args, past_key_values=reads, **kwargs), reads.added

        out, added = checkpoint(call, *args, use_reentrant=False, preserve_rng_state=False)
        if added is not None:
            past_key_values.update(*added, place)
        return out

    return run


def held(cache: Any, place: int) -> tuple[Tensor | None, Tensor | None]:
    """Keys and values that one layer finds in a cache; None where it finds none."""
    layer = cache.layers[place] if place < len(cache.layers) else None
    return (None, None) if layer is None else (layer.keys, layer.values)


class Reads:
    """A cache as one layer found it, also when that is asked again later: what the layer adds is seen by this layer alone."""

    def __init__(self, cache: Any, keys: Tensor | None, values: Tensor | None):
        self.cache, self.before = cache, (keys, values)
        self.added: tuple[Tensor, Tensor] | None = None

    def update(self, keys: Tensor, values: Tensor, *_: Any, **__: Any) -> tuple[Tensor, Tensor]:
        self.added = keys, values
        if self.before[0] is None or self.before[1] is None:
            return keys, values
        return torch.cat([self.before[0], keys], -2), torch.cat([self.before[1], values], -2)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.cache, name)
