"""docs/results-real.md: knowledge overwriting and semantic drift on the field's benchmarks, from data to page.

    python -m benchmarks.real --data DIR

runs `tellback study real` (or goes on with it), chooses the reader on rows that the study does not ask, validates the
readers on planted corruptions, and writes the page and its figure. DIR holds the benchmarks' files; without --data they
come from the hub. A set that is nowhere to be had is named on the page and left out.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.real_page import page
from benchmarks.real_trust import validated
from tellback.analysis.statistics import bootstrap_mean
from tellback.config import ProbeSpec, StudySpec
from tellback.corpora.benchmarks import BENCHMARKS
from tellback.corpora.load import load_corpus
from tellback.models.belief import closed_book, has_belief
from tellback.models.decoder import Decoder
from tellback.models.load import load
from tellback.readers.likelihood import GainReader, LikelihoodReader, LikelihoodSettings, ListedReader
from tellback.records import Document
from tellback.report import write_report
from tellback.store import StudyFolder, write_json
from tellback.study.run import run_study

FURTHER = 25  # rows of each set, after the study's own, on which readers are compared
READINGS: dict[str, tuple[type[LikelihoodReader], LikelihoodSettings]] = {
    "likelihood, whole option": (LikelihoodReader, LikelihoodSettings(normalise="sum")),
    "likelihood, mean per token": (LikelihoodReader, LikelihoodSettings(normalise="tokens")),
    "likelihood-gain": (GainReader, LikelihoodSettings(normalise="gain")),
    "likelihood-listed": (ListedReader, LikelihoodSettings()),
}


def further(study: StudySpec, n: int) -> dict[str, list[Document]]:
    """Up to `n` documents of each set that come after those of the study: nothing is chosen on what it is used for."""
    own = study.corpus.options["n"]
    options = study.corpus.options | {"n": own + 2 * n, "relations": 0, "stated": False}
    corpus = load_corpus(study.corpus.model_copy(update={"options": options}), ProbeSpec(n_documents=10_000))
    asked = load_corpus(study.corpus, study.probes)
    used = {name: {d.text for d in asked.sets.get(name, ())} for name in corpus.sets}
    return {name: [d for d in found if d.text not in used[name]][:n] for name, found in corpus.sets.items()}


def compare_readers(study: StudySpec, n: int = FURTHER) -> dict[str, Any]:
    """{set: {reading: {text: right, low, high, unscored, n}}}: the source, another document's source, and no text."""
    decoder = Decoder(load(study.decoder.model)).eval()
    out: dict[str, Any] = {}
    for name, new in further(study, n).items():
        if len(new) < 2:
            continue
        half = len(new) // 2 | 1  # neighbours may be pieces of one article
        others = [d.text for d in [*new[half:], *new[:half]]]
        texts = {"source": [d.text for d in new], "another source": others, "no text": [""] * len(new)}
        out[name], scores = {}, {}
        for reading, (kind, settings) in READINGS.items():
            reader = kind(decoder, settings, scores)
            out[name][reading] = {}
            for what, told in texts.items():
                verdicts = reader.read_all(list(zip(new, told, strict=True)), {})
                right = [np.array([v.outcome == "faithful" for v in of], dtype=float) for of in verdicts]
                unscored = sum(v.outcome == "unscored" for of in verdicts for v in of)
                out[name][reading][what] = _share(right) | {"unscored": unscored}
            print(f"{name}, {reading}: " + ", ".join(f"{w} {r['right']:.2f}" for w, r in out[name][reading].items()), flush=True)
    return out


def check_beliefs(study: StudySpec, n: int = 4 * FURTHER) -> dict[str, Any]:
    """{set: {"exists" | "does not": right, low, high, n, chance}}: how often the option that the LM holds for likeliest
    without the text is what the text says, where `has_belief` calls it a belief and where not. A belief that means
    something is right more often. On sets whose texts say what is so: those made to go against it are left out."""
    decoder = Decoder(load(study.decoder.model)).eval()
    out: dict[str, Any] = {}
    for name, new in further(study, n).items():
        probes = [p for d in new for p in d.probes if p.question]
        if not BENCHMARKS[name].verbatim or not probes:
            continue
        beliefs = closed_book(decoder, probes, 1, study.probes.normalise)
        out[name] = {}
        for what, exists in (("exists", True), ("does not", False)):
            asked = [[p for p in d.probes if p.question and has_belief(beliefs[p.id]) == exists] for d in new]
            right = [np.array([beliefs[p.id].top == p.fact.value for p in of], dtype=float) for of in asked if of]
            chance = [1 / len(p.options) for of in asked for p in of]
            out[name][what] = _share(right) | {"chance": float(np.mean(chance)) if chance else None}
        print(f"{name}, belief: {out[name]}", flush=True)
    return out


def _share(right: Sequence[np.ndarray]) -> dict[str, Any]:
    value, low, high = bootstrap_mean(right, 0)
    return {"right": value, "low": low, "high": high, "n": sum(map(len, right))}


def kept(path: Path, make: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """What stands at `path`; made and written there where nothing does."""
    if not path.is_file():
        write_json(path, make())
    return json.loads(path.read_text(encoding="utf-8"))


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, help="folder with the benchmarks' files; default: the hub")
    parser.add_argument("--config", default="real", help="the study: built in, or a YAML file")
    parser.add_argument("--study", type=Path, default=Path("runs/real"), help="folder of the study")
    parser.add_argument("--out", type=Path, default=Path("docs/results-real.md"))
    parser.add_argument("--workers", type=int, help="setups at once; default: one a core")
    given = parser.parse_args(arguments)
    write_report(run_study(given.config, given.study, given.workers, None, data=given.data))
    folder = StudyFolder(given.study)
    readers = kept(given.study / "readers.json", lambda: compare_readers(folder.spec()))
    beliefs = kept(given.study / "beliefs.json", lambda: check_beliefs(folder.spec()))
    validation = kept(given.study / "validation.json", validated)
    figure = given.out.with_suffix(".svg")
    text, drawing = page(folder, readers, beliefs, validation, figure.name)
    given.out.write_text(text, encoding="utf-8")
    figure.write_text(drawing, encoding="utf-8")
    print(given.out)


if __name__ == "__main__":
    main()
