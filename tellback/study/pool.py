"""Run the setups of a study, one by one or several at once; skip what is finished; go on where it stopped."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import chain
from typing import Any

from tellback.config import SetupSpec, StudySpec
from tellback.provenance import n_cores
from tellback.store import StudyFolder, tidy
from tellback.study.workers import OnEvent, run_in_processes

Stacks = Callable[[Sequence[SetupSpec]], Iterable[Sequence[SetupSpec]]]


def default_workers(specs: Sequence[SetupSpec]) -> int:
    """As many as there are cores for their threads, but never more than there are setups."""
    threads = max(spec.train.n_threads for spec in specs)
    return max(1, min(len(specs), n_cores() // threads))


def run(folder: StudyFolder, specs: Sequence[SetupSpec], workers: int, on_event: OnEvent, stacks: Stacks | None = None) -> None:
    """Run every setup of `specs` that has no finished result in `folder`.

    `on_event(spec, kind, content)`: "skip" and "done" with the result, "line" with a line of progress. Failed setups
    are tried again. With one worker everything runs in this process; with more, each worker is a process of its own,
    in which a setup gives the same result. Raises UsageError of the first setup that had one; KeyboardInterrupt
    passes through after the workers have written their checkpoints.

    `stacks(waiting)` trains some setups together in this process and yields them as they are trained, the others first: a
    setup is run when it has been yielded.
    """
    waiting = due(folder, specs, on_event)
    ready = stacks(waiting) if stacks else [waiting]
    if workers == 1 or len(waiting) <= 1:
        from tellback.study.setup import run_setup

        for spec in chain.from_iterable(ready):
            result = run_setup(spec, folder.setup(spec.key()), lambda line, spec=spec: on_event(spec, "line", line))
            on_event(spec, "done", result)
    else:
        run_in_processes(folder, ready, len(waiting), min(workers, len(waiting)), on_event)


def due(folder: StudyFolder, specs: Sequence[SetupSpec], on_event: OnEvent) -> list[SetupSpec]:
    """Those of `specs` that are to be run; the others are skipped, and what a kill right after their end left is removed."""
    from tellback.training.checkpoint import drop_checkpoint

    waiting = []
    for key, spec in {spec.key(): spec for spec in specs}.items():
        result = folder.finished(key)
        if result is None:
            waiting.append(spec)
        else:
            tidy(folder.setup(key))
            drop_checkpoint(folder.setup(key))
            on_event(spec, "skip", result)
    return waiting


def collect(folder: StudyFolder, study: StudySpec, specs: Sequence[SetupSpec]) -> list[dict[str, Any]]:
    """Results of the finished setups in grid order; writes results.jsonl.

    At the lowest rate a kind of fact that sits at its chance or belief plateau makes its setup undertrained too.
    """
    import json

    from tellback.store import write_atomically

    results = [r for spec in specs if (r := folder.result(spec.key())) is not None]
    lowest = min(study.rates)
    for result in results:
        row, gate = result["row"], result["details"].get("gate")
        if gate and row["rate"] == lowest and gate["plateau_kinds"] and row["status"] == "done":
            row["status"] = "undertrained"
            gate["undertrained"] = True
            gate["why"] += f" At the lowest rate {', '.join(gate['plateau_kinds'])} was not learned."
    lines = [json.dumps(r["row"], ensure_ascii=False, allow_nan=False) for r in results]
    write_atomically(folder.path / "results.jsonl", "".join(line + "\n" for line in lines))
    return results
