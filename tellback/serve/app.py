"""The server: a page, and three things that it can ask for. Every answer is a stream of events, its place in the line first."""

from __future__ import annotations

import asyncio
import json
import secrets
import sys
import traceback
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from tellback.errors import UsageError
from tellback.serve import uploads, work
from tellback.serve.choices import Shelf
from tellback.serve.guard import Guard
from tellback.serve.line import Full, Gone, Line, Ticket
from tellback.view.page import render

PACKAGE = "tellback.serve"
ALSO = "; connect-src 'self'; frame-src 'self'"  # what the page may ask for beside what every page may: its own server
MOST_PAGES = 12  # audits that can be looked at: they are held in memory, the newest


class Service:
    """What the routes share."""

    def __init__(self, shelf: Shelf):
        self.shelf, self.line = shelf, Line()
        self.pages: OrderedDict[str, str] = OrderedDict()
        self.uploads = asyncio.Semaphore(uploads.AT_ONCE)

    async def index(self, request: Request) -> Response:
        html = render(
            (PACKAGE, "page.html.j2"), [(PACKAGE, "serve.css")],
            [("tellback.view", "data.js"), ("tellback.view", "texts.js"), (PACKAGE, "serve.js")], {}, also=ALSO,
        )  # fmt: skip
        return HTMLResponse(html, headers={"content-security-policy": "frame-ancestors 'none'"})

    async def choices(self, request: Request) -> Response:
        return JSONResponse({"choices": list(self.shelf.listed())})

    async def page(self, request: Request) -> Response:
        html = self.pages.get(request.path_params["key"])
        if html is None:
            return PlainTextResponse("This audit is no longer held. Ask for it again.", 404)
        return HTMLResponse(html, headers={"content-security-policy": "frame-ancestors 'self'"})

    async def tell(self, request: Request) -> Response:
        asked = await uploads.fields(request.stream())
        name, text, rate = asked.get("choice"), asked.get("text"), asked.get("rate")
        if (
            not isinstance(name, str)
            or not isinstance(text, str)
            or isinstance(rate, bool)
            or not isinstance(rate, int | float | None)
        ):
            raise UsageError("expected a choice and a text, and a rate that is a number.")
        return self._answer(lambda ticket: work.tell(self.shelf, name, rate, text, ticket))

    async def audit(self, request: Request) -> Response:
        asked = await uploads.fields(request.stream())
        source, output, fast = asked.get("source"), asked.get("output"), asked.get("fast") is True
        if not isinstance(source, str) or not isinstance(output, str):
            raise UsageError("expected a source and an output.")
        return self._answer(lambda ticket: ticket.say("page", self._keep(work.pair_page(source, output, fast))))

    async def session(self, request: Request) -> Response:
        name, fast = request.query_params.get("name", "session.jsonl")[-120:], request.query_params.get("fast") == "1"
        found = await uploads.session(request.stream(), name, self.uploads)
        return self._answer(lambda ticket: ticket.say("page", self._keep(work.session_pages(found, name, fast))))

    def _keep(self, html: str) -> str:
        key = secrets.token_urlsafe(16)
        self.pages[key] = html
        while len(self.pages) > MOST_PAGES:
            self.pages.popitem(last=False)
        return f"/page/{key}"

    def _answer(self, job: Callable[[Ticket], None]) -> Response:
        async def events() -> AsyncIterator[bytes]:
            try:
                async for name, content in self.line.run(lambda ticket: _said(job, ticket)):
                    yield f"event: {name}\ndata: {json.dumps(content)}\n\n".encode()
            except Full:
                yield b'event: error\ndata: "So many are waiting that nobody is let in. Try again in a minute."\n\n'

        return StreamingResponse(events(), media_type="text/event-stream", headers={"x-accel-buffering": "no"})


def _said(job: Callable[[Ticket], None], ticket: Ticket) -> None:
    """Run a job; what fails is said. The user's fault in its own words, ours with where it is to be looked up."""
    try:
        job(ticket)
    except UsageError as error:
        ticket.say("error", str(error))
    except Gone:
        raise
    except Exception:
        traceback.print_exc(file=sys.stderr)
        ticket.say("error", "It failed; the terminal of the server says where.")


async def _usage(request: Request, error: Exception) -> Response:
    return PlainTextResponse(str(error), 400)


async def _too_large(request: Request, error: Exception) -> Response:
    return PlainTextResponse(str(error), 413, headers={"connection": "close"})


def app(shelf: Shelf, host: str = "127.0.0.1", token: str | None = None) -> Any:
    """The ASGI application. `token` must be given by all who ask, where others can reach `host`."""
    service = Service(shelf)
    routes = [
        Route("/", service.index), Route("/choices", service.choices), Route("/page/{key}", service.page),
        Route("/tell", service.tell, methods=["POST"]), Route("/audit", service.audit, methods=["POST"]),
        Route("/session", service.session, methods=["POST"]),
    ]  # fmt: skip
    handlers = {UsageError: _usage, uploads.TooLarge: _too_large}
    inner = Starlette(routes=routes, exception_handlers=handlers)
    inner.state.service = service
    return Guard(inner, host, token)
