"""How a compressor on a pretrained model is trained where nothing else was asked for.

The pocket world's own values (everything trains at 1e-3, in float32, copying for 800 steps) ruin a model that somebody trained
on text: its loss rises from the first step on. What stands here brought the first 6 layers of SmolLM2-135M at 2x to a held-out
token accuracy of 0.9 in 800 steps of 16 sentences: LoRA in the decoder, the embeddings left out, float32 masters, and for the
pretrained weights a peak that is a third of what is new.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from tellback.config.named import CompressorSpec, ModelSpec
from tellback.config.train import StageSpec, TrainSpec
from tellback.methods import COMPRESSORS

PEAK = 3e-4  # of the compressor's own weights
NEW = {"adapter": 1e-3, "decoder": 1e-3}  # of the adapter, and of the decoder's LoRA
STEPS = 1000
VALUES: dict[str, Any] = {
    "batch_size": 16, "copy_steps": 120, "dtype": "fastest", "embeddings": False,
    "n_held_out": 64, "trace_points": 10,  # a look at 128 documents costs as much as ten steps
}  # fmt: skip


def applies(models: Iterable[ModelSpec], compressors: Iterable[CompressorSpec]) -> bool:
    """Whether anything trains here, and every model came with weights of its own."""
    trained = any(COMPRESSORS[c.name].trained for c in compressors if c.name in COMPRESSORS)
    return trained and all(m.pretrained for m in models)


def for_pretrained(train: TrainSpec) -> TrainSpec:
    """`train` with every value that was not given as a pretrained model needs it.

    Peaks of their own for the parts only where no learning rate and no stage was given: whoever gives one means it.
    """
    new = {name: value for name, value in VALUES.items() if name not in train.model_fields_set}
    if not {"learning_rate", "stages"} & train.model_fields_set:
        steps = train.steps if "steps" in train.model_fields_set else STEPS
        new |= {"learning_rate": PEAK, "steps": steps, "stages": (StageSpec(steps=steps, learning_rate=NEW),)}
    elif not {"steps", "stages"} & train.model_fields_set:
        new["steps"] = STEPS
    return train.model_copy(update=new)
