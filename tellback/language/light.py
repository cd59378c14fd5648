"""spaCy without what it takes along and the audit never uses: torch, and its own command line with two HTTP clients."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType


def import_spacy() -> None:
    """Import spaCy, if it is installed, without torch (three seconds and 250 MB) and without `spacy.cli` (0.15 s).

    For a process of our own (the command line and its workers): while this runs, no other thread could import either;
    afterwards everybody can. Nothing happens where torch or spaCy was imported before.
    """
    if "torch" in sys.modules or "thinc" in sys.modules:
        return
    command_line = ModuleType("spacy.cli.info")
    command_line.info = None  # type: ignore[attr-defined]  # the one name that spaCy takes from there
    # None: «import torch» raises ImportError, which spaCy's core expects
    with _instead({"torch": None, "spacy.cli": ModuleType("spacy.cli"), "spacy.cli.info": command_line}):
        try:
            import spacy
        except ImportError:
            return
    for name in ("cli", "info"):
        vars(spacy).pop(name, None)


@contextmanager
def _instead(modules: dict[str, ModuleType | None]) -> Iterator[None]:
    """While this lasts, `modules` stand in the place of those that would be imported."""
    sys.modules.update(modules)  # type: ignore[arg-type]
    try:
        yield
    finally:
        for name in modules:
            del sys.modules[name]
