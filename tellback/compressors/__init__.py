"""Every compressor by name. A method is its file and one line here; nothing is imported before it is chosen."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from tellback.config import CompressorSpec, parse
from tellback.registry import choose

if TYPE_CHECKING:
    from tellback.compressors.base import Compressor
    from tellback.models.decoder import Decoder
    from tellback.models.lm import LM

#: name -> (module, class, one line about it)
COMPRESSORS = {
    "identity": ("base", "Identity", "no compression: the source is the memory (ceiling)"),
    "no_memory": ("base", "NoMemory", "an empty memory: the decoder answers from belief (floor)"),
    "pooling": ("pooling", "Pooling", "last hidden states pooled per group: mean | concat | eos (LCLM) · trained"),
    "memory_tokens": ("memory_tokens", "MemoryTokens", "learned memory embeddings after each segment (ICAE) · trained"),
    "kv_slots": ("kv_slots", "KVSlots", "keys and values of learned memory embeddings (500xCompressor) · trained"),
    "interleaved_tokens": ("interleaved_tokens", "InterleavedTokens", "a token after each group (PISCO) · trained"),
    "segments": ("segments", "Segments", "end-of-text tokens after short segments, cached (CompLLM) · trained"),
    "chunk_encoder": ("chunk_encoder", "ChunkEncoder", "a vector a chunk, some chunks as tokens (REFRAG) · trained"),
    "selective_context": ("selective_context", "SelectiveContext", "drops units of low self-information · text"),
    "attention_guided": ("attention_guided", "AttentionGuided", "keeps what a query draws attention to (SAGE) · text"),
    "llmlingua2": ("llmlingua2", "LLMLingua2", "a token classifier drops words (LLMLingua-2; needs llmlingua) · text"),
    "llm_summary": ("llm_summary", "LLMSummary", "an LM or an endpoint writes a summary of the asked-for length · text"),
    "copy_paste": ("copy_paste", "CopyPaste", "an LM or an endpoint copies spans, and only copies (Copy-Paste) · text"),
    "kvpress": ("kvpress_adapter", "KVPress", "prunes the decoder's cache by a press (needs kvpress)"),
    "truncate": ("truncate", "Truncate", "keeps the beginning, the end or both (floor) · text"),
    "random_drop": ("random_drop", "RandomDrop", "drops words or sentences at random (floor) · text"),
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
