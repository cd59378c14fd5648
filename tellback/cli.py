"""The command line: parse, call, render. Nothing heavy is imported before a command needs it."""

from __future__ import annotations

import os
import sys
from importlib import import_module
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from tellback.errors import Stopped, UsageError

#: The file in `tellback.commands` -> the commands it adds, in the order in which --help shows them.
COMMANDS = {
    "studies": ("study", "results", "report", "recommend", "pack", "merge", "sweep", "pretrain", "list"),
    "use": ("train", "compress", "tell-back", "ask"),
    "audit": ("audit", "diff", "validate"),
    "sessions": ("sessions", "hook"),
    "serve": ("serve",),
    "planning": ("plan",),
}


class Commands(TyperGroup):
    """Commands whose file is imported when one of them is called, or all are listed: to read the options of every
    command takes longer than to audit a page."""

    def list_commands(self, ctx: Any) -> list[str]:
        return [name for names in COMMANDS.values() for name in names]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        files = [file for file, names in COMMANDS.items() if cmd_name in names]
        for file in files or COMMANDS:  # all where there is no such command, so that a near one can be named
            self._read(file)
        return self.commands.get(cmd_name)

    def _read(self, file: str) -> None:
        if COMMANDS[file][0] not in self.commands:
            own = typer.Typer(add_completion=False, rich_markup_mode=None)
            import_module(f"tellback.commands.{file}").register(own)
            self.commands.update(typer.main.get_group(own).commands)


app = typer.Typer(
    cls=Commands,
    help="Train context compressors, have them tell the context back, and see which facts survived.",
    no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None,
)  # fmt: skip

LAUNCHED = ("train", "study")  # what several processes can do together
RESUMABLE = ("study", "sweep", "pretrain", "train")

#: A package that the core comes without -> the extra of pyproject.toml that brings it.
EXTRAS = dict.fromkeys(
    ("torch", "transformers", "accelerate", "peft", "safetensors", "numpy", "scipy", "pyarrow", "sacrebleu", "rouge_score", "gguf",
     "huggingface_hub", "fsspec"), "study",
) | {"altair": "figures", "vl_convert": "figures", "tensorboardX": "track"}  # fmt: skip


def main() -> None:
    """Entry point: a user's fault is a message and exit 2, an interrupt says how to go on."""
    try:
        _check_launch()
        code = app(standalone_mode=False)
        if code == 130:  # typer turns an interrupt into this exit code
            raise KeyboardInterrupt
        sys.exit(code if isinstance(code, int) else 0)
    except UsageError as error:
        print(f"tellback: {error}", file=sys.stderr)
        sys.exit(2)
    except Stopped as error:
        print(f"tellback: {error}", file=sys.stderr)
        sys.exit(1)
    except (KeyboardInterrupt, typer.Abort):
        if sys.argv[1:2] and sys.argv[1] in RESUMABLE:
            print("\ntellback: interrupted. The same command goes on where this stopped:", file=sys.stderr)
            print("  tellback " + " ".join(sys.argv[1:]), file=sys.stderr)
        else:
            print("\ntellback: interrupted.", file=sys.stderr)
        sys.exit(130)
    except BrokenPipeError:
        sys.exit(1)
    except ModuleNotFoundError as error:
        package = (error.name or "").partition(".")[0]
        if package not in EXTRAS:
            raise
        print(f"tellback: this command needs {package}, which is not installed: pip install 'tellback[{EXTRAS[package]}]'.", file=sys.stderr)
        sys.exit(2)
    except OSError as error:
        from tellback.store import FORBIDDEN, STORAGE, storage_fault

        if error.errno not in STORAGE + FORBIDDEN:
            raise
        print(f"tellback: {storage_fault(error)}", file=sys.stderr)
        sys.exit(2)
    except Exception as error:
        # what typer raises for wrong arguments knows its own message and exit code
        if hasattr(error, "show") and hasattr(error, "exit_code"):
            error.show()
            sys.exit(error.exit_code)
        raise


def _check_launch() -> None:
    """Raise UsageError for a command that several processes would each do by themselves (`accelerate launch`, torchrun)."""
    if "LOCAL_RANK" not in os.environ or int(os.environ.get("WORLD_SIZE", 1)) < 2:
        return
    os.environ.setdefault("TORCH_CPP_LOG_LEVEL", "ERROR")  # torch's advice to its own developers, once a process
    command = next((a for a in sys.argv[1:] if not a.startswith("-")), "")
    if command and command not in LAUNCHED:
        raise UsageError(f"`tellback {command}` is one process; {', '.join(LAUNCHED)} can be launched with several. Run it without a launcher.")


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


if __name__ == "__main__":
    main()
