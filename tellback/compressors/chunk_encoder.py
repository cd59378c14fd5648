"""One vector per chunk of tokens, and some chunks as they stand: the decoder reads both in source order.

Paper: REFRAG (arXiv 2509.01092). As there: chunks are encoded independently, by a model that may be lighter than the
decoder, to one vector each; a two-layer projector; some chunks are expanded to raw tokens under a budget. Different: no
learned policy (the paper's is trained by REINFORCE; here a rule chooses), no curriculum of growing chunks. The last
chunk that is expanded may be so in part: its first tokens as they stand, a vector for the rest. So vectors and tokens
together meet the budget of n_slots exactly; only `policy: none` with an explicit `chunk` falls short of it.

The chunk size follows from the rate r and the share s of the budget that goes to raw tokens: T / r slots of which
s T / r are raw leave (1 - s) T / r vectors for T - s T / r tokens, hence (r - s) / (1 - s) tokens each, rounded up.
Expanded text is in the decoder's tokens, so compressor and decoder must share their tokenizer (else: `policy: none`).

Shapes: M documents, K chunks of a document (padded), T tokens of all documents, R chunks that become vectors, L tokens
of a chunk, C compressor width, D decoder width.
"""

from __future__ import annotations

import copy
import math
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

import torch
from pydantic import Field
from torch import Tensor, nn

from tellback.compressors.base import TOKENS_AT_ONCE, Options, SlotCompressor, n_slots, plain_ids
from tellback.compressors.information import self_information
from tellback.compressors.memory import Embedded
from tellback.compressors.pooling import group_sizes
from tellback.errors import UsageError
from tellback.models.decoder import Decoder
from tellback.models.lm import LM
from tellback.models.rows import pad_right


@dataclass
class Mixed(Embedded):
    """Vectors of chunks and raw tokens, in source order. `spaces` holds the vectors alone."""

    kind: ClassVar[str] = "mixed"
    layout: ClassVar[dict[str, int]] = {
        "n_tokens": 1, "n_slots": 1, "vectors": 2, "own": 2, "ids": 1, "is_vector": 1,
    }  # fmt: skip
    vectors: list[Tensor]  # N_i x D, after the projector
    own: list[Tensor]  # N_i x C, before it
    ids: list[Tensor]  # the raw tokens
    is_vector: list[Tensor]  # bool, one a slot: a vector, else a raw token
    n_tokens: list[int]

    @property
    def n_slots(self) -> list[int]:
        return [row.shape[0] for row in self.is_vector]

    @property
    def n_bytes(self) -> int:
        return sum(t.nbytes for t in (*self.vectors, *self.ids, *self.is_vector))

    @property
    def spaces(self) -> tuple[list[Tensor], list[Tensor]] | None:
        return (self.own, self.vectors) if sum(v.shape[0] for v in self.vectors) else None

    def check_fits(self, decoder: Decoder) -> None:
        ids, size = torch.cat(self.ids), decoder.embedding.weight.shape[0]
        if (found := self.vectors[0].shape[1]) != decoder.lm.width or ((ids < 0) | (ids >= size)).any():
            raise UsageError(
                f"this memory holds vectors {found} wide and tokens that the decoder {decoder.lm.name!r} (width "
                f"{decoder.lm.width}, {size} tokens) cannot read. Read it with the setup that wrote it."
            )

    def embeds(self, decoder: Decoder) -> list[Tensor]:
        is_vector = torch.cat(self.is_vector).to(decoder.device)
        raw = decoder.embed(torch.cat(self.ids))
        vectors = torch.cat(self.vectors).to(raw)
        nth = torch.where(is_vector, is_vector.cumsum(0), vectors.shape[0] + (~is_vector).cumsum(0)) - 1
        return list(torch.cat([vectors, raw])[nth].split(self.n_slots))

    def _select(self, rows: Sequence[int]) -> Mixed:
        parts = (self.vectors, self.own, self.ids, self.is_vector, self.n_tokens)
        return Mixed(*([part[i] for i in rows] for part in parts))

    def tensors(self) -> dict[str, Tensor]:
        return {
            "n_tokens": torch.tensor(self.n_tokens), "n_slots": torch.tensor(self.n_slots),
            "vectors": torch.cat(self.vectors), "own": torch.cat(self.own),
            "ids": torch.cat(self.ids), "is_vector": torch.cat(self.is_vector),
        }  # fmt: skip

    @classmethod
    def from_tensors(cls, tensors: dict[str, Tensor]) -> Mixed:
        is_vector = tensors["is_vector"].split(tensors["n_slots"].tolist())
        n_vectors = [int(row.sum()) for row in is_vector]
        n_raw = [int((~row).sum()) for row in is_vector]
        vectors, own = (list(tensors[name].split(n_vectors)) for name in ("vectors", "own"))
        return cls(vectors, own, list(tensors["ids"].split(n_raw)), list(is_vector), tensors["n_tokens"].tolist())


