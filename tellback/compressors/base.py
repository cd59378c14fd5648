"""The seam: documents in, a Memory out. Also the two compressors that bound all others."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from itertools import chain
from pathlib import Path
from typing import Any, ClassVar, TypeVar

import torch
from pydantic import BaseModel, ConfigDict
from torch import Tensor, nn

from tellback.compressors.memory import Memory, Slots
from tellback.compressors.signature import Signature, fingerprint, identity, label, sample
from tellback.compressors.text_memory import Source
from tellback.errors import UsageError
from tellback.models.decoder import Decoder
from tellback.models.lm import LM
from tellback.models.rows import pad_right

T = TypeVar("T")
TOKENS_AT_ONCE = 4096  # that are encoded together where no gradient is kept


def n_slots(n_tokens: int, rate: float) -> int:
    """Slots for a source of `n_tokens` (decoder's tokens, no specials) at `rate` tokens per slot: the ceiling.

    At least 1, also where the rate is above the document's length. Raises UsageError for a source without tokens and
    for a rate below 1 or not finite.
    """
    check_rate(rate)
    if n_tokens < 1:
        raise UsageError(f"a memory needs a source of at least 1 token, got {n_tokens}. Leave the document out.")
    return max(1, math.ceil(n_tokens / rate - 1e-9))


def check_rate(rate: float) -> None:
    """Raise UsageError for a rate that is none."""
    if not 1 <= rate < math.inf:  # also refuses NaN
        raise UsageError(
            f"a rate is source tokens per memory slot: a finite number of at least 1 (a slot for every token), got {rate}."
        )


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
        if rate is not None:
            check_rate(rate)
        self.lm, self.rate, self.options = lm, rate, options
        self._seed = None if self.trainable else seed  # of trained ones the weights tell
        self._fingerprint: tuple[bytes, str] | None = None
        self._decoder = (decoder,)  # in a tuple, so that a trainable compressor does not own the decoder's weights

    @property
    def decoder(self) -> Decoder:
        return self._decoder[0]

    def compress(
        self, documents: Sequence[str], *, rate: float | None = None, queries: Sequence[str] | None = None
    ) -> Memory:
        """One memory a document, at `rate` (None: the compressor's own), signed by this compressor. `queries`, one a
        document, say what it will be asked. Raises UsageError for an empty document and for a rate that is none."""
        if rate is not None:
            check_rate(rate)
            self.check_rate(rate, documents)
        if queries is not None:
            check_queries(queries, len(documents))
        return self.write(documents, self.rate if rate is None else rate, queries).signed(self)

    @abstractmethod
    def write(self, documents: Sequence[str], rate: float | None, queries: Sequence[str] | None) -> Memory:
        """What a method gives: one memory a document, at `rate` tokens a slot. `source_ids` refuses empty documents and
        gives the rest in the decoder's tokens; rate and queries were checked."""

    def remember(self, path: Path) -> None:  # noqa: B027 (most have nothing that is worth keeping)
        """Keep what is slow to write in the file at `path`, and take from it what stands there already."""

    def weights(self) -> Iterable[tuple[str, Tensor]]:
        """The weights that decide what it writes and that no name stands for: those of trainable compressors."""
        return ()

    def state(self) -> bytes:
        return sample(self.weights())

    def fingerprint(self) -> str:
        """sha256 over name, options, base LM, decoder and (of trainable compressors) weights.

        Read when it is first asked for, and again only after the weights have changed.
        """
        state = self.state() + sample(self.decoder.lm.model.named_parameters())
        if self._fingerprint is None or self._fingerprint[0] != state:
            what = {"compressor": self.name, "options": self.options.model_dump(mode="json"),
                    "base_model": identity(self.lm), "decoder": identity(self.decoder.lm), "seed": self._seed}  # fmt: skip
            self._fingerprint = state, fingerprint(what, self.weights())
        return self._fingerprint[1]

    def signature(self) -> Signature:
        return Signature(self.name, label(self.lm), self.rate, self.fingerprint())

    def source_ids(self, documents: Sequence[str]) -> list[list[int]]:
        """Each document in the decoder's tokens; raises UsageError for one that holds none, or that is no text."""
        for i, text in enumerate(documents):
            check_text(text, f"document {i} of {len(documents)}")
        ids = [plain_ids(self.decoder.lm, text) for text in documents]
        for i, row in enumerate(ids):
            if not row:
                raise UsageError(f"document {i} of {len(ids)} is empty: it holds no token. Leave it out.")
        return ids

    def check_rate(self, rate: float, documents: Sequence[str]) -> None:
        """Raise UsageError when `documents` cannot be compressed at the `rate` that was asked for."""
        lengths = [len(row) for row in self.source_ids(documents)]
        if lengths and rate > (n := min(lengths)):
            raise UsageError(
                f"document {lengths.index(n)} has {n} tokens, so a rate of {rate:g} leaves it less than one slot. Ask "
                f"for a rate of at most {n}."
            )


def check_queries(queries: Sequence[str], n: int) -> None:
    """Raise UsageError unless there is one query, which says something, for each of `n` documents."""
    if isinstance(queries, str) or len(queries) != n:
        found = f"the text {queries!r}" if isinstance(queries, str) else len(queries)
        raise UsageError(f"expected one query a document, got {found} for {n}. Repeat or drop some.")
    for i, query in enumerate(queries):
        check_text(query, f"query {i} of {n}")
        if not query.strip():
            raise UsageError(f"query {i} of {n} is empty ({query!r}). Ask something, or give no queries.")


def check_text(text: str, what: str) -> None:
    """Raise UsageError, naming `what`, for what no tokenizer takes: no text, or half a character."""
    if not isinstance(text, str):
        raise UsageError(f"{what} is no text but {type(text).__name__}. Give a string.")
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise UsageError(
            f"{what} holds half a character, the lone surrogate {text[error.start]!r} at position {error.start}. Read "
            f"the text again with its right encoding, or replace it."
        ) from None


def plain_ids(lm: LM, text: str) -> list[int]:
    """Ids of a document, in which a special token's name is only a word: no text may end or mark anything."""
    return lm.tokenizer(text, add_special_tokens=False, split_special_tokens=True, verbose=False).input_ids


def plain_encoding(lm: LM, text: str) -> Any:
    """`plain_ids` with each token's place in the text: `input_ids` and `offset_mapping`."""
    return lm.tokenizer(text, add_special_tokens=False, split_special_tokens=True, return_offsets_mapping=True, verbose=False)


class SlotCompressor(Compressor, nn.Module):
    """A trainable compressor: the base tokenizes and counts slots, the method encodes them as vectors or as a cache."""

    trainable = True

    def write(self, documents: Sequence[str], rate: float, queries: Sequence[str] | None) -> Memory:
        n_tokens = [len(row) for row in self.source_ids(documents)]
        return self.encode([plain_ids(self.lm, text) for text in documents], n_tokens, rate)

    def weights(self) -> Iterable[tuple[str, Tensor]]:
        return self.named_parameters()

    @abstractmethod
    def encode(self, ids: Sequence[Sequence[int]], n_tokens: Sequence[int], rate: float) -> Memory:
        """Memories of token ids (the compressor's); document i gets n_slots(n_tokens[i], rate) slots."""

    @abstractmethod
    def projector(self) -> nn.Module:
        """What maps the compressor's space to the decoder's."""

    @property
    def dtype(self) -> torch.dtype:
        """Of the method's own weights; the LM's may be narrower."""
        own = chain(self.parameters(recurse=False), self.projector().parameters())
        return next((p.dtype for p in own), torch.float32)

    def run(self, embeds_BTC: Tensor, **more: Any) -> Any:
        """The base LM's output on input embeddings, which it gets in its own dtype."""
        dtype = self.lm.model.get_input_embeddings().weight.dtype
        return self.lm.model.base_model(inputs_embeds=embeds_BTC.to(dtype), **more)

    def hidden(self, embeds_BTC: Tensor, **more: Any) -> Tensor:
        """Last hidden states (B x T x C), in `dtype`, of inputs that are padded on the right, where a causal model
        cannot see."""
        return self.run(embeds_BTC, use_cache=False, **more).last_hidden_state.to(self.dtype)

    def in_parts(self, encode: Callable[..., Sequence[T]], rows: Sequence[Sequence[int]], *more: Sequence) -> list[T]:
        """`encode(rows, *more)`, which gives one result a row of token ids.

        Where no gradient is kept, a bounded number of tokens at a time: beside its slots, a long document then takes
        no more memory than a short one.
        """
        if torch.is_grad_enabled():
            return list(encode(rows, *more))
        out: list[T] = []
        for part in parts([len(row) for row in rows], TOKENS_AT_ONCE):
            out += encode(rows[part], *(column[part] for column in more))
        return out

    def embed(self, rows: Sequence[Sequence[int]]) -> Tensor:
        """Input embeddings (B x T x C) of ragged ids, padded on the right."""
        table = self.lm.model.get_input_embeddings()
        return table(pad_right(rows).to(table.weight.device))


def like_embeddings(lm: LM, n: int) -> nn.Parameter:
    """`n` new vectors (n x C), drawn as widely as the LM's table of embeddings spreads; of a table without numbers, with deviation 1."""
    table = lm.model.get_input_embeddings().weight
    spread = 1.0 if table.is_meta else table.detach().float().std().cpu()
    return nn.Parameter(torch.randn(n, lm.width) * spread)


def parts(lengths: Sequence[int], most: int) -> list[slice]:
    """Consecutive rows in parts of at most `most` tokens when padded to their longest; a longer row is a part alone."""
    out, start, longest = [], 0, 0
    for i, length in enumerate(lengths):
        longest = max(longest, length)
        if i > start and longest * (i + 1 - start) > most:
            out.append(slice(start, i))
            start, longest = i, length
    return [*out, slice(start, len(lengths))]


def by_document(pieces: Sequence[Tensor], owners: Sequence[int]) -> list[Tensor]:
    """Join the pieces of each document, which stand in order: owners[i] is the document of pieces[i]."""
    out: dict[int, list[Tensor]] = {}
    for piece, owner in zip(pieces, owners, strict=True):
        out.setdefault(owner, []).append(piece)
    return [parts[0] if len(parts) == 1 else torch.cat(parts) for parts in out.values()]


class Identity(Compressor):
    """No compression: the source itself is the memory. The ceiling of every study."""

    name = "identity"

    def check_rate(self, rate: float, documents: Sequence[str]) -> None:
        if rate != 1:
            raise UsageError(f"identity keeps every token: it gives a slot a token (rate 1), not a rate of {rate:g}.")

    def write(self, documents: Sequence[str], rate: float | None, queries: Sequence[str] | None) -> Source:
        ids = self.source_ids(documents)
        return Source(list(documents), ids, [len(row) for row in ids])


class NoMemory(Compressor):
    """An empty memory: whatever the decoder says, it says from belief. The floor of every study."""

    name = "no_memory"

    def check_rate(self, rate: float, documents: Sequence[str]) -> None:
        raise UsageError(f"no_memory keeps nothing: it gives no slot at any rate, also not at {rate:g}. Ask for none.")

    def write(self, documents: Sequence[str], rate: float | None, queries: Sequence[str] | None) -> Slots:
        ids = self.source_ids(documents)
        empty = [self.decoder.embedding.weight.new_zeros(0, self.decoder.lm.width)] * len(ids)
        return Slots(empty, empty, [len(row) for row in ids])
