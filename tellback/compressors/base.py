"""The seam: documents in, a Memory out. Also the two compressors that bound all others."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import ClassVar

import torch
from pydantic import BaseModel, ConfigDict
from torch import Tensor, nn

from tellback.compressors.memory import Memory, Slots, Source
from tellback.errors import UsageError
from tellback.models.decoder import Decoder
from tellback.models.load import LM


def n_slots(n_tokens: int, rate: float) -> int:
    """Slots for a source of `n_tokens` (decoder's tokens, no specials) at `rate` tokens per slot: the ceiling."""
    if n_tokens < 1 or rate < 1:
        raise UsageError(f"a memory needs at least 1 token and a rate of at least 1, got {n_tokens} and {rate}.")
    return math.ceil(n_tokens / rate - 1e-9)


class Options(BaseModel):
    """The options of a method; each method that has some subclasses this."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Compressor(ABC):
    """Writes memories for the decoder that was given at construction. Trainable ones are also nn.Module."""

    name: ClassVar[str]
    trainable: ClassVar[bool] = False
    Options: ClassVar[type[Options]] = Options

    def __init__(self, lm: LM, decoder: Decoder, rate: float | None, options: Options, seed: int = 0):
        super().__init__()
        self.lm, self.rate, self.options = lm, rate, options
        self._decoder = (decoder,)  # in a tuple, so that a trainable compressor does not own the decoder's weights

    @property
    def decoder(self) -> Decoder:
        return self._decoder[0]

    @abstractmethod
    def compress(
        self, documents: Sequence[str], *, rate: float | None = None, queries: Sequence[str] | None = None
    ) -> Memory:
        """One memory a document. Raises UsageError for an empty document."""

    def source_ids(self, documents: Sequence[str]) -> list[list[int]]:
        """Each document in the decoder's tokens; raises UsageError for one that holds none."""
        ids = [self.decoder.lm.ids(text) for text in documents]
        for i, row in enumerate(ids):
            if not row:
                raise UsageError(f"document {i} of {len(ids)} is empty: it holds no token. Leave it out.")
        return ids


class SlotCompressor(Compressor, nn.Module):
    """A trainable compressor that writes vectors: the base tokenizes and counts slots, the method encodes."""

    trainable = True

    def compress(
        self, documents: Sequence[str], *, rate: float | None = None, queries: Sequence[str] | None = None
    ) -> Slots:
        n_tokens = [len(row) for row in self.source_ids(documents)]
        return self.encode([self.lm.ids(text) for text in documents], n_tokens, rate or self.rate)

    @abstractmethod
    def encode(self, ids: Sequence[Sequence[int]], n_tokens: Sequence[int], rate: float) -> Slots:
        """Memories of token ids (the compressor's); document i gets n_slots(n_tokens[i], rate) slots."""

    @abstractmethod
    def projector(self) -> nn.Module:
        """What maps the compressor's space to the decoder's."""

    def hidden(self, embeds_BTC: Tensor) -> Tensor:
        """Last hidden states (B x T x C) of inputs that are padded on the right, where a causal model cannot see."""
        return self.lm.model.base_model(inputs_embeds=embeds_BTC, use_cache=False).last_hidden_state

    def embed(self, rows: Sequence[Sequence[int]]) -> Tensor:
        """Input embeddings (B x T x C) of ragged ids, padded on the right."""
        table = self.lm.model.get_input_embeddings()
        return table(pad_right(rows).to(table.weight.device))


def pad_right(rows: Sequence[Sequence[int]]) -> Tensor:
    """Ragged ids as one B x T tensor, zeros on the right."""
    longest = max(map(len, rows))
    return torch.tensor([[*row, *[0] * (longest - len(row))] for row in rows], dtype=torch.long)


def by_document(pieces: Sequence[Tensor], owners: Sequence[int]) -> list[Tensor]:
    """Join the pieces of each document, which stand in order: owners[i] is the document of pieces[i]."""
    out: dict[int, list[Tensor]] = {}
    for piece, owner in zip(pieces, owners, strict=True):
        out.setdefault(owner, []).append(piece)
    return [parts[0] if len(parts) == 1 else torch.cat(parts) for parts in out.values()]


class Identity(Compressor):
    """No compression: the source itself is the memory. The ceiling of every study."""

    name = "identity"

    def compress(
        self, documents: Sequence[str], *, rate: float | None = None, queries: Sequence[str] | None = None
    ) -> Source:
        ids = self.source_ids(documents)
        return Source(list(documents), ids, [len(row) for row in ids])


class NoMemory(Compressor):
    """An empty memory: whatever the decoder says, it says from belief. The floor of every study."""

    name = "no_memory"

    def compress(
        self, documents: Sequence[str], *, rate: float | None = None, queries: Sequence[str] | None = None
    ) -> Slots:
        ids = self.source_ids(documents)
        empty = [self.decoder.embedding.weight.new_zeros(0, self.decoder.lm.width)] * len(ids)
        return Slots(empty, empty, [len(row) for row in ids])
