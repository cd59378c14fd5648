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
    should be. Returns (median, low, high).
    """
    times: list[tuple[float, float]] = []
    for run in range(-1, runs):
        pair = [0.0, 0.0]
        order = (0, 1) if run % 2 else (1, 0)  # whoever goes second finds warm caches: take turns
        for side in order:
            gc.collect()
            started = time.perf_counter()
            (ours, theirs)[side]()
            pair[side] = time.perf_counter() - started
        if run >= 0:
            times.append((pair[0], pair[1]))
    ratios = [a / b for a, b in times]
    rng = random.Random(seed)
    draws = sorted(statistics.median(rng.choices(ratios, k=runs)) for _ in range(2000))
    middle, low, high = statistics.median(ratios), draws[49], draws[1949]
    a, b = (statistics.median(t[i] for t in times) for i in (0, 1))
    print(f"{name:58} {middle:6.3f} [{low:.3f}, {high:.3f}]  n={runs}  {a:8.3f} s / {b:8.3f} s   {bar}", flush=True)
    return middle, low, high
