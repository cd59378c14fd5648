"""Belief-contrastive telling back on setups that are trained already: what it keeps, at several weights.

    python -m benchmarks.contrast RUN [--weights 0,0.25,0.5,1,2] [--only GLOB] [--out results/contrast.json]

RUN is a study's folder with weights (not a packed one). Nothing is trained; only the choice of tokens differs.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from tellback.analysis.statistics import wilson
from tellback.corpora.load import load_corpus
from tellback.display.words import interval, share
from tellback.models.belief import believing, closed_book, to_measure
from tellback.readers import cues
from tellback.saved import build_reader
from tellback.store import WEIGHTS, StudyFolder, read_setup_spec
from tellback.study.grid import setups
from tellback.training.checkpoint import read_weights
from tellback.training.pair import Pair

SETS = ("pocket-conflict", "pocket-agree")


def read(folder: Path, weights: Sequence[float]) -> list[dict[str, Any]]:
    """A row a weight: of each set and kind of question the counts of outcomes."""
    spec = read_setup_spec(folder)
    corpus = load_corpus(spec.corpus, spec.probes, spec.train.n_held_out)
    reader = build_reader(spec.reader)
    believed = closed_book(reader.decoder, to_measure(corpus), normalise=spec.probes.normalise)
    corpus = believing(corpus, believed)
    read_weights(Pair(reader.compressor, reader.decoder), folder / WEIGHTS)
    reader.decoder.tells_back = True
    tops = {p.id: believed[p.id].top for p in to_measure(corpus) if p.believed is not None}
    rows = []
    for weight in weights:
        reader.decoder.contrast = weight
        row: dict[str, Any] = {"setup": spec.name, "contrast": weight}
        for name in SETS:
            documents = corpus.sets[name]
            told = reader.tell_back(reader.compress([d.text for d in documents]))
            for document, text in zip(documents, told, strict=True):
                asks = {p.id: p.asks for p in document.probes}
                for verdict in cues.read(document, text, corpus, tops):
                    counts = row.setdefault(f"{name} {asks[verdict.probe_id]}", {})
                    counts[verdict.outcome] = counts.get(verdict.outcome, 0) + 1
        rows.append(row)
        print(f"{spec.name}  contrast {weight:g}  " + "; ".join(f"{k}: {_words(v)}" for k, v in row.items() if isinstance(v, dict)), flush=True)
    return rows


def _words(counts: dict[str, int]) -> str:
    n, kept = sum(counts.values()), counts.get("faithful", 0)
    return f"kept {share(kept / n)} {interval(*wilson(kept, n))} of {n}, overwritten {share(counts.get('overwritten', 0) / n)}"


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=Path)
    parser.add_argument("--weights", default="0,0.25,0.5,1,2")
    parser.add_argument("--only", default="*")
    parser.add_argument("--out", type=Path)
    given = parser.parse_args(arguments)
    folder = StudyFolder(given.run)
    rows = []
    for spec in setups(folder.spec()):
        path = folder.setup(spec.key())
        if (path / WEIGHTS).is_file() and fnmatchcase(spec.name, given.only):
            rows += read(path, [float(w) for w in given.weights.split(",")])
    if given.out:
        given.out.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


if __name__ == "__main__":
    main()
