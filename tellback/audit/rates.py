"""How often the audit itself errs, by kind of fact: measured by `tellback validate audit` on planted corruptions."""

from __future__ import annotations

import json
from functools import lru_cache
from importlib import resources
from types import MappingProxyType
from typing import NamedTuple

NOT_MEASURED = "not measured"


class Rate(NamedTuple):
    """Of findings of one kind: `precision`, how many are true; `recall`, how many planted errors are found; of `n`."""

    precision: float | None
    recall: float | None
    n: int

    def words(self) -> str:
        shares = ((self.precision, "precision"), (self.recall, "recall"))
        parts = [f"{name} {value:.2f}" for value, name in shares if value is not None]
        return f"{', '.join(parts)} (n {self.n})" if parts else NOT_MEASURED


@lru_cache(maxsize=1)
def error_rates() -> MappingProxyType[str, Rate]:
    """kind -> Rate, for the kinds that were measured."""
    text = resources.files("tellback.audit").joinpath("error_rates.json").read_text("utf-8")
    return MappingProxyType(
        {kind: Rate(r.get("precision"), r.get("recall"), int(r["n"])) for kind, r in json.loads(text).items()}
    )


def words(kind: str) -> str:
    """The measured error rate of findings of `kind`, or «not measured»."""
    rate = error_rates().get(kind)
    return rate.words() if rate else NOT_MEASURED