class ChunkEncoderOptions(Options):
    policy: Literal["none", "first", "information", "query", "random"] = Field(
        "information",
        description="which chunks are expanded: the first, those of highest self-information under the base LM, those "
        "nearest to the query (without one: information), or drawn by the document and the seed",
    )
    expand: float = Field(0.5, ge=0, lt=1, description="share of the budget that goes to raw tokens")
    chunk: int | None = Field(None, ge=1, description="tokens of a chunk; null: what rate and expand ask for")
    pool: Literal["last", "mean"] = Field("last", description="which hidden states of a chunk become its vector")
    hidden: int | None = Field(None, ge=1, description="width of the projector's inner layer; null: 4 x decoder width")


class ChunkEncoder(SlotCompressor):
    """One vector a chunk, and the budget that is left goes to chunks as raw tokens (REFRAG)."""

    name = "chunk_encoder"
    Options = ChunkEncoderOptions

    def __init__(self, lm: LM, decoder: Decoder, rate: float, options: ChunkEncoderOptions, seed: int = 0):
        super().__init__(lm, decoder, rate, options, seed)
        if options.policy != "none" and lm.tokenizer.get_vocab() != decoder.lm.tokenizer.get_vocab():
            raise UsageError(
                f"chunk_encoder expands chunks to the decoder's tokens, so it needs a compressor with the decoder's "
                f"tokenizer; {lm.name!r} and {decoder.lm.name!r} differ. Set options.policy to none."
            )
        self.model, self.seed = lm.model, seed
        # what is informative should not drift while the LM trains: a copy of it as it was given, that never trains
        needs_base = options.policy in ("information", "query")
        self._base = (copy.deepcopy(lm.model).requires_grad_(False),) if needs_base else ()
        inner = options.hidden or 4 * decoder.lm.width
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            self.adapter = nn.Sequential(nn.Linear(lm.width, inner), nn.GELU(), nn.Linear(inner, decoder.lm.width))

    def projector(self) -> nn.Module:
        return self.adapter

    def write(self, documents: Sequence[str], rate: float, queries: Sequence[str] | None) -> Mixed:
        asked = None if queries is None else [plain_ids(self.lm, text) for text in queries]
        n_tokens = [len(row) for row in self.source_ids(documents)]
        return self.encode([plain_ids(self.lm, text) for text in documents], n_tokens, rate, asked)

    def chunk_size(self, rate: float) -> float:
        """Tokens of a chunk: as the option says, else as `rate` and the share of raw tokens ask for."""
        policy, share = self.options.policy, self.options.expand
        size = self.options.chunk or (rate if policy == "none" else math.ceil((rate - share) / (1 - share) - 1e-9))
        if size < rate:
            raise UsageError(
                f"chunks of {size} tokens make more vectors than rate {rate:g} allows. Raise options.chunk to at least "
                f"{math.ceil(rate)}."
            )
        if size > self.lm.max_positions:
            raise UsageError(
                f"a chunk of {size:g} tokens is longer than the {self.lm.max_positions} positions of {self.lm.name!r}. "
                f"Lower the rate, options.chunk or options.expand."
            )
        return size

    def encode(
        self, ids: Sequence[Sequence[int]], n_tokens: Sequence[int], rate: float,
        queries: Sequence[Sequence[int]] | None = None,
    ) -> Mixed:  # fmt: skip
        size, device = self.chunk_size(rate), self.adapter[0].weight.device
        groups = [group_sizes(len(row), n_slots(n, size), size) for row, n in zip(ids, n_tokens, strict=True)]
        longest = max(math.ceil(size), *map(max, groups))  # another tokenizer may make more tokens of a chunk
        if longest > self.lm.max_positions:
            raise UsageError(
                f"a chunk of {longest} of the compressor's tokens is longer than the {self.lm.max_positions} positions of {self.lm.name!r}. "
                f"Lower the rate or options.chunk."
            )
        lengths_MK = pad_right(groups).to(device)
        real_MK = lengths_MK > 0
        lengths = lengths_MK[real_MK]  # of all chunks, document after document
        chunk_T = torch.repeat_interleave(lengths)
        place_T = torch.arange(len(chunk_T), device=device) - (lengths.cumsum(0) - lengths)[chunk_T]
        ids_T = torch.tensor([t for row in ids for t in row], device=device)
        chunks = ids_T.new_zeros(len(lengths), longest + 1)
        chunks[chunk_T, place_T] = ids_T

        budget = [n_slots(n, rate) for n in n_tokens]
        raw_MK = torch.zeros_like(lengths_MK)
        if self.options.policy != "none":
            score_MK = self._scores(ids, chunks, lengths_MK, queries)
            extra_M = torch.tensor(budget, device=device) - real_MK.sum(1)
            raw_MK = expanded(score_MK, lengths_MK, extra_M)
        raw = raw_MK[real_MK]
        # a slot stands at each raw token, and a vector at the first token after those of its chunk
        is_slot_T = place_T <= raw[chunk_T]
        is_vector = place_T[is_slot_T] == raw[chunk_T][is_slot_T]
        kept = raw < lengths
        own_RC = in_parts(self._pool, chunks[kept], raw[kept], lengths[kept])
        n_vectors = ((raw_MK < lengths_MK) & real_MK).sum(1).tolist()
        n_raw = raw_MK.sum(1).tolist()
        return Mixed(
            list(self.adapter(own_RC).split(n_vectors)), list(own_RC.split(n_vectors)),
            list(ids_T[is_slot_T][~is_vector].split(n_raw)),
            list(is_vector.split([v + r for v, r in zip(n_vectors, n_raw, strict=True)])), list(n_tokens),
        )  # fmt: skip

    def _pool(self, chunks_RL: Tensor, first_R: Tensor, lengths_R: Tensor) -> Tensor:
        """One vector (R x C) a chunk, from the states of its tokens [first, length)."""
        if not len(chunks_RL):
            return self.adapter[0].weight.new_zeros(0, self.lm.width)
        state_RLC = self.hidden(self.model.get_input_embeddings()(chunks_RL[:, : int(lengths_R.max())]))
        rows = torch.arange(len(chunks_RL), device=chunks_RL.device)
        if self.options.pool == "last":
            return state_RLC[rows, lengths_R - 1]
        at_L = torch.arange(state_RLC.shape[1], device=rows.device)[None]
        inside_RL = (at_L >= first_R[:, None]) & (at_L < lengths_R[:, None])
        return (state_RLC * inside_RL[..., None]).sum(1) / (lengths_R - first_R)[:, None]

    @torch.no_grad()
    def _scores(self, ids, chunks: Tensor, lengths_MK: Tensor, queries: Sequence[Sequence[int]] | None) -> Tensor:
        """How early each chunk (M x K) is expanded: higher first."""
        real_MK = lengths_MK > 0
        score_MK = torch.zeros(lengths_MK.shape, device=lengths_MK.device)
        if self.options.policy == "first":
            score_MK -= torch.arange(lengths_MK.shape[1], device=lengths_MK.device)
        elif self.options.policy == "random":
            rngs = [random.Random(f"{self.seed}-{list(row)}") for row in ids]
            drawn = [[rng.random() for _ in range(lengths_MK.shape[1])] for rng in rngs]
            score_MK += torch.tensor(drawn, device=score_MK.device)
        elif self.options.policy == "query" and queries is not None:
            score_MK[real_MK] = self._nearness(chunks, lengths_MK, queries)
        else:
            lengths = lengths_MK[real_MK]
            bits_T = self._self_information(ids)
            sums = torch.zeros(len(lengths), device=bits_T.device)
            score_MK[real_MK] = sums.index_add(0, torch.repeat_interleave(lengths), bits_T) / lengths
        # rounded, so that what the size of a batch does to the last digits changes no order
        return (score_MK * 1024).round().masked_fill(~real_MK, -torch.inf)

    def _self_information(self, ids: Sequence[Sequence[int]]) -> Tensor:
        """-log2 p of every token of all documents (T), by the base LM as it was given."""
        return self_information(self.lm, self._base[0], ids)

    def _nearness(self, chunks: Tensor, lengths_MK: Tensor, queries: Sequence[Sequence[int]]) -> Tensor:
        """Cosine of each chunk with its document's query, both seen from the mean of the document's chunks.

        An encoding is the mean of the base LM's last hidden states, of the LM as it was given.
        """
        real_MK = lengths_MK > 0
        document = torch.arange(len(lengths_MK), device=chunks.device)[:, None].expand_as(real_MK)[real_MK]
        own = in_parts(self._encoding, chunks, lengths_MK[real_MK])
        mean = own.new_zeros(len(lengths_MK), own.shape[1]).index_add(0, document, own) / real_MK.sum(1, keepdim=True)
        asked = self._encoding(pad_right(queries).to(chunks.device), torch.tensor([len(q) for q in queries]))  # few
        return torch.cosine_similarity(own - mean[document], (asked - mean)[document])

    def _encoding(self, ids_RL: Tensor, lengths_R: Tensor) -> Tensor:
        """Mean of the base LM's last hidden states (R x C) over each row's first `lengths_R` tokens."""
        (base,) = self._base
        state_RLC = base.base_model(ids_RL.to(base.device), use_cache=False).last_hidden_state.float()
        lengths_R1 = lengths_R.to(base.device)[:, None]
        inside_RL = torch.arange(ids_RL.shape[1], device=base.device)[None] < lengths_R1
        return (state_RLC * inside_RL[..., None]).sum(1) / lengths_R1


