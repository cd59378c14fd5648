"""tellback trains context compressors, has them tell the context back, and shows which facts survived."""

from __future__ import annotations

from typing import TYPE_CHECKING

__version__ = "0.1.0"

if TYPE_CHECKING:
    from tellback.reading import Reader


def load(path: str) -> Reader:
    """The trained setup in a study's folder, such as "runs/pocket/pooling-2x-pocket-llama-60k-s0".

    Gives a Reader with `compress`, `tell_back` and `ask`. Raises UsageError when it is not there or not finished.
    """
    from tellback.reading import load as load_reader

    return load_reader(path)
