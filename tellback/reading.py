"""A compressor and its decoder, ready to use: compress, tell back, ask."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch

from tellback.compressors.base import Compressor
from tellback.compressors.memory import Memory, Told
from tellback.errors import UsageError
from tellback.models.belief import answer
from tellback.models.decoder import Decoder


@dataclass
class Reader:
    """What `tellback.load` gives: writes memories of documents and reads them.

    >>> setup = tellback.load("runs/pocket/pooling-2x-pocket-llama-60k-s0")
    >>> memory = setup.compress(["Mira owns a white boat."])
    >>> setup.tell_back(memory), setup.ask(memory, ["Which colour is the boat of Mira ?"])
    """

    compressor: Compressor
    decoder: Decoder

    @torch.inference_mode()
    def compress(self, documents: Sequence[str], *, rate: float | None = None) -> Memory:
        """One memory a document. Raises UsageError for an empty document or one that the decoder has no room for."""
        memory = self.compressor.compress(documents, rate=rate)
        self.check_room(memory.n_tokens, memory.n_slots)
        return memory

    def check_room(self, n_tokens: Sequence[int], n_slots: Sequence[int]) -> None:
        """Raise UsageError when a memory and its text together need more positions than the decoder has.

        A memory that is read but never told back (by an LM that was not taught to) only needs its own positions, and
        some for a question.
        """
        room = self.decoder.lm.max_positions
        for i, (n, k) in enumerate(zip(n_tokens, n_slots, strict=True)):
            need = k + n + 2 if self.decoder.tells_back or self.compressor.trainable else k + 64
            if need > room:
                raise UsageError(
                    f"document {i} is too long: {n} tokens in {k} slots need {need} positions, the decoder "
                    f"{self.decoder.lm.name!r} has {room}. Split the document or raise the rate."
                )

    def tell_back(self, memory: Memory, batch_size: int = 128) -> list[str]:
        """The text that the decoder tells back from each memory (greedy, to the end of text)."""
        return [told.text for told in self.told(memory, batch_size)]

    @torch.inference_mode()
    def told(self, memory: Memory, batch_size: int = 128) -> list[Told]:
        """Told-back texts with the entropy of each prediction. At most 1.25 x the source's tokens + 8 are generated."""
        out: list[Told] = []
        for at in range(0, len(memory.n_tokens), batch_size):
            part = memory.select(range(at, min(at + batch_size, len(memory.n_tokens))))
            room = self.decoder.lm.max_positions - 2 - max(part.n_slots)
            out += part.tell_back(self.decoder, [min(int(1.25 * n) + 8, room) for n in part.n_tokens])
        return out

    @torch.inference_mode()
    def ask(self, memory: Memory, questions: Sequence[str], rows: Sequence[int] | None = None, max_new: int = 16):
        """The greedy answer to questions[i] from memory `rows[i]` (row i when `rows` is None)."""
        rows = range(len(questions)) if rows is None else rows
        return answer(self.decoder, memory.prefix(self.decoder), list(rows), questions, max_new)


def first_sentence(text: str) -> str:
    """An answer is its first sentence: what a model rambles on about after it is no answer."""
    found = re.match(r"\s*(.+?)(?:[.!?](?:\s|$)|\n|$)", text, re.DOTALL)
    return found.group(1) if found else ""


def load(path: str | Path) -> Reader:
    """The trained setup in a study's folder, by setup name or key: "runs/my-study/pooling-2x-pocket-llama-60k-s0".

    Raises UsageError when there is none or when it was not finished.
    """
    from tellback.study.setup import load_reader

    return load_reader(Path(path))
