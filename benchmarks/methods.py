"""docs/methods.md: one measured row a method, from finished studies, with speeds measured here and now.

    tellback study methods --out runs/methods
    tellback study methods-long --out runs/methods-long
    tellback study methods-real --out runs/methods-real
    OMP_NUM_THREADS=1 python -m benchmarks.methods runs/methods runs/methods-long runs/methods-real

What was kept and lost is read from the studies. Speeds are medians over rounds in which every method takes its turn,
so that whatever slows the machine slows all of them; only their ratios mean something elsewhere.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch

import tellback
from tellback.compressors import COMPRESSORS, compressor_class
from tellback.corpora.load import load_corpus
from tellback.provenance import versions
from tellback.study.table import read_rows
from tellback.training.data import Batches
from tellback.training.pair import Pair
from tellback.training.trainer import train


def details(folder: Path, row: dict[str, Any]) -> dict[str, Any]:
    path = folder / "setups" / row["key"] / "result.json"
    return json.loads(path.read_text(encoding="utf-8"))["details"]


def speeds(folder: Path, rows: Sequence[dict[str, Any]], rounds: int, n_documents: int) -> dict[str, dict[str, float | None]]:
    """{setup: tokens/s compressing, tokens/s telling back, bytes per source token}; the methods take turns."""
    readers = {row["setup"]: tellback.load(str(folder / row["setup"])) for row in rows}
    texts = _texts(folder)[:n_documents]
    times: dict[str, tuple[list[float], list[float]]] = {name: ([], []) for name in readers}
    found: dict[str, dict[str, float | None]] = {}
    for _ in range(rounds):
        for name, reader in readers.items():
            _forget(reader)
            started = time.perf_counter()
            memory = reader.compress(texts)
            compressed = time.perf_counter()
            told = reader.tell_back(memory)
            done = time.perf_counter()
            times[name][0].append(compressed - started)
            times[name][1].append(done - compressed)
            generates = reader.compressor.trainable
            n_told = sum(len(reader.decoder.lm.ids(t)) for t in told if t) if generates else None
            found[name] = {"n": sum(memory.n_tokens), "told": n_told, "bytes": _bytes(memory) / sum(memory.n_tokens)}
    return {
        name: {
            "compress": of["n"] / statistics.median(times[name][0]),
            "tell_back": of["told"] / statistics.median(times[name][1]) if of["told"] else None,
            "bytes": of["bytes"],
        }
        for name, of in found.items()
    }


def training_cpu_seconds(folder: Path, row: dict[str, Any], n_timed: int = 30) -> float | None:
    """CPU seconds of the setup's whole training, from `n_timed` further steps on its own documents."""
    reader = tellback.load(str(folder / row["setup"]))
    if not reader.compressor.trainable:
        return None
    from tellback.store import read_setup_spec

    spec = read_setup_spec(folder / "setups" / row["key"])
    corpus = load_corpus(spec.corpus, spec.probes, spec.train.n_held_out)
    ids = [reader.decoder.lm.ids(text) for text in corpus.training(n_timed * spec.train.batch_size, 0, "corpus")]
    batches = Batches(ids, ids, spec.train.batch_size, 0)
    short = spec.train.model_copy(update={"steps": n_timed, "copy_steps": 0, "checkpoint_seconds": 1e9})
    with tempfile.TemporaryDirectory() as place:
        started = time.process_time()
        train(Pair(reader.compressor, reader.decoder), batches, short, 1e-9, spec.rate, Path(place), dict,
              lambda line: None)  # fmt: skip
        return (time.process_time() - started) / n_timed * spec.train.steps


def _texts(folder: Path) -> list[str]:
    from tellback.store import StudyFolder

    spec = StudyFolder(folder).spec()
    corpus = load_corpus(spec.corpus, spec.probes)
    texts = [d.text for documents in corpus.sets.values() for d in documents]
    return list(dict.fromkeys(texts))


def _forget(reader: Any) -> None:
    """Empty what a method keeps between calls, so that every round does the work."""
    for name in ("cache", "_done"):
        kept = getattr(reader.compressor, name, None)
        if kept is not None:
            kept.clear()


