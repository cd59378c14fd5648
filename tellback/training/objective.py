"""Losses: memories and logits in, numbers out. Pure.

Shapes: B batch, T positions that predict (text and end), V vocabulary.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from tellback.compressors.memory import Memory
from tellback.models.decoder import Decoder


def targets(ids: Sequence[Sequence[int]], eos: int) -> Tensor:
    """What a told-back text should be (B x T): the ids and the end, padded on the left with -100."""
    longest = max(map(len, ids)) + 1
    return torch.tensor([[-100] * (longest - 1 - len(row)) + [*row, eos] for row in ids])


def autoencode(memory: Memory, decoder: Decoder, ids: Sequence[Sequence[int]]) -> Tensor:
    """Mean cross-entropy (nats per token, the end included) of telling the source back from its memory."""
    logits_BTV, _ = memory.logits(decoder, ids)
    wanted_BT = targets(ids, decoder.lm.eos).to(logits_BTV.device)
    return nn.functional.cross_entropy(logits_BTV.float().flatten(0, 1), wanted_BT.flatten(), ignore_index=-100)


@torch.inference_mode()
def token_figures(memory: Memory, decoder: Decoder, ids: Sequence[Sequence[int]]) -> list[dict[str, Tensor]]:
    """Teacher-forced figures of each document's positions (its tokens and the end).

    "loss" (nats), "right" (bool: the argmax is the token) and "bits" (entropy of the next-token distribution given
    the memory and the true prefix).
    """
    logits_BTV, _ = memory.logits(decoder, ids)
    log_p_BTV = logits_BTV.float().log_softmax(-1)
    wanted_BT = targets(ids, decoder.lm.eos).to(logits_BTV.device)
    loss_BT = -log_p_BTV.gather(-1, wanted_BT.clamp(min=0)[..., None])[..., 0]
    bits_BT = -(log_p_BTV.exp() * log_p_BTV).sum(-1) / math.log(2)
    right_BT = logits_BTV.argmax(-1) == wanted_BT
    out = []
    for row, text in enumerate(ids):
        n = len(text) + 1
        out.append({"loss": loss_BT[row, -n:], "right": right_BT[row, -n:], "bits": bits_BT[row, -n:]})
    return out
