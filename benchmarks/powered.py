"""The powered experiment whole: sweep, primary question, further rates and compressors, whose prior, remedies.

    python -m benchmarks.powered --out runs/powered --results results/powered [--parts primary,remedies] [--seconds 600]

Every part is a study of its own folder under --out (`tellback report` writes its page); what is finished is not done again.
Setups of one shape train as one stack, on the accelerator where there is one, and are read by --workers processes. With
--seconds, no new stack is begun after that time, and what is read by then is what there is. --results: where the packed
studies go, from which `python -m benchmarks.powered_page` writes docs/study.md.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, wait
from contextlib import ExitStack
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from tellback.config import CompressorSpec, DecoderSpec, ModelSpec, SetupSpec, StudySpec, read_study
from tellback.errors import UsageError
from tellback.report.pack import pack
from tellback.store import StudyFolder, write_json
from tellback.study.grid import setups
from tellback.study.pool import collect
from tellback.study.run import judge
from tellback.study.setup import run_setup
from tellback.study.stacked import Stacker
from tellback.study.sweep import EXTENSIONS, beyond_the_edge, by_peak, table, train_only, with_peak
from tellback.study.workers import end_with_parent

PEAKS = (1e-3, 2e-3, 4e-3, 8e-3)  # and beyond where the best lies at the edge
SWEPT_SEEDS = 3
THREE = ("60k", "250k", "1m")
PRIOR_SEEDS, REMEDY_SEEDS, RATE_SEEDS = 8, 5, 8
DECODERS = {"along": ("pocket-llama-60k-copy", "full"), "frozen": ("pocket-llama-60k-copy", "frozen"), "larger": ("pocket-llama-250k-copy", "full")}
REMEDIES: dict[str, dict[str, Any]] = {
    "uniform": {"uniform": 0.25, "uniform_kinds": ("colour", "city")},
    "twins": {"twins": 0.25},
    "weight": {"belief_weight": 4.0},
    "sharpen": {"sharpen": 0.3},
    "norm": {"norm": 0.1},
    "uniform-weight": {"uniform": 0.25, "uniform_kinds": ("colour", "city"), "belief_weight": 4.0},
    "contrast": {"contrast": 0.5},
}


def studies_of(part: str, base: StudySpec, peaks: dict[str, float]) -> list[StudySpec]:
    """The studies of a part, with the learning rates that the sweep chose."""
    train = base.train.model_copy(update={"learning_rate": peaks or base.train.learning_rate})
    base = base.model_copy(update={"train": train})
    # the parts of many studies read less: the first half of the same documents, no linear probe, a shorter trace
    probes = base.probes.model_copy(update={"n_documents": max(1, base.probes.n_documents // 2), "linear": 0,
                                            "at_most": {name: min(n, 50) for name, n in base.probes.at_most.items()}})  # fmt: skip
    train = train.model_copy(update={"trace_points": 10})
    three = base.model_copy(update={"base_models": tuple(_model(size) for size in THREE), "controls": (), "probes": probes})

    def seeds(n: int) -> tuple[int, ...]:
        return base.seeds[:n]

    if part == "primary":
        return [base]
    if part == "2x":
        return [base.model_copy(update={"name": "rate-2x", "rates": (2.0,), "primary_rate": 2.0, "seeds": seeds(RATE_SEEDS)})]
    if part == "concat":
        concat = CompressorSpec(name="pooling", options={"pool": "concat"})
        return [base.model_copy(update={"name": "concat-8x", "compressors": (concat,), "seeds": seeds(RATE_SEEDS)})]
    if part == "remedies":
        return [three.model_copy(update={"name": f"remedy-{name}", "seeds": seeds(REMEDY_SEEDS),
                "train": train.model_copy(update={"remedy": train.remedy.model_copy(update=remedy)})})
                for name, remedy in REMEDIES.items()]  # fmt: skip
    if part in ("prior", "prior-larger"):
        return [
            three.model_copy(update={
                "name": f"prior-{lm}-{values}-{decoder}", "seeds": seeds(PRIOR_SEEDS),
                "base_models": tuple(_model(size, lm == "free") for size in THREE),
                "decoder": DecoderSpec(model=ModelSpec(name=DECODERS[decoder][0]), train=DECODERS[decoder][1]),
                "train": train.model_copy(update={"values": values}),
            })
            for decoder in (("larger",) if part == "prior-larger" else ("along", "frozen"))
            for lm in ("believes", "free") for values in ("corpus", "uniform")
        ]  # fmt: skip
    raise UsageError(f"--parts: {part!r} is none of {', '.join(PARTS)}.")


PARTS = ("primary", "remedies", "prior", "prior-larger", "2x", "concat")
SWEPT = ("primary", "2x", "concat")  # the parts that choose their own peaks; the others take the primary's


def _model(size: str, free: bool = False) -> ModelSpec:
    return ModelSpec(name=f"pocket-llama-{size}" + ("-uniform" if free else ""))


@dataclass
class Run:
    """The whole program: trains stack after stack, reads what is trained, packs what is read."""

    base: StudySpec
    out: Path
    workers: int
    until: float
    pool: ProcessPoolExecutor
    where: dict[str, Path] = field(default_factory=dict)  # a setup's key -> its folder
    started: float = field(default_factory=time.monotonic)
    waiting: list[Future] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.stacker = Stacker(lambda spec: self.where[spec.key()], self.workers, self.say, self.may_begin)

    def may_begin(self) -> bool:
        return time.monotonic() - self.started < self.until

    def say(self, line: str) -> None:
        print(f"{time.monotonic() - self.started:6.0f} s  {line}", flush=True)

    def folder(self, study: StudySpec) -> StudyFolder:
        return StudyFolder(self.out / study.name)

    def sweep(self, part: str) -> Callable[[], dict[str, float]]:
        """Train the sweep of a part's study, in its own folder, so that the chosen trainings serve the study; what is given
        waits for its losses and gives the peaks."""
        (study,) = studies_of(part, self.base, {})
        few = study.model_copy(update={"seeds": study.seeds[:SWEPT_SEEDS], "train": study.train.model_copy(update={"learning_rate": 1.0})})
        specs = [with_peak(s, peak) for s in setups(few) if not s.is_control for peak in PEAKS]
        path = self.out / study.name

        def ask(specs: Sequence[SetupSpec]) -> list[tuple[SetupSpec, Future]]:
            self.where |= {s.key(): path / "setups" / s.key() for s in specs}
            stacks = self._stacks(specs, lambda f: (f / "sweep.json").is_file())
            return [(s, self.pool.submit(train_only, s, self.where[s.key()])) for ready in stacks for s in ready]

        asked = ask(specs)

        def chosen() -> dict[str, float]:
            done = [(spec, future.result()) for spec, future in asked]
            for _ in range(EXTENSIONS):
                done += [(spec, future.result()) for spec, future in ask(beyond_the_edge(done))]
            write_json(path / "sweep.json", table(done))
            best = {place[1]: min(losses, key=losses.__getitem__) for place, losses in by_peak(done).items()}
            self.say(f"{study.name}: peaks {json.dumps(best)}")
            return best | {f"{name}-uniform": peak for name, peak in best.items()}

        return chosen

    def run(self, studies: Sequence[StudySpec]) -> None:
        """Train and read all setups of some studies; stacks go across studies."""
        specs = []
        for study in studies:
            folder = self.folder(study)
            folder.path.mkdir(parents=True, exist_ok=True)
            write_study(folder, study)
            of_study = setups(study)
            self.where |= {spec.key(): folder.setup(spec.key()) for spec in of_study}
            specs += [spec for spec in of_study if folder.result(spec.key()) is None]
        for ready in self._stacks(specs, lambda f: False):
            self.waiting += [self.pool.submit(read_one, spec, self.where[spec.key()]) for spec in ready]

    def _stacks(self, specs: Sequence[SetupSpec], done: Callable[[Path], bool]) -> Iterator[list[SetupSpec]]:
        finished = [s for s in specs if done(self.where[s.key()])]
        yield finished
        yield from map(list, self.stacker([s for s in specs if s not in finished]))


def read_one(spec: SetupSpec, folder: Path) -> str:
    run_setup(spec, folder)
    return spec.name


def write_study(folder: StudyFolder, study: StudySpec) -> None:
    """Like `StudyFolder.open`, which a sweep's setups, there already, would keep from writing."""
    import yaml

    if not (folder.path / "study.yaml").is_file():
        (folder.path / "study.yaml").write_text(yaml.safe_dump(study.model_dump(mode="json"), sort_keys=False), encoding="utf-8")
    folder.open(study, extend=True)


