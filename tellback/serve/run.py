"""Start the server and say where it is."""

from __future__ import annotations

import secrets
import socket
from pathlib import Path

from tellback.errors import UsageError
from tellback.serve.app import app
from tellback.serve.choices import Shelf, choices
from tellback.serve.guard import is_local


def serve(folder: Path | None, host: str, port: int, threads: int) -> None:
    """Serve until interrupted. Raises UsageError where the address is taken or unknown."""
    import torch
    import uvicorn

    torch.set_num_threads(threads)
    token = None if is_local(host) else secrets.token_urlsafe(24)
    shelf = Shelf(choices(folder))
    try:
        bound = socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except OSError as error:
        raise UsageError(
            f"{host}:{port} cannot be served: {error.strerror}. Give another --port (0: any) or --host."
        ) from None
    shown = f"[{host}]" if ":" in host else host
    print(f"http://{shown}:{bound.getsockname()[1]}/{f'?token={token}' if token else ''}", flush=True)
    config = uvicorn.Config(
        app(shelf, host, token), log_level="warning", access_log=False, timeout_graceful_shutdown=2, server_header=False
    )
    uvicorn.Server(config).run(sockets=[bound])
