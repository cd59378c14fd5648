"""What a study takes outside training and reading: its share of the whole, at most 5%.

    OMP_NUM_THREADS=1 python -m benchmarks.study_time [--only GLOB] [--steps N] [CONFIG]

One setup after another in this process, as a worker runs them, then results, controls and report. Seconds are of the processor, for
one thread does everything. Counted as training: the loop
with its traces. As reading: beliefs, compressing, telling back, answers, what readers say, and the held-out documents. The rest is
loading, the corpus, training texts, geometry, writing, and the report.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from tellback.config import read_study
from tellback.report import write_report
from tellback.store import StudyFolder
from tellback.study import held_out, setup
from tellback.study.grid import setups
from tellback.study.pool import collect
from tellback.study.run import judge

BAR = 0.05


class Clock:
    """Seconds inside functions; of those that one of them calls only the outer."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {"training": 0.0, "reading": 0.0}
        self._inside = False

    def around(self, what: str, call: Callable[..., Any]) -> Callable[..., Any]:
        def timed(*args: Any, **kwargs: Any) -> Any:
            if self._inside:
                return call(*args, **kwargs)
            self._inside, started = True, time.process_time()
            try:
                return call(*args, **kwargs)
            finally:
                self.seconds[what] += time.process_time() - started
                self._inside = False

        return timed


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("config", nargs="?", default="pocket-early")
    parser.add_argument("--only", default=None)
    parser.add_argument("--steps", type=int, default=None, help="of each training; default: the study's")
    given = parser.parse_args()
    torch.set_num_threads(1)
    study = read_study(given.config)
    if given.steps:
        study = study.model_copy(update={"train": study.train.model_copy(update={"steps": given.steps})})
    clock = Clock()
    setup.train = clock.around("training", setup.train)
    for module, name in ((setup, "believe"), (setup, "closed_book"), (setup, "read_set"), (held_out, "read_whole"), (setup, "_where_lost")):
        setattr(module, name, clock.around("reading", getattr(module, name)))
    started = time.process_time()
    with tempfile.TemporaryDirectory() as where:
        folder = StudyFolder(Path(where) / "study")
        folder.open(study)
        chosen = setups(study, given.only)
        for spec in chosen:
            begun, before = time.process_time(), sum(clock.seconds.values())
            setup.run_setup(spec, folder.setup(spec.key()))
            whole = time.process_time() - begun
            print(f"{spec.name:40} {whole:7.1f} s, outside {whole - sum(clock.seconds.values()) + before:5.2f} s", flush=True)
        judge(folder, collect(folder, study, setups(study)))
        written = time.process_time()
        write_report(folder.path)
        print(f"report {time.process_time() - written:.1f} s")
    total = time.process_time() - started
    outside = total - sum(clock.seconds.values())
    print(f"{given.config}, {len(chosen)} setups: {total:.1f} s, training {clock.seconds['training']:.1f}, reading {clock.seconds['reading']:.1f}, "
          f"outside {outside:.1f} s: {outside / total:.1%}   at most {BAR:.0%}")  # fmt: skip


if __name__ == "__main__":
    main()
