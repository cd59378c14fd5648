"""sessions and hook: the compactions that lie on a disk already, and those that an agent makes."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from tellback.errors import UsageError

Folder = Annotated[Path | None, typer.Argument(help="a folder of session files, or one; default: those of Claude Code, Codex and OpenCode")]  # fmt: skip


def register(app: typer.Typer) -> None:
    """Add the commands to `app`."""
    app.command()(sessions)
    app.command()(hook)


def sessions(
    folder: Folder = None,
    as_json: Annotated[bool, typer.Option("--json", help="one JSON object a session, without its words")] = False,
    every: Annotated[bool, typer.Option("--all", help="every session file, not only the newest 30")] = False,
) -> None:
    """List the session files of coding agents with their compactions: when, how large before and after, what was lost.

    Nothing leaves the machine. `tellback audit FILE` shows one session in full.
    """
    from tellback.audit.session_run import list_sessions

    list_sessions(folder, as_json, every)


def hook(
    action: Annotated[str, typer.Argument(help="claude-code | codex | opencode: answer an event on standard input; or install | uninstall")],
    agent: Annotated[str | None, typer.Argument(help="for install and uninstall: claude-code | codex | opencode")] = None,
    project: Annotated[bool, typer.Option("--project", help="the settings of this folder, not those of the user")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="make the change without asking")] = False,
) -> None:  # fmt: skip
    """Say what an agent's compaction lost, as it happens, and give the lost instructions back to its context.

    `tellback hook install claude-code` puts it into the agent's settings and shows the change first; `uninstall` undoes it.
    """
    from tellback.audit.hooks import events
    from tellback.registry import choose

    if action in events.AGENTS:
        events.run(action)
        return
    choose("action", action, dict.fromkeys((*events.AGENTS, "install", "uninstall")))
    if agent is None:
        raise UsageError(f"expected an agent: tellback hook {action} {' | '.join(events.AGENTS)}.")
    choose("agent", agent, dict.fromkeys(events.AGENTS))
    _change(action == "install", agent, project, yes)


def _change(install: bool, agent: str, project: bool, yes: bool) -> None:
    from tellback.audit.hooks.install import apply, installing, removing
    from tellback.display.words import visible

    change = installing(agent, project) if install else removing(agent, project)
    if not change.diff:
        print(f"{change.path}: nothing to change")
        return
    print(visible(change.diff), end="")
    try:
        agreed = yes or typer.confirm(f"Write {change.path}?", default=False)
    except typer.Abort:
        if sys.stdin.isatty():  # Ctrl-C
            raise
        print()
        raise UsageError("nothing was changed, for nobody answered. To change it without being asked: --yes.") from None
    if not agreed:
        print("nothing was changed")
        return
    apply(change, install, agent)
    print(f"{change.path} written" if change.new is not None else f"{change.path} removed")
