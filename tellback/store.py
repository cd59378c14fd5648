"""One folder a setup: spec.json first, result.json last and atomic, so that what is there is whole."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import NoneType
from typing import Any

from tellback.config import SetupSpec, StudySpec, placeless
from tellback.config.train import BESIDE
from tellback.errors import UsageError


@contextmanager
def beside(path: Path) -> Iterator[Path]:
    """A place to write, which becomes `path` at the end: a reader sees the old file or the new one, never half of one. Where
    writing fails nothing is left of it; what a killed process leaves, `tidy` takes away. Raises UsageError where `path` is a folder."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        yield temporary
        if path.is_dir():
            raise UsageError(f"{path} is a folder, and a file is to be written there. Remove it and run the same command again.")
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def tidy(folder: Path) -> None:
    """Remove what killed processes had not written to the end. To be called by whoever holds the folder alone."""
    for path in folder.glob(".*.*"):
        if path.suffix[1:].isdigit():
            path.unlink(missing_ok=True)


#: Of an OSError: storage that is full, broken or read-only, which is no fault of the setup that met it.
STORAGE = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EROFS)
FORBIDDEN = (errno.EROFS, errno.EACCES, errno.EPERM)


def storage_fault(error: OSError) -> str:
    """What to tell the user of a file that could not be written."""
    where = f"{error.filename}: " if error.filename is not None else ""
    what = "See that it may be read and written" if error.errno in FORBIDDEN else "See that there is room"
    return f"{where}{error.strerror or error}. {what} and run the same command again; what is finished stays."


def write_atomically(path: Path, text: str) -> None:
    with beside(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def write_json(path: Path, content: Any) -> None:
    write_atomically(path, json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False) + "\n")


def write_table(path: Path, rows: Sequence[Mapping[str, Any]]) -> None:
    """Rows as parquet, atomically; what a row lacks, and what is no number, is null."""
    import pyarrow
    import pyarrow.parquet

    names = dict.fromkeys(name for row in rows for name in row)
    columns = {name: pyarrow.array([row.get(name) for row in rows], from_pandas=True) for name in names}
    with beside(path) as temporary:
        pyarrow.parquet.write_table(pyarrow.table(columns), temporary)


def read_table(path: Path, columns: Sequence[str] | None = None, filters: Sequence[tuple[str, str, Any]] | None = None) -> Any:
    """A pyarrow table of a setup's parquet file. Raises UsageError for one that is broken."""
    import pyarrow
    import pyarrow.parquet

    try:
        return pyarrow.parquet.read_table(path, columns=columns, filters=filters)
    except (pyarrow.ArrowException, OSError, ValueError) as error:
        raise UsageError(
            f"{path} is broken: {str(error).strip()}. Remove it and the result.json beside it, and run the study again: it reads this setup "
            f"anew and trains nothing that was trained."
        ) from None


ANEW = "Remove the result.json beside it and run the study again: it reads this setup anew and trains nothing that was trained."
AGAIN = "Run the study again to write it anew."


