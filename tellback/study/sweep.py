"""The learning-rate sweep: each size's peak is the one of least loss on ordinary held-out documents, over several seeds.

Nothing about faithfulness is measured here, so it cannot be chosen for. Over seeds the log of the loss is averaged: one seed on
a plateau must not decide by its size alone. A sweep in a study's own folder saves the study the trainings that it chose.
"""

from __future__ import annotations

import csv
import io
import json
import math
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import nullcontext
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from tellback.compressors import compressor_class
from tellback.config import SetupSpec, read_study
from tellback.errors import UsageError
from tellback.models.load import find_device
from tellback.store import read_json, write_atomically, write_json
from tellback.study.grid import setups
from tellback.study.lock import locked
from tellback.study.pool import default_workers
from tellback.study.run import check
from tellback.study.stacked import Stacker
from tellback.study.workers import end_with_parent
from tellback.training.layers import check_compiler

COLUMNS = ("compressor", "base_model", "rate", "seed", "steps", "learning_rate", "held_out_loss", "fall_last_fifth", "train_seconds",
           "chosen")  # fmt: skip

EXTENSIONS = 2  # how often a range is widened where the best peak lies at its edge


def run_sweep(
    config: str, out: Path | None, learning_rates: str, workers: int | None, steps: int | None = None, n_seeds: int = 1,
    only: str | None = None, stacked: bool = False,
) -> None:  # fmt: skip
    """Train each trained setup of the study's first `n_seeds` seeds with each rate; print and write the table and the mapping.

    Where the best lies at the edge of what was tried, the range is widened. Training-free methods are left out.
    Finished trainings are skipped when the command is run again. `steps`: of each training; None takes the study's. `only`
    keeps the setups whose name matches the glob. `stacked`: setups of one shape, and all peaks, train together.
    """
    try:
        peaks = [float(x) for x in learning_rates.split(",")]
    except ValueError:
        raise UsageError(f"--learning-rates should be numbers with commas between, got {learning_rates!r}.") from None
    if not all(0 < peak < math.inf for peak in peaks):
        raise UsageError(f"--learning-rates should be above 0 and finite, got {learning_rates!r}.")
    study = read_study(config)
    train = {"learning_rate": 1.0} | ({} if steps is None else {"steps": steps})
    study = study.model_copy(update={"seeds": study.seeds[:n_seeds], "train": study.train.model_copy(update=train)})
    check(study)
    folder = out or Path("runs") / f"{study.name}-sweep"
    trained = [s for s in setups(study, only) if not s.is_control and compressor_class(s.compressor.name).trainable]
    if not trained:
        raise UsageError(f"study {study.name!r} trains no compressor, so it has no learning rate to sweep.")
    check_compiler(study.train, find_device())
    specs = [with_peak(s, peak) for s in trained for peak in peaks]
    done: list[tuple[SetupSpec, dict[str, Any]]] = []
    workers = workers or default_workers(specs)

    def folder_of(spec: SetupSpec) -> Path:
        return folder / "setups" / spec.key()

    with (
        locked(folder),
        Stacker(folder_of, workers, print) if stacked else nullcontext() as stacks,
        ProcessPoolExecutor(workers, get_context("spawn"), initializer=end_with_parent) as pool,
    ):
        for _ in range(1 + EXTENSIONS):
            ready = stacks(specs) if stacks else [specs]
            waiting = {pool.submit(train_only, spec, folder_of(spec)): spec for members in ready for spec in members}
            try:
                for future in as_completed(waiting):
                    spec, found = waiting[future], future.result()
                    done.append((spec, found))
                    print(f"{spec.name}  learning rate {spec.train.learning_rate:g}  "
                          + ("diverged" if found["loss"] is None else f"held-out loss {found['loss']:.4f}"), flush=True)  # fmt: skip
            except (KeyboardInterrupt, UsageError):
                pool.shutdown(cancel_futures=True)
                raise
            except BrokenProcessPool:
                raise UsageError(
                    "a process that trained was ended, by the kernel where memory is short. Run the same command again to go on, "
                    "with --workers 1 if memory is short."
                ) from None
            specs = beyond_the_edge(done)
            if not specs:
                break
    rows = table(done)
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    write_atomically(folder / "sweep.csv", text.getvalue())
    print(text.getvalue(), end="")
    several = len({r["compressor"] for r in rows}) > 1
    chosen = {
        (f"{r['compressor']}/" if several else "") + f"{r['base_model']}@{r['rate']:g}": r["learning_rate"]
        for r in rows if r["chosen"]
    }  # fmt: skip
    print("learning_rate: " + json.dumps(chosen))
    print(folder / "sweep.csv")


