"""tellback trains context compressors, has them tell the context back, and shows which facts survived."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from tellback.version import __version__

__all__ = ["__version__", "audit", "load", "results"]

if TYPE_CHECKING:
    from tellback.saved import Setup
    from tellback.study.results import Results


def load(path: str) -> Setup:
    """A trained setup: "runs/my-study/pooling-4x" (of a study), a folder that was saved, or a hub name ("owner/name").

    Gives a Setup: `compress`, `tell_back`, `ask`, `save_pretrained`, `push_to_hub`. Raises UsageError when it is not
    there, not finished or not whole.
    """
    from tellback.loading import load as load_reader

    return load_reader(path)


def results(path: str) -> Results:
    """The results of a study's folder: `rows`, one a setup, which a notebook shows as a table.

    Raises UsageError when the folder holds none.
    """
    from tellback.study.results import Results

    return Results(path)


def __getattr__(name: str) -> Any:
    """`tellback.audit(source, output)`: the module of that name, which can be called; imported when it is first used."""
    if name == "audit":
        return importlib.import_module("tellback.audit")
    raise AttributeError(f"module 'tellback' has no attribute {name!r}")
