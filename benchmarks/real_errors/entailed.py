"""The audit with an entailment reader: its findings, and the doubt of its worst sentence as a score."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.real_errors.audited import ERRORS, Seen, look
from tellback.models.support.files import find
from tellback.models.support.model import load
from tellback.readers.entailment import EntailmentReader

NAME = "audit, entailment reader"
ABOUT = {
    f"{NAME}: doubt": "probability that the output's least supported sentence is not supported, by the support model alone",
    f"{NAME}: errors of the rules + doubt": "number of error findings of the rules, and that probability",
}


class Entailed:
    """The audit of (source, output) with what the model of `name` makes of it, and its doubt."""

    def __init__(self, name: str) -> None:
        self.reader = EntailmentReader(load(name))
        self.version = _version(name)

    def __call__(self, pair: tuple[str, str]) -> dict[str, Any]:
        return look(pair, self.reader.refine) | {"doubt": self.reader.doubt(*pair)}


def scores(answers: Sequence[dict[str, Any]], rules: Sequence[Seen | None]) -> dict[str, np.ndarray]:
    """Rows of ABOUT -> scores [N]."""
    doubt_N = np.array([a.get("doubt", np.nan) for a in answers], np.float64)
    errors_N = np.array([0 if s is None else s.count(*ERRORS) for s in rules], np.float64)
    return dict(zip(ABOUT, (doubt_N, errors_N + doubt_N), strict=True))


def _version(name: str) -> str:
    """Of the files that decide, not of where they lie."""
    files = find(name)
    digest = hashlib.sha256()
    for path in sorted({files.onnx or files.folder / "model.safetensors", files.folder / "config.json"}):
        if Path(path).is_file():
            digest.update(Path(path).read_bytes())
    return digest.hexdigest()[:16]
