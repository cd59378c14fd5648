"""The tables of the peers, as Markdown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from benchmarks.real_errors.page import percent, shown, table


def block(found: Mapping[str, Any]) -> str:
    """The block of docs/audit-benchmark.md."""
    parts = [_intro(found)]
    if found["compactions"]:
        parts.append(_compactions(found["compactions"]))
    if any(found["sets"].values()):
        parts.append(_sets(found["sets"]))
    parts.append("How each was run:\n\n" + "\n".join(f"- **{name}**: {how}." for name, how in found["about"].items()))
    return "\n\n".join(parts)


def _intro(found: Mapping[str, Any]) -> str:
    sample = (
        f"; about {found['limit']} rows of each set, whole documents, seed {found['seed']}" if found["limit"] else ""
    )
    text = f"""## Beside other tools

Written by `benchmarks/peers`; do not edit. Tools of the package registry that look for the same, each at its own defaults in
an environment of its own, on the same pairs{sample}. To run it again, with the files in DIR:

```console
$ python -m benchmarks.peers --data DIR --out docs/audit-benchmark.md    # --judge endpoint.yaml: a model joins as judge
```"""
    for what in ("absent", "left_out"):
        if found[what]:
            text += (
                f"\n\n**{what.replace('_', ' ').capitalize()}:** "
                + "; ".join(f"{k}: {why}" for k, why in found[what].items())
                + "."
            )
    return text


def _compactions(tools: Mapping[str, Any]) -> str:
    kinds = list(next(iter(tools.values()))["kinds"])
    head = ["tool", "faithful accused", "faithful with any finding", "errors met", *kinds, "ms a pair"]
    lines = [
        [name, f"{t['accused']} of {t['n_faithful']}" if t["accuses"] else "-", f"{t['alarmed']} of {t['n_faithful']}",
         _of(t["met"]), *(_of(t["kinds"][kind]) for kind in kinds), "-" if t["ms"] is None else f"{t['ms']:.1f}"]
        for name, t in tools.items()
    ]  # fmt: skip
    failed = "".join(f" {name}: {t['n_failed']} pairs without an answer." for name, t in tools.items() if t["n_failed"])
    return f"""### Reworded summaries, each with one planted error, and their faithful twins

«Accused»: a finding that calls the output wrong; a finding that something is lost informs. An error is met where its summary
has a finding that the faithful twin lacks.{failed} Milliseconds: processor time, median, one core of the machine that ran it.

{table(head, lines)}"""


def _sets(sets: Mapping[str, Any]) -> str:
    head = [
        "set",
        "tool",
        "n (unfaithful)",
        "AUC",
        "balanced accuracy",
        "unfaithful with an alarm",
        "faithful with an alarm",
    ]
    lines = [
        [set_name, name, f"{f['n']} ({f['n_unfaithful']})", shown(f["auc"]), shown(f["balanced_accuracy"]),
         percent(f["found"]), percent(f["false_alarms"])]
        for set_name, tools in sets.items() for name, f in tools.items()
    ]  # fmt: skip
    failed = "".join(
        f" {name} on {s}: {f['n_failed']} rows."
        for s, tools in sets.items()
        for name, f in tools.items()
        if f["n_failed"]
    )
    note = f" Without an answer, and so without an alarm:{failed}" if failed else ""
    return f"""### Errors that people marked

The score is the audit's `risk`, and of the others, which have none, the number of findings that call the output wrong; tools
that only look for what is lost have no row. An alarm is such a finding. 95% intervals, documents resampled.{note}

{table(head, lines)}"""


def _of(counts: tuple[int, int]) -> str:
    return f"{counts[0]} of {counts[1]}"