def read_json(path: Path, then: str) -> Any:
    """What a JSON file of a study holds. Raises UsageError for one that is broken, which says what to do `then`."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise UsageError(f"{path} is broken: {error}. {then}") from None


def read_lines(path: Path, then: str) -> list[dict[str, Any]]:
    """The JSON lines of a file, none where it is absent. Raises UsageError naming the line that is no JSON, and what to do `then`."""
    if not path.is_file():
        return []
    out = []
    try:
        lines = path.read_text(encoding="utf-8").split("\n")  # U+2028 ends no line of JSON
    except UnicodeDecodeError as error:
        raise UsageError(f"{path} is broken: {error}. {then}") from None
    for i, line in enumerate(lines, start=1):
        try:
            out += [json.loads(line)] if line.strip() else []
        except json.JSONDecodeError as error:
            raise UsageError(f"{path}, line {i}: not JSON ({error}). {then}") from None
    return out


def cache_dir() -> Path:
    """Where models that were made or converted here are kept: TELLBACK_CACHE, else XDG_CACHE_HOME/tellback, else ~/.cache/tellback."""
    if own := os.environ.get("TELLBACK_CACHE"):
        return Path(own).expanduser()
    # an empty variable means unset (XDG base directory specification)
    return Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser() / "tellback"


WEIGHTS = "weights.safetensors"  # of a setup that trained
SHORTENED = "shortened"  # of a study: what its text compressors have written, whatever is read of it
TRAINED = "trained.json"  # beside the weights: how far the training got, which is to its end


class StudyFolder:
    """DIR of one study: study.yaml, setups/<key>/, results.jsonl."""

    def __init__(self, path: Path):
        self.path = path

    def open(self, spec: StudySpec, extend: bool = False) -> bool:
        """Claim the folder for `spec`, or go on with the study that it holds; gives whether it is claimed from now on and was not before.

        Raises UsageError when it holds another study, or the same one with another grid and `extend` is False.
        """
        import yaml

        self.check(spec, extend)
        new = not (self.path / "study.yaml").is_file()
        self.path.mkdir(parents=True, exist_ok=True)
        tidy(self.path)
        write_atomically(self.path / "study.yaml", yaml.safe_dump(spec.model_dump(mode="json"), sort_keys=False, allow_unicode=True))
        return new

    def release(self) -> bool:
        """Give up a folder that this run alone has claimed, so that another study may have it; gives whether that could be done. It stays
        claimed where a setup has more in it than that it was begun: a result, weights, a checkpoint. Shortened texts stay in any case."""
        begun = list((self.path / "setups").glob("*"))
        if any(path.name != "spec.json" and not path.name.startswith(".") for folder in begun for path in folder.iterdir()):
            return False
        try:
            for folder in begun:
                for path in folder.iterdir():
                    path.unlink()
                folder.rmdir()
            if begun:
                (self.path / "setups").rmdir()
            (self.path / "study.yaml").unlink()
        except OSError:  # somebody is at work in it yet
            return False
        return True

    def check(self, spec: StudySpec, extend: bool = False) -> None:
        """Raise what `open` would raise, and change nothing."""
        wanted = placeless(spec.model_dump(mode="json"))
        if not (self.path / "study.yaml").is_file():
            if self.path.exists() and not (self.path.is_dir() and all(p.name.startswith(".") or p.name == SHORTENED for p in self.path.iterdir())):
                raise UsageError(f"{self.path} is not empty and holds no study. Give another --out.")
        else:
            held = placeless(self.spec().model_dump(mode="json"))
            wanted["train"] |= {name: held["train"][name] for name in BESIDE}
            grid = {"base_models", "compressors", "rates", "seeds", "also", "controls"}
            fixed = [k for k in wanted if k not in grid and wanted[k] != held[k]]
            larger = [k for k in grid if wanted[k] != held[k]]
            if fixed:
                raise UsageError(
                    f"{self.path} holds the study {held['name']!r}, which differs in {', '.join(fixed)}. Give another "
                    f"--out, or remove the folder."
                )
            if larger and not extend:
                raise UsageError(
                    f"{self.path} holds {held['name']!r} with another grid ({', '.join(sorted(larger))}). Give "
                    f"--extend to go on with the larger one, or another --out."
                )

    def spec(self) -> StudySpec:
        """The study that the folder holds; raises UsageError when it holds none."""
        from tellback.config import read_study

        if not (self.path / "study.yaml").is_file():
            raise UsageError(f"{self.path} holds no study (no study.yaml). Run `tellback study` with --out {self.path}.")
        try:
            return read_study(str(self.path / "study.yaml"))
        except UsageError as error:
            raise UsageError(f"{error} To go on with what is finished there, put the file that the study was started with in its place.") from None

    def setup(self, key: str) -> Path:
        return self.path / "setups" / key

    def result(self, key: str) -> dict[str, Any] | None:
        """The finished result of a setup, None when it is not finished."""
        return read_result(self.setup(key))

    def finished(self, key: str) -> dict[str, Any] | None:
        """The same; None also of a setup that failed."""
        return finished(self.setup(key))

    def find(self, name: str) -> Path:
        """The folder of the setup called `name` (or with that key); raises UsageError that lists what there is."""
        from tellback.registry import choose

        found = {}
        for path in sorted((self.path / "setups").glob("*/spec.json")):
            found[read_json(path, ANEW)["name"]] = path.parent
        if (self.setup(name) / "spec.json").is_file():
            return self.setup(name)
        return choose("setup", name, found)


def read_setup_spec(folder: Path) -> SetupSpec:
    """The SetupSpec that a setup's folder was made from."""
    return SetupSpec.model_validate(read_json(folder / "spec.json", ANEW)["spec"])


#: What a study reads of a setup's row, and what may stand there.
_NUMBER = (int, float, NoneType)
ROW = {
    **dict.fromkeys(("setup", "key", "status", "compressor", "base_model"), str),
    **dict.fromkeys(("rate", "seed", "reconstruction_loss", "rouge_l"), _NUMBER),
    **dict.fromkeys(("qa_i", "qa_ii"), (dict, NoneType)),
}


def read_result(folder: Path) -> dict[str, Any] | None:
    """The result in a setup's folder, None where there is none yet. Raises UsageError for one that is broken."""
    path = folder / "result.json"
    if not path.exists():
        return None
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        row = found["row"]
        if not isinstance(found["details"], dict):
            raise ValueError("its details are no mapping")
        if wrong := [name for name, kinds in ROW.items() if name not in row or not isinstance(row[name], kinds)]:
            raise ValueError(f"its row lacks {', '.join(wrong)}, or has something else there")
        return found
    except (ValueError, KeyError, TypeError, IsADirectoryError) as error:
        why = "it is a folder, where a file should be" if path.is_dir() else str(error) if isinstance(error, ValueError) else "it holds no result"
        raise UsageError(f"{path} is broken: {why}. Remove it and run the study again: it runs this setup anew.") from None


def finished(folder: Path) -> dict[str, Any] | None:
    """The result of a setup that need not be run again; None also of one that failed."""
    result = read_result(folder)
    return result if result is not None and result["row"]["status"] != "failed" else None
