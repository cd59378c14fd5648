"""A study whose results lie in an object store (s3://, gs://, any address that fsspec knows): `--out` and what reads it.

Work is done in a folder on this machine. What is finished is written out whole: of a setup the result.json last, so that a setup
that has one has everything, and a run elsewhere goes on from there.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tellback.errors import UsageError
from tellback.store import WEIGHTS, beside, cache_dir, finished

TOP = ("study.yaml", "results.jsonl", "controls.json")  # of a study, beside its setups
RESULT = "result.json"
#: Stores without folders: whoever writes an object makes none.
FLAT = {"s3", "s3a", "gs", "gcs", "az", "abfs", "abfss", "adl", "oss", "memory", "http", "https"}
#: Of a setup's folder: what only its own run needs.
WORKING = re.compile(r"\..*|checkpoint.*|snapshots\.safetensors")


def is_address(text: str | Path | None) -> bool:
    """Whether `text` names a place in an object store, and no folder."""
    return isinstance(text, str) and "://" in text


def local_folder(where: str | Path) -> Path:
    """A folder of this machine with the study that lies at `where`: the folder itself, or what an object store holds, fetched.
    Raises UsageError where that holds no study."""
    if not is_address(where):
        return Path(where)
    store = ObjectStore(str(where))
    store.fetch_study()
    if not (store.folder / "study.yaml").is_file():
        raise UsageError(f"{where} holds no study (no study.yaml). Run `tellback study` with --out {where}.")
    store.fetch_setups()
    return store.folder


def publish(where: str | Path | None, path: Path) -> str | Path:
    """Where to find what was written to `path`: there; of a study in an object store in the store, after it was put there."""
    if not is_address(where):
        return path
    store = ObjectStore(str(where))
    for file in sorted(path.iterdir()) if path.is_dir() else {path, path.with_suffix(".md")}:
        store.put(str(file.relative_to(store.folder)))
    return f"{store.address}/{path.relative_to(store.folder)}"


class ObjectStore:
    """The study at `address`, and the folder of this machine in which it is worked at.

    Raises UsageError where the address means nothing, its package is not installed, or the store cannot be reached.
    """

    def __init__(self, address: str):
        self.address = address.rstrip("/")
        digest = hashlib.sha256(self.address.encode()).hexdigest()[:12]
        name = re.sub(r"[^\w.-]", "_", self.address.rsplit("/", 1)[-1])
        self.folder = cache_dir() / "studies" / f"{name}-{digest}"
        try:
            from fsspec.core import url_to_fs

            self.fs, self.root = url_to_fs(self.address, use_listings_cache=False)
        except (ImportError, ValueError) as error:
            raise UsageError(f"{self.address}: {error}. Give a folder, or an address such as s3://bucket/name.") from None

    def fetch_study(self) -> None:
        """What stands beside the setups, where the store has it."""
        for name in TOP:
            self._get(name)

    def fetch_setups(self, keys: Iterable[str] | None = None) -> None:
        """Every finished setup (of `keys`) that is not in the folder yet, without its weights."""
        held = self._names()
        for key in sorted(held) if keys is None else keys:
            if RESULT in held.get(key, ()) and finished(self.folder / "setups" / key) is None and self._whole(key):
                for name in sorted(held[key] - {WEIGHTS}, key=lambda n: n == RESULT):  # the last says that all are there
                    self._get(f"setups/{key}/{name}")

    def put_study(self) -> None:
        """What stands beside the setups."""
        for name in TOP:
            self.put(name)

    def withdraw(self) -> None:
        """Take back the study.yaml of a study that came to nothing, where the store has none of its setups."""
        if not self._names():
            with self._reaching():
                self.fs.rm_file(f"{self.root}/study.yaml")

    def put_setup(self, key: str) -> None:
        """Everything of a setup that has ended, its result last."""
        folder = self.folder / "setups" / key
        names = [p.name for p in folder.iterdir() if p.is_file() and not WORKING.fullmatch(p.name)]
        for name in sorted(names, key=lambda n: n == RESULT):
            self.put(f"setups/{key}/{name}")

    def put_missing(self, keys: Iterable[str]) -> None:
        """Setups that are finished here and not there: a run was killed between the two."""
        held = self._names()
        for key in keys:
            if finished(self.folder / "setups" / key) is not None and not (RESULT in held.get(key, ()) and self._whole(key)):
                self.put_setup(key)

    def _whole(self, key: str) -> bool:
        """Whether the result there is one that needs not be made again. Not every store writes all of an object or nothing."""
        with self._reaching():
            text = self.fs.cat_file(f"{self.root}/setups/{key}/{RESULT}")
        try:
            return json.loads(text)["row"]["status"] != "failed"
        except (ValueError, KeyError):
            return False

    def _names(self) -> dict[str, set[str]]:
        """Setup -> the files that the store has of it."""
        found: dict[str, set[str]] = {}
        with self._reaching():
            paths = self.fs.find(f"{self.root}/setups")
        for path in paths:
            key, name = path.split("/")[-2:]
            found.setdefault(key, set()).add(name)
        return found

    def _get(self, name: str) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with self._reaching():
            if self.fs.exists(f"{self.root}/{name}"):
                with beside(path) as temporary:
                    self.fs.get_file(f"{self.root}/{name}", str(temporary))

    def put(self, name: str) -> None:
        """One file of the folder, where there is one."""
        place = f"{self.root}/{name}"
        if not (self.folder / name).is_file():
            return
        with self._reaching():
            if not FLAT & set([self.fs.protocol] if isinstance(self.fs.protocol, str) else self.fs.protocol):
                self.fs.makedirs(place.rsplit("/", 1)[0], exist_ok=True)
            self.fs.put_file(str(self.folder / name), place)

    @contextmanager
    def _reaching(self) -> Iterator[None]:
        """What a store's package raises is of many sorts; to the user it is one."""
        try:
            yield
        except Exception as error:
            raise UsageError(
                f"{self.address} could not be reached: {type(error).__name__}: {error}. What is finished lies in {self.folder}; the same "
                f"command goes on and writes it."
            ) from None
