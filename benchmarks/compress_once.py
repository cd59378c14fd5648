"""How often a setup compresses each document, and how long it takes to read what it measures.

    python -m benchmarks.compress_once pocket --only 'pooling-8x-pocket-llama-60k*' --steps 100 --against ../other-checkout

Prints, for this checkout and for the one given with --against, run by turns on the same machine: calls of `compress`,
documents compressed, the most often that one was compressed (once for each set that holds it, and once for each evaluation
of a training), the CPU seconds from the measured belief to the written result without the training, and the CPU seconds of
one evaluation during training, of --repeat runs the least. The last line is the ratio.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any


def measure(config: str, only: str | None, steps: int | None) -> dict[str, Any]:
    """Run the first setup that `only` matches, and count."""
    from tellback.config import read_study
    from tellback.reading import Reader
    from tellback.study import setup as stages
    from tellback.study.grid import setups
    from tellback.study.held_out import HeldOut

    spec = setups(read_study(config), only)[0]
    if steps is not None:
        spec = spec.model_copy(update={"train": spec.train.model_copy(update={"steps": steps})})
    seconds: Counter[str] = Counter()
    calls: Counter[str] = Counter()
    documents: Counter[str] = Counter()
    ends: dict[str, float] = {}

    def timed(owner: Any, name: str) -> None:
        inner: Callable = getattr(owner, name)

        def outer(*args: Any, **more: Any) -> Any:
            began = time.process_time()
            try:
                return inner(*args, **more)
            finally:
                ends[name] = time.process_time()
                seconds[name] += ends[name] - began
                calls[name] += 1

        setattr(owner, name, outer)

    compress = Reader.compress

    def counted(self: Reader, texts: Any, **more: Any) -> Any:
        calls["compress"] += 1
        documents.update(texts)
        return compress(self, texts, **more)

    Reader.compress = counted
    timed(stages, "believe")
    timed(stages, "train_setup")
    timed(HeldOut, "figures")
    with tempfile.TemporaryDirectory() as folder:
        result = stages.run_setup(spec, Path(folder) / "study" / "setups" / spec.key())
    assert result["row"]["status"] != "failed", result["details"]["traceback"]
    traced = calls["figures"]
    return {
        "setup": spec.name, "calls": calls["compress"], "documents": documents.total(), "different": len(documents),
        "most": max(documents.values()), "reading_s": time.process_time() - ends["believe"] - seconds["train_setup"],
        "evaluations": traced, "evaluation_s": seconds["figures"] / traced if traced else None,
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("config")
    parser.add_argument("--only")
    parser.add_argument("--steps", type=int, help="of the training; the study's own where it is not given")
    parser.add_argument("--against", type=Path, help="folder of another checkout")
    parser.add_argument("--repeat", type=int, default=3, help="runs of each checkout")
    parser.add_argument("--json", action="store_true", help="this checkout alone, as JSON")
    args = parser.parse_args()
    if args.json:
        print(json.dumps(measure(args.config, args.only, args.steps)))
        return
    here = Path(__file__).resolve().parents[1]
    command = [sys.executable, str(Path(__file__).resolve()), args.config, "--json"]
    command += ["--only", args.only] if args.only else []
    command += ["--steps", str(args.steps)] if args.steps is not None else []
    runs: dict[Path, list[dict[str, Any]]] = {root: [] for root in [here, *([args.against.resolve()] if args.against else [])]}
    for _ in range(args.repeat):
        for root, done in runs.items():
            run = subprocess.run(command, env=os.environ | {"PYTHONPATH": str(root)}, cwd=root, capture_output=True, text=True)
            if run.returncode:
                sys.exit(run.stderr)
            done.append(json.loads(run.stdout.splitlines()[-1]))
    for root, done in runs.items():
        f, evaluations = done[0], [d["evaluation_s"] for d in done if d["evaluation_s"] is not None]
        each = f"; {f['evaluations']} evaluations in training, {min(evaluations):.2f} s each" if evaluations else ""
        print(f"{root}: {f['setup']}: {f['calls']} calls of compress, {f['documents']} documents ({f['different']} different, "
              f"the same one up to {f['most']} times), read in {least(done):.1f} s{each}")  # fmt: skip
    if args.against:
        print(f"reading: {least(runs[args.against.resolve()]) / least(runs[here]):.2f} x as long in {args.against}")


def least(runs: list[dict[str, Any]]) -> float:
    return min(run["reading_s"] for run in runs)


if __name__ == "__main__":
    main()
