"""Put a hook into an agent's settings and take it out again: each shows its change first, and undoes it exactly.

Claude Code: settings.json; Codex: hooks.json, of the same form; OpenCode: a small plugin file.
"""

from __future__ import annotations

import copy
import difflib
import json
import os
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tellback.errors import UsageError
from tellback.store import write_atomically

EVENTS = {"PreCompact": "", "PostCompact": "", "SessionStart": "compact"}  # event -> matcher
TIMEOUT = 15  # seconds after which an agent goes on without the answer
BEFORE = ".before-tellback"  # what a settings file was, byte for byte; empty where there was none
PLUGIN = """// written by «tellback hook install opencode»; «tellback hook uninstall opencode» removes it
import { spawnSync } from "node:child_process"

const ask = (event, sessionID) => {
  const input = JSON.stringify({ hook_event_name: event, session_id: sessionID })
  const done = spawnSync(COMMAND, [...ARGUMENTS, "hook", "opencode"], { input, encoding: "utf8", timeout: 15000 })
  return (done.stdout || "").trim()
}

export const Tellback = async ({ client }) => ({
  "experimental.session.compacting": async (input, output) => {
    const keep = ask("PreCompact", input.sessionID)
    if (keep) output.context.push(keep)
  },
  event: async ({ event }) => {
    if (event.type !== "session.compacted") return
    const lost = ask("PostCompact", event.properties.sessionID)
    if (lost) await client.session.prompt({
      path: { id: event.properties.sessionID },
      body: { noReply: true, parts: [{ type: "text", text: lost }] },
    })
  },
})
"""


@dataclass(frozen=True)
class Change:
    """What becomes of one file; None: there is none."""

    path: Path
    old: str | None
    new: str | None

    @property
    def diff(self) -> str:
        """The change as a unified diff; an empty text where there is none."""
        old, new = ((text or "").splitlines(keepends=True) for text in (self.old, self.new))
        lines = difflib.unified_diff(old, new, str(self.path), str(self.path) if self.new is not None else "/dev/null")
        return "".join(line if line.endswith("\n") else line + "\n" for line in lines)


def installing(agent: str, project: bool) -> Change:
    """The change that puts the hook in. Raises UsageError for settings that cannot be read as JSON."""
    path = _path(agent, project)
    old = _read(path)
    if agent == "opencode":
        program, *rest = command()
        text = PLUGIN.replace("COMMAND", json.dumps(program)).replace("ARGUMENTS", json.dumps(rest))
        return Change(path, old, text)
    return Change(path, old, _with(old, path, agent))


def removing(agent: str, project: bool) -> Change:
    """The change that takes the hook out: the file as it was, where nothing else was changed since."""
    path = _path(agent, project)
    now = _read(path)
    if now is None:
        return Change(path, None, None)
    if agent == "opencode":
        return Change(path, now, None)
    before = _read(_before(path))
    if before is not None and now == _with(before or None, path, agent):
        return Change(path, now, before or None)
    content = _without(_settings(now, path), agent)
    return Change(path, now, _dumped(content) if content != _settings(now, path) else now)


def apply(change: Change, install: bool, agent: str) -> None:
    """Write a change that somebody agreed to; a settings file is kept as it was until the hook is removed."""
    try:
        if install and agent != "opencode" and not _before(change.path).exists():
            change.path.parent.mkdir(parents=True, exist_ok=True)
            _before(change.path).write_bytes((change.old or "").encode("utf-8"))
        if change.new is None:
            change.path.unlink(missing_ok=True)
        else:
            change.path.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(change.path, change.new)
        if not install:
            _before(change.path).unlink(missing_ok=True)
    except OSError as error:
        raise UsageError(f"{change.path} cannot be written: {error.strerror}.") from None


def command() -> list[str]:
    """How an agent calls this program."""
    found = shutil.which("tellback")
    return [found] if found else [sys.executable, "-m", "tellback"]


def _path(agent: str, project: bool) -> Path:
    home = Path.home()
    if agent == "claude-code":
        base = Path(".claude") if project else Path(os.environ.get("CLAUDE_CONFIG_DIR") or home / ".claude")
        return base / "settings.json"
    if agent == "codex":
        base = Path(".codex") if project else Path(os.environ.get("CODEX_HOME") or home / ".codex")
        return base / "hooks.json"
    config = Path(os.environ.get("XDG_CONFIG_HOME") or home / ".config") / "opencode"
    return (Path(".opencode") if project else config) / "plugins" / "tellback.js"


def _before(path: Path) -> Path:
    return path.with_name(path.name + BEFORE)


def _read(path: Path) -> str | None:
    try:
        return path.read_bytes().decode("utf-8")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} cannot be read: {error}.") from None


def _settings(text: str | None, path: Path) -> dict[str, Any]:
    try:
        content = json.loads(text) if text and text.strip() else {}
    except ValueError as error:
        raise UsageError(f"{path} is not JSON ({error}). Mend it first; nothing was changed.") from None
    hooks = content.get("hooks", {}) if isinstance(content, dict) else None
    if not isinstance(hooks, dict) or not all(isinstance(listed, list) for listed in hooks.values()):
        raise UsageError(f"{path} holds other than settings with hooks. Mend it first; nothing was changed.")
    return content


def _with(old: str | None, path: Path, agent: str) -> str:
    content = _without(_settings(old, path), agent)
    hooks = content.setdefault("hooks", {})
    line = " ".join(f'"{word}"' if " " in word else word for word in [*command(), "hook", agent])
    for event, matcher in EVENTS.items():
        entry = {"type": "command", "command": line, "timeout": TIMEOUT}
        hooks.setdefault(event, []).append({"matcher": matcher, "hooks": [entry]})
    return _dumped(content)


def _without(content: Mapping[str, Any], agent: str) -> dict[str, Any]:
    out = copy.deepcopy(dict(content))
    hooks = out.get("hooks", {})
    for event in EVENTS:
        kept = [entry for entry in hooks.get(event, ()) if not _is_ours(entry, agent)]
        if event in hooks and kept != hooks[event]:
            hooks[event] = kept
            if not kept:
                del hooks[event]
    if "hooks" in out and not hooks:
        del out["hooks"]
    return out


def _is_ours(entry: Any, agent: str) -> bool:
    listed = entry.get("hooks") if isinstance(entry, dict) else None
    ours = [h for h in listed or () if isinstance(h, dict) and str(h.get("command", "")).endswith(f"hook {agent}")]
    return bool(ours) and len(ours) == len(listed or ()) and "tellback" in str(ours[0]["command"])


def _dumped(content: Mapping[str, Any]) -> str:
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"
