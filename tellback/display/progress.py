"""How far something long is, on standard error: a bar with the time left where someone watches, and nothing in a log."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TypeVar

CLEAR = "\r\x1b[K"  # to the start of the line, and empty it
WIDE = 24  # characters of the bar
EVERY = 0.2  # seconds between two drawings
PIECE = 1 << 20  # bytes that are read at a time
T = TypeVar("T")


class Progress:
    """`what` is counted, `total` of them in all (None: nobody knows): one line that is written over."""

    def __init__(self, what: str, total: int | None = None, clock: Callable[[], float] = time.monotonic):
        self.what, self.total, self.clock = what, total, clock
        self.start = self.last = clock()
        self.drawn, self.live = False, sys.stderr.isatty()

    def __enter__(self) -> Progress:
        return self

    def __call__(self, done: int) -> None:
        now = self.clock()
        if not self.live or now - self.last < EVERY:
            return
        self.last = now
        print(CLEAR + self.line(done, now - self.start), end="", file=sys.stderr, flush=True)
        self.drawn = True

    def line(self, done: int, seconds: float) -> str:
        """«[######      ] 120 of 480 pairs, 35/s, 10 s left»."""
        rate = done / max(seconds, 1e-9)
        if not self.total:
            return f"{done} {self.what}, {rate:.0f}/s"
        speed = f"{rate:.0f}/s" if rate >= 10 else f"{rate:.2g}/s"
        return f"{bar(done / self.total)} {done:,} of {self.total:,} {self.what}, {speed}, {left((self.total - done) / max(rate, 1e-9))} left"

    def clear(self) -> None:
        if self.drawn:
            print(CLEAR, end="", file=sys.stderr, flush=True)
            self.drawn = False

    def __exit__(self, *_: object) -> None:
        self.clear()


def watched(items: Iterable[T], total: int | None, what: str) -> Iterator[T]:
    """`items` as they come, with how many of `total` there were."""
    with Progress(what, total) as progress:
        for n, item in enumerate(items, 1):
            yield item
            progress(n)


def bar(share: float) -> str:
    """«[######      ]»."""
    return f"[{'#' * round(WIDE * min(1.0, share)):{WIDE}}]"


def left(seconds: float) -> str:
    """«10 s», «4:05», «2:00:00»."""
    if seconds < 60:
        return f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


def lines_in(path: str) -> int | None:
    """How many lines a file has; None for a stream, and where it cannot be read."""
    if path == "-" or not Path(path).is_file():
        return None
    try:
        with open(path, "rb") as file:
            return sum(piece.count(b"\n") for piece in iter(lambda: file.read(PIECE), b"")) or 1
    except OSError:
        return None
