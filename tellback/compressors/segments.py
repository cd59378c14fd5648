"""Independent short segments, each followed by end-of-text tokens whose last hidden states are the slots.

Paper: CompLLM (arXiv 2509.19228). As there: segments of about 20 tokens that never see each other, so that the cost is
linear in the text's length and a segment can be kept; EOS tokens read the memory out; one Linear. Different: segments
end where sentences do (a sentence of more than `segment` tokens is cut into equal parts), so that an edit leaves the
others as they were; an LM that trains; reconstruction as the loss instead of Smooth-L1 on the layers' activations.

A segment gets ceil(e / rate) - ceil(s / rate) slots, which depends on where it stands. What is kept does not: a causal
model's state at an EOS token depends on nothing after it, so the memory with fewer slots is the beginning of the one
with more. The cache holds the most that a segment of its length can need, ceil(length / rate), and gives out a
beginning of it: an edit that shifts all later text recompresses only the segments that it touches.

Shapes: R rows (segments), T tokens, N slots of all rows, C compressor width, D decoder width.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Hashable, Sequence

import numpy as np
import torch
from pydantic import Field
from torch import Tensor, nn

from tellback.compressors.base import Options, SlotCompressor, by_document, n_slots
from tellback.compressors.memory import Slots
from tellback.errors import UsageError
from tellback.models.decoder import Decoder
from tellback.models.lm import LM

Piece = tuple[tuple[int, ...], int]  # token ids of a segment, EOS tokens after them
ROWS = 256  # segments that are encoded at once when no gradient is kept: bounds the memory of a long document


class SegmentsOptions(Options):
    segment: int | None = Field(None, ge=2, description="tokens of a segment, at most; null: 20, at least 2 x rate")
    cache: int = Field(4096, ge=0, description="segments whose memory is kept for the next call; 0: none")


class Segments(SlotCompressor):
    """Encodes short segments independently and keeps the states of the EOS tokens after each (CompLLM)."""

    name = "segments"
    Options = SegmentsOptions

    def __init__(self, lm: LM, decoder: Decoder, rate: float, options: SegmentsOptions, seed: int = 0):
        super().__init__(lm, decoder, rate, options, seed)
        self.model = lm.model
        self.cache = SegmentCache(options.cache)
        self._ends = SentenceEnds(lm)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            self.adapter = nn.Linear(lm.width, decoder.lm.width)

    def projector(self) -> nn.Module:
        return self.adapter

    def encode(self, ids: Sequence[Sequence[int]], n_tokens: Sequence[int], rate: float) -> Slots:
        documents = [self.segments(row, n, rate) for row, n in zip(ids, n_tokens, strict=True)]
        if torch.is_grad_enabled():
            self.cache.clear()  # what trains makes it stale
            own, vectors = self._encode([(piece, count) for found in documents for piece, _, count in found])
            total = [sum(count for _, _, count in found) for found in documents]
            return Slots(list(vectors.split(total)), list(own.split(total)), list(n_tokens))
        wanted = [(piece, most) for found in documents for piece, most, _ in found]
        counts = [count for found in documents for _, _, count in found]
        owners = [i for i, found in enumerate(documents) for _ in found]
        made = self.cache.fetch(wanted, self._version(), self._encode_in_parts)
        own = by_document([o[:n] for (o, _), n in zip(made, counts, strict=True)], owners)
        vectors = by_document([v[:n] for (_, v), n in zip(made, counts, strict=True)], owners)
        return Slots(vectors, own, list(n_tokens))

    def _encode(self, pieces: Sequence[Piece]) -> tuple[Tensor, Tensor]:
        """The slots of all pieces, one piece after another, before and after the projector (N x C, N x D)."""
        eos = self.lm.eos
        state_RTC = self.hidden(self.embed([[*piece, *[eos] * n] for piece, n in pieces]))
        lengths, counts = torch.tensor([[len(piece), n] for piece, n in pieces], device=state_RTC.device).T
        row_N = torch.repeat_interleave(counts)
        nth_N = torch.arange(len(row_N), device=row_N.device) - (counts.cumsum(0) - counts)[row_N]
        own_NC = state_RTC[row_N, lengths[row_N] + nth_N]
        return own_NC, self.adapter(own_NC)

    def _encode_in_parts(self, pieces: Sequence[Piece]) -> list[tuple[Tensor, Tensor]]:
        """(own, vectors) of each piece."""
        made = []
        for at in range(0, len(pieces), ROWS):
            part = pieces[at : at + ROWS]
            made += zip(*(slots.split([n for _, n in part]) for slots in self._encode(part)), strict=True)
        return made

    def _version(self) -> Hashable:
        """Changes with every step of an optimizer, and whenever a weight is written in place, replaced or moved.

        Tensors count their own changes, but fused optimizers go past the counter: `state` samples the values.
        """
        written = tuple((p.data_ptr(), 0 if p.is_inference() else p._version) for p in self.parameters())
        return self.state(), written, torch.is_autocast_enabled(self.adapter.weight.device.type)

    def segments(self, ids: Sequence[int], n: int, rate: float) -> list[tuple[tuple[int, ...], int, int]]:
        """(token ids, slots that a segment of this length may need, slots that this one gets) of each segment.

        `n` is the document's length in the decoder's tokens. Every segment holds at least `rate` of them (a document of
        fewer is one segment), so that each gets a slot. Raises UsageError when `segment` is too small for that.
        """
        per_slot = rate * len(ids) / n  # the compressor's tokens
        longest = self.options.segment or max(20, math.ceil(2 * per_slot))
        if longest < 2 * per_slot:
            raise UsageError(
                f"segments of at most {longest} tokens are too short for rate {rate:g}: expected at least twice the "
                f"rate, so that each gets a slot. Raise options.segment to {math.ceil(2 * per_slot)}."
            )
        if (need := longest + math.ceil(longest / per_slot) + 1) > self.lm.max_positions:
            raise UsageError(
                f"a segment of {longest} tokens needs {need} positions, {self.lm.name!r} has "
                f"{self.lm.max_positions}. Lower options.segment."
            )
        edges = cut(self._ends(ids), longest, per_slot)
        slots = [n_slots(e * n / len(ids), rate) if e else 0 for e in edges[:-1]] + [n_slots(n, rate)]
        out = []
        for a, b, first, last in zip(edges, edges[1:], slots, slots[1:], strict=False):
            most = max(last - first, math.ceil((b - a) / per_slot - 1e-9))
            out.append((tuple(ids[a:b]), most, last - first))
        return out


class SentenceEnds:
    """Which positions of a token sequence end a sentence, judged by the tokens' text alone."""

    def __init__(self, lm: LM):
        self.lm = lm
        self._kinds = np.full(lm.model.config.get_text_config().vocab_size, -1, dtype=np.int8)  # -1: not met yet

    def __call__(self, ids: Sequence[int]) -> np.ndarray:
        """Edges of the sentences of `ids`: rising positions, the last is len(ids). A stop before a digit ends none."""
        at = np.asarray(ids)
        kinds = self._kinds[at]
        if (kinds < 0).any():
            for token in np.unique(at[kinds < 0]).tolist():
                self._kinds[token] = self._kind(self.lm.tokenizer.decode([token]))
            kinds = self._kinds[at]
        ends = np.flatnonzero((kinds[:-1] == 1) & (kinds[1:] != 2)) + 1
        return np.append(ends, len(at))

    @staticmethod
    def _kind(text: str) -> int:
        """1: ends a sentence; 2: starts with a digit; 0: neither."""
        if "\n" in text or text.rstrip().rstrip("\"'”’»)]").endswith((".", "!", "?", "…", "。", "！", "？")):
            return 1
        return 2 if text[:1].isdigit() else 0


