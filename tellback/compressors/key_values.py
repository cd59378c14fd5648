"""The memory of methods that write into the decoder's cache: keys and values of every layer.

Shapes: B batch, N slots, L layers, H heads of keys and values, K head width.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from tellback.compressors.memory import Memory
from tellback.errors import UsageError
from tellback.models.decoder import Decoder, Prefix, kv_shape, kv_words, pad_left


@dataclass
class KeyValues(Memory):
    """Keys and values of every layer, which the decoder reads as its cache: N_i x L x 2 x H x K a document."""

    kind: ClassVar[str] = "key_values"
    layout: ClassVar[dict[str, int]] = {"n_tokens": 1, "n_slots": 1, "states": 5}
    states: list[Tensor]
    n_tokens: list[int]

    @property
    def n_slots(self) -> list[int]:
        return [s.shape[0] for s in self.states]

    @property
    def n_bytes(self) -> int:
        return sum(s.nbytes for s in self.states)

    @property
    def layer_spaces(self) -> list[tuple[list[Tensor], list[Tensor]]] | None:
        """Per layer the slots (N_i x 2HK, keys beside values). No projector: both spaces are the decoder's cache."""
        if not sum(self.n_slots):
            return None
        layers = [[s[:, i].flatten(1) for s in self.states] for i in range(self.states[0].shape[1])]
        return [(layer, layer) for layer in layers]

    def check_fits(self, decoder: Decoder) -> None:
        found, wanted = tuple(self.states[0].shape[1:]), kv_shape(decoder.lm)
        if found != wanted:
            raise UsageError(
                f"this memory holds {kv_words(found)}, the decoder {decoder.lm.name!r} reads {kv_words(wanted)}. Read "
                f"it with the setup that wrote it."
            )

    def prefix(self, decoder: Decoder) -> Prefix:
        dtype = decoder.embedding.weight.dtype
        flat_BNX, mask_BN = pad_left([s.to(decoder.device, dtype).flatten(1) for s in self.states])
        states_L2BHNK = flat_BNX.unflatten(2, self.states[0].shape[1:]).permute(2, 3, 0, 4, 1, 5)
        return Prefix([(keys, values) for keys, values in states_L2BHNK], mask_BN)

    def _select(self, rows: Sequence[int]) -> KeyValues:
        return KeyValues(*([field[i] for i in rows] for field in (self.states, self.n_tokens)))

    def tensors(self) -> dict[str, Tensor]:
        out = {"n_tokens": torch.tensor(self.n_tokens), "n_slots": torch.tensor(self.n_slots)}
        return out | {"states": torch.cat(self.states)}

    @classmethod
    def from_tensors(cls, tensors: dict[str, Tensor]) -> KeyValues:
        return cls(list(tensors["states"].split(tensors["n_slots"].tolist())), tensors["n_tokens"].tolist())
