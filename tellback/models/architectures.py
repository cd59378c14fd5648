"""The shapes of models, without their weights: shipped for the families that studies of size compare, else read from a folder."""

from __future__ import annotations

import copy
import json
from functools import cache
from pathlib import Path
from typing import Any

from tellback.errors import UsageError
from tellback.registry import unknown


@cache
def shipped() -> dict[str, dict[str, Any]]:
    """Hub name -> configuration, of the models whose shapes ship."""
    return json.loads(Path(__file__).with_name("architectures.json").read_text(encoding="utf-8"))


def config_of(name: str) -> Any:
    """The configuration (of transformers) of the model `name`: a shipped one, a pocket model, or the folder of one.

    `NAME@n` is its first n layers. Raises UsageError for a name that is neither.
    """
    from transformers import AutoConfig

    whole, _, layers = name.partition("@")
    if whole in shipped():
        values = dict(shipped()[whole])
        config = AutoConfig.for_model(values.pop("model_type"), **values)
    elif whole.startswith("pocket-"):
        config = _pocket(whole)
    elif (Path(whole) / "config.json").is_file():
        config = AutoConfig.from_pretrained(whole)
    else:
        raise UsageError(unknown("architecture", whole, shipped()) + " Or give the folder of a model that holds its config.json.")
    return with_layers(config, int(layers)) if layers else config


def with_layers(config: Any, n: int) -> Any:
    """The same shape with `n` layers."""
    config = copy.deepcopy(config)
    text = config.get_text_config()
    text.num_hidden_layers = n
    if getattr(text, "layer_types", None):
        text.layer_types = text.layer_types[:n]
    return config


def _pocket(name: str) -> Any:
    from tellback.models.pocket import SIZES, shape_of

    _, family, size, *_ = name.split("-")
    return shape_of(family, SIZES[size])
