"""The line before the one worker: everybody sees their place, whoever goes away frees theirs, and one job runs at a time."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

MOST_WAITING = 200
ALIVE = 10.0  # seconds between signs of life to whoever waits

Event = tuple[str, Any]  # (name, what it says)


class Gone(Exception):
    """The one who asked went away; raised inside the job, which ends with it."""


class Full(Exception):
    """So many wait that nobody is let in."""


class Ticket:
    """A place in the line. `say` may be called from the job's thread; it raises Gone when nobody listens any more."""

    def __init__(self) -> None:
        self.loop = asyncio.get_running_loop()
        self.events: asyncio.Queue[Event | None] = asyncio.Queue()
        self.moved = asyncio.Event()
        self.gone = threading.Event()

    def say(self, name: str, content: Any) -> None:
        if self.gone.is_set():
            raise Gone
        self.loop.call_soon_threadsafe(self.events.put_nowait, (name, content))


class Line:
    """First come, first served."""

    def __init__(self, most: int = MOST_WAITING):
        self.most = most
        self.tickets: list[Ticket] = []  # the first one's job runs
        self.worker = ThreadPoolExecutor(1, thread_name_prefix="tellback-worker")

    async def run(self, job: Callable[[Ticket], None]) -> AsyncIterator[Event]:
        """What happens to a job: ("position", n others before it), then all that the job says. Raises Full.

        The job's place is free when it has ended, or at once where it had not begun. Closing the iterator ends both.
        """
        if len(self.tickets) >= self.most:
            raise Full
        ticket = Ticket()
        self.tickets.append(ticket)
        running = False
        try:
            while place := self.tickets.index(ticket):
                yield "position", place
                await self._moved(ticket)
            running = True
            done = asyncio.get_running_loop().run_in_executor(self.worker, self._work, ticket, job)
            done.add_done_callback(lambda _: self._leave(ticket))
            while True:
                try:
                    event = await asyncio.wait_for(ticket.events.get(), ALIVE)
                except TimeoutError:
                    event = ("alive", None)
                if event is None:
                    return
                yield event
        finally:
            ticket.gone.set()
            if not running:
                self._leave(ticket)

    async def _moved(self, ticket: Ticket) -> None:
        ticket.moved.clear()
        try:
            await asyncio.wait_for(ticket.moved.wait(), ALIVE)
        except TimeoutError:
            return

    def _work(self, ticket: Ticket, job: Callable[[Ticket], None]) -> None:
        try:
            if not ticket.gone.is_set():
                job(ticket)
        except Gone:
            pass
        finally:
            ticket.loop.call_soon_threadsafe(ticket.events.put_nowait, None)

    def _leave(self, ticket: Ticket) -> None:
        if ticket in self.tickets:
            self.tickets.remove(ticket)
        for other in self.tickets:
            other.moved.set()
