"""The command line: parse, call, render. Nothing heavy is imported before a command needs it."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from tellback.commands import audit, use
from tellback.errors import UsageError

app = typer.Typer(
    help="Train context compressors, have them tell the context back, and see which facts survived.",
    no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None,
)  # fmt: skip

Config = Annotated[str, typer.Argument(help="a built-in study (see `tellback list studies`) or the path of a YAML file")]
Folder = Annotated[Path, typer.Argument(help="the folder of a study")]


RESUMABLE = ("study", "sweep", "pretrain", "train")


def main() -> None:
    """Entry point: a user's fault is a message and exit 2, an interrupt says how to go on."""
    try:
        code = app(standalone_mode=False)
        if code == 130:  # typer turns an interrupt into this exit code
            raise KeyboardInterrupt
        sys.exit(code if isinstance(code, int) else 0)
    except UsageError as error:
        print(f"tellback: {error}", file=sys.stderr)
        sys.exit(2)
    except (KeyboardInterrupt, typer.Abort):
        if sys.argv[1:2] and sys.argv[1] in RESUMABLE:
            print("\ntellback: interrupted. The same command goes on where this stopped:", file=sys.stderr)
            print("  tellback " + " ".join(sys.argv[1:]), file=sys.stderr)
        else:
            print("\ntellback: interrupted.", file=sys.stderr)
        sys.exit(130)
    except BrokenPipeError:
        sys.exit(1)
    except Exception as error:
        # what typer raises for wrong arguments knows its own message and exit code
        if hasattr(error, "show") and hasattr(error, "exit_code"):
            error.show()
            sys.exit(error.exit_code)
        raise


def _version(wanted: bool) -> None:
    if wanted:
        from tellback import __version__

        print(f"tellback {__version__}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="print the version and exit")
    ] = False,
) -> None:
    pass


@app.command()
def study(
    config: Config,
    out: Annotated[Path | None, typer.Option(help="folder of the study; default runs/NAME")] = None,
    workers: Annotated[int | None, typer.Option(min=1, help="setups at once; default: one per free core")] = None,
    only: Annotated[str | None, typer.Option(help="run only setups whose name matches this glob")] = None,
    extend: Annotated[bool, typer.Option(help="go on in a folder that holds a smaller grid of this study")] = False,
    data: Annotated[Path | None, typer.Option(help="folder that holds the benchmarks of the corpus; default: the hub")] = None,
) -> None:
    """Run a study, or go on with it: train, tell back, judge, and write the report."""
    from tellback.study.run import run_study

    run_study(config, out, workers, only, extend, data)


@app.command()
def results(
    folder: Folder,
    as_json: Annotated[bool, typer.Option("--json", help="one JSON object a line")] = False,
) -> None:
    """Show one row a setup."""
    from tellback.study.table import read_rows, show_table

    rows = read_rows(folder)
    if as_json:
        for row in rows:
            print(json.dumps(row, ensure_ascii=False))
        return
    show_table(rows)


@app.command()
def report(folder: Folder) -> None:
    """Write DIR/report.html and DIR/report.md again."""
    from tellback.study.run import write_reports

    print(write_reports(folder))


@app.command()
def sweep(
    config: Config,
    out: Annotated[Path | None, typer.Option(help="folder of the sweep; default runs/NAME-sweep")] = None,
    learning_rates: Annotated[str, typer.Option(help="peaks to try, comma-separated")] = "5e-4,1e-3,2e-3,4e-3",
    workers: Annotated[int | None, typer.Option(min=1, help="trainings at once; default: one per free core")] = None,
    steps: Annotated[int | None, typer.Option(min=1, help="steps of each training; default: the study's")] = None,
) -> None:
    """Choose each setup's learning rate by its loss on ordinary held-out documents, and by nothing else."""
    from tellback.study.sweep import run_sweep

    run_sweep(config, out, learning_rates, workers, steps)


@app.command()
def pretrain(
    names: Annotated[list[str], typer.Argument(help="pocket models, such as pocket-llama-60k")],
    out: Annotated[Path | None, typer.Option(help="folder for the weights; default: the user's cache")] = None,
    config: Annotated[str, typer.Option(help="the study whose world they are to believe in")] = "pocket",
    seed: Annotated[int, typer.Option(help="pretraining seed")] = 0,
    force: Annotated[bool, typer.Option(help="train even when weights are there")] = False,
) -> None:
    """Pretrain pocket language models: what they believe is the world's corpus, and they learn to copy."""
    from tellback.study.pretraining import pretrain_models

    pretrain_models(names, out, config, seed, force)


@app.command("list")
def list_(
    what: Annotated[str, typer.Argument(help="compressors | models | corpora | studies")],
) -> None:
    """List what can be chosen by name."""
    from tellback.study.table import listing

    for name, about in listing(what):
        print(f"{name:24} {about}")


use.register(app)
audit.register(app)

if __name__ == "__main__":
    main()
