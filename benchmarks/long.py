"""Compressing long texts in windows: time and peak memory at 64k tokens beside 4k.

    OMP_NUM_THREADS=1 python -m benchmarks.long

Time: one text of 65,536 tokens against sixteen of 4,096, one after the other: at most 1.1. Memory: the highest
resident size of a process of its own that compresses the long text, against one that compresses the short: at most 1.2.
"""

from __future__ import annotations

import re
import statistics
import subprocess
import sys
from pathlib import Path

import torch

from benchmarks.interleaved import ratio
from benchmarks.models import decoder as make_decoder
from benchmarks.models import ids, pocket
from tellback.compressors import build
from tellback.config import CompressorSpec

SHORT, TIMES, RATE, WINDOW = 4096, 16, 4, 1024
METHODS = {
    "pooling": {"window": WINDOW}, "memory_tokens": {"k": 256}, "kv_slots": {"k": 256}, "interleaved_tokens": {},
    "segments": {"cache": 0}, "chunk_encoder": {},
}  # fmt: skip


def compress(method: str):
    """A function that compresses token ids with an untrained `method` on a pocket-250k model of 1,024 positions."""
    torch.set_num_threads(1)
    decoder = make_decoder(pocket("250k", 0, WINDOW + 256))
    compressor = build(CompressorSpec(name=method, options=METHODS[method]), pocket("250k", 1, WINDOW + 256), decoder, RATE)

    def run(row: list[int]) -> None:
        with torch.inference_mode():
            memory = compressor.encode([row], [len(row)], RATE)
        assert memory.n_slots == [len(row) // RATE], memory.n_slots

    return run, decoder.lm


def main(runs: int) -> None:
    print(f"compressing {SHORT * TIMES:,} tokens in windows; seconds: one long text / {TIMES} short ones")
    for method in METHODS:
        run, lm = compress(method)
        (long,) = ids(lm, 1, SHORT * TIMES)
        parts = [long[i * SHORT : (i + 1) * SHORT] for i in range(TIMES)]
        ratio(f"{method}, time", lambda: run(long), lambda: [run(p) for p in parts], "at most 1.1", runs)  # noqa: B023
        rounds = [[_peak(method, n) for n in (0, SHORT, SHORT * TIMES)] for _ in range(runs)]
        loaded, short, whole = (statistics.median(r[i] for r in rounds) for i in range(3))
        ratios = sorted(r[2] / r[1] for r in rounds)
        print(f"{method + ', peak memory':58} {whole / short:6.3f} [{ratios[0]:.3f}, {ratios[-1]:.3f}]  n={runs}  "
              f"{whole:.0f} MB / {short:.0f} MB   at most 1.2   (loaded: {loaded:.0f} MB; interval: least and most)",
              flush=True)  # fmt: skip


def _peak(method: str, n_tokens: int) -> float:
    """Highest resident size in MB of a fresh process that compresses `n_tokens` tokens."""
    command = [sys.executable, "-m", "benchmarks.long", "--peak", method, str(n_tokens)]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


if __name__ == "__main__":
    if "--peak" in sys.argv:
        name, n = sys.argv[-2:]
        run, lm = compress(name)
        if int(n):
            run(ids(lm, 1, int(n))[0])
        # not ru_maxrss, which begins at the size of the process that started this one
        print(int(re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())[1]) / 1024)
    else:
        main(int(sys.argv[1]) if len(sys.argv) > 1 else 5)