def in_parts(encode: Callable[..., Tensor], rows_RL: Tensor, *more: Tensor) -> Tensor:
    """`encode` of all rows; where no gradient is kept, a bounded number of tokens at a time."""
    if torch.is_grad_enabled():
        return encode(rows_RL, *more)
    at_once = max(1, TOKENS_AT_ONCE // rows_RL.shape[1])
    return torch.cat([encode(*part) for part in zip(*(t.split(at_once) for t in (rows_RL, *more)), strict=True)])


def expanded(score_MK: Tensor, lengths_MK: Tensor, extra_M: Tensor) -> Tensor:
    """How many of each chunk's first tokens (M x K) stand as they are, with `extra_M` slots beside one a chunk.

    Chunks are expanded by falling score, ties in source order. A whole chunk of n tokens adds n - 1 slots (its vector
    goes); the last one gets what is left, a slot a token (its vector stays).
    """
    order_MK = score_MK.argsort(dim=1, descending=True, stable=True)
    cost_MK = (lengths_MK - 1).clamp(min=0).gather(1, order_MK)
    left_MK = (extra_M[:, None] - (cost_MK.cumsum(1) - cost_MK)).clamp(min=0)
    sorted_MK = lengths_MK.gather(1, order_MK)
    raw_MK = torch.where((left_MK >= cost_MK) & (sorted_MK > 0), sorted_MK, torch.minimum(left_MK, cost_MK))
    return torch.zeros_like(lengths_MK).scatter(1, order_MK, raw_MK)
