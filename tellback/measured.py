"""What a study measured of one of its setups, as it travels with the setup's weights: shares with n and interval, and beside
them those of the same compressor at other rates and of the controls that bound it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from tellback.config import SetupSpec, StudySpec, studies
from tellback.config.read import read_study
from tellback.errors import UsageError
from tellback.methods import Role, role_of
from tellback.store import StudyFolder


class Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Share(Part):
    """Of one probe set's facts, as one reading of the memory has them."""

    set: str = Field(description="of the primary reading the set's name; of another SET@reading")
    asks: str = Field(description="qa_i: values; qa_ii: relations")
    n: int = Field(ge=1)
    faithful: float = Field(ge=0, le=1)
    low: float | None = Field(description="95% interval of the faithful share")
    high: float | None
    overwritten: float = Field(ge=0, le=1)
    unscored: float = Field(ge=0, le=1)


class MeasuredSetup(Part):
    setup: str
    rate: float | None = Field(description="source tokens per slot; null where there is no memory")
    status: str
    shares: tuple[Share, ...]


class Measured(Part):
    """What stands in the card of a saved setup."""

    study: str
    built_in: bool = Field(description="whether the study is one that tellback ships, unchanged")
    corpus: str
    own: MeasuredSetup
    beside: tuple[MeasuredSetup, ...] = Field((), description="controls, and this compressor at other rates, of the same study")
    controls_hold: int | None = Field(None, description="of the study's own controls; null: it was not judged")
    controls: int | None = None
    why: str | None = Field(None, description="why it counts as undertrained")
    versions: dict[str, str | None] = Field(default_factory=dict)


def measured_in(folder: Path, spec: SetupSpec, result: Mapping[str, Any]) -> Measured:
    """What the study around the setup's `folder` measured of it; where that study is not there, of this setup alone."""
    study = StudyFolder(folder.parent.parent)
    rows = _json_lines(study.path / "results.jsonl")
    controls = _json(study.path / "controls.json")
    judged = [c for c in controls if isinstance(c, dict)] if isinstance(controls, list) else None
    gate = result["details"].get("gate") or {}
    return Measured(
        study=spec.study, built_in=_built_in(study), corpus=spec.corpus.name, own=_setup(result["row"]),
        beside=tuple(_setup(row) for row in rows if _stands_beside(row, result["row"])),
        controls_hold=None if judged is None else sum(c.get("holds") is True for c in judged),
        controls=None if judged is None else len(judged), why=gate.get("why") if gate.get("undertrained") else None,
        versions=result["details"].get("versions") or {},
    )  # fmt: skip


def _built_in(study: StudyFolder) -> bool:
    try:
        held: StudySpec = study.spec()
        return held.name in studies() and read_study(held.name) == held
    except (OSError, ValueError, UsageError):
        return False


def _setup(row: Mapping[str, Any]) -> MeasuredSetup:
    shares = [
        Share(set=name, asks=asks, n=of["n"], faithful=of["faithful"], low=of["low"]["faithful"], high=of["high"]["faithful"],
              overwritten=of["overwritten"], unscored=of["unscored"])
        for asks in ("qa_i", "qa_ii") for name, of in (row[asks] or {}).items() if of["n"]
    ]  # fmt: skip
    return MeasuredSetup(setup=row["setup"], rate=row["rate"], status=row["status"], shares=tuple(shares))


def _stands_beside(row: Mapping[str, Any], own: Mapping[str, Any]) -> bool:
    """Whether it bounds this setup, or is the same compressor on the same models, of the same seed, at another rate."""
    if row["setup"] == own["setup"] or row["status"] == "failed":
        return False
    control = role_of(row["compressor"]) is not Role.METHOD
    return control or _but_for_its_rate(row) == _but_for_its_rate(own)


def _but_for_its_rate(row: Mapping[str, Any]) -> str:
    return row["setup"] if row["rate"] is None else row["setup"].replace(f"-{row['rate']:g}x-", "-", 1)


def _json_lines(path: Path) -> list[dict[str, Any]]:
    if not path.is_file():
        return []
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def _json(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else None
