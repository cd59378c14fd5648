"""What a compressor writes and a decoder reads: a batch of memories behind one interface.

Shapes: B batch, N slots, T text positions, D decoder width, C compressor width, V vocabulary.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

import torch
from torch import Tensor

from tellback.errors import UsageError
from tellback.models.decode import greedy
from tellback.models.decoder import Decoder, Prefix, pad_left, positions


@dataclass(frozen=True)
class Told:
    """A told-back text, the entropies in bits of the predictions that wrote it (None: it was not generated)."""

    text: str | None  # None: this decoder was never taught to tell back
    entropy_bits: list[float] | None = None


class Memory(ABC):
    """A batch of memories. Whatever it holds, it becomes a KV cache of `n_slots` positions."""

    kind: ClassVar[str]
    n_tokens: list[int]  # source tokens, in the decoder's tokens

    @property
    @abstractmethod
    def n_slots(self) -> list[int]: ...

    @property
    def rate(self) -> float | None:
        """Source tokens per slot over the whole batch; None without slots."""
        return sum(self.n_tokens) / sum(self.n_slots) if sum(self.n_slots) else None

    @abstractmethod
    def prefix(self, decoder: Decoder) -> Prefix: ...

    @abstractmethod
    def select(self, rows: Sequence[int]) -> Memory:
        """The memories of `rows`, in that order."""

    @abstractmethod
    def tensors(self) -> dict[str, Tensor]:
        """Everything that `save` writes."""

    @property
    def spaces(self) -> tuple[list[Tensor], list[Tensor]] | None:
        """Per document the slots before and after the projector; None for memories that have no such geometry."""
        return None

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
        ids, bits = greedy(decoder, self.prefix(decoder), start, caps)
        return [Told(decoder.lm.text(row), b) for row, b in zip(ids, bits, strict=True)]

    def save(self, path: Path) -> None:
        """Write the batch as one safetensors file."""
        from safetensors.torch import save_file

        tensors = {k: v.detach().contiguous().cpu() for k, v in self.tensors().items()}
        save_file(tensors, str(path), metadata={"memory": self.kind})


class Embedded(Memory):
    """Memories that are vectors in the decoder's input space."""

    @abstractmethod
    def embeds(self, decoder: Decoder) -> list[Tensor]:
        """One N_i x D tensor a document."""

    def prefix(self, decoder: Decoder) -> Prefix:
        return decoder.prefix(self.embeds(decoder))

    def logits(self, decoder: Decoder, ids: Sequence[Sequence[int]]) -> tuple[Tensor, Tensor]:
        # one pass over memory and text together: equal to the cached form, and a third cheaper to train through
        memories, start = self.embeds(decoder), decoder.start_PD()
        lengths = [len(row) + 1 for row in ids]
        if len(set(lengths)) == 1 and len({m.shape[0] for m in memories}) == 1:
            texts_BTD = decoder.embed([list(row) for row in ids])
            embeds_BLD = torch.cat([torch.stack(memories), start.expand(len(ids), -1, -1), texts_BTD], 1)
            mask, position_ids = None, None
        else:
            rows = [torch.cat([m, start, decoder.embed(row)]) for m, row in zip(memories, ids, strict=True)]
            embeds_BLD, mask_BL = pad_left(rows)
            mask, position_ids = mask_BL.long(), positions(mask_BL)
        logits_BTV = decoder.model(
            inputs_embeds=embeds_BLD, attention_mask=mask, position_ids=position_ids,
            logits_to_keep=max(lengths), use_cache=False,
        ).logits  # fmt: skip
        ends = max(lengths) - torch.tensor(lengths, device=embeds_BLD.device)
        mask_BT = torch.arange(max(lengths), device=ends.device)[None] >= ends[:, None]
        return logits_BTV, mask_BT


