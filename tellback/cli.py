"""The command line: parse, call, render. Nothing heavy is imported before a command needs it."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from tellback.commands import audit, studies, use
from tellback.errors import UsageError

app = typer.Typer(
    help="Train context compressors, have them tell the context back, and see which facts survived.",
    no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None,
)  # fmt: skip

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
        from tellback.version import __version__

        print(f"tellback {__version__}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="print the version and exit")
    ] = False,
) -> None:
    pass


studies.register(app)
use.register(app)
audit.register(app)

if __name__ == "__main__":
    main()
