"""Web pages to train on: the texts of a benchmark that has no questions, after those that are held out and asked.

Nothing that a study asks is trained on: probe sets are made of a benchmark's first rows, and training begins behind them.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path

from tellback.corpora.benchmark_files import from_folder, from_hub
from tellback.corpora.benchmarks import BENCHMARKS
from tellback.errors import UsageError
from tellback.records import Document
from tellback.registry import choose

Training = Callable[[int, int, str], list[str]]
LEAST = 8  # words of a text that is worth telling back


def web_training(name: str, data: Path | None, words: int, skip: int, n_held_out: int) -> tuple[tuple[Document, ...], Training]:
    """(held-out documents, what draws training texts) of the web benchmark `name`: pages cut into texts of at most `words` words,
    those of the first `skip` rows left out. Rows are streamed, from the hub or from a file in `data`.

    Raises UsageError for a benchmark with questions, and, when texts are drawn, where there are fewer than are asked for.
    """
    benchmark = choose("web benchmark", name, {n: b for n, b in BENCHMARKS.items() if b.web})

    def texts() -> Iterator[str]:
        rows, _ = from_folder(name, benchmark.files, data) if data else from_hub(name, benchmark.hub)
        for row in islice(rows, skip, None):
            page = str(row.get("text") or "").split()
            for at in range(0, len(page), words):
                if len(page[at : at + words]) >= LEAST:
                    yield " ".join(page[at : at + words])

    held = tuple(Document(f"{name}-held-out-{i}", text) for i, text in enumerate(islice(texts(), n_held_out)))

    def training(n: int, seed: int, values: str) -> list[str]:
        found = list(dict.fromkeys(islice(texts(), n_held_out, n_held_out + n)))
        found = [text for text in found if text not in {d.text for d in held}]
        if not found:
            raise UsageError(f"benchmark {name!r} has no text left to train on after {skip} rows and {n_held_out} held-out texts.")
        random.Random(f"web-{name}-{seed}").shuffle(found)
        return found

    return held, training