@dataclass
class Slots(Embedded):
    """Memory vectors before (`own`, N_i x C) and after (`vectors`, N_i x D) the projector."""

    kind: ClassVar[str] = "slots"
    vectors: list[Tensor]
    own: list[Tensor]
    n_tokens: list[int]

    @property
    def n_slots(self) -> list[int]:
        return [v.shape[0] for v in self.vectors]

    @property
    def spaces(self) -> tuple[list[Tensor], list[Tensor]] | None:
        return (self.own, self.vectors) if sum(self.n_slots) else None

    def embeds(self, decoder: Decoder) -> list[Tensor]:
        return self.vectors

    def select(self, rows: Sequence[int]) -> Slots:
        return Slots(*([field[i] for i in rows] for field in (self.vectors, self.own, self.n_tokens)))

    def tensors(self) -> dict[str, Tensor]:
        out = {"n_tokens": torch.tensor(self.n_tokens), "n_slots": torch.tensor(self.n_slots)}
        return out | {"vectors": torch.cat(self.vectors), "own": torch.cat(self.own)}

    @classmethod
    def from_tensors(cls, tensors: dict[str, Tensor]) -> Slots:
        n = tensors["n_slots"].tolist()
        return cls(list(tensors["vectors"].split(n)), list(tensors["own"].split(n)), tensors["n_tokens"].tolist())


@dataclass
class Text(Embedded):
    """Memories that are texts: the told-back text is the memory itself; answers come from the LM that reads it."""

    kind: ClassVar[str] = "text"
    texts: list[str]
    ids: list[list[int]] = field(repr=False)  # in the decoder's tokens
    n_tokens: list[int]

    @property
    def n_slots(self) -> list[int]:
        return [len(row) for row in self.ids]

    def embeds(self, decoder: Decoder) -> list[Tensor]:
        return [decoder.embed(row) for row in self.ids]

    def tell_back(self, decoder: Decoder, caps: Sequence[int]) -> list[Told]:
        return [Told(text) for text in self.texts]

    def select(self, rows: Sequence[int]) -> Text:
        return type(self)(*([field[i] for i in rows] for field in (self.texts, self.ids, self.n_tokens)))

    def tensors(self) -> dict[str, Tensor]:
        texts = [text.encode() for text in self.texts]
        return {
            "n_tokens": torch.tensor(self.n_tokens), "n_slots": torch.tensor(self.n_slots),
            "ids": torch.tensor([i for row in self.ids for i in row], dtype=torch.long),
            "n_bytes": torch.tensor([len(t) for t in texts]),
            "bytes": torch.tensor(list(b"".join(texts)), dtype=torch.uint8),
        }  # fmt: skip

    @classmethod
    def from_tensors(cls, tensors: dict[str, Tensor]) -> Text:
        ids = [row.tolist() for row in tensors["ids"].split(tensors["n_slots"].tolist())]
        raw = [bytes(row.tolist()).decode() for row in tensors["bytes"].split(tensors["n_bytes"].tolist())]
        return cls(raw, ids, tensors["n_tokens"].tolist())


class Source(Text):
    """The uncompressed text. A decoder that was taught to copy reads it and tells it back like any memory."""

    kind: ClassVar[str] = "source"

    def tell_back(self, decoder: Decoder, caps: Sequence[int]) -> list[Told]:
        return Memory.tell_back(self, decoder, caps) if decoder.tells_back else super().tell_back(decoder, caps)


MEMORIES: dict[str, type[Slots] | type[Text]] = {cls.kind: cls for cls in (Slots, Text, Source)}


def load_memory(path: Path) -> Memory:
    """A batch that `Memory.save` wrote. Raises UsageError when the file is something else."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(str(path), framework="pt") as file:
            kind = (file.metadata() or {}).get("memory", "")
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (not a dict)
    except (OSError, SafetensorError) as error:
        raise UsageError(f"{path} is no memory file: {error}. Expected one written by Memory.save.") from None
    if kind not in MEMORIES:
        raise UsageError(f"{path} holds no memory (its kind is {kind!r}). Expected one of: {', '.join(MEMORIES)}.")
    return MEMORIES[kind].from_tensors(tensors)
