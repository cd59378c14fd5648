"""Units of a text (words, phrases, sentences), how many of them fit a budget, and the base of methods that keep some.

A budget is counted in the decoder's tokens, as n_slots counts slots, and is never exceeded.
"""

from __future__ import annotations

import json
import re
from abc import abstractmethod
from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Literal

import torch
from torch import Tensor

from tellback.compressors.base import Compressor, Options, n_slots, plain_ids
from tellback.compressors.memory import Text
from tellback.errors import UsageError
from tellback.models.decoder import Decoder
from tellback.models.lm import LM
from tellback.store import write_atomically

Spans = list[tuple[int, int]]  # character offsets [start, end), in order
Unit = Literal["word", "phrase", "sentence"]
SPACELESS = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"  # kana, Han characters
WORD = re.compile(rf"[{SPACELESS}][。！？、，]*|[^\s{SPACELESS}]+")
SENTENCE = re.compile(r"\S.*?(?:[.!?]+(?=\s|$)|[。！？]+|$)", re.DOTALL)
TOGETHER = 16  # tasks that are shortened at once, and kept when they are done
Task = tuple[str, int, str | None]  # a text, its budget in the decoder's tokens, the query


@dataclass
class Noted(Text):
    """Texts with a note on those that are not what their method was to write: empty for the others."""

    kind: ClassVar[str] = "noted"
    layout: ClassVar[dict[str, int]] = Text.layout | {"n_note_bytes": 1, "note_bytes": 1}
    notes: list[str]

    def select(self, rows: Sequence[int]) -> Noted:
        return Noted(*([field[i] for i in rows] for field in (self.texts, self.ids, self.n_tokens, self.notes)))

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
    def from_tensors(cls, tensors: dict[str, Tensor]) -> Noted:
        text = Text.from_tensors(tensors)
        raw = tensors["note_bytes"].split(tensors["n_note_bytes"].tolist())
        return cls(text.texts, text.ids, text.n_tokens, [bytes(row.tolist()).decode() for row in raw])


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
    def compress(
        self, documents: Sequence[str], *, rate: float | None = None, queries: Sequence[str] | None = None
    ) -> Text:
        source = self.source_ids(documents)
        asked = [None] * len(source) if queries is None else list(queries)
        budgets = [n_slots(len(row), self.rate if rate is None else rate) for row in source]
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
        return Noted(texts, ids, n_tokens, notes) if any(notes) else Text(texts, ids, n_tokens)

    @abstractmethod
    def shorten(self, texts: list[str], budgets: list[int], queries: list[str | None]) -> list[str]:
        """`texts[i]` in at most `budgets[i]` tokens of the decoder; every text is longer than its budget."""

    def size(self, text: str) -> int:
        """The length of `text` in the decoder's tokens."""
        return len(plain_ids(self.decoder.lm, text))


def words(text: str) -> Spans:
    """Words with the punctuation that follows them; in scripts without spaces, characters."""
    return [m.span() for m in WORD.finditer(text)]


def sentences(text: str) -> Spans:
    return [m.span() for m in SENTENCE.finditer(text)]


def phrases(text: str) -> Spans:
    """Noun phrases, and the words that stand in none."""
    from tellback.language.parser import english

    chunks = [(c.start_char, c.end_char) for c in english()(text).noun_chunks]
    out = []
    for a, b in words(text):
        inside = next((c for c in chunks if c[0] <= a < c[1]), None)
        if inside and out and out[-1][0] >= inside[0]:
            out[-1] = (out[-1][0], b)
        else:
            out.append((a, b))
    return out


UNITS: dict[str, Callable[[str], Spans]] = {"word": words, "phrase": phrases, "sentence": sentences}


def join(text: str, units: Spans, kept: Iterable[int]) -> str:
    """The kept units in source order; what stood between neighbours stays, a gap becomes one space."""
    out, last = [], None
    for i in sorted(kept):
        if last is not None:
            out.append(text[units[last][1] : units[i][0]] if last == i - 1 else " ")
        out.append(text[slice(*units[i])])
        last = i
    return "".join(out)


def fill(text: str, units: Spans, order: Sequence[int], size: Callable[[str], int], budget: int) -> str:
    """Greedy: the units in `order`, each kept if it still fits; one that does not leaves room for a smaller one."""
    n = n_leading(text, units, order, size, budget)
    kept = set(order[:n])
    room = budget - size(join(text, units, kept))
    for i in order[n + 1 :]:
        # a unit is a token at least, but a new first one may save one: a word is often shorter with its space
        if not room and i > min(kept, default=-1):
            continue
        used = size(join(text, units, kept | {i}))
        if used <= budget:
            kept.add(i)
            room = budget - used
    return join(text, units, kept)


