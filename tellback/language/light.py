"""The parser without torch: spaCy's core imports torch where it finds it, and then never uses it for our pipeline."""

from __future__ import annotations

import sys


def leave_torch_out() -> None:
    """Import spaCy's core, if it is installed, in a way that it does not take torch along (three seconds and 250 MB).

    For a process of our own (the command line and its workers): while this runs, no other thread could import torch;
    afterwards everybody can. Nothing happens where torch or that core was imported before.
    """
    if "torch" in sys.modules or "thinc" in sys.modules:
        return
    sys.modules["torch"] = None  # type: ignore[assignment]  # «import torch» then raises ImportError, which it expects
    try:
        import thinc.compat  # noqa: F401
    except ImportError:
        pass
    finally:
        del sys.modules["torch"]
