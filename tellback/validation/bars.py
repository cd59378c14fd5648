"""The bars of `validate`: what a reader is asked to reach, and which of them it is known to miss.

A bar that stands in MISSED is not claimed: the figure beside it is the documented one, and it may not get worse. Every
other bar is claimed. tests/validation/test_claimed_bars.py holds both.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tellback.validation.plantings import HARMLESS, KINDS, RELATIONS

#: (what is measured, kinds, least F1) and the most that may be alarmed, of any kind of harmless text.
F1_BARS = {"replaced": 0.95, "replaced_belief": 0.95, "dropped": 0.95, "kept": 0.95} | dict.fromkeys(RELATIONS, 0.85)
MOST_ALARMED = 0.05
LEAST_REWORDED = 0.95
#: Free rewordings were partly read while rules were mended, so their bar guards against getting worse and proves little else.
#: reader -> bar -> the documented figure (of all plantings) of a bar that it does not reach.
MISSED: dict[str, dict[str, float]] = {"audit": {}}
HOLDS, FAILS, KNOWN = "holds", "fails", "is missed, as documented"


def bars(reader: str, kinds: Mapping[str, Any], harmless: Mapping[str, Any]) -> list[dict[str, Any]]:
    """One row a bar: what, value, bar, passed (None: not measured), and `documented`, the figure where it is not claimed."""
    known = MISSED.get(reader, {})

    def bar(name: str, value: float | None, sign: str, limit: float) -> dict[str, Any]:
        passed = None if value is None else (value >= limit if sign == ">=" else value <= limit)
        return {"what": name, "value": value, "bar": f"{sign} {limit}", "passed": passed, "documented": known.get(name)}

    out = [bar(f"F1 of {kind}", kinds[kind]["f1"][0], ">=", F1_BARS[kind]) for kind in kinds]
    out += [bar(f"{kind} alarmed", harmless[kind]["alarmed"][0], "<=", MOST_ALARMED) for kind in HARMLESS if kind in harmless]
    if "reworded" in harmless:
        out.append(bar("faithful share of reworded texts", harmless["reworded"]["faithful"][0], ">=", LEAST_REWORDED))
    return out


def verdict(bar: Mapping[str, Any]) -> str | None:
    """HOLDS, KNOWN (missed, no worse than documented) or FAILS; None where it was not measured."""
    if bar["passed"] is None:
        return None
    if bar["passed"]:
        return HOLDS
    documented = bar["documented"]
    no_worse = documented is not None and (bar["value"] <= documented if bar["bar"].startswith("<=") else bar["value"] >= documented)
    return KNOWN if no_worse else FAILS


assert set(F1_BARS) <= {*KINDS, "kept"}
