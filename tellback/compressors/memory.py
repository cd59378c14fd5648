"""What a compressor writes and a decoder reads: a batch of memories behind one interface.

Shapes: B batch, N slots, T text positions, D decoder width, C compressor width, V vocabulary, L layers, H heads of keys
and values, K head width.
"""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from importlib import import_module
from pathlib import Path
from typing import ClassVar

import torch
from torch import Tensor

from tellback.compressors.files import write_tensors
from tellback.compressors.signature import Signature, Signed
from tellback.errors import UsageError
from tellback.models.decode import greedy
from tellback.models.decoder import Decoder, Prefix, kv_shape, kv_words, pad_left, positions


@dataclass(frozen=True)
class Told:
    """A told-back text, the entropies in bits of the predictions that wrote it (None: it was not generated)."""

    text: str | None  # None: this decoder was never taught to tell back
    entropy_bits: list[float] | None = None


class Memory(Signed, ABC):
    """A batch of memories. Whatever it holds, it becomes a KV cache of `n_slots` positions."""

    kind: ClassVar[str]
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

    @abstractmethod
    def select(self, rows: Sequence[int]) -> Memory:
        """The memories of `rows`, in that order."""

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
        ids, bits = greedy(decoder, self.prefix(decoder), start, caps)
        return [Told(decoder.lm.text(row), b) for row, b in zip(ids, bits, strict=True)]

    def save(self, path: str | Path) -> None:
        """Write the batch as one safetensors file that names its writer: whole, or not at all.

        Raises UsageError where that fails, and where `path` is something else than a file (a device, a pipe).
        """
        from safetensors import SafetensorError

        tensors = {k: v.detach().contiguous().cpu() for k, v in self.tensors().items()}
        header = {"memory": self.kind}
        if self.written_by is not None:
            header["written_by"] = json.dumps(asdict(self.written_by))
        try:
            write_tensors(tensors, Path(path), header)
        except (OSError, SafetensorError) as error:
            raise UsageError(f"the memory could not be written to {path}: {error}. Give another path.") from None


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
class KeyValues(Memory):
    """Keys and values of every layer, which the decoder reads as its cache: N_i x L x 2 x H x K a document."""

    kind: ClassVar[str] = "key_values"
    layout: ClassVar[dict[str, int]] = {"n_tokens": 1, "n_slots": 1, "states": 5}
    states: list[Tensor]
    n_tokens: list[int]

    @property
    def n_slots(self) -> list[int]:
        return [s.shape[0] for s in self.states]

    @property
    def n_bytes(self) -> int:
        return sum(s.nbytes for s in self.states)

    @property
    def layer_spaces(self) -> list[tuple[list[Tensor], list[Tensor]]] | None:
        """Per layer the slots (N_i x 2HK, keys beside values). No projector: both spaces are the decoder's cache."""
        if not sum(self.n_slots):
            return None
        layers = [[s[:, i].flatten(1) for s in self.states] for i in range(self.states[0].shape[1])]
        return [(layer, layer) for layer in layers]

    def check_fits(self, decoder: Decoder) -> None:
        found, wanted = tuple(self.states[0].shape[1:]), kv_shape(decoder.lm)
        if found != wanted:
            raise UsageError(
                f"this memory holds {kv_words(found)}, the decoder {decoder.lm.name!r} reads {kv_words(wanted)}. Read "
                f"it with the setup that wrote it."
            )

    def prefix(self, decoder: Decoder) -> Prefix:
        dtype = decoder.embedding.weight.dtype
        flat_BNX, mask_BN = pad_left([s.to(decoder.device, dtype).flatten(1) for s in self.states])
        states_L2BHNK = flat_BNX.unflatten(2, self.states[0].shape[1:]).permute(2, 3, 0, 4, 1, 5)
        return Prefix([(keys, values) for keys, values in states_L2BHNK], mask_BN)

    def select(self, rows: Sequence[int]) -> KeyValues:
        return KeyValues(*([field[i] for i in rows] for field in (self.states, self.n_tokens)))

    def tensors(self) -> dict[str, Tensor]:
        out = {"n_tokens": torch.tensor(self.n_tokens), "n_slots": torch.tensor(self.n_slots)}
        return out | {"states": torch.cat(self.states)}

    @classmethod
    def from_tensors(cls, tensors: dict[str, Tensor]) -> KeyValues:
        return cls(list(tensors["states"].split(tensors["n_slots"].tolist())), tensors["n_tokens"].tolist())


