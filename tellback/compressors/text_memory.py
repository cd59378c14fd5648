"""Memories that are texts: shortened ones, with notes where their method has something to say, and the source itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar

import torch
from torch import Tensor

from tellback.compressors.memory import Embedded, Memory, Told
from tellback.errors import UsageError
from tellback.models.decoder import Decoder


@dataclass
class Text(Embedded):
    """Memories that are texts: the told-back text is the memory itself; answers come from the LM that reads it."""

    kind: ClassVar[str] = "text"
    generated: ClassVar[bool] = False
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

    def _select(self, rows: Sequence[int]) -> Text:
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
    generated: ClassVar[bool] = True

    def tell_back(self, decoder: Decoder, caps: Sequence[int]) -> list[Told]:
        return Memory.tell_back(self, decoder, caps) if decoder.tells_back else super().tell_back(decoder, caps)


@dataclass
class AnnotatedText(Text):
    """Texts with a note on those that are not what their method was to write: empty for the others."""

    kind: ClassVar[str] = "noted"
    layout: ClassVar[dict[str, int]] = Text.layout | {"n_note_bytes": 1, "note_bytes": 1}
    notes: list[str]

    @property
    def annotations(self) -> list[str | None]:
        return [note or None for note in self.notes]

    def _select(self, rows: Sequence[int]) -> AnnotatedText:
        return AnnotatedText(*([field[i] for i in rows] for field in (self.texts, self.ids, self.n_tokens, self.notes)))

    def tensors(self) -> dict[str, Tensor]:
        notes = [note.encode() for note in self.notes]
        return super().tensors() | {
            "n_note_bytes": torch.tensor([len(n) for n in notes]),
            "note_bytes": torch.tensor(list(b"".join(notes)), dtype=torch.uint8),
        }

    @classmethod
    def complete(cls, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
        none = {"n_note_bytes": torch.zeros_like(tensors["n_tokens"]), "note_bytes": torch.zeros(0, dtype=torch.uint8)}
        return none | tensors

    @classmethod
    def from_tensors(cls, tensors: dict[str, Tensor]) -> AnnotatedText:
        text = Text.from_tensors(tensors)
        raw = tensors["note_bytes"].split(tensors["n_note_bytes"].tolist())
        return cls(text.texts, text.ids, text.n_tokens, [bytes(row.tolist()).decode() for row in raw])
