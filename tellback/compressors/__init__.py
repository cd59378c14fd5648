"""Every compressor by name. A method is its file and one line here; nothing is imported before it is chosen."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from tellback.config import CompressorSpec, parse
from tellback.registry import choose

if TYPE_CHECKING:
    from tellback.compressors.base import Compressor
    from tellback.models.decoder import Decoder
    from tellback.models.load import LM

#: name -> (module, class, one line about it)
COMPRESSORS = {
    "identity": ("base", "Identity", "no compression: the source is the memory (ceiling)"),
    "no_memory": ("base", "NoMemory", "an empty memory: the decoder answers from belief (floor)"),
    "pooling": ("pooling", "Pooling", "last hidden states pooled per group: mean | concat | eos (LCLM) · trained"),
    "memory_tokens": ("memory_tokens", "MemoryTokens", "learned memory embeddings after each segment (ICAE) · trained"),
    "selective_context": ("selective_context", "SelectiveContext", "drops units of low self-information · text"),
}


def compressor_class(name: str) -> type[Compressor]:
    """The class of a registry name; raises UsageError for any other."""
    module, attribute, _ = choose("compressor", name, COMPRESSORS)
    return getattr(import_module(f"tellback.compressors.{module}"), attribute)


def build(spec: CompressorSpec, lm: LM, decoder: Decoder, rate: float | None, seed: int = 0) -> Compressor:
    """An untrained compressor that writes for `decoder`. Raises UsageError for unknown names and options."""
    cls = compressor_class(spec.name)
    options = parse(cls.Options, spec.options, f"compressor {spec.name!r}, options")
    compressor = cls(lm, decoder, rate, options, seed)
    return compressor.to(lm.model.device) if cls.trainable else compressor
