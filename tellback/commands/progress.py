"""How a command says what it is doing, on standard error."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext


def steps_with_bar(steps: Sequence[int], what: str) -> Iterator[int]:
    """`steps`, with a bar and the time left where someone watches and it is more than one."""
    from rich.console import Console
    from rich.progress import track

    console = Console(stderr=True)
    if not console.is_terminal or len(steps) < 2:
        return iter(steps)
    return iter(track(steps, what, console=console, transient=True))


@contextmanager
def timed(doing: str, steps: Sequence[int]) -> Iterator[Callable[[str], None]]:
    """One line at the end, of what was done (as it was said inside) and how long it took; until then, where someone
    watches and `steps_with_bar` shows nothing, what is being done. Nothing may be printed inside: a bar takes it for its own."""
    from rich.console import Console

    console, done, started = Console(stderr=True, highlight=False), [], time.monotonic()
    with console.status(doing) if console.is_terminal and len(steps) < 2 else nullcontext():
        yield done.append
    seconds = time.monotonic() - started
    print(f"{done[-1]}, {seconds:.{1 if seconds < 10 else 0}f} s", file=sys.stderr)


@contextmanager
def one_line() -> Iterator[Callable[[str], None]]:
    """One line that is written over on a terminal, a line after the other in a file."""
    from rich.console import Console
    from rich.markup import escape

    console = Console(stderr=True, highlight=False)
    if not console.is_terminal:
        yield lambda line: print(line, file=sys.stderr, flush=True)
        return
    with console.status("") as status:
        yield lambda line: status.update(escape(line))
