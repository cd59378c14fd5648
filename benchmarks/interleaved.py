"""Two sides timed in turn, so that whatever slows the machine slows both."""

from __future__ import annotations

import gc
import random
import statistics
import time
from collections.abc import Callable


def ratio(
    name: str, ours: Callable[[], object], theirs: Callable[[], object], bar: str, runs: int = 9, seed: int = 0
) -> tuple[float, float, float]:
    """Run both sides `runs` times in turn (once before, unmeasured) and print ours / theirs in seconds.

    The figure is the median of the runs' own ratios; its 95% interval is a bootstrap over runs. `bar` says what it
    should be. Also printed: the same of the processor's seconds, which others on the machine take nothing of. Returns (median, low,
    high).
    """
    times: list[tuple[float, float]] = []
    cpu: list[float] = []
    for run in range(-1, runs):
        pair, own = [0.0, 0.0], [0.0, 0.0]
        order = (0, 1) if run % 2 else (1, 0)  # whoever goes second finds warm caches: take turns
        for side in order:
            gc.collect()
            started, busy = time.perf_counter(), time.process_time()
            (ours, theirs)[side]()
            pair[side], own[side] = time.perf_counter() - started, time.process_time() - busy
        if run >= 0:
            cpu.append(own[0] / own[1])
            times.append((pair[0], pair[1]))
    ratios = [a / b for a, b in times]
    rng = random.Random(seed)
    draws = sorted(statistics.median(rng.choices(ratios, k=runs)) for _ in range(2000))
    middle, low, high = statistics.median(ratios), draws[49], draws[1949]
    a, b = (statistics.median(t[i] for t in times) for i in (0, 1))
    print(f"{name:58} {middle:6.3f} [{low:.3f}, {high:.3f}]  n={runs}  {a:8.3f} s / {b:8.3f} s   "
          f"cpu {statistics.median(cpu):.3f}   {bar}", flush=True)  # fmt: skip
    return middle, low, high
