"""One run at a time in a folder. The lock is the operating system's, so it goes with the process that holds it, also when
that is killed; the file only says who holds it."""

from __future__ import annotations

import errno
import json
import os
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tellback.errors import UsageError

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

FILE = ".lock"
SAYS_NO = (errno.EWOULDBLOCK, errno.EACCES)  # somebody holds it; any other error: this file system has no locks
PATIENCE = 3.0  # seconds of waiting before a word is said of it


@contextmanager
def locked(folder: Path, wait: Callable[[str], None] | None = None) -> Iterator[None]:
    """Hold `folder` alone for as long as the context lasts; where the file system knows no locks, without one.

    Where another process holds it: raises UsageError that names its pid and since when; with `wait`, waits until it is free
    and says so through `wait`. Raises UsageError where `folder` cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        file = os.open(folder / FILE, os.O_RDWR | os.O_CREAT, 0o666)
    except OSError as error:
        raise UsageError(f"{folder} cannot be written: {error.strerror}. Give another --out.") from None
    try:
        if not _take(file):
            if wait is None:
                raise UsageError(
                    f"{folder} is in use: {_holder(file)} works in it. Wait for it to end, stop it, or give another --out."
                )
            _wait_for(file, wait)
        about = json.dumps({"pid": os.getpid(), "host": socket.gethostname(), "since": time.strftime("%Y-%m-%d %H:%M:%S %z")})
        with suppress(OSError):  # a full disk is no reason not to be alone
            os.ftruncate(file, os.pwrite(file, about.encode(), 0))
        yield
    finally:
        os.close(file)  # and the lock with it; the file stays, for another may wait for it already


def _wait_for(file: int, wait: Callable[[str], None]) -> None:
    started, said = time.monotonic(), False
    while not _take(file):
        if not said and time.monotonic() - started > PATIENCE:
            wait(f"waits for {_holder(file)}, which is at the same setup")
            said = True
        time.sleep(0.05)


def _take(file: int) -> bool:
    """Whether nobody else holds it."""
    if fcntl is None:
        return True
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        return error.errno not in SAYS_NO
    return True


def _holder(file: int) -> str:
    try:
        held = json.loads(os.pread(file, 1000, 0))
        return f"process {held['pid']} on {held['host']}, since {held['since']},"
    except (ValueError, KeyError, TypeError):  # it has taken the lock and not yet said who it is
        return "another process"
