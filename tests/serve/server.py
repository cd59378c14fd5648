"""A server of the page in a thread, with a real pocket model that was taught to copy: it tells its source back by generating."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from contextlib import contextmanager

import httpx
import uvicorn

from tellback.config import SetupSpec, parse
from tellback.saved import build_reader
from tellback.serve.app import app
from tellback.serve.choices import Choice, Shelf

TEXT = "Mira owns a white boat. Tom left before Ana. The hens of Karl are two."


def copying(method="identity"):
    def make():
        model = {"name": "pocket-llama-60k"}
        content = {
            "study": "t", "corpus": {"name": "pocket"}, "base_model": model, "rate": 1.0, "seed": 0, "probes": {},
            "compressor": {"name": method}, "decoder": {"model": model, "train": "frozen"}, "train": {},
        }  # fmt: skip
        reader = build_reader(parse(SetupSpec, content, "test").reader)
        reader.decoder.tells_back = True  # as a decoder says of itself once it was taught
        return reader

    return make


def shelf(slow=0.0):
    def make():
        time.sleep(slow)
        return copying()()

    return Shelf({"copy": Choice("copy", "a model that copies", 1.0, make, TEXT)})


@contextmanager
def serving(token=None, host="127.0.0.1", slow=0.0):
    """(a client, the service)."""
    bound = socket.create_server(("127.0.0.1", 0))
    own = app(shelf(slow), host, token)
    server = uvicorn.Server(uvicorn.Config(own, log_level="error", access_log=False, timeout_graceful_shutdown=1))
    thread = threading.Thread(target=lambda: asyncio.run(server.serve([bound])), daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    with httpx.Client(base_url=f"http://127.0.0.1:{bound.getsockname()[1]}", timeout=60, trust_env=False) as client:
        yield client, own.app.state.service
    server.should_exit = True
    thread.join(10)


def events(answer):
    """(name, content) of each event of a streamed answer."""
    import json

    name = None
    for line in answer.iter_lines():
        if line.startswith("event: "):
            name = line[7:]
        elif line.startswith("data: ") and name != "alive":  # what a slow machine hears while it loads
            yield name, json.loads(line[6:])


def asked(client, path, **body):
    with client.stream("POST", path, **body) as answer:
        assert answer.status_code == 200, answer.read()
        return list(events(answer))
