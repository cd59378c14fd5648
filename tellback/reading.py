"""A compressor and its decoder, ready to use: compress, tell back, ask."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import torch

from tellback.compressors.base import Compressor, check_rate, plain_ids
from tellback.compressors.memory import Memory, Told, most_told
from tellback.compressors.pieces import Pieces, pieces
from tellback.config import Unit
from tellback.engines import Engine, Here
from tellback.errors import UsageError
from tellback.models.decoder import Decoder
from tellback.records import Span

FOR_A_QUESTION = 64  # positions that a memory leaves for a question and its answer


@dataclass
class Reader:
    """Writes memories of documents and reads them. `tellback.load` gives one that also knows what it was made from
    (`saved.Setup`)."""

    compressor: Compressor
    decoder: Decoder
    longest_trained: int | None = None  # tokens of the longest document that it was trained on; None: not known, or none
    engine: Engine = field(default_factory=Here)  # what generates
    by: Unit = "document"  # what is compressed by itself; a trained compressor may do so sentence by sentence
    longest_piece: int | None = None  # tokens of a sentence that is compressed whole, by sentence

    @torch.inference_mode()
    def compress(
        self, documents: str | Sequence[str], *, rate: float | None = None, queries: Sequence[str] | None = None
    ) -> Memory:
        """One memory a document, at `rate` tokens a slot (None: the compressor's own); `queries`, one a document, say
        what it will be asked, for methods that choose by that.

        Raises UsageError for what is no text, an empty document, one that the decoder has no room for, and a rate that
        is below 1 or that leaves a document less than one slot. Whether there is room to tell it back too, `told` says.
        """
        documents = _texts("document", documents)
        if not documents:
            raise UsageError("no document to compress: expected at least one text.")
        if queries is not None:
            queries = _texts("query", queries)
            if len(queries) != len(documents):
                raise UsageError(f"expected one query a document, got {len(queries)} for {len(documents)}.")
            if not all(query.strip() for query in queries):
                raise UsageError("a query is empty. Say what will be asked, or give no queries.")
        memory = self._in_pieces(documents, rate, queries) if self.in_pieces else self.compressor.compress(documents, rate=rate, queries=queries)
        if rate is not None and rate > min(memory.n_tokens):
            n = min(memory.n_tokens)
            raise UsageError(
                f"document {memory.n_tokens.index(n)} has {n} tokens, so a rate of {rate:g} leaves it less than one "
                f"slot. Ask for a rate of at most {n}."
            )
        if not self.in_pieces:  # pieces are told back one by one; whether all of them leave room for a question, `ask` says
            self.check_room(memory.n_tokens, memory.n_slots)
        return memory

    @property
    def in_pieces(self) -> bool:
        """Whether documents are cut before they are compressed. What writes text, or nothing, reads them whole."""
        return self.by == "sentence" and self.compressor.trainable

    def pieces(self, document: str) -> list[Span]:
        """Characters [start, end) of what is compressed, and told back, by itself."""
        if not self.in_pieces:
            return [(0, len(document))]
        return pieces(document, self.longest_piece, lambda text: len(plain_ids(self.decoder.lm, text)))

    def _in_pieces(self, documents: Sequence[str], rate: float | None, queries: Sequence[str] | None) -> Memory:
        """One memory a document, of its pieces; a piece that is shorter than the rate gets one slot."""
        self.compressor.source_ids(documents)  # refuses empty ones
        if rate is not None:
            check_rate(rate)
        spans = [self.pieces(document) for document in documents]
        parts = [document[a:b] for document, rows in zip(documents, spans, strict=True) for a, b in rows]
        asked = queries and [query for query, rows in zip(queries, spans, strict=True) for _ in rows]
        memory = self.compressor.write(parts, self.compressor.rate if rate is None else rate, asked).signed(self.compressor)
        return Pieces.of(memory, documents, spans).signed_like([memory])

    def check_room(self, n_tokens: Sequence[int], n_slots: Sequence[int]) -> None:
        """Raise UsageError when a memory leaves no room for a question in the decoder's positions."""
        room = self.decoder.lm.max_positions
        for i, (n, k) in enumerate(zip(n_tokens, n_slots, strict=True)):
            if k + FOR_A_QUESTION > room:
                raise UsageError(
                    f"document {i} is too long: its {n} tokens in {k} slots and a question ({FOR_A_QUESTION}) need "
                    f"{k + FOR_A_QUESTION} positions, the decoder {self.decoder.lm.name!r} has {room}. Split the document "
                    f"or raise the rate."
                )

    def too_long(self, n_tokens: Sequence[int], n_slots: Sequence[int]) -> dict[int, str]:
        """The documents that cannot be told back, for with their memory they take more positions than the decoder has:
        place -> why, as the rest of a sentence."""
        name, room = self.decoder.lm.name, self.decoder.lm.max_positions
        return {
            i: f"is too long to be told back: {n} tokens after {k} slots need {k + n + 2} positions, the decoder {name!r} has "
            f"{room}."
            for i, (n, k) in enumerate(zip(n_tokens, n_slots, strict=True))
            if k + n + 2 > room
        }

    def tell_back(self, memory: Memory, batch_size: int = 128) -> list[str]:
        """The text that the decoder tells back from each memory (greedy, to the end of text)."""
        return [told.text for told in self.told(memory, batch_size)]

    @torch.inference_mode()
    def told(self, memory: Memory, batch_size: int = 128) -> list[Told]:
        """Told-back texts with the entropy of each prediction. At most 1.25 x the source's tokens + 8 are generated.

        Raises UsageError when a memory and its text have more positions than the decoder.
        """
        memory.check_reader(self.compressor)
        if self.decoder.tells_back and memory.generated:
            apart = memory.told_by_itself
            for i, why in self.too_long(apart.n_tokens, apart.n_slots).items():
                raise UsageError(f"document {i} {why} Split it or raise the rate; it can still be asked.")
        out: list[Told] = []
        for at in range(0, len(memory.n_tokens), batch_size):
            part = memory.select(range(at, min(at + batch_size, len(memory.n_tokens))))
            room = self.decoder.lm.max_positions - 2
            caps = [max(1, min(most_told(n), room - k)) for n, k in zip(part.n_tokens, part.n_slots, strict=True)]
            out += self.engine.tell_back(part, self.decoder, caps)
        return out

    @torch.inference_mode()
    def ask(
        self, memory: Memory, questions: str | Sequence[str], rows: Sequence[int] | None = None, max_new: int = 16
    ) -> list[str]:
        """Greedy answers. One question (a string) is asked of every row of the memory. Of several, questions[i] is asked
        of row `rows[i]`; without `rows`, of row i, or all of them of a memory's only row.

        Raises UsageError when it is not clear which row is asked, and for a question that is empty or that the decoder
        has no room for.
        """
        memory.check_reader(self.compressor)
        n = len(memory.n_tokens)
        if isinstance(questions, str):
            rows = range(n) if rows is None else rows
            questions = [questions] * len(rows)
        elif rows is None:
            questions = list(questions)
            rows = [0] * len(questions) if n == 1 else range(n)
        questions = _texts("question", questions)
        if len(rows) != len(questions) or not all(0 <= row < n for row in rows):
            raise UsageError(
                f"{len(questions)} questions were asked of a memory of {n} documents. Ask one question of all (a string), "
                f"one a document, or say with rows=[...] which document each is about."
            )
        if any(not question.strip() for question in questions):
            raise UsageError("a question is empty.")
        room, lengths = self.decoder.lm.max_positions, {q: len(self.decoder.question_ids(q)) for q in set(questions)}
        for row, question in zip(rows, questions, strict=True):
            if (need := memory.n_slots[row] + lengths[question] + max_new) > room:
                raise UsageError(
                    f"a question of {lengths[question]} tokens after the {memory.n_slots[row]} slots of document {row} and "
                    f"{max_new} tokens for the answer need {need} positions, the decoder {self.decoder.lm.name!r} has {room}. "
                    f"Ask more briefly, allow a shorter answer, or compress at a higher rate."
                )
        return self.engine.answer(memory, self.decoder, list(rows), questions, max_new)


def _texts(what: str, given: str | Iterable[str]) -> list[str]:
    """The texts of `given`, one or several; raises UsageError that names the first that is none."""
    texts = [given] if isinstance(given, str) else list(given)
    for i, text in enumerate(texts):
        if not isinstance(text, str):
            raise UsageError(f"{what} {i} is no text: expected a str, got {type(text).__name__}.")
        try:
            text.encode()
        except UnicodeEncodeError as error:
            raise UsageError(
                f"{what} {i} is no valid text: {text[error.start]!r} at character {error.start} is half a character (a lone "
                f"surrogate). Read it again with the right encoding, or leave it out."
            ) from None
    return texts


def first_sentence(text: str) -> str:
    """An answer is its first sentence: what a model rambles on about after it is no answer."""
    found = re.match(r"\s*(.+?)(?:[.!?](?:\s|$)|\n|$)", text, re.DOTALL)
    return found.group(1) if found else ""
