"""What is sent to the server, read within its bounds: small bodies whole, sessions as they come, line by line."""

from __future__ import annotations

import asyncio
import json
import queue
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any, TypeVar

from tellback.audit.transcripts.documents import lines, of_lines
from tellback.audit.transcripts.sessions import Session
from tellback.errors import UsageError
from tellback.serve.work import session_of

MOST_BYTES = 1_000_000  # of texts
MOST_DOCUMENT = 20_000_000  # of one JSON document, which cannot be read in pieces
MOST_LINE = 64_000_000  # of one line of a session
AT_ONCE = 4  # sessions that are read at a time
T = TypeVar("T")


class TooLarge(Exception):
    """More was sent than is taken; says how much that is."""


async def whole(chunks: AsyncIterator[bytes], most: int) -> bytes:
    """All of a body. Raises TooLarge as soon as it is."""
    out = bytearray()
    async for chunk in chunks:
        out += chunk
        if len(out) > most:
            raise TooLarge(f"that is more than {most / 1e6:g} MB.")
    return bytes(out)


async def fields(chunks: AsyncIterator[bytes]) -> dict[str, Any]:
    """The object of a JSON body. Raises TooLarge, and UsageError for anything else."""
    body = await whole(chunks, MOST_BYTES)
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise UsageError("expected a JSON object.")
    return found


async def session(chunks: AsyncIterator[bytes], name: str, slots: asyncio.Semaphore) -> list[Session]:
    """The sessions of a file as it comes in; of its logs only what an audit needs is held. Raises UsageError."""
    async with slots:
        if not name.endswith(".jsonl"):
            text = (await whole(chunks, MOST_DOCUMENT)).decode("utf-8", "replace")
            return await asyncio.to_thread(lambda: session_of(lines(text, name), name))
        return await _through(chunks, lambda rows: session_of(of_lines(rows, name), name))


async def _through(chunks: AsyncIterator[bytes], read: Callable[[Iterator[str]], T]) -> T:
    """`read` of the lines, in a thread; the sender waits where it is faster than the reader."""
    pipe: queue.Queue[bytes | None] = queue.Queue(maxsize=16)
    reading = asyncio.ensure_future(asyncio.to_thread(lambda: read(_lines(pipe))))
    try:
        async for chunk in chunks:
            while not reading.done():
                try:
                    pipe.put_nowait(chunk)
                    break
                except queue.Full:
                    await asyncio.sleep(0.01)
            if reading.done():
                break  # it failed: the rest need not be read
    finally:
        while not reading.done():
            try:
                pipe.put_nowait(None)
                break
            except queue.Full:
                await asyncio.sleep(0.01)
    return await reading


def _lines(pipe: queue.Queue[bytes | None]) -> Iterator[str]:
    rest: list[bytes] = []  # of a line that has not ended yet
    size = 0
    while (chunk := pipe.get()) is not None:
        first, *more = chunk.split(b"\n")
        rest.append(first)
        size += len(first)
        if size > MOST_LINE:
            raise UsageError(f"a line of the session has more than {MOST_LINE / 1e6:g} MB.")
        if more:
            *whole_lines, last = [b"".join(rest), *more]
            yield from (line.decode("utf-8", "replace") for line in whole_lines)
            rest, size = [last], len(last)
    yield b"".join(rest).decode("utf-8", "replace")
