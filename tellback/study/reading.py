"""What a setup makes of documents: each document is compressed once, and everything that is read is read off that memory.

The memories of a whole set can be large (keys and values of every layer), so a set is read in parts, and a part's memory
lives no longer than its reading: whoever goes through `readings` takes what is wanted of each before the next is made.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import torch

from tellback.compressors.base import parts
from tellback.compressors.memory import Memory, Told
from tellback.models.decoder import Prefix
from tellback.reading import Reader
from tellback.records import Document
from tellback.training.objective import token_figures

BATCH = 64
TOKENS = 8192  # of a batch, padded: what a real model's keys and values of longer documents would take
Space = list[np.ndarray]  # a document's slots [n_i, d], of one layer
Layers = list[Space]  # of each layer


@dataclass
class Reading:
    """Some documents of a set. The memory is written when it is first asked for, and so is whatever is read off it."""

    reader: Reader
    documents: Sequence[Document]

    @cached_property
    def memory(self) -> Memory:
        return self.reader.compress([d.text for d in self.documents])

    @cached_property
    def told(self) -> list[Told]:
        """What the decoder tells back of each document."""
        return self.reader.told(self.memory)

    @cached_property
    def forced(self) -> list[dict[str, np.ndarray]] | None:
        """`token_figures` of each document, teacher-forced; None when the decoder was never taught to tell back."""
        decoder = self.reader.decoder
        if not decoder.tells_back:
            return None
        spans = [self.reader.pieces(d.text) for d in self.documents]
        ids = [decoder.lm.ids(d.text[a:b]) for d, found in zip(self.documents, spans, strict=True) for a, b in found]
        apart, rows = self.memory.told_by_itself, []
        for at in range(0, len(ids), BATCH):
            part = range(at, min(at + BATCH, len(ids)))
            figures = token_figures(apart if len(part) == len(ids) else apart.select(part), decoder, ids[at : at + BATCH])
            rows += [{k: v.float().cpu().numpy() for k, v in row.items()} for row in figures]
        of_each = iter(rows)
        return [_joined([next(of_each) for _ in found]) for found in spans]

    @cached_property
    @torch.inference_mode()
    def prefix(self) -> Prefix:
        """The memories as the decoder's cache, for questions."""
        return self.memory.prefix(self.reader.decoder)

    def spaces(self) -> list[tuple[Space, Space]] | None:
        """Per layer each document's slots before and after the projector; None where the memory has no geometry."""
        layers = self.memory.layer_spaces
        return layers and [tuple([m.float().cpu().numpy() for m in side] for side in layer) for layer in layers]


def readings(reader: Reader, documents: Sequence[Document]) -> Iterator[Reading]:
    """The documents in order: consecutive ones, at most BATCH, of at most TOKENS when padded to their longest."""
    lengths = [len(ids) for ids in reader.compressor.source_ids([d.text for d in documents])]
    for part in parts(lengths, TOKENS) if lengths else ():
        for at in range(part.start, part.stop, BATCH):
            yield Reading(reader, documents[at : min(at + BATCH, part.stop)])


@dataclass
class SetReading:
    """What is kept of a whole set once the memories are gone; lists have an entry a document."""

    n_tokens: list[int] = field(default_factory=list)
    n_slots: list[int] = field(default_factory=list)
    told: list[Told] = field(default_factory=list)  # empty where it was not asked for
    forced: list[dict[str, np.ndarray]] | None = None
    slots: tuple[Layers, Layers] | None = None  # before and after the projector; None where any memory has no geometry


@torch.inference_mode()
def read_whole(reader: Reader, documents: Sequence[Document], tell: bool = False) -> SetReading:
    """Read a whole set, each document compressed once. `tell`: also let it be told back, which takes longest."""
    out, shaped = SetReading(), True
    for reading in readings(reader, documents):
        out.n_tokens += reading.memory.n_tokens
        out.n_slots += reading.memory.n_slots
        if tell:
            out.told += reading.told
        if reading.forced is not None:
            out.forced = (out.forced or []) + reading.forced
        spaces = reading.spaces() if shaped else None
        shaped = spaces is not None
        if spaces is None:
            out.slots = None
            continue
        out.slots = out.slots or ([[] for _ in spaces], [[] for _ in spaces])
        for own, vectors, layer in zip(*out.slots, spaces, strict=True):
            own += layer[0]
            vectors += layer[1]
    return out


def _joined(rows: Sequence[dict[str, np.ndarray]]) -> dict[str, np.ndarray]:
    """The figures of a document's pieces, each with its own end, as of one row of positions."""
    return rows[0] if len(rows) == 1 else {name: np.concatenate([row[name] for row in rows]) for name in rows[0]}


def fact_tokens(reader: Reader, document: Document) -> list[np.ndarray]:
    """For each fact of the document, the positions (in the decoder's tokens, as `Reading.forced` has them) of the words that carry
    its value."""
    places: list[tuple[int, int]] = []
    for start, end in reader.pieces(document.text):
        encoded = reader.decoder.lm.tokenizer(document.text[start:end], add_special_tokens=False, return_offsets_mapping=True)
        places += [(start + a, start + b) for a, b in encoded.offset_mapping] + [(end, end)]  # and the piece's own end
    starts, ends = (np.array(x) for x in zip(*places, strict=True))
    return [np.flatnonzero((starts < f.span[1]) & (ends > f.span[0])) for f in document.facts]
