"""A study folder, read: rows in grid order, each with its details, trace, probes and documents where they exist."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from tellback.display.words import count
from tellback.errors import UsageError
from tellback.methods import Role, role_of
from tellback.store import AGAIN, ANEW, read_json, read_lines, read_result, read_table


@dataclass(frozen=True)
class Setup:
    """One row of results.jsonl with what its folder holds; a file that is absent reads as empty."""

    row: Mapping[str, Any]
    folder: Path

    @property
    def name(self) -> str:
        return str(self.row.get("setup") or self.row.get("key") or "?")

    @property
    def status(self) -> str:
        return str(self.row.get("status"))

    @property
    def rate(self) -> float | None:
        return self.row.get("rate")

    @property
    def size(self) -> int | None:
        """Parameters of the compressor without embeddings."""
        return self.row.get("n_parameters_compressor")

    @property
    def is_control(self) -> bool:
        """Whether it bounds the compressors instead of being one."""
        return role_of(self.row.get("compressor")) is not Role.METHOD

    @property
    def method(self) -> str:
        """The compressor with its options: what stands before the rate in the setup's name."""
        name = str(self.row.get("compressor"))
        cut = self.name.find(f"-{self.rate:g}x-") if self.rate is not None else -1
        return self.name[:cut] if cut > 0 and self.name.startswith(name) else name

    @property
    def series(self) -> str:
        """What is held fixed when only size varies: the method and the model family."""
        return " · ".join(str(part) for part in (self.method, self.row.get("family")) if part)

    @property
    def size_name(self) -> str:
        return count(self.size)

    def share(self, name: str, outcome: str = "faithful", asks: str = "qa_i") -> float | None:
        """The share of an outcome in one set; None where it was not measured."""
        counts = self.counts(name, asks)
        return counts.get(outcome) if counts.get("n") else None

    def counts(self, name: str, asks: str = "qa_i") -> Mapping[str, Any]:
        return (self.row.get(asks) or {}).get(name) or {}

    @cached_property
    def details(self) -> Mapping[str, Any]:
        return (read_result(self.folder) or {}).get("details") or {}

    @cached_property
    def trace(self) -> list[dict[str, Any]]:
        """Evaluations during training, by step; empty for what was not trained."""
        return sorted(read_lines(self.folder / "trace.jsonl", ANEW), key=lambda line: line.get("step") or 0)

    def probes(self, name: str, reading: str) -> list[dict[str, Any]]:
        """The probe rows of one set and reading."""
        return self._table("probes.parquet", [("set", "==", name), ("reading", "==", reading)])

    def documents(self, name: str) -> dict[str, dict[str, Any]]:
        """The documents of one set by id: source and told-back text."""
        return {row["document_id"]: row for row in self._table("documents.parquet", [("set", "==", name)])}

    def _table(self, name: str, filters: list[tuple[str, str, str]]) -> list[dict[str, Any]]:
        path, key = self.folder / name, str((name, filters))
        if key not in self._read:
            rows = read_table(path, filters=filters).to_pylist() if path.is_file() else []
            self._read[key] = rows
        return self._read[key]

    @cached_property
    def _read(self) -> dict[str, list[dict[str, Any]]]:
        return {}  # what `_table` has read


@dataclass(frozen=True)
class Study:
    """A study folder: the resolved spec, every setup in grid order, and the controls."""

    directory: Path
    spec: Mapping[str, Any]
    setups: Sequence[Setup]
    controls: Sequence[Mapping[str, Any]] = field(default_factory=tuple)

    @property
    def name(self) -> str:
        return str(self.spec.get("name") or self.directory.resolve().name)

    @cached_property
    def compressors(self) -> list[Setup]:
        """The setups that have measures and are no controls, undertrained ones among them."""
        return [s for s in self.setups if s.status != "failed" and not s.is_control]

    @cached_property
    def rates(self) -> list[float]:
        """The rates of the compressors that have measures, lowest first."""
        return sorted({s.rate for s in self.compressors if s.rate is not None})

    @cached_property
    def sizes(self) -> list[int]:
        return sorted({s.size for s in self.compressors if s.size is not None})

    @cached_property
    def all_series(self) -> list[str]:
        return list(dict.fromkeys(s.series for s in self.compressors))

    def sets(self, asks: str, *, secondary: bool = False) -> list[str]:
        """Names of the sets that any setup was asked, in the order of the rows; `secondary` has a reading (@)."""
        names = dict.fromkeys(name for s in self.setups for name in (s.row.get(asks) or {}))
        return [name for name in names if ("@" in name) == secondary]

    @cached_property
    def conflict_set(self) -> str | None:
        """The set whose sources conflict with what models believe: the one that the headline speaks about."""
        names = [name for name in self.sets("qa_i") if not name.endswith("-facts")]  # those are looked for, not asked
        for ending in ("-conflict", "-stress", ""):
            for name in names:
                if name.endswith(ending):
                    return name
        return None

    def at(self, rate: float | None, series: str | None = None) -> list[Setup]:
        """Compressors at one rate, smallest first."""
        found = [s for s in self.compressors if s.rate == rate and series in (None, s.series)]
        return sorted(found, key=lambda s: s.size or 0)


def load(directory: Path) -> Study:
    """Read a study folder. Raises UsageError when it holds no results or a file in it cannot be read."""
    results = directory / "results.jsonl"
    if not results.is_file():
        raise UsageError(f"{directory} holds no results.jsonl: give the folder that `tellback study` wrote (--out).")
    rows = read_lines(results, AGAIN)
    setups = [Setup(row, directory / "setups" / str(row.get("key"))) for row in rows]
    controls = directory / "controls.json"
    return Study(
        directory,
        _spec(directory / "study.yaml"),
        setups,
        read_json(controls, AGAIN) if controls.is_file() else (),
    )


def _spec(path: Path) -> Mapping[str, Any]:
    if not path.is_file():
        return {}
    import yaml

    try:
        return yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} is broken: {error}. Put the file that the study was started with in its place.") from None
