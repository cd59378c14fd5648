"""How often the audit itself errs, by kind of fact, as validation/rates.py measured it and error_rates.json holds it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from types import MappingProxyType
from typing import Any

NOT_MEASURED = "not measured"
#: What the columns show, for the head of a table, in the order of `Rate.cells`.
COLUMNS = ("planted: found", "planted: right", "told anew: alarms")
NOTE = (
    "The last three columns say how the audit itself was measured: the share of planted errors of the kind that it finds; "
    "of its findings of the kind, in texts with planted errors, the share that is right; and the share of texts that say "
    "the same in other sentences in which it raises a finding of the kind all the same. 95% intervals."
)
Share = tuple[float, float, float]  # share, low, high


@dataclass(frozen=True, slots=True)
class Rate:
    """Of findings of one kind, each None where too few were counted: see COLUMNS."""

    found: Share | None = None
    right: Share | None = None
    anew: Share | None = None

    @property
    def cells(self) -> tuple[str, str, str]:
        """«0.96 [0.90, 0.99]» for what is planted, «2% [0, 5]» for what is told anew."""
        anew = NOT_MEASURED
        if self.anew is not None:
            share, low, high = (100 * x for x in self.anew)
            anew = f"{share:.0f}% [{low:.0f}, {high:.0f}]"
        return _shown(self.found), _shown(self.right), anew


def _shown(share: Share | None) -> str:
    return NOT_MEASURED if share is None else f"{share[0]:.2f} [{share[1]:.2f}, {share[2]:.2f}]"


@lru_cache(maxsize=1)
def shipped() -> dict[str, Any]:
    """What error_rates.json holds: "measured" (a hash of what was measured), "planted" and "told_anew"."""
    return json.loads(resources.files("tellback.audit").joinpath("error_rates.json").read_text("utf-8"))


@lru_cache(maxsize=1)
def error_rates() -> MappingProxyType[str, Rate]:
    """kind -> Rate, for the kinds of which anything was measured; "all" are texts with a finding of any kind."""
    planted, anew = shipped()["planted"], shipped()["told_anew"]

    def share(of: dict[str, Any] | None, name: str) -> Share | None:
        found = (of or {}).get(name)
        return None if found is None else tuple(found)

    return MappingProxyType({
        kind: Rate(share(planted.get(kind), "found"), share(planted.get(kind), "right"), share(anew.get(kind), "alarmed"))
        for kind in {*planted, *anew}
    })  # fmt: skip


def cells(kind: str) -> tuple[str, str, str]:
    """What the columns show for findings of `kind`; «not measured» where nothing was."""
    return error_rates().get(kind, Rate()).cells
