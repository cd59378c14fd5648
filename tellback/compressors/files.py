"""Tensors on disk: one safetensors file, whole or not there."""

from __future__ import annotations

import errno
import os
from collections.abc import Mapping
from pathlib import Path

from torch import Tensor

from tellback.errors import UsageError
from tellback.store import beside


def write_tensors(tensors: Mapping[str, Tensor], path: Path, metadata: Mapping[str, str] | None = None) -> None:
    """Write `tensors`, with the mode that any new file gets here. What `path` links to is written, the link stays.

    Raises UsageError where `path` is there and no file (a device, a pipe, a folder), OSError where writing fails; what was
    there then stays as it was.
    """
    from safetensors import SafetensorError
    from safetensors.torch import save_file

    target = Path(os.path.realpath(path))
    if target.exists() and not target.is_file():
        raise UsageError(f"{path} is there already and is no regular file, so it is not replaced. Give another path.")
    with beside(target) as temporary:
        temporary.touch()
        mode = temporary.stat().st_mode & 0o777  # as the umask has it; safetensors itself lets nobody else read
        try:
            save_file(dict(tensors), str(temporary), metadata=dict(metadata or {}))
        except SafetensorError as error:  # it has no number: what cannot be written is the storage's fault
            raise OSError(errno.EIO, str(error), str(path)) from None
        temporary.chmod(mode)
