"""Losses: memories and logits in, numbers out. Pure.

Shapes: B batch, T positions that predict (text and end), V vocabulary, D width.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from tellback.compressors.memory import Memory
from tellback.models.decoder import Decoder, pad_left, positions
from tellback.models.rows import Rows


def targets(ids: Sequence[Sequence[int]], eos: int) -> Tensor:
    """What a told-back text should be (B x T): the ids and the end, padded on the left with -100."""
    if isinstance(ids, Rows) and ids.wanted is not None:
        return ids.wanted
    longest = max(map(len, ids)) + 1
    return torch.tensor([[-100] * (longest - 1 - len(row)) + [*row, eos] for row in ids])


def autoencode(memory: Memory, decoder: Decoder, ids: Sequence[Sequence[int]]) -> Tensor:
    """Mean cross-entropy (nats per token, the end included) of telling the source back from its memory."""
    logits_BTV, _ = memory.logits(decoder, ids)
    wanted_BT = targets(ids, decoder.lm.eos).to(logits_BTV.device)
    return nn.functional.cross_entropy(logits_BTV.float().flatten(0, 1), wanted_BT.flatten(), ignore_index=-100)


@dataclass
class Followed:
    """What a decoder makes of texts that it reads after a memory."""

    logits_BTV: Tensor
    hidden: list[Tensor]  # each layer's output (B x T x D); empty where it was not asked for


def follow(memory: Memory, decoder: Decoder, vectors: Sequence[Tensor], hidden: bool = False) -> Followed:
    """Read ragged `vectors` (T_i x D) after each memory, padded on the left; gradients pass through the memory."""
    prefix = memory.prefix(decoder)
    embeds_BTD, mask_BT = pad_left(vectors)
    mask = torch.cat([prefix.mask_BN, mask_BT], 1)
    out = decoder.model(
        inputs_embeds=embeds_BTD, attention_mask=mask.long(), position_ids=positions(mask)[:, prefix.mask_BN.shape[1] :],
        past_key_values=prefix.cache(), use_cache=True, output_hidden_states=hidden,
    )  # fmt: skip
    return Followed(out.logits, list(out.hidden_states[1:]) if hidden else [])


def next_targets(ids: Sequence[Sequence[int]], eos: int, unscored: int = 1) -> Tensor:
    """What follows each token of the next text (B x T): its next token, at last the end, padded on the left with -100.

    The first token stands right after the memory and is given; with `unscored` n, the first n tokens are (ICAE: 8).
    """
    longest = max(map(len, ids))
    rows = []
    for row in ids:
        given = min(unscored - 1, len(row))
        rows.append([-100] * (longest - len(row) + given) + [*row[1:], eos][given:])
    return torch.tensor(rows)


def cross_entropy(logits_BTV: Tensor, wanted_BT: Tensor) -> Tensor:
    """Mean (nats per token) over the positions where something is wanted; 0 where nothing is."""
    total = nn.functional.cross_entropy(
        logits_BTV.float().flatten(0, 1), wanted_BT.flatten(), ignore_index=-100, reduction="sum"
    )
    return total / (wanted_BT != -100).sum().clamp(min=1)


def sequence_distillation(student: Followed, teacher: Followed, scored_BT: Tensor, temperature: float = 1.0) -> Tensor:
    """Mean KL(teacher || student) of the next-token distributions at the scored positions, in nats, times the squared
    temperature, which keeps the gradients' size (Hinton et al. 2015, arXiv 1503.02531).

    Our reading of sequence-level distillation: the text is given, the targets are soft, so nothing has to be generated.
    """
    log_p = (student.logits_BTV.float() / temperature).log_softmax(-1)
    log_q = (teacher.logits_BTV.float() / temperature).log_softmax(-1)
    kl_BT = nn.functional.kl_div(log_p, log_q, log_target=True, reduction="none").sum(-1)
    return temperature**2 * _mean(kl_BT, scored_BT)


def hidden_distillation(student: Followed, teacher: Followed, scored_BT: Tensor) -> Tensor:
    """Smooth-L1 between the layers' outputs with memory and with source at the scored positions, averaged over layers;
    each layer is divided by the standard deviation of the teacher's (CompLLM, arXiv 2509.19228)."""
    losses = []
    for ours_BTD, theirs_BTD in zip(student.hidden, teacher.hidden, strict=True):
        ours, theirs = ours_BTD.float(), theirs_BTD.float()
        mean = _mean(theirs.mean(-1), scored_BT)
        scale = _mean((theirs - mean).square().mean(-1), scored_BT).sqrt().clamp(min=1e-6)
        difference = nn.functional.smooth_l1_loss(ours / scale, theirs / scale, reduction="none")
        losses.append(_mean(difference.mean(-1), scored_BT))
    return torch.stack(losses).mean()


def _mean(values_BT: Tensor, where_BT: Tensor) -> Tensor:
    """Mean where True; 0 where that is nowhere. (No indexing: that would wait for the device.)"""
    return values_BT.masked_fill(~where_BT, 0.0).sum() / where_BT.sum().clamp(min=1)


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
