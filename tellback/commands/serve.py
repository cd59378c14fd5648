"""serve: the local page."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tellback.errors import UsageError


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command()(serve)


def serve(
    folder: Annotated[
        Path | None, typer.Argument(help="a study's folder, a folder of studies, or a saved compressor")
    ] = None,
    host: Annotated[
        str, typer.Option(help="address to serve; one that others reach is served with a token")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="0: any that is free")] = 8765,
    threads: Annotated[int, typer.Option(min=1, help="torch's threads; more than one pays only where the cores are free")] = 1,
) -> None:
    """Serve a local page: a text told back as you watch, its facts judged; a summary or a session audited.

    Only this machine reaches it. Nothing is written to the disk.
    """
    try:
        import starlette  # noqa: F401
        import torch  # noqa: F401
        import uvicorn  # noqa: F401
    except ImportError as error:
        raise UsageError(f"tellback serve needs {error.name}: pip install 'tellback[serve]'.") from None
    from tellback.serve.run import serve as run

    run(folder, host, port, threads)
