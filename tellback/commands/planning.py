"""`tellback plan`: what a study takes on accelerators that are not there yet."""

from __future__ import annotations

from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Add the command to the app."""
    app.command()(plan)


def plan(
    config: Annotated[str, typer.Argument(help="a built-in study (see `tellback list studies`) or the path of a YAML file")],
    gpu: Annotated[str, typer.Option(help="a100 | a100-40 | h100 | h200 | b200 | l40s | a10g | rtx4090")] = "h100",
    count: Annotated[int, typer.Option(min=1, help="accelerators for each setup")] = 1,
    tokens: Annotated[int, typer.Option(min=2, help="of the longest document, in the decoder's tokens")] = 512,
    price: Annotated[float | None, typer.Option(min=0, help="of an hour of one accelerator")] = None,
    mfu: Annotated[float, typer.Option(min=0.01, max=1, help="share of the peak that trainings reach")] = 0.4,
    only: Annotated[str | None, typer.Option(help="only setups whose name matches this glob")] = None,
    json_: Annotated[bool, typer.Option("--json", help="one JSON object a setup")] = False,
) -> None:  # fmt: skip
    """Say what each setup of a study needs: parameters, memory, hours, cost, and what would make those fit that do not.

    Loads no weights. Exit 1 when a setup fits in no way.
    """
    from tellback.config import read_study
    from tellback.planning.gpus import GPUS
    from tellback.planning.plan import plan as lines_of
    from tellback.planning.show import as_json, show
    from tellback.registry import choose
    from tellback.study.run import check

    study, device = read_study(config), choose("accelerator", gpu, GPUS)
    check(study)
    lines = lines_of(study, device, count, tokens, mfu, price, only)
    if json_:
        for line in lines:
            print(as_json(line, device, count))
    else:
        show(study.name, lines, device, count, tokens, mfu, price)
    if any(line.way(device) is None for line in lines):
        raise typer.Exit(1)
