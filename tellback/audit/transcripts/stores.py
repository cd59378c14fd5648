"""Where session files stand: the usual folders of Claude Code, Codex and OpenCode, or any folder; and their lines.

OpenCode keeps a conversation as many small files, or in a database: both are read as one list of messages.
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

from tellback.audit.inputs import read_text
from tellback.audit.transcripts.documents import Line, lines, of_lines
from tellback.audit.transcripts.sessions import Session, sessions
from tellback.errors import UsageError

SUFFIXES = (".jsonl", ".json", ".db")
MOST_JSON = 200_000_000  # bytes of one JSON document, which cannot be read in pieces


class Stored(NamedTuple):
    """A session file: whose it is, and when it was last written (seconds since 1970)."""

    path: Path
    agent: str
    written: float


def usual_folders() -> list[tuple[str, Path]]:
    """(agent, folder) of those usual folders that there are; the agents' own environment variables move them."""
    home = Path.home()
    data = Path(os.environ.get("XDG_DATA_HOME") or home / ".local/share")
    found = [
        ("Claude Code", Path(os.environ.get("CLAUDE_CONFIG_DIR") or home / ".claude") / "projects"),
        ("Codex", Path(os.environ.get("CODEX_HOME") or home / ".codex") / "sessions"),
        ("OpenCode", data / "opencode"),
    ]
    return [(agent, folder) for agent, folder in found if folder.is_dir()]


def find(folder: Path | None) -> list[Stored]:
    """The session files of a folder, or of the usual ones, newest first. Raises UsageError where there is no folder."""
    if folder is not None and folder.is_file():
        return [Stored(folder, _agent(folder), folder.stat().st_mtime)]
    if folder is not None and not folder.is_dir():
        raise UsageError(f"there is no folder {folder}. Give a folder of session files, or none for the usual ones.")
    folders = usual_folders() if folder is None else [("", folder)]
    if not folders:
        raise UsageError(
            "there is none of the usual folders: ~/.claude/projects, ~/.codex/sessions, ~/.local/share/opencode. "
            "Give the folder: tellback sessions DIR."
        )
    found = [
        Stored(path, agent or _agent(path), path.stat().st_mtime)
        for agent, root in folders
        for path in _walk(root)
    ]  # fmt: skip
    return sorted(found, key=lambda s: (-s.written, str(s.path)))


def _walk(root: Path) -> Iterator[Path]:
    for folder, below, names in os.walk(root):
        at = Path(folder)
        # of OpenCode's tree the session files lead to the messages and their parts
        below[:] = sorted(b for b in below if not (at.name == "storage" and b in ("message", "part")))
        for name in sorted(names):
            if name.endswith(SUFFIXES) and not (name.endswith(".db") and name != "opencode.db"):
                yield at / name


def _agent(path: Path) -> str:
    parts = str(path)
    known = (("opencode", "OpenCode"), (".codex", "Codex"), ("rollout-", "Codex"), (".claude", "Claude Code"))
    return next((agent for sign, agent in known if sign in parts), "")


def read_sessions(path: Path, tail: int | None = None) -> list[Session]:
    """The conversations of a session file. JSON lines are read as a stream, whatever their size; `tail`: only so many
    bytes at the end.

    Raises UsageError for a file that cannot be read or holds none, with what it holds instead.
    """
    if path.suffix == ".db":
        return sessions(_database(path))
    if path.suffix == ".jsonl":
        try:
            with path.open(encoding="utf-8", errors="replace") as file:
                if tail is not None and path.stat().st_size > tail:
                    file.seek(path.stat().st_size - tail)
                    file.readline()  # the rest of a line that begins before
                return sessions(of_lines(file, str(path)))
        except OSError as error:
            raise UsageError(f"{path} cannot be read: {error.strerror}.") from None
    if path.is_file() and path.stat().st_size > MOST_JSON:
        raise UsageError(f"{path} has {path.stat().st_size:,} bytes in one JSON document. Give it as JSON lines.")
    if tree := _tree(path):
        return sessions(tree)
    return sessions(lines(read_text(str(path)), str(path)))


def read_opencode(session: str) -> list[Session]:
    """One of OpenCode's conversations by its id, wherever its version keeps it."""
    for agent, folder in usual_folders():
        if agent != "OpenCode":
            continue
        if (folder / "opencode.db").is_file():
            found = [s for s in read_sessions(folder / "opencode.db") if s.name == session]
            if found:
                return found
        for path in (folder / "storage" / "session").glob("*/*.json"):
            if path.stem == session:
                return read_sessions(path)
    return []


def _tree(path: Path) -> list[Line]:
    """The messages that one of OpenCode's session files leads to: storage/session/PROJECT/ID.json."""
    storage = path.parent.parent.parent
    folder = storage / "message" / path.stem
    if path.parent.parent.name != "session" or not folder.is_dir():
        return []
    out = []
    for file in sorted(folder.glob("*.json")):
        info = _json(file)
        parts = [_json(part) for part in sorted((storage / "part" / file.stem).glob("*.json"))]
        if isinstance(info, dict):
            out.append(({"info": info, "parts": [p for p in parts if p]}, (info.get("time") or {}).get("created") or 0))
    return [Line(i, message) for i, (message, _) in enumerate(sorted(out, key=lambda pair: pair[1]), 1)]


def _json(path: Path) -> Any:
    try:
        return json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return None


def _database(path: Path) -> Iterator[Line]:
    """The messages of OpenCode's database, which is opened for reading only."""
    try:
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as base:
            rows: Sequence[tuple[str, str, str]] = base.execute(
                "select id, session_id, data from message order by session_id, id"
            ).fetchall()
            for i, (message, session, data) in enumerate(rows, 1):
                found = base.execute("select data from part where message_id = ? order by id", (message,)).fetchall()
                parts = [json.loads(part) for (part,) in found]
                yield Line(i, {"info": json.loads(data), "parts": parts}, session)
    except (sqlite3.Error, ValueError) as error:
        raise UsageError(f"{path} cannot be read as OpenCode's database: {error}.") from None
