"""The bases of methods that write a shorter text: any way of shortening, and the keeping of whole units.

A method that keeps units only ranks them; what is a unit, how many fit, and the order of what is kept are the base's.
"""

from __future__ import annotations

import json
from abc import abstractmethod
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import torch
from pydantic import Field

from tellback.compressors.base import Compressor, Options, n_slots, plain_ids
from tellback.compressors.text_memory import AnnotatedText, Text
from tellback.compressors.units import UNITS, Spans, Unit, fill, fill_leading, part_of_first, unit_means, unit_of_tokens
from tellback.errors import UsageError
from tellback.models.decoder import Decoder
from tellback.models.lm import LM
from tellback.store import write_atomically

TOGETHER = 16  # tasks that are shortened at once, and kept when they are done
Task = tuple[str, int, str | None]  # a text, its budget in the decoder's tokens, the query
UNIT = "what is kept or dropped as a whole"


class TextCompressor(Compressor):
    """Writes a shorter text without any training. The base counts the budget, the method shortens.

    A document that fits its budget as it is stays as it is; every other is shortened once and remembered, for nothing
    here trains.
    """

    def __init__(self, lm: LM, decoder: Decoder, rate: float | None, options: Options, seed: int = 0):
        super().__init__(lm, decoder, rate, options, seed)
        self.seed = seed
        self._done: dict[Task, str] = {}
        self._notes: dict[Task, str] = {}  # what a reader of the memory should know about how it came about
        self._kept_in: Path | None = None

    def remember(self, path: Path) -> None:
        """A text that was shortened before a kill is not shortened again: one JSON line a task, written as it is done.

        `path` must be this compressor's own: nothing in the file says which method, model or seed wrote it. A last line
        that was cut off is dropped.
        """
        self._kept_in = path
        if not path.is_file():
            return
        whole = []
        for line in path.read_text(encoding="utf-8").splitlines():
            with suppress(json.JSONDecodeError):
                row = json.loads(line)
                task = row["text"], row["budget"], row["query"]
                self._done[task] = row["short"]
                if row["note"]:
                    self._notes[task] = row["note"]
                whole.append(line)
        write_atomically(path, "".join(f"{line}\n" for line in whole))

    def _store(self, tasks: Sequence[Task]) -> None:
        if self._kept_in is None:
            return
        rows = [{"text": t, "budget": b, "query": q, "short": self._done[t, b, q], "note": self._notes.get((t, b, q), "")}
                for t, b, q in tasks]  # fmt: skip
        with self._kept_in.open("a", encoding="utf-8") as file:
            file.write("".join(json.dumps(row) + "\n" for row in rows))

    @torch.inference_mode()
    def write(self, documents: Sequence[str], rate: float, queries: Sequence[str] | None) -> Text:
        source = self.source_ids(documents)
        asked = [None] * len(source) if queries is None else list(queries)
        budgets = [n_slots(len(row), rate) for row in source]
        tasks = list(zip(documents, budgets, asked, strict=True))
        for (text, budget, query), row in zip(tasks, source, strict=True):
            if budget >= len(row):
                self._done[text, budget, query] = text
        new = [task for task in dict.fromkeys(tasks) if task not in self._done]
        for at in range(0, len(new), TOGETHER):
            part = new[at : at + TOGETHER]
            self._done |= zip(part, self.shorten(*(list(column) for column in zip(*part, strict=True))), strict=True)
            self._store(part)
        texts = [self._done[task] for task in tasks]
        ids = [plain_ids(self.decoder.lm, text) for text in texts]
        n_tokens, notes = [len(row) for row in source], [self._notes.get(task, "") for task in tasks]
        for i, (kept, budget) in enumerate(zip(ids, budgets, strict=True)):
            assert len(kept) <= budget, f"{self.name}: {len(kept)} tokens for a budget of {budget}"
            if not kept and not notes[i]:  # a method that writes may have written nothing; then a note says so
                shortest = min(filter(None, map(self.size, set(documents[i]))), default=0)
                raise UsageError(
                    f"{self.name}: {n_tokens[i] / budget:g} tokens a slot leave document {i} of {len(ids)} {budget} in "
                    f"all, and its shortest character takes {shortest}. Lower the rate, or leave the document out."
                )
        return AnnotatedText(texts, ids, n_tokens, notes) if any(notes) else Text(texts, ids, n_tokens)

    @abstractmethod
    def shorten(self, texts: list[str], budgets: list[int], queries: list[str | None]) -> list[str]:
        """`texts[i]` in at most `budgets[i]` tokens of the decoder; every text is longer than its budget."""

    def size(self, text: str) -> int:
        """The length of `text` in the decoder's tokens."""
        return len(plain_ids(self.decoder.lm, text))


class OneByOne(TextCompressor):
    """Shortens each text by itself."""

    def shorten(self, texts: list[str], budgets: list[int], queries: list[str | None]) -> list[str]:
        return [self.shorten_one(*task) for task in zip(texts, budgets, queries, strict=True)]

    @abstractmethod
    def shorten_one(self, text: str, budget: int, query: str | None) -> str:
        """`text` in at most `budget` tokens of the decoder; it is longer than that."""


class UnitOptions(Options):
    unit: Unit = Field("word", description=UNIT)


class UnitCompressor(OneByOne):
    """Keeps units of a text in their order, as many as fit the budget; the method says which come first."""

    Options = UnitOptions
    gaps = True  # past a unit that does not fit, a smaller one may still be kept
    at_end = False  # of a unit that has to be cut, its end is kept

    def shorten_one(self, text: str, budget: int, query: str | None) -> str:
        """The units that fit; words where not one unit fits, and where no word does, as much as fits of the one that ranks
        first. Empty only where no character of the text takes as little as the budget."""
        choose = fill if self.gaps else fill_leading
        for name in dict.fromkeys((self.options.unit, "word")):
            units = UNITS[name](text)
            order = self.rank(text, units, query)
            if kept := choose(text, units, order, self.size, budget):
                return kept
        return part_of_first(text, units, order, self.size, budget, self.at_end)

    @abstractmethod
    def rank(self, text: str, units: Spans, query: str | None) -> Sequence[int]:
        """The indices of `units` (places in `text`), what is to be kept first first."""


class ScoredUnits(UnitCompressor):
    """Keeps the units whose tokens score highest on average; the method scores tokens."""

    _scored: tuple[tuple[str, str | None], tuple[Spans, Sequence[float]]] | None = None  # of the last text and query

    def rank(self, text: str, units: Spans, query: str | None) -> Sequence[int]:
        if self._scored is None or self._scored[0] != (text, query):  # once a text, however often it is cut into units
            self._scored = (text, query), self.score(text, query)
        places, scores = self._scored[1]
        means = unit_means(len(units), unit_of_tokens(units, places), scores)
        return sorted(range(len(units)), key=lambda i: (-means[i], i))

    @abstractmethod
    def score(self, text: str, query: str | None) -> tuple[Spans, Sequence[float]]:
        """Each token's place in `text`, and its score: what scores high is kept."""
