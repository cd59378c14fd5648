"""`tellback merge`: parts of one study that were run in several places become one study's folder."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from tellback.config import StudySpec, placeless
from tellback.errors import UsageError
from tellback.store import StudyFolder
from tellback.study.grid import setups
from tellback.study.pool import collect
from tellback.study.run import judge

GRID = ("base_models", "compressors", "rates", "seeds", "also", "controls")  # may differ: their union is the whole
TIMES = ("train_seconds", "commit", "n_threads")  # of a row: no outcome


def merge(parts: Sequence[Path], out: Path) -> tuple[int, int]:
    """Write the union of the studies in `parts` into `out`, which appears whole or not at all; gives (setups there, setups due).

    Raises UsageError where the parts are of different studies, probes or versions of the results' format, where a setup was run in
    two of them with different outcomes, and for an `out` that is there already.
    """
    if out.exists():
        raise UsageError(f"{out} is there already. Give another --out.")
    if inside := next((part for part in parts if part.resolve() in out.resolve().parents), None):
        raise UsageError(f"{out} lies in {inside}, which is one of the parts. Give another --out.")
    folders = [StudyFolder(part) for part in parts]
    study = _joined([(folder.path, folder.spec()) for folder in folders])
    chosen = _chosen(folders, study)
    out.parent.mkdir(parents=True, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(prefix=f".{out.name}.", dir=out.parent))
    try:
        (temporary / "study.yaml").write_text(yaml.safe_dump(study.model_dump(mode="json"), sort_keys=False, allow_unicode=True), encoding="utf-8")
        for key, source in chosen.items():
            shutil.copytree(source, temporary / "setups" / key)
        folder = StudyFolder(temporary)
        results = collect(folder, study, setups(study))
        judge(folder, results)
        os.chmod(temporary, 0o755)
        os.replace(temporary, out)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    return len(chosen), len(setups(study))


def _joined(parts: Sequence[tuple[Path, StudySpec]]) -> StudySpec:
    """One study with the union of the grids."""
    (first, whole), *others = [(path, spec.model_dump(mode="json")) for path, spec in parts]
    for path, spec in others:
        mine, theirs = placeless(whole), placeless(spec)
        different = [name for name in whole if name not in GRID and mine[name] != theirs[name]]
        if different:
            raise UsageError(
                f"{first} and {path} are no parts of one study: they differ in {', '.join(different)}. Only "
                f"{', '.join(GRID)} may differ."
            )
        for name in GRID:
            whole[name] = [*whole[name], *(item for item in spec[name] if item not in whole[name])]
    return StudySpec.model_validate(whole)


def _chosen(folders: Sequence[StudyFolder], study: StudySpec) -> dict[str, Path]:
    """Key -> the folder of each finished setup of the study. A failed one gives way to one that was finished elsewhere."""
    out: dict[str, Path] = {}
    held: dict[str, tuple[Path, Mapping[str, Any]]] = {}
    for spec in setups(study):
        for folder in folders:
            result = folder.result(spec.key())
            if result is None:
                continue
            if result["row"].get("key") != spec.key():
                raise UsageError(
                    f"{folder.setup(spec.key()) / 'result.json'} is of another setup ({result['row'].get('setup')!r}, not {spec.name!r}). "
                    f"Remove it and run that part again."
                )
            before = held.get(spec.key())
            if before is None or before[1]["row"]["status"] == "failed":
                held[spec.key()], out[spec.key()] = (folder.path, result), folder.setup(spec.key())
            elif result["row"]["status"] != "failed":
                _same(spec.name, before, (folder.path, result))
    versions = {(r["row"]["schema"], r["details"].get("probe_version")): path for path, r in held.values() if r["row"]["status"] != "failed"}
    if len(versions) > 1:
        told = "; ".join(f"{path}: results {schema}, probes {probes}" for (schema, probes), path in versions.items())
        raise UsageError(f"the parts were read with different versions ({told}). Run one of them again with the version of the other.")
    if not out:
        raise UsageError(f"{', '.join(str(f.path) for f in folders)}: no setup is finished in any of them.")
    return out


def _same(name: str, one: tuple[Path, Mapping[str, Any]], other: tuple[Path, Mapping[str, Any]]) -> None:
    (first, a), (second, b) = one, other
    different = [field for field in a["row"] if field not in TIMES and a["row"][field] != b["row"][field]]
    if different:
        raise UsageError(
            f"setup {name!r} was run in {first} and in {second} with different outcomes ({', '.join(different)}): other machines round "
            f"otherwise. Remove it from one of them."
        )