def _bytes(memory: Any) -> int:
    """What a decoder needs of the memory: vectors, keys and values, or the text itself."""
    return memory.n_bytes


def row_of(row: dict[str, Any], detail: dict[str, Any], speed: dict[str, float | None], conflict: str) -> list[str]:
    values, relations = ((row[asks] or {}).get(conflict) for asks in ("qa_i", "qa_ii"))
    accuracy = row["token_accuracy"]
    return [
        f"`{row['setup'].rsplit('-s', 1)[0]}`" + ("" if row["status"] == "done" else f" ({row['status']})"),
        f"{row['n_trainable']:,}" if row["n_trainable"] else "0",
        _number(detail["shortfall"] and detail["shortfall"]["rate_given"], ".2f"),
        f"{_number(row['rouge_l'], '.2f')} / {_number(accuracy, '.3f')}",
        _share(values, "faithful"), _share(relations, "faithful"), _share(values, "overwritten"),
        _number(speed.get("compress"), ",.0f"), _number(speed.get("tell_back"), ",.0f"),
        _number(speed.get("bytes"), ".1f"), _number(speed.get("cpu"), ".0f"),
    ]  # fmt: skip


def _share(counts: dict[str, Any] | None, outcome: str) -> str:
    if not counts or not counts["n"]:
        return "–"
    return f"{counts[outcome]:.2f} [{counts['low'][outcome]:.2f}, {counts['high'][outcome]:.2f}] n={counts['n']}"


def _number(value: float | None, form: str) -> str:
    return "–" if value is None else format(value, form)


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}"]
    return "\n".join([*lines, *(f"| {' | '.join(row)} |" for row in rows)])


def section(folder: Path, conflict: str, rounds: int, n_documents: int) -> str:
    rows = [r for r in read_rows(folder) if r["status"] != "failed" and r["rate"] is not None]
    failed = [r["setup"] for r in read_rows(folder) if r["status"] == "failed"]
    measured = speeds(folder, rows, rounds, n_documents)
    for row in rows:
        measured[row["setup"]]["cpu"] = training_cpu_seconds(folder, row)
    body = [row_of(r, details(folder, r), measured[r["setup"]], conflict) for r in rows]
    head = ["method", "parameters trained", "rate given", "ROUGE-L / token accuracy", "values kept", "relations kept",
            "values overwritten", "compressing, tokens/s", "telling back, tokens/s", "bytes a source token",
            "training, CPU s"]  # fmt: skip
    more = f"\n\nFailed: {', '.join(failed)}." if failed else ""
    return table(head, body) + more


def methods() -> str:
    """One line a method, from its docstring: what it does and where it differs from its paper."""
    lines = []
    for name in COMPRESSORS:
        cls = compressor_class(name)
        module = __import__(cls.__module__, fromlist=["_"])
        # a bound of all others is a class of the seam's own file, and says itself what it is
        about = cls.__doc__ if cls.__module__ == "tellback.compressors.base" else module.__doc__
        first, _, rest = (about or "").strip().partition("\n\n")
        paper = " ".join(rest.split("\n\nShapes:")[0].split())
        lines.append(f"- **`{name}`**: {' '.join(first.split())} {paper}")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pocket", type=Path)
    parser.add_argument("long", type=Path)
    parser.add_argument("real", type=Path)
    parser.add_argument("--out", type=Path, default=Path("docs/methods.md"))
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    folder = Path(__file__).parent
    text = (folder / "methods.md.in").read_text(encoding="utf-8")
    parts = {
        "POCKET": section(arguments.pocket, "pocket-conflict", arguments.rounds, 32),
        "LONG": section(arguments.long, "pocket-conflict", arguments.rounds, 32),
        "REAL": section(arguments.real, "passages-conflict", 1, 2),  # some take seconds a document
        "METHODS": methods(),
        "VERSIONS": ", ".join(f"{k} {v}" for k, v in versions().items() if k in ("python", "torch", "transformers")),
    }
    for name, part in parts.items():
        text = text.replace(f"@{name}@", part)
    arguments.out.write_text(text, encoding="utf-8")
    print(arguments.out)


if __name__ == "__main__":
    main()
