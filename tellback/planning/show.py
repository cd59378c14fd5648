"""A plan as a table in the terminal, and as JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict

from tellback.display.words import count
from tellback.planning.gpus import GIB, Gpu
from tellback.planning.plan import RESERVED, Line, remedy, totals


def show(name: str, lines: Sequence[Line], gpu: Gpu, n_gpus: int, tokens: int, mfu: float, price: float | None) -> None:
    """Print the table, and below it what it assumes."""
    from rich.console import Console
    from rich.table import Table

    table = Table(title=f"{name} on {n_gpus} x {gpu.name} ({gpu.gib:g} GiB each)", pad_edge=False)
    ways = ["plain", "FSDP", "and checkpointing"] if n_gpus > 1 else ["plain", "checkpointing"]
    columns = ["setup", "compressor", "trained", *ways, "hours"] + (["cost"] if price is not None else []) + ["fits"]
    for i, column in enumerate(columns):
        table.add_column(column, justify="left" if i in (0, len(columns) - 1) else "right", overflow="fold")
    for line in lines:
        cost = [] if line.cost is None else [f"{line.cost:,.0f}"]
        table.add_row(
            line.spec.name, count(line.parameters.compressor), count(line.parameters.trained), _gib(line.plain.peak),
            *([_gib(line.sharded.peak)] if n_gpus > 1 else []), _gib(line.checkpointed.peak), _hours(line.hours), *cost,
            line.way(gpu) or f"no; would with {remedy(line, gpu, n_gpus)}",
        )  # fmt: skip
    hours, cost_ = totals(lines)
    console = Console(highlight=False)
    console.print(table)
    fit = sum(line.way(gpu) is not None for line in lines)
    cost_words = "" if cost_ is None else f", {cost_:,.0f} in all at {price:g} an hour"
    console.print(
        f"{fit} of {len(lines)} setups fit; {_hours(hours)} hours one after another{cost_words}.\n"
        f"GiB on each accelerator at the highest, {RESERVED:g} GiB kept free. Counted: parameters, operations and activations of the "
        f"trainer's own step on documents of {tokens} tokens. Assumed: {mfu:.0%} of the peak of dense products; what checkpointing keeps; reading is not in it.",
        soft_wrap=True,
    )  # fmt: skip


def as_json(line: Line, gpu: Gpu, n_gpus: int) -> str:
    found = {
        "setup": line.spec.name, "parameters": asdict(line.parameters), "flops": line.flops, "hours": line.hours, "cost": line.cost,
        "memory": {name: asdict(m) | {"peak": m.peak} for name, m in (("plain", line.plain), ("fsdp", line.sharded), ("checkpointed", line.checkpointed))},
        "gpu": gpu.name, "n_gpus": n_gpus, "fits": line.way(gpu), "would_fit": remedy(line, gpu, n_gpus) or None,
    }  # fmt: skip
    return json.dumps(found, ensure_ascii=False)


def _gib(n: float) -> str:
    return f"{n / GIB:.1f}" if n >= 0.05 * GIB else f"{n / GIB:.3f}"


def _hours(hours: float) -> str:
    return f"{hours:,.0f}" if hours >= 10 else f"{hours:.2g}"