def with_peak(spec: SetupSpec, peak: float) -> SetupSpec:
    return spec.model_copy(update={"train": spec.train.model_copy(update={"learning_rate": peak})})


Where = tuple[str, str, float | None]


def where(spec: SetupSpec) -> Where:
    """What a peak is chosen for: compressor, base model and rate."""
    return spec.compressor.label, spec.base_model.name, spec.rate


def by_peak(done: list[tuple[SetupSpec, dict[str, Any]]]) -> dict[Where, dict[float, float]]:
    """For each place the mean log loss of each peak, over seeds; infinite where a training diverged."""
    losses: dict[Where, dict[float, list[float]]] = {}
    for spec, found in done:
        loss = found["loss"]
        value = math.inf if loss is None else math.log(max(loss, 1e-9))
        losses.setdefault(where(spec), {}).setdefault(spec.train.learning_rate, []).append(value)
    return {place: {peak: sum(v) / len(v) for peak, v in peaks.items()} for place, peaks in losses.items()}


def beyond_the_edge(done: list[tuple[SetupSpec, dict[str, Any]]]) -> list[SetupSpec]:
    """For each place whose best peak so far is the lowest or highest tried: the next one, half or twice as large, for
    every seed."""
    out = []
    for place, losses in by_peak(done).items():
        best = min(losses, key=losses.__getitem__)
        if len(losses) > 1 and best in (min(losses), max(losses)):
            next_ = best / 2 if best == min(losses) else best * 2
            specs = {spec.seed: spec for spec, _ in done if where(spec) == place}
            out += [with_peak(spec, next_) for _, spec in sorted(specs.items())]
    return out


def table(done: list[tuple[SetupSpec, dict[str, Any]]]) -> list[dict[str, Any]]:
    """One row a training, those of the peak of least loss of each compressor, base model and rate marked as chosen."""
    best = {place: min(losses, key=losses.__getitem__) for place, losses in by_peak(done).items()}
    rows = [
        {
            "compressor": spec.compressor.label, "base_model": spec.base_model.name, "rate": spec.rate, "seed": spec.seed, "steps": spec.train.steps,
            "learning_rate": spec.train.learning_rate, "held_out_loss": found["loss"] and round(found["loss"], 5),
            "fall_last_fifth": found["fall"] and round(found["fall"], 4), "train_seconds": found["seconds"] and round(found["seconds"], 1),
            "chosen": spec.train.learning_rate == best[where(spec)],
        }
        for spec, found in done
    ]  # fmt: skip
    return sorted(rows, key=lambda r: (r["compressor"], r["rate"], r["base_model"], r["learning_rate"], r["seed"]))


def train_only(spec: SetupSpec, folder: Path) -> dict[str, Any]:
    """Train `spec` and give its final held-out loss, the fall over the last fifth and the seconds; nothing is read."""
    import torch

    from tellback.study.setup import assemble, train_setup
    from tellback.training.diverged import Diverged
    from tellback.training.trainer import drop_checkpoint

    path = folder / "sweep.json"
    if path.is_file():
        return read_json(path, "Remove it and run the sweep again.")
    torch.set_num_threads(spec.train.n_threads)
    folder.mkdir(parents=True, exist_ok=True)
    setup = assemble(spec)
    try:
        progress, gate = train_setup(setup, folder, lambda line: None)
        found = {"loss": progress.trace[-1]["loss"], "fall": gate["fall"], "seconds": progress.seconds}
    except Diverged:
        found = dict.fromkeys(("loss", "fall", "seconds"))
    write_json(path, found)
    drop_checkpoint(folder)
    return found