def n_leading(text: str, units: Spans, order: Sequence[int], size: Callable[[str], int], budget: int) -> int:
    """How many of the first units in `order` fit `budget` together. By bisection: a long text is not tokenized once a unit."""
    low, high = 0, len(order)
    while low < high:
        middle = (low + high + 1) // 2
        if size(join(text, units, order[:middle])) <= budget:
            low = middle
        else:
            high = middle - 1
    return low


def fill_leading(text: str, units: Spans, order: Sequence[int], size: Callable[[str], int], budget: int) -> str:
    """The first units in `order`, up to one that does not fit any more."""
    return join(text, units, order[: n_leading(text, units, order, size, budget)])


def keep(
    text: str, unit: Unit, rank: Callable[[Spans], list[int]], size: Callable[[str], int], budget: int,
    choose: Callable[..., str] = fill, at_end: bool = False,
) -> str:  # fmt: skip
    """The units that fit, in the order in which `rank` gives their indices; words where not one unit fits, and where no
    word does, as much as fits of the one that `rank` puts first (its end with `at_end`).

    Empty only where no character of the text takes as little as the budget.
    """
    for name in dict.fromkeys((unit, "word")):
        units = UNITS[name](text)
        order = rank(units)
        if kept := choose(text, units, order, size, budget):
            return kept
    return part_of_first(text, units, order, size, budget, at_end)


def fill_or_cut(text: str, units: Spans, order: Sequence[int], size: Callable[[str], int], budget: int) -> str:
    """`fill`, or as much as fits of the first unit in `order` where not one fits whole."""
    return fill(text, units, order, size, budget) or (part_of_first(text, units, order, size, budget) if order else "")


def part_of_first(
    text: str, units: Spans, order: Sequence[int], size: Callable[[str], int], budget: int, at_end: bool = False
) -> str:
    """As much as fits of the first unit in `order`; where not one of its characters does, of the text."""
    found = cut(text[slice(*units[order[0]])], size, budget, at_end) if order else ""
    return found or cut(text.strip() or text, size, budget, at_end)


def cut(text: str, size: Callable[[str], int], budget: int, at_end: bool = False) -> str:
    """The longest beginning (or end) of `text` that fits, at a character's edge; else one character of it that does."""
    shortened = (lambda n: text[-n:]) if at_end else (lambda n: text[:n])
    n = bisect_right(range(1, len(text) + 1), budget, key=lambda n: size(shortened(n)))
    if n:
        return shortened(n)
    return next((character for character in dict.fromkeys(text) if 0 < size(character) <= budget), "")


def cut_back(text: str, size: Callable[[str], int], budget: int, unfinished: bool) -> str:
    """The first whole sentences of `text` that fit; where none does, its first words, or a part of the first.
    `unfinished`: its end is missing."""
    for unit in (sentences, words):
        found = unit(text)
        if unfinished and found and text[found[-1][1] - 1] not in ".!?。！？":
            found = found[:-1]
        order = range(len(found))
        if n := n_leading(text, found, order, size, budget):
            return join(text, found, order[:n])
    return cut(text.strip(), size, budget)


def unit_of_tokens(units: Spans, offsets: Sequence[tuple[int, int]]) -> list[int | None]:
    """The unit that each token belongs to, None for one that lies in no unit.

    A token belongs to the unit that holds its last character: its space may stand before the unit. `offsets` are in
    order, as a tokenizer gives them.
    """
    out: list[int | None] = []
    at = 0
    for start, end in offsets:
        while at < len(units) and units[at][1] < end:
            at += 1
        inside = end > start and at < len(units) and units[at][0] <= end - 1
        out.append(at if inside else None)
    return out


def unit_means(n_units: int, owners: Sequence[int | None], values: Sequence[float]) -> list[float]:
    """The mean value of each unit's tokens, 0 for a unit without any."""
    totals, counts = [0.0] * n_units, [0] * n_units
    for owner, value in zip(owners, values, strict=True):
        if owner is not None:
            totals[owner] += value
            counts[owner] += 1
    return [t / n if n else 0.0 for t, n in zip(totals, counts, strict=True)]
