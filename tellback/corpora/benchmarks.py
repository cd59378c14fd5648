"""The field's benchmarks as documents with probes: by hub name, or from files of your own.

Each benchmark is one reader of rows: a row in, a Document or the reason why there is none out. Rows come from a hub
(`datasets`, streamed) or from a folder with JSON, JSONL, CSV, TSV or Parquet files; nothing is guessed: a row without
the fields that its benchmark has is counted as skipped, with the reason. Rows about one text are one document.

A probe's options are of one type and at least four wherever the benchmark allows it; where it has no options of its
own, the others are answers of the same type to other questions of the same benchmark, drawn by a seed. Options are
scored by likelihood; a set says whether its answers can also be read off the text by their words (`verbatim`), so that
`cues` can read it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from tellback.corpora import benchmark_rows as rows
from tellback.corpora.benchmark_files import Row, from_folder, from_hub
from tellback.corpora.benchmark_rows import Skip
from tellback.corpora.longbench import LONGBENCH, from_layout
from tellback.corpora.options import with_options
from tellback.errors import UsageError
from tellback.records import Document
from tellback.registry import choose


@dataclass(frozen=True)
class Benchmark:
    """One benchmark: where it lies on the hub and how a row becomes a Document with probes."""

    name: str
    about: str
    hub: tuple[str, str | None, str] | None  # repository, configuration, split
    files: tuple[str, ...]  # how its files begin, when it is read from a folder
    read: Callable[[Row, int], Document]
    licence: str
    web: bool = False  # texts without questions
    verbatim: bool = True  # its answers stand in the source word for word, and say there what was asked
    in_words: bool = False  # though they do not, an answer that is generated is read by the words of its options
    folder: Callable[[str, Sequence[str], Path], tuple[Iterator[Row], str]] = from_folder  # its rows where there is no hub
    longest: int | None = 20_000  # characters of a text, where nothing else is asked for: few decoders have room for more


@dataclass(frozen=True)
class Loaded:
    """What was read: `documents`, where they came from, and how many rows were left out for which reason."""

    name: str
    documents: tuple[Document, ...]
    origin: str
    skipped: Mapping[str, int]


BENCHMARKS = {
    b.name: b
    for b in (
        Benchmark("faitheval-counterfactual", "contexts that say what no model believes; four choices",
                  ("Salesforce/FaithEval-counterfactual-v1.0", None, "test"), ("faitheval_counterfactual",),
                  rows.faitheval_counterfactual, "research use", verbatim=False),
        Benchmark("faitheval-inconsistent", "contexts that contradict themselves",
                  ("Salesforce/FaithEval-inconsistent-v1.0", None, "test"), ("faitheval_inconsistent",),
                  rows.faitheval_inconsistent, "research use", verbatim=False),
        Benchmark("faitheval-unanswerable", "contexts that do not hold the answer",
                  ("Salesforce/FaithEval-unanswerable-v1.0", None, "test"), ("faitheval_unanswerable",),
                  rows.faitheval_unanswerable, "research use", verbatim=False),
        Benchmark("conflictqa-popqa", "contexts for and against what a model believes of people and things",
                  ("osunlp/ConflictQA", "ConflictQA-popQA-chatgpt", "test"), ("conflictqa_popqa",),
                  rows.conflictqa("popqa"), "Apache-2.0", verbatim=False),
        Benchmark("conflictqa-strategyqa", "the same, of questions that take more than one step",
                  ("osunlp/ConflictQA", "ConflictQA-strategyQA-chatgpt", "test"), ("conflictqa_strategyqa",),
                  rows.conflictqa("strategyqa"), "Apache-2.0", verbatim=False),
        Benchmark("squad", "Wikipedia paragraphs with questions whose answers stand in them",
                  ("rajpurkar/squad_v2", None, "validation"), ("squad",), rows.squad, "CC BY-SA 4.0"),
        Benchmark("pwc", "prompts with context: questions about a passage", ("sggetao/PwC", None, "test"), ("pwc",),
                  rows.pwc, "CC BY-NC-SA 4.0", verbatim=False),
        Benchmark("nq-swap", "Natural Questions with the answer's entity swapped for another of its type",
                  ("pminervini/NQ-Swap", None, "dev"), ("nq_swap", "nqswap"), rows.swapped("nq-swap"), "CC BY-SA 3.0"),
        Benchmark("dynamicqa", "facts that change over time or are disputed, with swapped contexts",
                  ("copenlu/dynamicqa", "temporal", "test"), ("dynamicqa",), rows.swapped("dynamicqa"), "MIT"),
        Benchmark("c4", "web pages", ("allenai/c4", "en", "validation"), ("c4",), rows.web("c4"), "ODC-By",
                  web=True),
        Benchmark("fineweb", "web pages, filtered", ("HuggingFaceFW/fineweb", "sample-10BT", "train"), ("fineweb",),
                  rows.web("fineweb"), "ODC-By", web=True),
        Benchmark("paws", "pairs of sentences with the same words in another order",
                  ("google-research-datasets/paws", "labeled_final", "test"), ("paws",), rows.paws, "as PAWS",
                  verbatim=False),
        Benchmark("cogs", "sentences with gold agents, themes and recipients", None, ("cogs",), rows.cogs, "MIT",
                  verbatim=False),
        *(Benchmark(name, f"LongBench: {about}", None, (file,), rows.longbench(name), "as its sources", verbatim=False,
                    in_words=True, folder=from_layout, longest=None) for name, (file, about) in LONGBENCH.items()),
    )
}  # fmt: skip


def load_benchmark(
    name: str, data: Path | None = None, n: int | None = None, seed: int = 0, longest: int | None = None
) -> Loaded:  # fmt: skip
    """The first `n` rows of a benchmark that can be read, as documents; rows about one text make one document.

    `data`: a folder with its files (names begin as Benchmark.files say) or one file; None: the hub. Rows that repeat a
    document and its question are left out, and so are texts of more than `longest` characters (None: Benchmark.longest). Raises
    UsageError for an unknown name and for a file that cannot be read, Absent (a UsageError) when neither place has it.
    """
    benchmark = choose("benchmark", name, BENCHMARKS)
    longest = benchmark.longest if longest is None else longest
    found, origin = benchmark.folder(name, benchmark.files, data) if data else from_hub(name, benchmark.hub)
    documents: list[Document] = []
    skipped: dict[str, int] = {}
    seen: set[tuple[str, str]] = set()
    # options of other rows are drawn from more rows than are asked for, so that small samples have them too
    wanted = None if n is None else max(4 * n, 200)
    for number, row in enumerate(found, 1):
        if wanted is not None and len(documents) >= wanted:
            break
        try:
            if not isinstance(row, Mapping):
                raise Skip("no object with fields")
            document = benchmark.read(row, number)
            if longest is not None and len(document.text) > longest:
                raise Skip(f"longer than {longest:,} characters")
        except Skip as reason:
            skipped[str(reason)] = skipped.get(str(reason), 0) + 1
            continue
        key = (document.text, document.probes[0].question if document.probes else "")
        if key in seen:
            skipped["repeats an earlier row"] = skipped.get("repeats an earlier row", 0) + 1
            continue
        seen.add(key)
        documents.append(document)
    if not documents:
        why = "; ".join(f"{v} x {k}" for k, v in skipped.items()) or "it is empty"
        raise UsageError(f"benchmark {name!r} ({origin}) has no row that can be read: {why}.")
    return Loaded(name, _joined(with_options(documents, seed)[:n]), origin, skipped)


def _joined(documents: Sequence[Document]) -> tuple[Document, ...]:
    """Documents with one text as one document, so that a text is never resampled as if it were several."""
    by_text: dict[str, Document] = {}
    for d in documents:
        first = by_text.setdefault(d.text, d)
        if first is not d:
            probes = tuple(replace(p, document_id=first.id) for p in d.probes)
            by_text[d.text] = replace(first, facts=first.facts + d.facts, probes=first.probes + probes)
    return tuple(by_text.values())
