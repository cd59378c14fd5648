"""What a compressor writes and a decoder reads: a batch of memories behind one interface.

Shapes: B batch, N slots, T text positions, D decoder width, C compressor width, V vocabulary, L layers, H heads of keys
and values, K head width.
"""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from html import escape
from pathlib import Path
from typing import ClassVar, Self

import torch
from torch import Tensor

from tellback.compressors.files import write_tensors
from tellback.compressors.signature import Signed
from tellback.errors import UsageError
from tellback.models.decode import greedy
from tellback.models.decoder import Decoder, Prefix, last, pick, positions
from tellback.models.rows import pad_right

SHOWN = 20  # documents of a memory that a notebook shows


def most_told(n_tokens: int) -> int:
    """Tokens that are generated at most where a text of `n_tokens` is told back."""
    return int(1.25 * n_tokens) + 8


@dataclass(frozen=True)
class Told:
    """A told-back text, the entropies in bits of the predictions that wrote it (None: it was not generated)."""

    text: str | None  # None: this decoder was never taught to tell back
    entropy_bits: list[float] | None = None


class Memory(Signed, ABC):
    """A batch of memories. Whatever it holds, it becomes a KV cache of `n_slots` positions."""

    kind: ClassVar[str]
    generated: ClassVar[bool] = True  # told back by the decoder; False: what is told back is the memory itself
    #: What a file of this kind holds: name -> dimensions.
    layout: ClassVar[dict[str, int]] = {}
    n_tokens: list[int]  # source tokens, in the decoder's tokens

    @property
    @abstractmethod
    def n_slots(self) -> list[int]: ...

    @property
    def rate(self) -> float | None:
        """Source tokens per slot over the whole batch; None without slots."""
        return sum(self.n_tokens) / sum(self.n_slots) if sum(self.n_slots) else None

    @property
    @abstractmethod
    def n_bytes(self) -> int:
        """What a decoder needs of the batch to read it: vectors, keys and values, or the text itself."""

    @abstractmethod
    def prefix(self, decoder: Decoder) -> Prefix: ...

    def input_vectors(self, decoder: Decoder) -> list[Tensor]:
        """One N_i x D tensor a document in the decoder's input space, for an engine that takes nothing else.

        Raises UsageError for memories that are none."""
        raise UsageError(
            f"a memory of the kind {self.kind!r} is no sequence of vectors in the decoder's input space, and vLLM takes nothing "
            f"else: keys and values are read here (leave --engine out), or use a compressor that writes vectors, such as pooling."
        )

    def select(self, rows: Sequence[int]) -> Self:
        """The memories of `rows`, in that order, signed like the whole."""
        return self._select(rows).signed_like([self])

    @abstractmethod
    def _select(self, rows: Sequence[int]) -> Self: ...

    @abstractmethod
    def tensors(self) -> dict[str, Tensor]:
        """Everything that `save` writes: n_tokens, n_slots and what the kind adds."""

    @classmethod
    @abstractmethod
    def from_tensors(cls, tensors: dict[str, Tensor]) -> Memory:
        """The memory that wrote `tensors`; raises ValueError or RuntimeError where they contradict each other."""

    @classmethod
    def complete(cls, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
        """`tensors`, perhaps of a kind that says less, with all that this kind writes."""
        return tensors

    @staticmethod
    def join(parts: Sequence[Memory]) -> Memory:
        """Memories that one compressor wrote, as one batch in order, signed like them. Notes on some are kept.

        Raises UsageError where different compressors wrote them, or where their kinds do not go together.
        """
        kind = max((type(part) for part in parts), key=lambda kind: len(kind.layout))
        tensors = [kind.complete(part.tensors()) for part in parts]
        if any(t.keys() != kind.layout.keys() for t in tensors):
            raise UsageError(f"memories of the kinds {', '.join(sorted({p.kind for p in parts}))} make no one batch.")
        joined = kind.from_tensors({name: torch.cat([t[name] for t in tensors]) for name in kind.layout})
        return joined.signed_like(parts)

    @property
    def told_by_itself(self) -> Memory:
        """The memories that are told back one by one: these, or those of their pieces."""
        return self

    @property
    def annotations(self) -> list[str | None]:
        """What the method notes on each document's memory; None where it notes nothing."""
        return [None] * len(self.n_tokens)

    @property
    def spaces(self) -> tuple[list[Tensor], list[Tensor]] | None:
        """Per document the slots before and after the projector; None for memories that have no such geometry."""
        return None

    @property
    def layer_spaces(self) -> list[tuple[list[Tensor], list[Tensor]]] | None:
        """`spaces` of each layer: one for memories that enter the decoder at its input, None where there is none."""
        return None if self.spaces is None else [self.spaces]

    def logits(self, decoder: Decoder, ids: Sequence[Sequence[int]]) -> tuple[Tensor, Tensor]:
        """Logits (B x T x V) that predict `ids` and then the end from the memory, and their mask; padded left."""
        start = decoder.start_PD()
        vectors = [torch.cat([start, decoder.embed(row)]) for row in ids]
        logits_BTV, mask_BT = decoder.read(self.prefix(decoder), vectors)
        drop = start.shape[0] - 1
        return logits_BTV[:, drop:], mask_BT[:, drop:]

    def tell_back(self, decoder: Decoder, caps: Sequence[int]) -> list[Told]:
        """What the decoder says when it tells the memory back, at most `caps[i]` tokens each."""
        if not decoder.tells_back:
            return [Told(None)] * len(self.n_tokens)
        start = [decoder.start_PD()] * len(self.n_tokens)
        ids, bits = greedy(decoder, self.prefix(decoder), start, caps, contrast=decoder.contrast)
        return [Told(decoder.lm.text(row), b) for row, b in zip(ids, bits, strict=True)]

    def _repr_html_(self) -> str:
        """What a notebook shows: a row a document, the first of them."""
        rate = "–" if self.rate is None else f"{self.rate:.3g}"
        rows = "".join(f"<tr><td>{i}</td><td>{t}</td><td>{n}</td></tr>"
                       for i, (t, n) in enumerate(zip(self.n_tokens[:SHOWN], self.n_slots[:SHOWN], strict=True)))  # fmt: skip
        left = len(self.n_tokens) - SHOWN
        more = f"<p>… and {left:,} more</p>" if left > 0 else ""
        return (
            f"<p><b>{escape(self.kind)}</b> memory of {len(self.n_tokens):,} documents: {sum(self.n_tokens):,} tokens in "
            f"{sum(self.n_slots):,} slots ({rate} tokens a slot), {self.n_bytes:,} bytes</p>"
            f"<table><thead><tr><th>document</th><th>tokens</th><th>slots</th></tr></thead><tbody>{rows}</tbody></table>{more}"
        )

    def save(self, path: str | Path) -> None:
        """Write the batch as one safetensors file that names its writer: whole, or not at all.

        Raises UsageError where that fails, and where `path` is something else than a file (a device, a pipe).
        """
        tensors = {k: v.detach().contiguous().cpu() for k, v in self.tensors().items()}
        header = {"memory": self.kind}
        if self.written_by is not None:
            header["written_by"] = json.dumps(asdict(self.written_by))
        try:
            write_tensors(tensors, Path(path), header)
        except OSError as error:
            raise UsageError(f"the memory could not be written to {path}: {error.strerror or error}. Give another path.") from None


class Embedded(Memory):
    """Memories that are vectors in the decoder's input space."""

    @abstractmethod
    def embeds(self, decoder: Decoder) -> list[Tensor]:
        """One N_i x D tensor a document."""

    def prefix(self, decoder: Decoder) -> Prefix:
        return decoder.prefix(self.embeds(decoder))

    def input_vectors(self, decoder: Decoder) -> list[Tensor]:
        return self.embeds(decoder)

    def logits(self, decoder: Decoder, ids: Sequence[Sequence[int]]) -> tuple[Tensor, Tensor]:
        # one pass over memory and text together: equal to the cached form, and a third cheaper to train through
        memories, start = self.embeds(decoder), decoder.start_PD()
        lengths = [len(row) + 1 for row in ids]
        if len(set(lengths)) == 1 and len({m.shape[0] for m in memories}) == 1:
            texts_BTD = decoder.embed(pad_right(ids))
            embeds_BLD = torch.cat([torch.stack(memories), start.expand(len(ids), -1, -1), texts_BTD], 1)
            mask, position_ids = None, None
        else:
            slots = [m.shape[0] for m in memories]
            longest, rows = max(n + k for n, k in zip(lengths, slots, strict=True)), []
            memory_at, text_at = 2, 2 + sum(slots)  # of what is picked from, the start of telling back is the first
            for n, k in zip(lengths, slots, strict=True):  # memory, start and text, padded on the left
                rows.append([0] * (longest - n - k) + [*range(memory_at, memory_at + k), 1, *range(text_at, text_at + n - 1)])
                memory_at, text_at = memory_at + k, text_at + n - 1
            index_BL = torch.tensor(rows, device=start.device)
            embeds_BLD = pick([start, *memories, decoder.embed([i for row in ids for i in row])], index_BL)
            mask_BL = index_BL > 0
            mask, position_ids = mask_BL.long(), positions(mask_BL)
        logits_BTV = decoder.model(
            inputs_embeds=embeds_BLD, attention_mask=mask, position_ids=position_ids,
            logits_to_keep=last(max(lengths), embeds_BLD), use_cache=False,
        ).logits  # fmt: skip
        ends = max(lengths) - torch.tensor(lengths, device=embeds_BLD.device)
        mask_BT = torch.arange(max(lengths), device=ends.device)[None] >= ends[:, None]
        return logits_BTV, mask_BT


@dataclass
class Slots(Embedded):
    """Memory vectors before (`own`, N_i x C) and after (`vectors`, N_i x D) the projector."""

    kind: ClassVar[str] = "slots"
    layout: ClassVar[dict[str, int]] = {"n_tokens": 1, "n_slots": 1, "vectors": 2, "own": 2}
    vectors: list[Tensor]
    own: list[Tensor]
    n_tokens: list[int]

    @property
    def n_slots(self) -> list[int]:
        return [v.shape[0] for v in self.vectors]

    @property
    def n_bytes(self) -> int:
        return sum(v.nbytes for v in self.vectors)

    @property
    def spaces(self) -> tuple[list[Tensor], list[Tensor]] | None:
        return (self.own, self.vectors) if sum(self.n_slots) else None

    def check_fits(self, decoder: Decoder) -> None:
        if (found := self.vectors[0].shape[1]) != decoder.lm.width:
            raise UsageError(
                f"this memory's vectors are {found} wide, the decoder {decoder.lm.name!r} reads {decoder.lm.width}. "
                f"Read it with the setup that wrote it."
            )

    def embeds(self, decoder: Decoder) -> list[Tensor]:
        return [v.to(decoder.embedding.weight) for v in self.vectors]

    def _select(self, rows: Sequence[int]) -> Slots:
        return Slots(*([field[i] for i in rows] for field in (self.vectors, self.own, self.n_tokens)))

    def tensors(self) -> dict[str, Tensor]:
        out = {"n_tokens": torch.tensor(self.n_tokens), "n_slots": torch.tensor(self.n_slots)}
        return out | {"vectors": torch.cat(self.vectors), "own": torch.cat(self.own)}

    @classmethod
    def from_tensors(cls, tensors: dict[str, Tensor]) -> Slots:
        n = tensors["n_slots"].tolist()
        return cls(list(tensors["vectors"].split(n)), list(tensors["own"].split(n)), tensors["n_tokens"].tolist())
