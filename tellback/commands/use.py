"""train, compress, tell-back and ask: one compressor, your own text."""

from __future__ import annotations

import typer


def register(app: typer.Typer) -> None:
    """Add the commands to `app`."""
