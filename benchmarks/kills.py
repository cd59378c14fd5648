"""A small study is killed (SIGKILL) again and again, each time at another random moment, and run again to its end; how often
was anything lost or changed?

    python -m benchmarks.kills 1000
    python -m benchmarks.kills 100 --workers 2
    python -m benchmarks.kills 20 --ray             # the study, or one of its tasks, on a Ray cluster of two nodes of this machine
    python -m benchmarks.kills --writes             # in place of random moments: before and after each file that it writes

A result is every file that a study leaves, without the times in it: rows and details, verdicts, told-back texts, traces, weights,
controls. It is set against an undisturbed run of the same study on the same machine. A setup that was finished when the study
was killed must not have been run again. What is killed is a process of its own, forked from one that has imported everything, so that
moments fall into the study and not into Python's start; `tests/test_cli.py` kills a study started from the command line.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing as mp
import os
import random
import shutil
import signal
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, redirect_stdout, suppress
from pathlib import Path
from typing import Any

STUDY = """
name: killed
corpus: pocket
base_models: [tiny]
compressors: [pooling, truncate]
rates: [4]
controls: [no_memory]
train: {steps: 10, n_documents: 60, n_held_out: 8, trace_points: 5, batch_size: 4, checkpoint_seconds: 0, copy_steps: 5}
probes: {n_documents: 2, sets: [pocket-agree], likelihood: false, answers: false}
"""
TIMES = ("seconds", "processor_seconds", "train_seconds", "started", "since")  # fields that only say how long or when


def run(config: Path, out: Path, workers: int, dies_at: int | None = None, address: str | None = None) -> None:
    """The study in this process, silently. `dies_at`: it kills itself before its k-th rename of a file for 2k, after it for 2k + 1."""
    import torch

    from tellback.study.on_ray import Cluster
    from tellback.study.run import run_study

    torch.set_num_threads(1)
    if dies_at is not None:
        os.replace = Dying(os.replace, dies_at)
    with open(os.devnull, "w") as nowhere, redirect_stdout(nowhere):
        run_study(str(config), out, workers, None, cluster=None if address is None else Cluster(address, lambda spec, has_gpu: 0))


class Dying:
    """A rename that ends the process before or after it."""

    def __init__(self, rename: Any, at: int):
        self.rename, self.at, self.n = rename, at, 0

    def __call__(self, *paths: Any) -> None:
        for half in (0, 1):
            if 2 * self.n + half == self.at:
                os.kill(os.getpid(), signal.SIGKILL)
            if half == 0:
                self.rename(*paths)
        self.n += 1


def started(config: Path, out: Path, workers: int, dies_at: int | None = None, address: str | None = None) -> mp.Process:
    """The study in a process of its own. Where this one knows Ray, whose threads survive no fork, it is forked from another."""
    context: Any = mp.get_context("fork" if address is None else "forkserver")
    if address is not None:
        context.set_forkserver_preload(["tellback.study.setup", "tellback.study.stacked"])
    process = context.Process(target=run, args=(config, out, workers, dies_at, address))
    process.start()
    return process


def content(out: Path) -> dict[str, Any]:
    """What a study left, by file, without its times."""
    from tellback.store import read_table

    found: dict[str, Any] = {}
    for path in sorted(p for p in out.rglob("*") if p.is_file() and not p.name.startswith(".")):
        name = str(path.relative_to(out))
        if path.suffix == ".json":
            found[name] = timeless(json.loads(path.read_text()))
        elif path.suffix == ".jsonl":
            found[name] = [timeless(json.loads(line)) for line in path.read_text().splitlines()]
        elif path.suffix == ".parquet":
            found[name] = read_table(path).to_pylist()
        else:
            found[name] = path.read_bytes()
    return found


def timeless(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: timeless(v) for k, v in value.items() if k not in TIMES}
    return [timeless(v) for v in value] if isinstance(value, list) else value


def different(one: dict[str, Any], other: dict[str, Any]) -> list[str]:
    """Names of files that are in one alone, or not the same in both."""
    return [name for name in sorted(one.keys() | other.keys()) if one.get(name) != other.get(name)]


class Undisturbed:
    """What the study comes to when nobody kills it, and in how many seconds."""

    def __init__(self, folder: Path, workers: int, study: str = STUDY, address: str | None = None):
        self.folder, self.config, self.workers, self.address = folder, folder / "study.yaml", workers, address
        self.config.write_text(study)
        run(self.config, folder / "warm", 1)  # what a first run loads and imports, those that are forked from here find
        if address is not None:
            started(self.config, folder / "warm", workers, None, address).join()
        begun = time.monotonic()
        process = started(self.config, folder / "undisturbed", workers, None, address)
        process.join()
        self.seconds = time.monotonic() - begun
        assert process.exitcode == 0, "the study does not run undisturbed either"
        self.content = content(folder / "undisturbed")

    def kill(self, after: float | None, dies_at: int | None = None, a_task: bool = False) -> tuple[bool, list[str]]:
        """Kill a run `after` so many seconds (None: it does so itself), or one that is `a_task` of it, and run it again: whether it
        was killed before its end, and what was then not as it should be."""
        out = self.folder / "killed"
        shutil.rmtree(out, ignore_errors=True)
        process = started(self.config, out, self.workers, dies_at, self.address)
        if after is not None:
            time.sleep(after)
            for pid in self.at_work(out) if a_task else [process.pid]:
                with suppress(ProcessLookupError):  # it has ended in the meantime
                    os.kill(pid, signal.SIGKILL)
        process.join()
        finished = {p: p.stat().st_mtime_ns for p in out.glob("setups/*/result.json")}
        again = started(self.config, out, self.workers, None, self.address)
        again.join()
        wrong = [] if again.exitcode == 0 else [f"the second run ended with {again.exitcode}"]
        wrong += [f"{p.parent.name} was run again" for p, at in finished.items() if p.stat().st_mtime_ns != at]
        return process.exitcode != 0, wrong + different(self.content, content(out))


    @staticmethod
    def at_work(out: Path) -> list[int]:
        """The process of one setup that is at work, if there is one."""
        for lock in sorted(out.glob("setups/*/.lock")):
            pid = json.loads(lock.read_text() or "{}").get("pid")
            if pid is not None and not (lock.parent / "result.json").exists() and Path(f"/proc/{pid}").exists():
                return [pid]
        return []


def at_random(n: int, seed: int, folder: Path, workers: int = 1, address: str | None = None) -> Iterator[tuple[str, list[str]]]:
    """For each of `n` kills its moment, and what was not as it should be. With the `address` of a Ray cluster every second one hits a
    task."""
    whole, rng = Undisturbed(folder, workers, address=address), random.Random(seed)
    for i in range(n):
        share, a_task = rng.random(), address is not None and i % 2 == 1
        yield f"{'of a task ' if a_task else ''}at {share:.1%} of a run", whole.kill(share * whole.seconds, a_task=a_task)[1]


def at_writes(folder: Path, study: str = STUDY) -> Iterator[tuple[str, list[str]]]:
    """The same before and after each rename of a file, until the study ends before it is killed."""
    whole, dies_at = Undisturbed(folder, 1, study), 0
    while (found := whole.kill(None, dies_at))[0]:
        yield f"{('before', 'after')[dies_at % 2]} rename {dies_at // 2}", found[1]
        dies_at += 1


@contextmanager
def two_nodes() -> Iterator[str]:
    """The address of a Ray cluster of this machine."""
    from ray.cluster_utils import Cluster

    nodes = Cluster(initialize_head=True, head_node_args={"num_cpus": 1, "num_gpus": 0})
    nodes.add_node(num_cpus=1, num_gpus=0)
    try:
        yield nodes.address
    finally:
        nodes.shutdown()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("n", type=int, nargs="?", default=1000, help="kills")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--writes", action="store_true", help="before and after each rename of a file")
    parser.add_argument("--ray", action="store_true", help="on a Ray cluster of two nodes of this machine, one CPU each")
    given = parser.parse_args()
    n = bad = 0
    with tempfile.TemporaryDirectory() as folder, two_nodes() if given.ray else nullcontext() as address:
        given.workers = 2 if given.ray else given.workers
        moments = at_writes(Path(folder)) if given.writes else at_random(given.n, given.seed, Path(folder), given.workers, address)
        for moment, wrong in moments:
            n, bad = n + 1, bad + bool(wrong)
            if wrong:
                print(f"kill {n}, {moment}: {', '.join(wrong)}", flush=True)
            if n % 100 == 0:
                print(f"{n} kills so far, {bad} lost or changed anything", flush=True)
    how = "on Ray, at random" if given.ray else "before and after each rename" if given.writes else f"at random (seed {given.seed}), {given.workers} at once"
    print(f"{n} kills {how}: {bad} lost or changed anything")
    raise SystemExit(bad > 0)


if __name__ == "__main__":
    main()
