"""The only decoding loop: greedy, batched, with a KV cache, stopping at the end of text."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from contextvars import ContextVar

import torch
from torch import Tensor

from tellback.models.decoder import Decoder, Prefix, empty_prefix, pad_left

Watch = Callable[[list[list[int]]], None]  # the ids of every row so far
#: Who watches what is decoded in this context, after every step; what it raises ends the decoding. A server that shows a text
#: as it is written asks for it here, wherever the loop was called from.
watching: ContextVar[Watch | None] = ContextVar("watching", default=None)
PLAUSIBLE = 0.1  # of the likeliest token's probability: below it a token is not chosen for its contrast
Allow = Callable[[int, list[int]], Sequence[int] | None]  # (row, its ids so far) -> what may come next; None: anything


@torch.inference_mode()
def greedy(
    decoder: Decoder, prefix: Prefix, start: Sequence[Tensor], max_new: int | Sequence[int],
    stop_ids: Sequence[int] = (), allow: Allow | None = None, contrast: float = 0.0,
) -> tuple[list[list[int]], list[list[float]]]:  # fmt: skip
    """Continue each prefix and its `start` vectors (P_i x D) with the likeliest token until the end of text.

    Returns token ids, without the end, and the entropy in bits of each prediction made, the end included. A row ends
    at end-of-text, at one of `stop_ids` (kept out as well) or after its own `max_new` tokens. `allow` narrows the
    choice of the next token (the end must be among what it allows, for a row to end there), not the entropies.

    With `contrast` a, the token is chosen by log p(with prefix) + a (log p(with prefix) - log p(without)), among those at least
    PLAUSIBLE times as likely as the likeliest: what the decoder would say anyway counts less than what the prefix tells it.
    After context-aware decoding (arXiv 2305.14739), with the limit of contrastive decoding (arXiv 2210.15097); no training.
    """
    n_rows, device = len(start), decoder.device
    caps = torch.as_tensor([max_new] * n_rows if isinstance(max_new, int) else list(max_new), device=device)
    stops = torch.tensor([decoder.lm.eos, *stop_ids], device=device)
    embeds_BTD, mask_BT = pad_left(start)
    cache, seen_BN = prefix.cache(), prefix.mask_BN
    bare = empty_prefix(decoder, n_rows)
    bare_cache, bare_seen_BN = bare.cache(), bare.mask_BN
    alive, written, padded = caps > 0, Written(n_rows), not bool(seen_BN.all() & mask_BT.all())
    while bool(alive.any()):
        logits_BV = decoder.forward_after(cache, seen_BN, embeds_BTD, mask_BT, 1, padded)[:, -1].float()
        seen_BN = torch.cat([seen_BN, mask_BT], 1)
        log_p_BV = logits_BV.log_softmax(-1)
        bits_B = (log_p_BV.exp() * log_p_BV).sum(-1) / -math.log(2)
        if contrast:
            bare_BV = decoder.forward_after(bare_cache, bare_seen_BN, embeds_BTD, mask_BT, keep=1)[:, -1].float().log_softmax(-1)
            bare_seen_BN = torch.cat([bare_seen_BN, mask_BT], 1)
            implausible_BV = log_p_BV < log_p_BV.max(-1, keepdim=True).values + math.log(PLAUSIBLE)
            logits_BV = (log_p_BV + contrast * (log_p_BV - bare_BV)).masked_fill(implausible_BV, -math.inf)
        if allow is not None:
            ids = written.ids()
            for row in alive.nonzero().flatten().tolist():
                if (allowed := allow(row, ids[row])) is not None:
                    barred = torch.full_like(logits_BV[row], -math.inf)
                    barred[list(allowed)] = logits_BV[row, list(allowed)]
                    logits_BV[row] = barred
        next_B = logits_BV.argmax(-1)
        goes_on = alive & ~torch.isin(next_B, stops)
        written.add(next_B, bits_B, alive, goes_on)
        if (watch := watching.get()) is not None:
            watch(written.ids())
        alive = goes_on & (caps > written.n_steps)
        embeds_BTD = decoder.embed(next_B)[:, None]
        mask_BT = torch.ones(n_rows, 1, dtype=torch.bool, device=device)
    return written.ids(), written.bits()


class Written:
    """What each row has said, as tensors a step: they become lists when somebody looks, for each look waits for the device."""

    def __init__(self, n_rows: int):
        self.n_rows, self.n_steps = n_rows, 0
        self.tokens: list[Tensor] = []
        self.entropies: list[Tensor] = []
        self.lengths: Tensor | int = 0  # of texts; a row says its tokens one after another, so its length says which are its own
        self.predicted: Tensor | int = 0  # the end included

    def add(self, token_B: Tensor, bits_B: Tensor, asked_B: Tensor, said_B: Tensor) -> None:
        """A step: the tokens and entropies of all rows, which rows were asked, and which of them have not ended with this."""
        self.n_steps += 1
        self.tokens.append(token_B)
        self.entropies.append(bits_B)
        self.predicted, self.lengths = self.predicted + asked_B, self.lengths + said_B

    def ids(self) -> list[list[int]]:
        return self._rows(self.tokens, self.lengths)

    def bits(self) -> list[list[float]]:
        return self._rows(self.entropies, self.predicted)

    def _rows(self, steps: list[Tensor], lengths: Tensor | int) -> list[list]:
        if not steps:
            return [[] for _ in range(self.n_rows)]
        return [row[:n] for row, n in zip(torch.stack(steps, 1).tolist(), lengths.tolist(), strict=True)]
