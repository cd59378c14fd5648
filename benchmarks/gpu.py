"""The study of depth on real language, on a machine with one NVIDIA GPU and no network, within a budget of seconds.

    python -m benchmarks.gpu_pack CARRY --data DIR      # here, once: what must be carried
    python -m benchmarks.gpu OUT --carry CARRY          # there; `make gpu`

Compressors of the first 2, 6, 12 and 30 layers of SmolLM2-135M with one decoder that was taught to copy once, at 2x, 4x and 8x,
several seeds, each depth at the peak learning rate that its own sweep chose by ordinary held-out loss. Several processes share the
card, since steps of such models are short. Each point that ends is a line of OUT/points.jsonl at once; the same command goes on
where it stopped. What stands there is judged at home (`python -m benchmarks.real_depth`).
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import multiprocessing
import os
import shutil
import time
import traceback
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any

from benchmarks.gpu_plan import Plan, Point, Setting, points

NEEDED = ("torch", "transformers", "accelerate", "peft", "safetensors", "numpy", "scipy", "pydantic", "tokenizers", "typer", "rich", "yaml")
READING = 8.0  # seconds of the budget that a last point needs to be told back, at least


def missing() -> list[str]:
    """The packages that are not there, of those without which nothing runs."""
    return [name for name in NEEDED if importlib.util.find_spec(name) is None]


def worker(connection: Connection, setting: Setting, sentences: str, deadline: float) -> None:
    """Points that come over the connection, one after another; the copying, where None comes."""
    import torch

    from benchmarks.gpu_pack import sentences_of
    from benchmarks.gpu_point import run, teach_copying

    torch.set_num_threads(1)
    corpus = sentences_of(Path(sentences))
    texts, sets = corpus["training"], corpus["sets"]
    connection.send(None)  # ready
    while True:
        point = connection.recv()
        started = time.monotonic()
        try:
            if point is None:
                row = teach_copying(setting, texts, sets, deadline)
            else:
                row = run(setting, point, texts, sets, deadline)
        except Exception as error:  # a point that fails is a row, not the end
            name = "copy" if point is None else point.name
            row = {"name": name, "point": point and asdict(point), "status": "failed",
                   "error": f"{type(error).__name__}: {error}"[:500], "trace_back": traceback.format_exc()[-2000:]}  # fmt: skip
            if torch.cuda.is_available():
                torch.cuda.empty_cache()
        connection.send(row | {"whole_seconds": round(time.monotonic() - started, 2)})


class Pool:
    """Processes that each do a point at a time. Ends only what it started."""

    def __init__(self, n: int, setting: Setting, sentences: Path, deadline: float):
        context = multiprocessing.get_context("spawn")
        self.processes, self.idle, self.busy = [], [], {}
        self.starting: list[Connection] = []
        for _ in range(n):
            ours, theirs = context.Pipe()
            process = context.Process(target=worker, args=(theirs, setting, str(sentences), deadline), daemon=True)
            process.start()
            self.processes.append(process)
            self.starting.append(ours)

    def give(self, point: Point | None) -> None:
        connection = self.idle.pop()
        connection.send(point)
        self.busy[connection] = point

    def results(self, seconds: float) -> Iterator[dict[str, Any]]:
        """The rows that came within that time; processes that are ready become idle."""
        for connection in wait([*self.starting, *self.busy], timeout=max(0.0, seconds)):
            assert isinstance(connection, Connection)
            try:
                row = connection.recv()
            except EOFError:  # the process died: out of memory, or killed
                point = self.busy.pop(connection, None)
                if connection in self.starting:
                    self.starting.remove(connection)
                yield {"name": point.name if point else "copy", "status": "failed", "error": "its process died"}
                continue
            if row is None:
                self.starting.remove(connection)
            else:
                del self.busy[connection]
                yield row
            self.idle.append(connection)

    def end(self) -> None:
        for process in self.processes:
            process.terminate()
            process.join(5)


def run(out: Path, plan: Plan, setting: Setting, sentences: Path, seconds: float, workers: int) -> int:
    """Work at the plan for that long; gives how many points are done, those of earlier runs included."""
    started = time.monotonic()
    deadline = started + seconds - READING
    out.mkdir(parents=True, exist_ok=True)
    Path(setting.work).mkdir(parents=True, exist_ok=True)
    path, kept = out / "points.jsonl", Path(setting.work) / "points.jsonl"
    if kept.is_file() and not path.is_file():  # the folder of results is empty at every call
        shutil.copy(kept, path)
    for line in path.read_text(encoding="utf-8").splitlines() if path.is_file() else ():
        plan.done(json.loads(line))
    pool = Pool(workers, setting, sentences, deadline)
    copied = copying = setting.copied().is_file()
    try:
        while time.monotonic() < started + seconds:
            while pool.idle:
                if not copied:
                    if not copying:
                        copying = True
                        pool.give(None)
                    break
                point = plan.next(deadline - time.monotonic())
                if point is None:
                    break
                pool.give(point)
            if not pool.busy and not pool.starting:
                break
            for row in pool.results(started + seconds - time.monotonic()):
                row["at"] = round(time.monotonic() - started, 1)
                plan.done(row)
                for place in (path, kept):
                    with place.open("a", encoding="utf-8") as file:
                        file.write(json.dumps(row, ensure_ascii=False) + "\n")
                say(row)
                copied = copied or row["name"] == "copy" and row["status"] == "done"
                if row["name"] == "copy" and not copied:
                    return plan.n_done
    finally:
        pool.end()
    return plan.n_done


def say(row: dict[str, Any]) -> None:
    trace = row.get("trace") or [{}]
    last = {k: round(v, 3) for k, v in trace[-1].items() if v is not None}
    print(f"{row['at']:6.1f} s  {row['name']:28} {row['status']:8} {row.get('tokens_per_second', '')} tokens/s  {last}  "
          f"{row.get('error', '')}", flush=True)  # fmt: skip


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("out", type=Path)
    parser.add_argument("--carry", type=Path, required=True, help="folder that benchmarks.gpu_pack wrote")
    parser.add_argument("--seconds", type=float, default=480.0)
    parser.add_argument("--workers", type=int, default=5)
    parser.add_argument("--steps", type=int, default=400)
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--copy-steps", type=int, default=100)
    parser.add_argument("--adapter", type=int, default=4_000_000, help="parameters of the adapter")
    parser.add_argument("--model", default="smollm2-135m")
    parser.add_argument("--layers", default="2,6,12,30", help="depths of the compressors; the last is the whole model")
    parser.add_argument("--work", type=Path, default=Path("/tmp/tellback-gpu"), help="folder for weights, which stay there")
    given = parser.parse_args(argv)
    if absent := missing():
        raise SystemExit(f"missing here: {', '.join(absent)}. Carry their wheels, unpacked, on PYTHONPATH.")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    if given.carry and given.model == "smollm2-135m":
        from benchmarks.gpu_pack import unpack

        unpack(given.carry)
    layers = [int(n) for n in given.layers.split(",")]
    setting = Setting(given.model, max(layers), given.batch, given.copy_steps, given.adapter, str(given.work))
    plan = Plan(points(layers, given.steps))
    sentences = given.carry / "a"
    started = time.monotonic()
    n = run(given.out, plan, setting, sentences, given.seconds, given.workers)
    print(f"{n} of {len(plan.points)} points in {time.monotonic() - started:.0f} s: {given.out / 'points.jsonl'}")


if __name__ == "__main__":
    main()
