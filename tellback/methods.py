"""Every method by name: where it lies, and what must be known of it before anything heavy is imported.

A method is its file in `compressors/` and one line here.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Role(Enum):
    """What a method is to a study: one of those it is about, or a control that bounds them."""

    METHOD = "method"
    CEILING = "ceiling"
    FLOOR = "floor"


@dataclass(frozen=True)
class Method:
    """One row of the table."""

    module: str  # of tellback.compressors
    cls: str
    about: str  # one line
    role: Role = Role.METHOD
    rate: float | None = None  # of a control: the only one that it has
    trained: bool = False

    @property
    def is_control(self) -> bool:
        return self.role is not Role.METHOD


COMPRESSORS = {
    "identity": Method("base", "Identity", "no compression: the source is the memory (ceiling)", Role.CEILING, 1.0),
    "no_memory": Method("base", "NoMemory", "an empty memory: the decoder answers from belief (floor)", Role.FLOOR),
    "pooling": Method("pooling", "Pooling", "last hidden states pooled per group: mean | concat | eos (LCLM) · trained", trained=True),
    "memory_tokens": Method("memory_tokens", "MemoryTokens", "learned memory embeddings after each segment (ICAE) · trained", trained=True),
    "kv_slots": Method("kv_slots", "KVSlots", "keys and values of learned memory embeddings (500xCompressor) · trained", trained=True),
    "interleaved_tokens": Method("interleaved_tokens", "InterleavedTokens", "a token after each group (PISCO) · trained", trained=True),
    "segments": Method("segments", "Segments", "end-of-text tokens after short segments, cached (CompLLM) · trained", trained=True),
    "chunk_encoder": Method("chunk_encoder", "ChunkEncoder", "a vector a chunk, some chunks as tokens (REFRAG) · trained", trained=True),
    "selective_context": Method("selective_context", "SelectiveContext", "drops units of low self-information · text"),
    "attention_guided": Method("attention_guided", "AttentionGuided", "keeps what a query draws attention to (SAGE) · text"),
    "llmlingua2": Method("llmlingua2", "LLMLingua2", "a token classifier drops words (LLMLingua-2; needs llmlingua) · text"),
    "llm_summary": Method("llm_summary", "LLMSummary", "an LM or an endpoint writes a summary of the asked-for length · text"),
    "copy_paste": Method("copy_paste", "CopyPaste", "an LM or an endpoint copies spans, and only copies (Copy-Paste) · text"),
    "kvpress": Method("kvpress_adapter", "KVPress", "prunes the decoder's cache by a press (needs kvpress)"),
    "truncate": Method("truncate", "Truncate", "keeps the beginning, the end or both (floor) · text"),
    "random_drop": Method("random_drop", "RandomDrop", "drops words or sentences at random (floor) · text"),
}


CONTROLS = {name: method for name, method in COMPRESSORS.items() if method.is_control}


def role_of(name: str | None) -> Role:
    """The role of the compressor called `name`; one that is not known (any more) is a method like others."""
    return COMPRESSORS[name].role if name in COMPRESSORS else Role.METHOD
