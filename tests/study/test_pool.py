"""A worker that is interrupted ends without a word, whenever the interrupt strikes."""

import multiprocessing
import random
import time

import pytest

from tellback.study import workers


def _busy(*_):
    end = time.monotonic() + random.random() * 0.02
    while time.monotonic() < end:
        pass


def _run(line):
    workers._work_off = _busy  # a worker of its own process: nothing is left patched
    workers._work("/nowhere", line)


@pytest.mark.slow
def test_an_interrupt_at_any_moment_is_silent(capfd):
    context = multiprocessing.get_context("fork")  # as fast as the moments are short; nothing of torch runs in it
    (line, _), rng = context.Pipe(), random.Random(0)
    for _ in range(300):
        process = context.Process(target=_run, args=(line,))
        process.start()
        time.sleep(rng.random() * 0.03)
        process.terminate()
        process.join()
        assert process.exitcode in (0, -15)  # -15: struck before the worker's own handler stood
    assert capfd.readouterr().err == ""
