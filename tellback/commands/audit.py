"""audit, diff and validate: what a summary, a compaction or a compressor lost."""

from __future__ import annotations

import typer


def register(app: typer.Typer) -> None:
    """Add the commands to `app`."""
