"""Choose an entry of a table by name, or say which names there are."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from pathlib import Path
from typing import TypeVar

from tellback.errors import UsageError

T = TypeVar("T")


def choose(kind: str, name: str, table: Mapping[str, T]) -> T:
    """The entry of `table` called `name`.

    Raises UsageError with the nearest name and the whole list when there is none; `kind` is the word for
    what is being chosen («compressor», «corpus»).
    """
    if name in table:
        return table[name]
    raise UsageError(unknown(kind, name, table))


def unknown(kind: str, name: str, known: Mapping[str, object] | list[str]) -> str:
    """The message for a name that is not among `known`."""
    names = sorted(known)
    near = difflib.get_close_matches(str(name), names, n=1, cutoff=0.5)
    hint = f" Did you mean {near[0]!r}?" if near else ""
    return f"unknown {kind} {str(name)!r}.{hint} Known: {', '.join(names)}."


def no_file(kind: str, name: str, known: Mapping[str, object] | list[str], endings: tuple[str, ...]) -> str:
    """The message for what is neither a name among `known` nor a file: of a path it says what is wrong with the path."""
    wanted = f"Give the path of a {' or '.join(endings)} file"
    if Path(name).is_dir():
        return f"{name} is a folder. {wanted}."
    if name.endswith(endings) or "/" in name:
        return f"there is no file {name}. {wanted}."
    return f"{unknown(kind, name, known)} Or give{wanted.removeprefix('Give')}."