def cut(sentences: np.ndarray, longest: int, shortest: float) -> list[int]:
    """Edges of segments of at least `shortest` and at most `longest` tokens, at sentence edges where these allow it.

    Sentences are joined until they hold `shortest` tokens, a short rest goes to what stands before it, and what is then
    longer than `longest` is cut into equal parts.
    """
    edges = [0]
    for edge in sentences.tolist():
        if edge - edges[-1] >= shortest - 1e-9:
            edges.append(edge)
    if edges[-1] < sentences[-1]:
        edges = [*edges[:-1], int(sentences[-1])] if len(edges) > 1 else [0, int(sentences[-1])]
    out = [0]
    for a, b in zip(edges, edges[1:], strict=False):
        parts = math.ceil((b - a) / longest)
        out += [a + (b - a) * j // parts for j in range(1, parts + 1)]
    return out


class SegmentCache:
    """The memories of the segments used last. `hits` and `misses` count segments since construction."""

    def __init__(self, size: int):
        self.size, self.hits, self.misses = size, 0, 0
        self._version: Hashable = None
        self._kept: OrderedDict[Piece, tuple[Tensor, Tensor]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._kept)

    def clear(self) -> None:
        self._kept.clear()

    def fetch(self, pieces: Sequence[Piece], version: Hashable, encode) -> list[tuple[Tensor, Tensor]]:
        """The memory of each piece under weights `version`; `encode` makes those that are not kept, each once."""
        if version != self._version:
            self.clear()
            self._version = version
        found = {piece: self._kept[piece] for piece in pieces if piece in self._kept}
        missing = list(dict.fromkeys(piece for piece in pieces if piece not in found))
        self.hits += len(pieces) - len(missing)
        self.misses += len(missing)
        if missing:
            found |= zip(missing, encode(missing), strict=True)
        if self.size:
            self._keep(found, set(missing))
        return [found[piece] for piece in pieces]

    def _keep(self, used: dict[Piece, tuple[Tensor, Tensor]], new: set[Piece]) -> None:
        # clones: a slice would hold the whole batch's storage; plain tensors, that a later training may read
        with torch.inference_mode(False), torch.no_grad():
            for piece, (own, vectors) in used.items():
                if piece in new:
                    self._kept[piece] = (own.clone(), vectors.clone())
                self._kept.move_to_end(piece)
        while len(self._kept) > self.size:
            self._kept.popitem(last=False)
