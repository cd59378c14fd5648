"""How far a long audit is, on standard error: a bar with the time left where someone watches, a line at times in a log."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path

CLEAR = "\r\x1b[K"  # to the start of the line, and empty it
WIDE = 24  # characters of the bar
PIECE = 1 << 20  # bytes that are read at a time


class Progress:
    """`what` is counted, `total` of them in all (None: nobody knows). One line that is rewritten, or one every ten seconds."""

    def __init__(self, what: str, total: int | None = None, clock: Callable[[], float] = time.monotonic):
        self.what, self.total, self.clock = what, total, clock
        self.start = self.last = clock()
        self.drawn, self.live = False, sys.stderr.isatty()

    def __enter__(self) -> Progress:
        return self

    def __call__(self, done: int) -> None:
        now = self.clock()
        if now - self.last < (0.2 if self.live else 10):
            return
        self.last = now
        line = self.line(done, now - self.start)
        print(CLEAR + line if self.live else line, end="" if self.live else "\n", file=sys.stderr, flush=True)
        self.drawn = self.live

    def line(self, done: int, seconds: float) -> str:
        """«[######      ]  120 of 480 pairs, 35/s, 10 s left»."""
        rate = done / max(seconds, 1e-9)
        if not self.total:
            return f"{done} {self.what}, {rate:.0f}/s"
        share = min(1.0, done / self.total)
        bar = f"[{'#' * round(WIDE * share):{WIDE}}] " if self.live else ""
        return f"{bar}{done:,} of {self.total:,} {self.what}, {rate:.0f}/s, {left((self.total - done) / max(rate, 1e-9))} left"

    def clear(self) -> None:
        if self.drawn:
            print(CLEAR, end="", file=sys.stderr, flush=True)
            self.drawn = False

    def __exit__(self, *_: object) -> None:
        self.clear()


def left(seconds: float) -> str:
    """«10 s», «4:05», «2:00:00»."""
    if seconds < 60:
        return f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


def pairs_progress(path: str) -> Progress:
    """Of a file of pairs; of a stream nobody knows how many will come."""
    return Progress("pairs", _n_lines(Path(path)) if path != "-" and Path(path).is_file() else None)


def _n_lines(path: Path) -> int | None:
    """How many lines a file has; empty ones at its end are among them. None where it cannot be read."""
    try:
        with path.open("rb") as file:
            return sum(piece.count(b"\n") for piece in iter(lambda: file.read(PIECE), b"")) or 1
    except OSError:
        return None
