"""What writes memories: the class of each row of `tellback.methods`, imported when it is chosen."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from tellback.config import CompressorSpec, parse
from tellback.methods import COMPRESSORS
from tellback.registry import choose

if TYPE_CHECKING:
    from tellback.compressors.base import Compressor
    from tellback.models.decoder import Decoder
    from tellback.models.lm import LM

__all__ = ["COMPRESSORS", "build", "compressor_class"]


def compressor_class(name: str) -> type[Compressor]:
    """The class of a registry name; raises UsageError for any other."""
    method = choose("compressor", name, COMPRESSORS)
    return getattr(import_module(f"tellback.compressors.{method.module}"), method.cls)


def build(spec: CompressorSpec, lm: LM, decoder: Decoder, rate: float | None, seed: int = 0) -> Compressor:
    """An untrained compressor that writes for `decoder`. Raises UsageError for unknown names and options."""
    cls = compressor_class(spec.name)
    options = parse(cls.Options, spec.options, f"compressor {spec.name!r}, options")
    compressor = cls(lm, decoder, rate, options, seed)
    return compressor.to(lm.model.device) if cls.trainable else compressor
