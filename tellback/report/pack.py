"""`tellback pack`: a study small enough to be committed, from which its report is written again and its runs go on.

What stays: the study, every finished setup's result and trace, and what was read of the conflict set. What goes: weights,
checkpoints, the verdicts and texts of other sets, whose shares stand in the rows, and where the corpus's files lay: to go on, give
`--data` again. A packed folder is a study's folder.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

from tellback.config import placeless
from tellback.errors import UsageError
from tellback.report.load import Setup, Study, load
from tellback.store import ANEW, read_json, read_lines, read_table

FILES = ("study.yaml", "results.jsonl", "controls.json")
#: Of documents and probes: texts, and what points into them, which go from seeds beyond those that keep their texts.
TEXTS = {"documents.parquet": ("source", "told"), "probes.parquet": ("said", "source_start", "source_end", "output_start", "output_end")}
DIGITS = 4  # of the figures in the details; those of the rows stay whole
COLUMNS_DROPPED = ("why",)  # of probes: the longest column, which every outcome says again


def pack(directory: Path, out: Path, seeds_with_texts: int | None = None) -> int:
    """Write the study in `directory` into `out`, which appears whole or not at all; gives the bytes written. Of many seeds,
    sources and told-back texts stay with the first `seeds_with_texts` alone (None: with all).

    Raises UsageError for a folder without results, and for an `out` that holds anything but a packed study.
    """
    study = load(directory)
    if out.resolve() == directory.resolve():
        raise UsageError("--out is the study's own folder. Give another one.")
    if out.exists() and (not out.is_dir() or any(out.iterdir()) and not (out / "study.yaml").is_file()):
        raise UsageError(f"{out} holds something else than a study. Give another --out.")
    out.parent.mkdir(parents=True, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(prefix=f".{out.name}.", dir=out.parent))
    try:
        for name in FILES:
            if (directory / name).is_file():
                (temporary / name).write_text(_packed(name, (directory / name).read_text(encoding="utf-8")), encoding="utf-8")
        (temporary / "study.yaml").write_text(_study(directory), encoding="utf-8")
        seeds = sorted({s.row.get("seed") or 0 for s in study.setups})[:seeds_with_texts]
        for setup in study.setups:
            _setup(setup, study, temporary / "setups" / setup.folder.name, (setup.row.get("seed") or 0) in seeds)
        if out.exists():
            shutil.rmtree(out)
        os.chmod(temporary, 0o755)
        os.replace(temporary, out)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    return sum(path.stat().st_size for path in out.rglob("*") if path.is_file())


def _study(directory: Path) -> str:
    """The study's YAML, without the folder of this machine in which its corpus's files lie."""
    import yaml

    return yaml.safe_dump(placeless(yaml.safe_load((directory / "study.yaml").read_text(encoding="utf-8"))), sort_keys=False, allow_unicode=True)


def _setup(setup: Setup, study: Study, folder: Path, texts: bool) -> None:
    import pyarrow.parquet

    if setup.status == "failed" or not (setup.folder / "result.json").is_file():
        return  # a failed setup is tried again wherever the study goes on; its row stays in results.jsonl
    folder.mkdir(parents=True)
    for name in ("spec.json", "result.json"):
        if not (setup.folder / name).is_file():
            continue
        content = read_json(setup.folder / name, ANEW)
        if "details" in content:
            content["details"] = _rounded(content["details"])
        if "spec" in content:
            content["spec"] = placeless(content["spec"])
        (folder / name).write_text(_short(content) + "\n", encoding="utf-8")
    if (setup.folder / "trace.jsonl").is_file():
        lines = read_lines(setup.folder / "trace.jsonl", ANEW)
        (folder / "trace.jsonl").write_text("".join(_short(_rounded(line)) + "\n" for line in lines), encoding="utf-8")
    of_set = [("set", "==", study.conflict_set)]
    for name, filters in (("probes.parquet", [*of_set, ("reading", "==", "told")]), ("documents.parquet", of_set)):
        if (setup.folder / name).is_file():
            table = read_table(setup.folder / name, filters=filters)
            table = table.drop_columns([c for c in COLUMNS_DROPPED if c in table.column_names])
            for column in () if texts else TEXTS[name]:
                at = table.column_names.index(column)
                table = table.set_column(at, column, pyarrow.nulls(len(table), table.schema.field(column).type))
            fields = [f.with_type(pyarrow.float32()) if pyarrow.types.is_float64(f.type) else f for f in table.schema]
            table = table.cast(pyarrow.schema(fields))  # seven digits are enough, and half as many bytes
            # without statistics and Arrow's own schema: a setup's table is small, and they would be two fifths of it
            pyarrow.parquet.write_table(table, folder / name, compression="zstd", compression_level=19, write_statistics=False, store_schema=False)


def _packed(name: str, text: str) -> str:
    """The same JSON, or lines of it, without spaces; other files as they are."""
    parts = {".json": [text], ".jsonl": text.splitlines()}.get(Path(name).suffix)
    return text if parts is None else "".join(_short(json.loads(part)) + "\n" for part in parts)


def _short(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _rounded(value: Any) -> Any:
    """The same with every float to DIGITS significant digits."""
    if isinstance(value, dict):
        return {k: _rounded(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_rounded(v) for v in value]
    return float(f"{value:.{DIGITS}g}") if isinstance(value, float) else value
