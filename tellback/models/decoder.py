"""The decoder: an LM that reads a memory, and the prefix that every memory becomes.

Shapes: B batch, N memory positions, T text positions, D width, V vocabulary, H heads, K head width.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

import torch
from torch import Tensor, nn
from transformers import DynamicCache

from tellback.errors import UsageError
from tellback.models.lm import LM

WIDE = 512  # width from which a head is worth reading once: the pocket LMs lie below


@dataclass
class Prefix:
    """A batch of memories as keys and values: `n_slots` real positions each, padded on the left."""

    layers: list[tuple[Tensor, Tensor]]  # per layer keys and values, BHNK; empty when N is 0
    mask_BN: Tensor  # bool, False at padding

    @property
    def n_positions(self) -> Tensor:
        return self.mask_BN.sum(1)

    def cache(self) -> DynamicCache:
        """A fresh cache, so that reading on never changes the prefix."""
        return DynamicCache(self.layers) if self.layers else DynamicCache()

    def select(self, rows: Sequence[int]) -> Prefix:
        """The prefixes of `rows`, in that order, repeats allowed."""
        index = torch.as_tensor(rows, device=self.mask_BN.device)
        return Prefix([(k[index], v[index]) for k, v in self.layers], self.mask_BN[index])


class Decoder(nn.Module):
    """An LM with the learned marks that start telling back and asking.

    An LM whose vocabulary holds `<ae>` and `<ask>` (the pocket LMs) starts with those tokens' embeddings; any other
    learns one vector for telling back, which starts as the mean embedding.
    """

    def __init__(self, lm: LM, contrast: float = 0.0):
        super().__init__()
        self.lm = lm
        self.contrast = contrast  # of telling back; see `decode.greedy`
        self.model = lm.model
        self.ae_id = lm.marker("<ae>")
        self.ask_id = lm.marker("<ask>")
        self.tells_back = self.ae_id is not None  # taught to copy, here or in pretraining
        if self.ae_id is None:
            mean = self.embedding.weight.detach().float().mean(0, keepdim=True)
            self.ae_vector = nn.Parameter(mean.to(self.embedding.weight.dtype))

    @property
    def embedding(self) -> nn.Module:
        return self.model.get_input_embeddings()

    @property
    def device(self) -> torch.device:
        return self.embedding.weight.device

    def embed(self, ids: Sequence[int] | Tensor) -> Tensor:
        return self.embedding(torch.as_tensor(ids, dtype=torch.long, device=self.device))

    def start_PD(self) -> Tensor:
        """The vectors after which the decoder tells the memory back."""
        return self.ae_vector if self.ae_id is None else self.embed([self.ae_id])

    def question_PD(self, question: str) -> Tensor:
        """The vectors that ask `question` of what stands before."""
        return self.embed(self.question_ids(question))

    @property
    def answer_end(self) -> list[int]:
        """Ids that close an answer, so that a longer option cannot hide a shorter one: pocket answers are sentences."""
        return self.lm.ids(".") if self.ask_id is not None else []

    @property
    def line_end(self) -> list[int]:
        """Ids that end an answer of an LM that was never taught to stop."""
        return [] if self.ask_id is not None else [i for i in self.lm.ids("\n")[-1:]]

    def question_ids(self, question: str) -> list[int]:
        if self.ask_id is not None:
            return [self.ask_id, *self.lm.ids(question)]
        # an LM that completes text answers a question only where an answer is due; a cloze is completed as it stands
        asked = f"Question: {question.strip()}\nAnswer:" if question.rstrip().endswith("?") else question
        return self.lm.ids("\n" + asked)

    def prefix(self, vectors: Sequence[Tensor]) -> Prefix:
        """Run memory vectors (one N_i x D tensor a document, N_i may be 0) through the LM into a Prefix.

        An assertion fails when the cache does not hold every position: some model and option
        combinations drop it silently, and the decoder would then read nothing.
        """
        n = [v.shape[0] for v in vectors]
        if max(n) == 0:
            return empty_prefix(self, len(n))
        embeds_BND, mask_BN = pad_left(vectors)
        cache = DynamicCache()
        self.model(
            inputs_embeds=embeds_BND, attention_mask=mask_BN.long(), position_ids=positions(mask_BN),
            past_key_values=cache, use_cache=True, logits_to_keep=last(1, embeds_BND),
        )  # fmt: skip
        assert cache.get_seq_length() == max(n), f"the cache holds {cache.get_seq_length()} of {max(n)} positions"
        return Prefix([(layer.keys, layer.values) for layer in cache.layers], mask_BN)

    def read(self, prefix: Prefix, vectors: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
        """Next-token logits over ragged `vectors` (T_i x D) after the prefix: (logits_BTV, mask_BT), padded left."""
        embeds_BTD, mask_BT = pad_left(vectors)
        return self.forward_after(prefix.cache(), prefix.mask_BN, embeds_BTD, mask_BT), mask_BT

    def extend(self, prefix: Prefix, ids: Sequence[Sequence[int]]) -> tuple[Prefix, Tensor]:
        """The prefix with `ids` read after it, and the logits (B x V) of what comes next."""
        embeds_BTD, mask_BT = pad_left([self.embed(row) for row in ids])
        cache = prefix.cache()
        logits_BTV = self.forward_after(cache, prefix.mask_BN, embeds_BTD, mask_BT, keep=1)
        layers = [(layer.keys, layer.values) for layer in cache.layers]
        return Prefix(layers, torch.cat([prefix.mask_BN, mask_BT], 1)), logits_BTV[:, -1]

    def forward_after(
        self, cache: DynamicCache, before_BN: Tensor, embeds_BTD: Tensor, mask_BT: Tensor, keep: int = 0, padded: bool = True
    ) -> Tensor:  # fmt: skip
        """Logits of `embeds` after `cache`, whose positions `before_BN` are real; of the last `keep` (0: all). Grows the cache. Not
        `padded`: the caller knows that all positions are real, and no mask is made."""
        mask = torch.cat([before_BN, mask_BT], 1)
        position_ids = positions(mask)[:, before_BN.shape[1] :]
        logits_BTV = self.model(
            inputs_embeds=embeds_BTD, attention_mask=mask.long() if padded else None, position_ids=position_ids,
            past_key_values=cache, use_cache=True, logits_to_keep=last(keep, embeds_BTD),
        ).logits  # fmt: skip
        held, due = cache.get_seq_length(), mask.shape[1]
        assert held == due, f"the cache holds {held} of {due} positions: the model reads without its memory"
        return logits_BTV


def empty_prefix(decoder: Decoder, n: int) -> Prefix:
    """`n` memories of nothing."""
    return Prefix([], torch.zeros(n, 0, dtype=torch.bool, device=decoder.device))


@torch.no_grad()
def kv_shape(lm: LM) -> tuple[int, int, int, int]:
    """(layers, 2, heads of keys and values, head width) of what `lm` keeps of one position, measured on one token.

    Raises UsageError for a model whose layers or whose keys and values differ in shape.
    """
    cache = DynamicCache()
    token = torch.tensor([[lm.eos]], device=lm.model.device)
    lm.model.base_model(input_ids=token, past_key_values=cache, use_cache=True)
    shapes = {tuple(t.shape) for layer in cache.layers for t in (layer.keys, layer.values)}
    if len(shapes) != 1:
        raise UsageError(
            f"model {lm.name!r}: keys and values differ in shape between layers ({sorted(shapes)}), so they make no "
            f"memory. Use a compressor that writes vectors."
        )
    ((_, heads, _, width),) = shapes
    return len(cache.layers), 2, heads, width


def kv_words(shape: Sequence[int]) -> str:
    """A `kv_shape` in words."""
    layers, _, heads, width = shape
    return f"keys and values of {layers} layers x {heads} heads x {width}"


def pad_left(vectors: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
    """Ragged T_i x D tensors to (B x T x D, bool mask B x T) with the padding, zeros, on the left."""
    lengths = [v.shape[0] for v in vectors]
    if len(set(lengths)) == 1:
        out = torch.stack(list(vectors))
        return out, torch.ones(out.shape[:2], dtype=torch.bool, device=out.device)
    longest, starts = max(lengths), [0, *accumulate(lengths)]
    rows = [[0] * (longest - n) + list(range(at + 1, at + n + 1)) for n, at in zip(lengths, starts, strict=False)]
    index_BT = torch.tensor(rows, device=vectors[0].device)
    return pick(vectors, index_BT), index_BT > 0


def pick(parts: Sequence[Tensor], index: Tensor) -> Tensor:
    """The rows at `index` (any shape) of all `parts` (n_i x D) one after another, counted from 1; zeros where it is 0. One gather and
    one scatter back, where a slice for each row would cost each a pass."""
    table = torch.cat([parts[0].new_zeros(1, parts[0].shape[1]), *parts])
    return nn.functional.embedding(index, table, padding_idx=0)


def last(n: int, embeds_BTD: Tensor) -> int | Tensor:
    """The last `n` positions of a batch (0: all), as `logits_to_keep` takes them.

    Of wide models and in bfloat16 as an index, which copies their states: a slice of a batch does not lie in one piece, and the head
    would be read, in bfloat16 copied, once a document to multiply it (a third and two thirds of a training step on a CPU).
    """
    if not n or (embeds_BTD.dtype != torch.bfloat16 and embeds_BTD.shape[2] < WIDE):
        return n
    return torch.arange(embeds_BTD.shape[1] - n, embeds_BTD.shape[1], device=embeds_BTD.device)


def positions(mask: Tensor) -> Tensor:
    """Position of each real token among the real ones; padding gets 0."""
    return (mask.long().cumsum(1) - 1).clamp(min=0)
