"""tellback trains context compressors, has them tell the context back, and shows which facts survived."""

from __future__ import annotations

from typing import TYPE_CHECKING

__version__ = "0.1.0"

if TYPE_CHECKING:
    from tellback.reading import Reader


def load(path: str) -> Reader:
    """A trained setup: "runs/my-study/pooling-4x" (of a study), a folder that was saved, or a hub name ("owner/name").

    Gives a Reader: `compress`, `tell_back`, `ask`, `save_pretrained`, `push_to_hub`. Raises UsageError when it is not
    there, not finished or not whole.
    """
    from tellback.reading import load as load_reader

    return load_reader(path)
