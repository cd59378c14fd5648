"""In which numbers a training computes, where that was left to the machine."""

from __future__ import annotations

from torch import nn

from tellback.config import TrainSpec
from tellback.models.precision import multiplies_bfloat16

FASTEST = "fastest"


def resolved(spec: TrainSpec, model: nn.Module) -> TrainSpec:
    """`spec` with the dtype that the device of `model` is fastest in, where `fastest` was asked for. Weights that were loaded in fewer bits
    than float32 always get float32 masters."""
    if spec.dtype != FASTEST:
        return spec
    weights = list(model.parameters())
    narrow = multiplies_bfloat16(weights[0].device) or any(p.is_floating_point() and p.element_size() < 4 for p in weights)
    return spec.model_copy(update={"dtype": "bfloat16_weights" if narrow else "float32"})