def finish(out: Path, results: Path) -> None:
    """Collect, judge and pack whatever is read of every study."""
    for path in sorted(p for p in out.iterdir() if (p / "study.yaml").is_file()):
        folder = StudyFolder(path)
        study = folder.spec()
        found = collect(folder, study, setups(study))
        if not found:
            continue
        judge(folder, found)
        size = pack(path, results / path.name, 1)
        if (path / "sweep.json").is_file():
            write_json(results / path.name / "sweep.json", json.loads((path / "sweep.json").read_text()))
        print(f"{path.name}: {len(found)} of {len(setups(study))} setups, {size / 1e6:.1f} MB", flush=True)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--config", default="pocket-size", help="the study whose world, probes and training all parts share")
    parser.add_argument("--out", type=Path, default=Path("runs/powered"))
    parser.add_argument("--results", type=Path, default=Path("results/powered"))
    parser.add_argument("--parts", default=",".join(PARTS))
    parser.add_argument("--workers", type=int, default=os.cpu_count())
    parser.add_argument("--seconds", type=float, default=float("inf"))
    parser.add_argument("--reading-seconds", type=float, default=float("inf"), help="after which what is not read is left")
    given = parser.parse_args(arguments)
    parts = given.parts.split(",")
    base = read_study(given.config)
    os.environ["OMP_NUM_THREADS"] = "1"
    given.out.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        pool = stack.enter_context(ProcessPoolExecutor(given.workers, get_context("spawn"), initializer=as_reader))
        run = Run(base, given.out, given.workers, given.seconds, pool)
        stack.enter_context(run.stacker)
        # the losses of one sweep are read while the next is trained, and what later parts read is drawn
        chosen = {part: run.sweep(part) for part in dict.fromkeys(("primary", *parts)) if part in SWEPT[:2]}
        run.stacker.ahead([spec for part in parts for study in studies_of(part, base, {}) for spec in setups(study)])
        peaks = {part: choose() for part, choose in chosen.items()}
        for part in parts:
            if not run.may_begin():
                break
            if part in SWEPT and part not in peaks:
                peaks[part] = run.sweep(part)()
            run.run(studies_of(part, base, peaks.get(part, peaks["primary"])))
        run.say(f"everything is trained; {sum(not f.done() for f in run.waiting)} setups are being read")
        left = max(0.0, given.reading_seconds - (time.monotonic() - run.started))
        done, missing = wait(run.waiting, None if left == float("inf") else left)
        for future in done:
            future.result()
        run.say(f"{len(done)} setups read, {len(missing)} not")
        for future in missing:
            future.cancel()
        finish(given.out, given.results)
        if missing:
            os._exit(0)  # readers in the middle of a setup are left alone: they would go on for minutes


def as_reader() -> None:
    """A worker that reads: on the CPU, one thread, and not without its parent."""
    os.environ["TELLBACK_DEVICE"] = "cpu"
    end_with_parent()


if __name__ == "__main__":
    main()