@dataclass
class Text(Embedded):
    """Memories that are texts: the told-back text is the memory itself; answers come from the LM that reads it."""

    kind: ClassVar[str] = "text"
    layout: ClassVar[dict[str, int]] = {"n_tokens": 1, "n_slots": 1, "ids": 1, "n_bytes": 1, "bytes": 1}
    texts: list[str]
    ids: list[list[int]] = field(repr=False)  # in the decoder's tokens
    n_tokens: list[int]

    @property
    def n_slots(self) -> list[int]:
        return [len(row) for row in self.ids]

    @property
    def n_bytes(self) -> int:
        return sum(len(text.encode()) for text in self.texts)

    def check_fits(self, decoder: Decoder) -> None:
        size = decoder.embedding.weight.shape[0]
        if any(not 0 <= i < size for row in self.ids for i in row):
            raise UsageError(
                f"this memory holds tokens that the decoder {decoder.lm.name!r} does not have. Read it with the setup "
                f"that wrote it."
            )

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


#: kind -> (module, class); nothing is imported before it is read.
MEMORIES = {
    "slots": ("memory", "Slots"),
    "key_values": ("memory", "KeyValues"),
    "text": ("memory", "Text"),
    "source": ("memory", "Source"),
    "mixed": ("chunk_encoder", "Mixed"),
    "noted": ("units", "Noted"),
}


def load_memory(path: str | Path) -> Memory:
    """A batch that `Memory.save` wrote. Raises UsageError when the file is something else, or not whole."""
    from safetensors import SafetensorError, safe_open

    expected = "Expected a file written by Memory.save."
    try:
        with safe_open(str(path), framework="pt") as file:
            header = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (not a dict)
    except (OSError, SafetensorError) as error:
        raise UsageError(f"{path} is no memory file, or not a whole one: {error}. {expected}") from None
    kind = header.get("memory", "")
    if kind not in MEMORIES:
        raise UsageError(f"{path} holds no memory (its kind is {kind!r}). Expected one of: {', '.join(MEMORIES)}.")
    module, name = MEMORIES[kind]
    try:
        memory = _read(getattr(import_module(f"tellback.compressors.{module}"), name), tensors)
        if "written_by" in header:
            memory._signature = Signature(**json.loads(header["written_by"]))
    except (KeyError, TypeError, ValueError, RuntimeError) as error:  # RuntimeError: a split that does not add up
        reason = str(error).splitlines()[0]
        raise UsageError(f"{path} is a broken memory file of kind {kind!r}: {reason}. {expected}") from None
    return memory


def _read(cls: type[Memory], tensors: dict[str, Tensor]) -> Memory:
    """The memory in `tensors`; raises ValueError or RuntimeError when they are not what `cls` writes."""
    found = {name: tensor.ndim for name, tensor in tensors.items()}
    if cls.layout and found != cls.layout:
        raise ValueError(f"it should hold tensors of these dimensions {cls.layout}, it holds {found}")
    n_tokens, n_slots = tensors["n_tokens"], tensors["n_slots"]
    if n_tokens.shape != n_slots.shape or not len(n_slots):
        raise ValueError(f"it counts the tokens of {len(n_tokens)} documents and the slots of {len(n_slots)}")
    if n_tokens.is_floating_point() or n_slots.is_floating_point() or n_tokens.min() < 1 or n_slots.min() < 0:
        raise ValueError("its counts of tokens and slots are no counts")
    return cls.from_tensors(tensors)
