"""Two Ray workers on two cores, single-threaded setups, beside the same study one setup after another: how many times sooner it ends.

    python -m benchmarks.ray

Both are started from the command line in a process of their own, so Ray's start and that of its workers count. The rows must be the
same.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tellback.provenance import n_cores, versions

FLOOR = 1.6
STUDY = """
name: two-workers
corpus: pocket
base_models: [pocket-llama-60k]
compressors: [pooling]
rates: [2, 4, 8, 16]
seeds: [0, 1]
controls: []
train: {{steps: {steps}, n_threads: 1, n_documents: 2000}}
probes: {{n_documents: 40, likelihood: false}}
"""


def seconds(config: Path, out: Path, *more: str) -> float:
    """Of one run of the study."""
    begun = time.monotonic()
    command = [sys.executable, "-m", "tellback", "study", str(config), "--out", str(out), *more]
    # Ray lets its workers yield to everything else (niceness 15), which on a machine that is not idle measures that
    settings = os.environ | {"OMP_NUM_THREADS": "1", "RAY_worker_niceness": "0"}
    done = subprocess.run(command, capture_output=True, text=True, env=settings)
    if done.returncode:
        raise SystemExit(done.stderr[-2000:])
    return time.monotonic() - begun


def rows(out: Path) -> list[dict]:
    found = [json.loads(line) for line in (out / "results.jsonl").read_text().splitlines()]
    return [{k: v for k, v in row.items() if k not in ("train_seconds", "commit")} for row in found]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, default=600, help="of each of the eight trainings")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder) / "study.yaml"
        config.write_text(STUDY.format(steps=given.steps))
        serial = seconds(config, Path(folder) / "serial", "--workers", "1")
        on_ray = seconds(config, Path(folder) / "ray", "--workers", "2", "--ray", "local")
        assert rows(Path(folder) / "serial") == rows(Path(folder) / "ray"), "the results differ"
    print(f"one after another {serial:.1f} s, two Ray workers {on_ray:.1f} s: {serial / on_ray:.2f}x (at least {FLOOR})")
    busy = f"load {os.getloadavg()[1]:.1f} in the last 5 minutes"
    print(f"{n_cores()} cores, {busy}; Python {versions()['python']}, torch {versions()['torch']}")
    raise SystemExit(serial / on_ray < FLOOR)


if __name__ == "__main__":
    main()
