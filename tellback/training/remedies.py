"""Remedies against overwriting: what may be added to the loss of telling back. All are switches of `RemedySpec`, off by default.

Where overwriting comes from the training documents' own regularity, documents that break it are the first remedy (`uniform`,
`twins`: data, not loss). The others act on the loss: `belief_weight` makes a token weigh more where the decoder, as it was before
training, is sure of another; `sharpen` lowers the entropy there; `contrast` asks that the source's memory tells the words that
set it apart from its twin better, by a margin, than the twin's memory tells them; `rank` and `norm` shape the memory (a
«narrower, source-specific» one, as the paper's discussion has it).

Shapes: B batch, T positions that predict, V vocabulary, M slots of the whole batch, D decoder width.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn

from tellback.compressors.memory import Memory
from tellback.config import RemedySpec
from tellback.errors import UsageError
from tellback.models.decoder import Decoder, empty_prefix
from tellback.training.objective import targets


def loss(
    memory: Memory, decoder: Decoder, ids: Sequence[Sequence[int]], spec: RemedySpec, believer: Decoder | None,
    twin: Callable[[], tuple[Memory, Sequence[Sequence[int]]]],
) -> Tensor:  # fmt: skip
    """The loss of telling `ids` back from `memory` (nats per token) with every remedy of `spec` that acts on it.

    `believer`: the decoder as it was before training, where one needs its belief; `twin()`: the memories of the documents' twins
    and their ids. Raises UsageError where a memory has no slots to shape.
    """
    logits_BTV, _ = memory.logits(decoder, ids)
    wanted_BT = targets(ids, decoder.lm.eos).to(logits_BTV.device)
    scored_BT, log_p_BTV = wanted_BT != -100, logits_BTV.float().log_softmax(-1)
    told_BT = log_p_BTV.gather(-1, wanted_BT.clamp(min=0)[..., None])[..., 0]
    misled_BT = misled(believer, ids, wanted_BT) if spec.needs_belief and believer else torch.zeros_like(told_BT)
    weight_BT = scored_BT * (1 + spec.belief_weight * misled_BT)
    total = -(told_BT * weight_BT).sum() / weight_BT.sum()
    if spec.sharpen:
        entropy_BT = -(log_p_BTV.exp() * log_p_BTV).sum(-1)
        total = total + spec.sharpen * (entropy_BT * misled_BT).sum() / misled_BT.sum().clamp(min=1e-6)
    if spec.contrast:
        others, theirs = twin()
        total = total + spec.contrast * contrast(told_BT, others, decoder, ids, wanted_BT, theirs, spec.margin)
    if spec.rank or spec.norm:
        slots_MD = _slots(memory)
        total = total + spec.rank * log_rank(slots_MD) + spec.norm * norm_spread(slots_MD)
    return total


@torch.no_grad()
def misled(believer: Decoder, ids: Sequence[Sequence[int]], wanted_BT: Tensor) -> Tensor:
    """How sure the decoder without any memory is of another token than the wanted one (B x T): the probability of its first
    choice where that is wrong, else 0."""
    nothing = empty_prefix(believer, len(ids))
    vectors = [torch.cat([believer.start_PD(), believer.embed(list(row))]) for row in ids]
    logits_BTV, _ = believer.read(nothing, vectors)
    p_BT, first_BT = logits_BTV[:, -wanted_BT.shape[1] :].float().softmax(-1).max(-1)
    return p_BT * ((first_BT != wanted_BT) & (wanted_BT != -100))


def contrast(
    told_BT: Tensor, others: Memory, decoder: Decoder, ids: Sequence[Sequence[int]], wanted_BT: Tensor,
    theirs: Sequence[Sequence[int]], margin: float,
) -> Tensor:  # fmt: skip
    """Mean over the tokens in which a document differs from its twin of how far its own memory falls short of telling them
    `margin` nats better than its twin's memory does; 0 where none differ."""
    logits_BTV, _ = others.logits(decoder, ids)
    by_others_BT = logits_BTV.float().log_softmax(-1).gather(-1, wanted_BT.clamp(min=0)[..., None])[..., 0]
    differs_BT = (wanted_BT != -100) & (targets(theirs, decoder.lm.eos).to(wanted_BT.device) != wanted_BT)
    short_BT = nn.functional.relu(margin - (told_BT - by_others_BT))
    return (short_BT * differs_BT).sum() / differs_BT.sum().clamp(min=1)


def log_rank(slots_MD: Tensor) -> Tensor:
    """The log of the effective rank (Roy & Vetterli 2007) of centred slots: the entropy, in nats, of their normalized singular
    values."""
    values = torch.linalg.svdvals((slots_MD - slots_MD.mean(0)).float())
    p = values / values.sum().clamp(min=1e-12)
    return -(p * p.clamp(min=1e-12).log()).sum()


def norm_spread(slots_MD: Tensor) -> Tensor:
    """Variance of the slots' norms over their squared mean: 0 where all are equally long."""
    norms = slots_MD.float().norm(dim=-1)
    return norms.var(unbiased=False) / norms.mean().square().clamp(min=1e-12)


def _slots(memory: Memory) -> Tensor:
    spaces = memory.spaces  # before and after the projector
    if spaces is None:
        raise UsageError(
            "train.remedy: rank and norm shape memories that are vectors, and this method writes another kind. Leave them at 0."
        )
    return torch.cat(spaces[1])


def check(spec: RemedySpec, objectives: Sequence[str], can_twin: bool, same_tokens: bool) -> None:
    """Raise UsageError, before anything trains, for remedies that cannot be had here."""
    if spec.changes_loss and list(objectives) != ["autoencode"]:
        raise UsageError(f"train.remedy changes the loss of telling back alone, and the objectives are {', '.join(objectives)}.")
    if spec.needs_twins and not can_twin:
        raise UsageError("train.remedy: twins and contrast need a corpus that can exchange a value of its texts (pocket and real-sentences can).")
    if spec.needs_twins and not same_tokens:
        raise UsageError("train.remedy: twins and contrast need a compressor and a decoder that share their tokens.")
