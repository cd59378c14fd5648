"""Documents compressed piece by piece: what was trained on sentences reads a page sentence by sentence.

The pieces' vectors, in order, are the document's memory, so that a question is asked of all of them. Told back, each piece is told
by itself, as in training, and the texts are joined by what stood between them in the source.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import ClassVar

import torch
from torch import Tensor

from tellback.compressors.memory import Memory, Slots, Told, most_told
from tellback.compressors.units import words
from tellback.errors import UsageError
from tellback.language.sentences import sentences
from tellback.models.decoder import Decoder
from tellback.records import Span

AT_ONCE = 128  # pieces that are told back together


def pieces(text: str, longest: int | None, count: Callable[[str], int]) -> list[Span]:
    """Characters [start, end) of the sentences of `text`, without the space around them; one of more than `longest` tokens (None:
    no limit) is cut between words into as few parts of like length as fit. A word that is longer by itself stays whole."""
    spans: list[Span] = []
    for start, end in sentences(text) or [(0, len(text))]:
        n = count(text[start:end])
        spans += [(start, end)] if longest is None or n <= longest else _parts(text, (start, end), longest, n, count)
    return spans


def _parts(text: str, whole: Span, longest: int, n: int, count: Callable[[str], int]) -> list[Span]:
    most = min(longest, -(-n // -(-n // longest)) + 1)  # one token of room, for words are not cut
    out: list[list[int]] = []
    for a, b in words(text[whole[0] : whole[1]]):
        start, end = whole[0] + a, whole[0] + b
        if out and count(text[out[-1][0] : end]) <= most:
            out[-1][1] = end
        else:
            out.append([start, end])
    return [(start, end) for start, end in out]


@dataclass
class Pieces(Slots):
    """Memory vectors of documents in pieces: `vectors` and `own` as of whole documents, and where each piece lies in them."""

    kind: ClassVar[str] = "pieces"
    layout: ClassVar[dict[str, int]] = Slots.layout | {
        "n_pieces": 1, "piece_tokens": 1, "piece_slots": 1, "gap_bytes": 1, "gaps": 1,
    }  # fmt: skip
    sizes: list[list[tuple[int, int]]] = field(default_factory=list)  # of each document's pieces: tokens, slots
    between: list[list[str]] = field(default_factory=list)  # what stands before each piece in the source

    @classmethod
    def of(cls, memory: Memory, texts: Sequence[str], spans: Sequence[Sequence[Span]]) -> Pieces:
        """The memory of `texts`, from that of their pieces at `spans`, in order. Raises UsageError where those are no vectors."""
        if type(memory) is not Slots:
            raise UsageError(
                f"by sentence, a document's memory is its sentences' vectors in order, and this compressor writes {memory.kind}. "
                f"Read whole documents (by: document), or take a compressor that writes vectors alone, such as pooling."
            )
        counts = [len(rows) for rows in spans]
        ends = torch.tensor(counts).cumsum(0).tolist()
        each = [slice(end - n, end) for n, end in zip(counts, ends, strict=True)]
        sizes = list(zip(memory.n_tokens, memory.n_slots, strict=True))
        before = [[text[a:b] for a, b in zip([0, *(e for _, e in rows[:-1])], (s for s, _ in rows), strict=True)]
                  for text, rows in zip(texts, spans, strict=True)]  # fmt: skip
        return cls(
            [torch.cat(memory.vectors[at]) for at in each], [torch.cat(memory.own[at]) for at in each],
            [sum(memory.n_tokens[at]) for at in each], [sizes[at] for at in each], before,
        )  # fmt: skip

    @property
    def told_by_itself(self) -> Slots:
        flat = [size for row in self.sizes for size in row]
        slots = [k for _, k in flat]
        vectors, own = (list(torch.cat(side).split(slots)) for side in (self.vectors, self.own))
        return Slots(vectors, own, [n for n, _ in flat])

    def tell_back(self, decoder: Decoder, caps: Sequence[int]) -> list[Told]:
        apart, most, told = self.told_by_itself, self.caps(caps), []
        for at in range(0, len(most), AT_ONCE):
            rows = range(at, min(at + AT_ONCE, len(most)))
            told += apart.select(rows).tell_back(decoder, most[at : at + AT_ONCE])
        return self.joined(told)

    def caps(self, caps: Sequence[int]) -> list[int]:
        """As many tokens for each piece as for a document of its length, and no more than for its own."""
        return [min(cap, most_told(n)) for cap, row in zip(caps, self.sizes, strict=True) for n, _ in row]

    def joined(self, told: Sequence[Told]) -> list[Told]:
        """What was told of the pieces, as of the documents."""
        of_each = iter(told)
        return [_joined([next(of_each) for _ in gaps], gaps) for gaps in self.between]

    def _select(self, rows: Sequence[int]) -> Pieces:
        return Pieces(*([f[i] for i in rows] for f in (self.vectors, self.own, self.n_tokens, self.sizes, self.between)))

    def tensors(self) -> dict[str, Tensor]:
        flat = [size for row in self.sizes for size in row]
        gaps = [gap.encode() for row in self.between for gap in row]
        return super().tensors() | {
            "n_pieces": torch.tensor([len(row) for row in self.sizes]),
            "piece_tokens": torch.tensor([n for n, _ in flat]), "piece_slots": torch.tensor([k for _, k in flat]),
            "gap_bytes": torch.tensor([len(gap) for gap in gaps]), "gaps": torch.tensor(list(b"".join(gaps)), dtype=torch.uint8),
        }  # fmt: skip

    @classmethod
    def from_tensors(cls, tensors: dict[str, Tensor]) -> Pieces:
        whole, n = Slots.from_tensors(tensors), tensors["n_pieces"].tolist()
        tokens, slots = (tensors[name].split(n) for name in ("piece_tokens", "piece_slots"))
        sizes = [list(zip(t.tolist(), k.tolist(), strict=True)) for t, k in zip(tokens, slots, strict=True)]
        found = [(sum(t for t, _ in row), sum(k for _, k in row)) for row in sizes]
        if found != list(zip(whole.n_tokens, whole.n_slots, strict=True)):
            raise ValueError("its pieces do not add up to its documents")
        raw = iter(bytes(row.tolist()).decode() for row in tensors["gaps"].split(tensors["gap_bytes"].tolist()))
        return cls(whole.vectors, whole.own, whole.n_tokens, sizes, [[next(raw) for _ in row] for row in sizes])


def _joined(told: Sequence[Told], gaps: Sequence[str]) -> Told:
    if any(t.text is None for t in told):
        return Told(None)
    text = "".join(gap + (t.text or "") for gap, t in zip(gaps, told, strict=True))
    return Told(text, [bit for t in told for bit in t.entropy_bits or ()])
