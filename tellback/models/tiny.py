"""A tiny random LM that speaks the pocket world's tokens: for tests and the smoke study."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tellback.corpora.pocket import PocketSettings, World
from tellback.models.architectures import shipped
from tellback.models.lm import LM
from tellback.models.pocket import Size, build


def tiny_lm(seed: int = 0, settings: Mapping[str, Any] | None = None) -> LM:
    """Width 16, one layer, random weights drawn from `seed`."""
    lm = build("llama", Size(width=16, layers=1, heads=2, steps=0, learning_rate=0.0), World(PocketSettings(**(settings or {}))), seed)
    lm.name = "tiny"
    lm.model.eval()
    return lm


#: Stand-ins for the models of a study that is too large to try: the same classes, tiny and random, wider where those are larger.
DRY = {f"dry/{name.split('/')[1]}": (name, 16 + 4 * i) for i, name in enumerate(shipped())}


def dry_lm(name: str, seed: int = 0, settings: Mapping[str, Any] | None = None) -> LM:
    """A random LM of one layer, of the family of the shipped architecture that `name` stands for, that speaks the pocket world's
    tokens."""
    whole, width = DRY[name]
    family = shipped()[whole]["model_type"]
    lm = build(family, Size(width, 1, 2, 0, 0.0), World(PocketSettings(**(settings or {}))), seed)
    lm.name = name
    lm.model.eval()
    return lm
