"""One folder a setup: spec.json first, result.json last and atomic, so that what is there is whole."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tellback.config import SetupSpec, StudySpec
from tellback.errors import UsageError


def write_atomically(path: Path, text: str) -> None:
    """Write beside, then rename: a reader sees the old file or the new one, never half of one."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    temporary.write_text(text, encoding="utf-8")
    os.replace(temporary, path)


def write_json(path: Path, content: Any) -> None:
    write_atomically(path, json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False) + "\n")


def write_table(path: Path, rows: Sequence[Mapping[str, Any]]) -> None:
    """Rows as parquet, atomically."""
    import pandas as pd

    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    pd.DataFrame(list(rows)).to_parquet(temporary, index=False)
    os.replace(temporary, path)


def cache_dir() -> Path:
    """Where models that were made or converted here are kept: TELLBACK_CACHE, else XDG_CACHE_HOME/tellback, else ~/.cache/tellback."""
    if own := os.environ.get("TELLBACK_CACHE"):
        return Path(own).expanduser()
    # an empty variable means unset (XDG base directory specification)
    return Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser() / "tellback"


WEIGHTS = "weights.safetensors"  # of a setup that trained
TRAINED = "trained.json"  # beside the weights: how far the training got, which is to its end


class StudyFolder:
    """DIR of one study: study.yaml, setups/<key>/, results.jsonl."""

    def __init__(self, path: Path):
        self.path = path

    def open(self, spec: StudySpec, extend: bool = False) -> None:
        """Claim the folder for `spec`, or go on with the study that it holds.

        Raises UsageError when it holds another study, or the same one with another grid and `extend` is False.
        """
        import yaml

        wanted = spec.model_dump(mode="json")
        if not (self.path / "study.yaml").is_file():
            if self.path.exists() and any(self.path.iterdir()):
                raise UsageError(f"{self.path} is not empty and holds no study. Give another --out.")
            self.path.mkdir(parents=True, exist_ok=True)
        else:
            held = self.spec().model_dump(mode="json")
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
        write_atomically(self.path / "study.yaml", yaml.safe_dump(wanted, sort_keys=False, allow_unicode=True))

    def spec(self) -> StudySpec:
        """The study that the folder holds; raises UsageError when it holds none."""
        from tellback.config import read_study

        if not (self.path / "study.yaml").is_file():
            raise UsageError(f"{self.path} holds no study (no study.yaml). Run `tellback study` with --out {self.path}.")
        return read_study(str(self.path / "study.yaml"))

    def setup(self, key: str) -> Path:
        return self.path / "setups" / key

    def result(self, key: str) -> dict[str, Any] | None:
        """The finished result of a setup, None when it is not finished."""
        path = self.setup(key) / "result.json"
        return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else None

    def find(self, name: str) -> Path:
        """The folder of the setup called `name` (or with that key); raises UsageError that lists what there is."""
        from tellback.registry import choose

        found = {}
        for path in sorted((self.path / "setups").glob("*/spec.json")):
            found[json.loads(path.read_text(encoding="utf-8"))["name"]] = path.parent
        if (self.setup(name) / "spec.json").is_file():
            return self.setup(name)
        return choose("setup", name, found)


def read_setup_spec(folder: Path) -> SetupSpec:
    """The SetupSpec that a setup's folder was made from."""
    return SetupSpec.model_validate(json.loads((folder / "spec.json").read_text(encoding="utf-8"))["spec"])
