"""Studies side by side: what each remedy, or whatever else two studies differ in, changes at the same size and rate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tellback.display.words import NOTHING, count, number, rate_name, share
from tellback.report.groups import Group, places
from tellback.report.load import Study
from tellback.report.table import Cell, Row, Table


def beside_table(study: Study, others: Sequence[Study]) -> Table | None:
    """A row a size and study under each rate, the study that is reported first; None without others."""
    if not others:
        return None
    every = [study, *others]
    name = study.conflict_set or ""
    found = {
        id(each): {(rate, series, g.size): g for rate, series, groups in places(each) for g in groups} for each in every
    }
    rows: dict[str, list[Row]] = {}
    for key in sorted(
        {key for groups in found.values() for key in groups}, key=lambda key: (key[0], key[1], key[2] or 0)
    ):
        first = found[id(study)].get(key)
        for each in every:
            if group := found[id(each)].get(key):
                cells = [
                    Cell(_label(each, study), f"{count(key[2])} parameters"),
                    *_cells(group, name, first if each is not study else None),
                ]
                rows.setdefault(f"{rate_name(key[0])} · {key[1]}", []).append(
                    Row(cells, "undertrained" if group.undertrained else "done")
                )
    columns = [
        ("", label)
        for label in (
            "study and remedy",
            "setups",
            "loss, nats/token",
            "kept",
            "overwritten",
            "kept, against the first",
        )
    ]
    note = f"Facts of {name}; means over setups of one size, intervals over seeds and documents. The last column is in points."
    return Table("Side by side", columns, list(rows.items()), note)


def _cells(group: Group, name: str, first: Group | None) -> list[Cell]:
    kept, loss = group.mean(name), group.figure("reconstruction_loss")
    against = first.mean(name) if first else None
    moved = None if kept is None or against is None else 100 * (kept - against)
    return [
        Cell(str(len(group.setups)), value=len(group.setups)),
        Cell(number(loss), value=loss),
        Cell(group.kept(name), value=kept),
        Cell(share(group.mean(name, "overwritten")), value=group.mean(name, "overwritten")),
        Cell(NOTHING if moved is None else f"{moved:+.1f}", value=moved),
    ]


def _label(each: Study, first: Study) -> str:
    """The study's name, and its remedy in words where it has one."""
    remedy = remedy_of(each.spec)
    return " · ".join(
        filter(None, [each.name if each.name != first.name or each is first else each.directory.name, remedy])
    )


def remedy_of(spec: Mapping[str, Any]) -> str:
    """«uniform 0.5, twins 0.25»: what is on of a study's remedies; empty where none is."""
    from tellback.config import RemedySpec

    given = (spec.get("train") or {}).get("remedy") or {}
    default = RemedySpec().model_dump(mode="json")
    return ", ".join(
        f"{k.replace('_', ' ')} {v:g}" for k, v in given.items() if isinstance(v, int | float) and v != default.get(k)
    )
