"""Learned memory embeddings appended to the text; their keys and values in every layer are the memory.

Paper: 500xCompressor (arXiv 2408.03094). As there: the decoder reads keys and values as its own cache, without a
projector, so both models must keep keys and values of one shape. Different: segments and the rate decide how many
memory embeddings there are (as in memory_tokens), texts are not padded to one length, and `rope` is a choice:

- `encoder`: keys keep the rotary positions at which the encoder wrote them, while the decoder goes on from n_slots, as
  the released code does. After a text of T tokens the memory stands *ahead* of what reads it, and memories of later
  segments stand at the same positions as those of earlier ones.
- `restart`: keys are turned to the decoder's positions 0 .. n_slots - 1. Rotary attention sees only differences of
  positions, so for one segment this equals a decoder that goes on after the encoder's last position.

Measured on the pocket world (pocket-llama-60k reads and writes, 2000 steps of 32 documents of about 19 tokens, learning
rate 0.002): held-out loss, and the faithful shares of pocket-conflict's values (n = 80) / relations (n = 20):

                                             restart                 encoder
    2x, one segment, seed 0          0.0019   0.99 / 1.00    0.0031   0.91 / 1.00
    2x, one segment, seed 1          0.0033   0.91 / 0.85    0.0026   0.98 / 1.00
    4x, one segment, seed 0          0.0039   0.94 / 0.75    0.0053   0.93 / 0.75
    2x, segments of 4 slots, seed 0  0.0012   1.00 / 1.00    0.0151   0.94 / 0.85  (still learning)

So with one segment the choice makes no difference that two seeds can show; where a memory joins several segments,
`restart` learned faster and further. One seed, and documents of nearly one length: an indication, not yet an answer.

The first layer's keys and values come from the embeddings alone, so what a memory says of its text lies in the layers
above it: an LM of one layer can write nothing here.

Shapes: S segments, T tokens, M memory embeddings of a segment, L layers, H heads, K head width, R turned part of K.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import torch
from pydantic import Field
from torch import Tensor, nn
from transformers import DynamicCache

from tellback.compressors.base import by_document
from tellback.compressors.key_values import KeyValues
from tellback.compressors.memory_tokens import AppendedTokens, MemoryTokensOptions
from tellback.errors import UsageError
from tellback.models.decoder import Decoder, kv_shape, kv_words
from tellback.models.lm import LM


class KVSlotsOptions(MemoryTokensOptions):
    rope: Literal["encoder", "restart"] = Field(
        "restart", description="positions of the memory's keys: as the encoder wrote them, or 0 to n_slots - 1"
    )


class KVSlots(AppendedTokens):
    """Appends learned memory embeddings to each segment and keeps their keys and values (500xCompressor)."""

    name = "kv_slots"
    Options = KVSlotsOptions

    def __init__(self, lm: LM, decoder: Decoder, rate: float, options: KVSlotsOptions, seed: int = 0):
        super().__init__(lm, decoder, rate, options, seed)
        written, read = kv_shape(lm), kv_shape(decoder.lm)
        if written != read:
            raise UsageError(
                f"kv_slots needs a compressor and a decoder with keys and values of one shape: {lm.name!r} has "
                f"{kv_words(written)}, {decoder.lm.name!r} has {kv_words(read)}. Choose a decoder of the same "
                f"architecture and size, or a compressor that writes vectors (memory_tokens)."
            )
        if options.rope == "restart":
            for model in (lm, decoder.lm):
                check_rotary(model)

    def projector(self) -> nn.Module:
        return nn.Identity()

    def encode(self, ids: Sequence[Sequence[int]], n_tokens: Sequence[int], rate: float) -> KeyValues:
        pieces, counts, before, owners = self.cut(ids, n_tokens, rate)
        return KeyValues(by_document(self.in_parts(self._states, pieces, counts, before), owners), list(n_tokens))

    def _states(self, pieces: Sequence[Sequence[int]], counts: Sequence[int], before: Sequence[int]) -> list[Tensor]:
        """Keys and values of each segment's memory embeddings; `before`: slots of its document ahead of it."""
        batch = self.append(pieces, counts)
        cache = DynamicCache()
        self.run(batch.embeds_STC, past_key_values=cache, use_cache=True)
        held, due = cache.get_seq_length(), batch.embeds_STC.shape[1]
        assert held == due, f"the cache holds {held} of {due} positions: the model ran without one"
        row_S1 = torch.arange(len(batch.counts), device=batch.index_SM.device)[:, None]
        states_SML2HK = torch.stack(
            [
                torch.stack([t[row_S1, :, batch.index_SM] for t in (layer.keys, layer.values)], 2)
                for layer in cache.layers
            ],
            2,
        )
        if self.options.rope == "restart":
            keys_SMLHK, values_SMLHK = states_SML2HK.unbind(3)
            nth_SM = torch.arange(batch.index_SM.shape[1], device=batch.index_SM.device)
            slots_SM = torch.tensor(before, device=nth_SM.device)[:, None] + nth_SM
            keys_SMLHK = turn(self.decoder.lm, turn(self.lm, keys_SMLHK, batch.index_SM, -1), slots_SM, 1)
            states_SML2HK = torch.stack([keys_SMLHK, values_SMLHK], 3)
        return batch.by_segment(states_SML2HK)


def turn(lm: LM, keys_SMLHK: Tensor, positions_SM: Tensor, sign: int) -> Tensor:
    """Keys turned to their rotary positions (`sign` 1) or back to position-free ones (-1), in float32 at least."""
    keys = keys_SMLHK.to(torch.promote_types(keys_SMLHK.dtype, torch.float32))
    cos, sin = (t[:, :, None, None] for t in lm.model.base_model.rotary_emb(keys, positions_SM))
    turned, rest = keys.split([cos.shape[-1], keys.shape[-1] - cos.shape[-1]], -1)
    low, high = turned.chunk(2, -1)
    out = turned * cos + sign * torch.cat([-high, low], -1) * sin
    if sign < 0:
        out = out / (cos.square() + sin.square())  # some scalings lengthen keys as they turn them
    return torch.cat([out, rest], -1).to(keys_SMLHK.dtype)


@torch.no_grad()
def check_rotary(lm: LM) -> None:
    """Raise UsageError unless `turn` moves this model's keys as the model itself does, tried on one token.

    One token sees only itself, so before they are turned its keys are the same at any position, in every layer.
    """
    table, keys = lm.model.get_input_embeddings().weight, []
    token_11C = torch.randn(1, 1, lm.width, generator=torch.Generator().manual_seed(0)).to(table)
    for position in (0, 7):
        cache, at = DynamicCache(), torch.tensor([[position]], device=table.device)
        lm.model.base_model(inputs_embeds=token_11C, position_ids=at, past_key_values=cache, use_cache=True)
        keys.append(torch.stack([layer.keys.transpose(1, 2) for layer in cache.layers], 2))
    try:
        moved = turn(lm, turn(lm, keys[0], torch.zeros_like(at), -1), at, 1)
        error = ((moved - keys[1]).float().norm() / keys[1].float().norm()).item()
    except (AttributeError, TypeError, RuntimeError, ValueError):  # no rotary module, or one that takes something else
        error = float("inf")
    if not error < (1e-4 if keys[0].dtype == torch.float32 else 3e-2):
        raise UsageError(
            f"kv_slots with rope=restart cannot turn the keys of {lm.name!r} (family {lm.family}): its positions are "
            f"not the plain rotary ones of Llama and Qwen. Use rope=encoder, or a compressor that writes vectors."
        )
