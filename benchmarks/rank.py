"""The effective rank of 200,000 slots of width 1,024: streamed, beside numpy's SVD of all of them.

    OMP_NUM_THREADS=1 python -m benchmarks.rank [ROUNDS]

Both sides get the same centred slots: the stream in float32, as models give them, 4,096 at a time, and once more in float64; the
SVD in float64, which takes 3.3 GB.
The SVD is without vectors. Seconds are of the processor. Printed too: both figures, and how far the stream's own process rises above one that only reads it.
"""

from __future__ import annotations

import re
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
from scipy import stats

from tellback.analysis.streamed import effective_rank_streamed

N, D, CHUNK = 200_000, 1024, 4096
BAR = "at least 5 times as fast, at most 200 MB above the stream"


def chunks(n: int):
    """The slots, made anew each time: directions fall off as those of a language model's states do."""
    scale_d = np.exp(-4 * np.arange(D) / D)
    for at in range(0, n, CHUNK):
        yield (np.random.default_rng(at).standard_normal((min(CHUNK, n - at), D), np.float32) * scale_d + 0.5).astype(np.float32)


def high_water() -> float:
    """MB; not ru_maxrss, which begins at the size of the process that started this one."""
    return int(re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())[1]) / 1024


def peak(n: int) -> float:
    done = subprocess.run([sys.executable, "-m", "benchmarks.rank", "--peak", str(n)], check=True, capture_output=True, text=True)
    return float(done.stdout)


def timed(what) -> tuple[float, float]:
    started = time.process_time()  # of this process alone: both sides have one thread, and others may use the machine
    found = what()
    return time.process_time() - started, found


def main(rounds: int) -> None:
    slots = np.empty((N, D))
    for at, part in zip(range(0, N, CHUNK), chunks(N), strict=True):
        slots[at : at + CHUNK] = part
    slots -= slots.mean(0)

    def by_svd() -> float:
        values = np.linalg.svd(slots, compute_uv=False)
        return float(np.exp(stats.entropy(values / values.sum())))

    for _ in range(rounds):
        whole, theirs = timed(by_svd)
        for precision in (np.float32, np.float64):
            stream, ours = timed(lambda p=precision: effective_rank_streamed(slots[at : at + CHUNK].astype(p) for at in range(0, N, CHUNK)))
            print(f"streamed in {precision.__name__} {stream:.1f} CPU s, SVD {whole:.1f} CPU s: {whole / stream:.1f} times as fast "
                  f"({ours:.4f} and {theirs:.4f})   {BAR}", flush=True)  # fmt: skip
    print(f"above a stream that is only read: {peak(N) - peak(0):.0f} MB")


if __name__ == "__main__":
    if "--peak" in sys.argv:
        n = int(sys.argv[-1])
        if n:
            effective_rank_streamed(chunks(n))
        else:
            for _ in chunks(2 * CHUNK):
                pass
        print(high_water())
    else:
        main(int(sys.argv[1]) if len(sys.argv) > 1 else 2)
