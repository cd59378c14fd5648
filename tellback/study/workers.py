"""Setups in several processes at once. Each worker has a line of its own to the parent, so one that is killed, by the kernel
where memory is short or by anybody, takes nothing with it but the setup it was at: that one fails with its reason."""

from __future__ import annotations

import multiprocessing as mp
import os
import queue
import signal
import threading
import time
import traceback
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any

from tellback.config import SetupSpec
from tellback.errors import UsageError
from tellback.store import StudyFolder, write_json

START = "spawn"  # a fork would take torch's threads along
PATIENCE = 20  # seconds for interrupted workers to write their checkpoints
OnEvent = Callable[[SetupSpec, str, Any], None]


class Worker:
    """A process that runs setups one after another, and which one it is at."""

    def __init__(self, folder: Path):
        context = mp.get_context(START)
        self.line, other = context.Pipe()
        self.process = context.Process(target=_work, args=(str(folder), other), daemon=True)
        self.process.start()
        other.close()  # so that this end says when the process is gone
        self.spec: SetupSpec | None = None

    def give(self, spec: SetupSpec) -> None:
        self.spec = spec
        with suppress(OSError):  # it is gone, which the next look at its line says
            self.line.send(spec.model_dump(mode="json"))

    def dismiss(self) -> None:
        with suppress(OSError):
            self.line.send(None)

    def death(self) -> str:
        """Why it ended before its setup was done."""
        self.process.join()
        code = self.process.exitcode or 0
        how = f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"
        short = " (by the kernel, where memory is short)" if code == -signal.SIGKILL else ""
        return f"the process of this setup {how}{short}. Run the same command again to go on with it, with --workers 1 if memory is short."


def run_in_processes(
    folder: StudyFolder, ready: Iterable[Sequence[SetupSpec]], n_setups: int, n_workers: int, on_event: OnEvent
) -> None:  # fmt: skip
    """Run what `ready` yields, `n_setups` in all, in `n_workers` processes. Raises UsageError of the first setup that had one;
    KeyboardInterrupt passes through after the workers have written their checkpoints."""
    workers = [Worker(folder.path) for _ in range(n_workers)]
    feed = Feed(ready)
    waiting: list[SetupSpec] = []
    left = n_setups
    try:
        while left:
            waiting += feed.new()
            for worker in workers:
                if worker.spec is None and waiting:
                    worker.give(waiting.pop(0))
            for line in wait([feed.bell, *(w.line for w in workers)]):
                if line is feed.bell:
                    continue
                worker = next(w for w in workers if w.line is line)
                left -= _hear(worker, folder, on_event)
                if worker.process.exitcode is not None and left:
                    workers[workers.index(worker)] = Worker(folder.path)
        for worker in workers:  # nothing is left to do
            worker.dismiss()
        for worker in workers:
            worker.process.join(10)
    finally:
        _end(workers)


def _end(workers: Sequence[Worker]) -> None:
    """End those that are at work yet, and wait until they have written their checkpoints."""
    for worker in workers:
        if worker.process.is_alive():
            worker.process.terminate()  # in a worker this is an interrupt: it writes a checkpoint and ends
    deadline = time.monotonic() + PATIENCE
    for worker in workers:
        worker.process.join(max(0.1, deadline - time.monotonic()))


def _hear(worker: Worker, folder: StudyFolder, on_event: OnEvent) -> int:
    """Pass on what a worker says; gives how many setups are done with it."""
    try:
        kind, content = worker.line.recv()
    except (EOFError, OSError):  # it is gone
        why = worker.death()
        if worker.spec is None:
            return 0
        kind, content = "done", folder.finished(worker.spec.key()) or failed(worker.spec, folder, why)
    if kind == "usage":
        raise UsageError(content)
    assert worker.spec is not None
    on_event(worker.spec, kind, content)
    if kind != "done":
        return 0
    worker.spec = None
    return 1


def failed(spec: SetupSpec, folder: StudyFolder, why: str) -> Mapping[str, Any]:
    """Write a failed result for a setup that could not write its own; its checkpoint stays."""
    from tellback.study.result import failed_result

    result = failed_result(spec, why, "")
    folder.setup(spec.key()).mkdir(parents=True, exist_ok=True)
    write_json(folder.setup(spec.key()) / "result.json", result)
    return result


def longest_first(specs: Sequence[SetupSpec]) -> list[SetupSpec]:
    """So that none is left alone at the end: trained before training-free, low rates before high."""
    return sorted(specs, key=lambda s: (s.is_control, s.rate or 0))


class Feed:
    """Setups as they get ready, of those that are ready at once the longest first. `bell` can be waited for."""

    def __init__(self, ready: Iterable[Sequence[SetupSpec]]):
        self.ready, self.bell, self._ring = ready, *mp.Pipe(duplex=False)
        self._specs: queue.SimpleQueue[SetupSpec | UsageError] = queue.SimpleQueue()
        threading.Thread(target=self._feed, daemon=True).start()

    def new(self) -> list[SetupSpec]:
        """What has got ready since the last call. Raises UsageError where making ready went wrong."""
        while self.bell.poll():
            self.bell.recv_bytes()
        out = []
        while not self._specs.empty():
            spec = self._specs.get()
            if isinstance(spec, UsageError):
                raise spec
            out.append(spec)
        return out

    def _feed(self) -> None:
        try:
            for specs in self.ready:
                for spec in longest_first(specs):
                    self._put(spec)
        except UsageError as error:
            self._put(error)
        except Exception:
            self._put(UsageError(f"the training of a stack stopped:\n{traceback.format_exc()}"))

    def _put(self, item: SetupSpec | UsageError) -> None:
        self._specs.put(item)
        self._ring.send_bytes(b"!")


def end_with_parent() -> None:
    """Let this worker end when its parent process is gone (killed), so that none runs on alone."""
    parent = mp.parent_process()
    assert parent is not None, "only a process that was started by another can end with it"

    def watch() -> None:
        parent.join()
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def _work(folder: str, line: Connection) -> None:
    """A worker: setups from its line until None, or until it is interrupted. It ends without a word either way."""
    ending = False

    def interrupt(*_: Any) -> None:
        if not ending:  # once a worker is on its way out, nothing may cut that short
            raise KeyboardInterrupt

    try:
        try:
            signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the parent passes it on once
            signal.signal(signal.SIGTERM, interrupt)
            end_with_parent()
            _work_off(StudyFolder(Path(folder)), line)
        except Exception:
            line.send(("usage", f"a worker stopped:\n{traceback.format_exc()}"))
        finally:
            ending = True
    except KeyboardInterrupt:  # wherever it struck, even while the line above was reached
        ending = True
    finally:
        os._exit(0)


def _work_off(where: StudyFolder, line: Connection) -> None:
    from tellback.study.setup import run_setup

    while (task := line.recv()) is not None:
        spec = SetupSpec.model_validate(task)
        try:
            result = run_setup(spec, where.setup(spec.key()), lambda said: line.send(("line", said)))
        except UsageError as error:
            line.send(("usage", str(error)))
            return
        line.send(("done", result))
