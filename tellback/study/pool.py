"""Run the setups of a study, one by one or several at once; skip what is finished; go on where it stopped."""

from __future__ import annotations

import multiprocessing as mp
import os
import queue
import signal
import threading
import time
import traceback
from collections.abc import Callable, Iterable, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

from tellback.config import SetupSpec, StudySpec
from tellback.errors import UsageError
from tellback.provenance import n_cores
from tellback.store import StudyFolder

Stacks = Callable[[Sequence[SetupSpec]], Iterable[Sequence[SetupSpec]]]
Event = tuple[str, str, Any]  # (setup key, "line" | "done" | "error", content)


def default_workers(specs: Sequence[SetupSpec]) -> int:
    """As many as there are cores for their threads, but never more than there are setups."""
    threads = max(spec.train.n_threads for spec in specs)
    return max(1, min(len(specs), n_cores() // threads))


def run(
    folder: StudyFolder, specs: Sequence[SetupSpec], workers: int, on_event: Callable[[SetupSpec, str, Any], None],
    stacks: Stacks | None = None,
) -> None:  # fmt: skip
    """Run every setup of `specs` that has no finished result in `folder`.

    `on_event(spec, kind, content)`: "skip" and "done" with the result, "line" with a line of progress. Failed setups
    are tried again. With one worker everything runs in this process; with more, each worker is a process of its own,
    in which a setup gives the same result. Raises UsageError of the first setup that had one; KeyboardInterrupt
    passes through after the workers have written their checkpoints.

    `stacks(waiting)` trains some setups together in this process and yields them as they are trained, the others first: a
    setup is run when it has been yielded.
    """
    by_key = {spec.key(): spec for spec in specs}
    waiting = []
    for key, spec in by_key.items():
        result = folder.result(key)
        if result is not None and result["row"]["status"] != "failed":
            on_event(spec, "skip", result)
        else:
            waiting.append(spec)
    ready = stacks(waiting) if stacks else [waiting]
    if workers == 1 or len(waiting) <= 1:
        from tellback.study.setup import run_setup

        for spec in chain.from_iterable(ready):
            result = run_setup(spec, folder.setup(spec.key()), lambda line, spec=spec: on_event(spec, "line", line))
            on_event(spec, "done", result)
    else:
        _run_in_processes(folder, waiting, ready, min(workers, len(waiting)), by_key, on_event)


def _run_in_processes(folder, waiting, ready, workers, by_key, on_event) -> None:
    context = mp.get_context("spawn")
    tasks, events = context.Queue(), context.Queue()
    processes = [
        context.Process(target=_work, args=(str(folder.path), tasks, events, os.getpid()), daemon=True)
        for _ in range(workers)
    ]
    for process in processes:
        process.start()
    left = {spec.key() for spec in waiting}
    feeder = threading.Thread(target=_feed, args=(ready, workers, tasks, events), daemon=True)
    feeder.start()
    try:
        while left:
            try:
                key, kind, content = events.get(timeout=1.0)
            except queue.Empty:
                if not any(p.is_alive() for p in processes):
                    raise RuntimeError(
                        f"every worker ended before {len(left)} setups were done (out of memory?). Run the same "
                        f"command again to go on, with --workers 1 if memory is short."
                    ) from None
                continue
            if kind == "usage":
                raise UsageError(content)
            on_event(by_key[key], kind, content)
            if kind == "done":
                left.discard(key)
        for process in processes:  # nothing is left to do: they end by themselves
            process.join(10)
    except KeyboardInterrupt:
        for process in processes:
            if process.is_alive():
                process.terminate()  # in a worker this is an interrupt: it writes a checkpoint and ends
        deadline = time.monotonic() + 20
        for process in processes:
            process.join(max(0.1, deadline - time.monotonic()))
        raise
    finally:
        for process in processes:
            if process.is_alive():
                process.terminate()


def _feed(ready: Iterable[Sequence[SetupSpec]], workers: int, tasks: Any, events: Any) -> None:
    """Hand setups to the workers as they get ready, of those that are ready at once the longest first, so that none is left
    alone at the end: trained before training-free, low rates before high."""
    try:
        for specs in ready:
            for spec in sorted(specs, key=lambda s: (s.is_control, s.rate or 0)):
                tasks.put(spec.model_dump(mode="json"))
    except UsageError as error:
        events.put(("", "usage", str(error)))
    except Exception:
        events.put(("", "usage", f"the training of a stack stopped:\n{traceback.format_exc()}"))
    for _ in range(workers):
        tasks.put(None)


def end_with(parent: int) -> None:
    """Let this worker end when its parent process is gone (killed), so that none runs on alone."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(1.0)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def _work(folder: str, tasks: Any, events: Any, parent: int) -> None:
    """A worker: setups from `tasks` until None, or until it is interrupted. It ends without a word either way."""
    ending = False

    def interrupt(*_: Any) -> None:
        if not ending:  # once a worker is on its way out, nothing may cut that short
            raise KeyboardInterrupt

    try:
        try:
            signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the parent passes it on once
            signal.signal(signal.SIGTERM, interrupt)
            end_with(parent)
            _work_off(StudyFolder(Path(folder)), tasks, events)
        except Exception:
            events.put(("", "usage", f"a worker stopped:\n{traceback.format_exc()}"))
        finally:
            ending = True
    except KeyboardInterrupt:  # wherever it struck, even while the line above was reached
        ending = True
    finally:
        events.close()
        events.join_thread()  # everything said is sent
        os._exit(0)


def _work_off(where: StudyFolder, tasks: Any, events: Any) -> None:
    from tellback.study.setup import run_setup

    while (task := tasks.get()) is not None:
        spec = SetupSpec.model_validate(task)
        key = spec.key()
        try:
            result = run_setup(spec, where.setup(key), lambda line, key=key: events.put((key, "line", line)))
        except UsageError as error:
            events.put((key, "usage", str(error)))
            return
        events.put((key, "done", result))


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
