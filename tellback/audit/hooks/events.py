"""What an agent tells its hooks on standard input, and what they answer.

Claude Code and Codex: PreCompact, PostCompact and SessionStart, each with `transcript_path`; PostCompact may carry the summary
itself (`compact_summary`). OpenCode: the plugin that `install` writes asks by `session_id`. Whatever comes, a hook ends well:
an agent must never wait for one, nor stop because of it.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tellback.audit.compactions import Audited, audit_compaction
from tellback.audit.examine import Options
from tellback.audit.hooks.block import keep_block, lost_block
from tellback.audit.session_view import compaction_line
from tellback.audit.transcripts import stores
from tellback.audit.transcripts.sessions import ESTIMATED, PER_TOKEN, Compaction, Session
from tellback.display.words import visible
from tellback.errors import UsageError

AGENTS = ("claude-code", "codex", "opencode")
MOST_INPUT = 4_000_000  # bytes of an event
TAIL = 30_000_000  # bytes of a longer session that are read: its end, in time for the agent


def answer(agent: str, event: Mapping[str, Any]) -> str:
    """What a hook prints for an event: JSON for Claude Code and Codex, plain text for OpenCode's plugin, or nothing."""
    name = str(event.get("hook_event_name") or event.get("hookEventName") or event.get("event") or "")
    if name not in ("PreCompact", "PostCompact", "SessionStart"):
        raise UsageError(f"expected PreCompact, PostCompact or SessionStart, got {name[:40]!r}")
    if name == "SessionStart" and event.get("source", "compact") != "compact":
        return ""
    session = _session(event)
    if session is None:
        return ""
    if name == "PreCompact":
        return _said(agent, name, keep_block(session.transcript), "")
    audited = _last(session, event)
    if audited is None:
        return ""
    lost = lost_block(audited)
    return _said(agent, name, lost, f"tellback: {compaction_line(audited)}")


def run(agent: str) -> None:
    """Read an event, print the answer; a fault is one line on standard error, and never more."""
    try:
        event = json.loads(sys.stdin.buffer.read(MOST_INPUT).decode("utf-8", "replace") or "null")
        if not isinstance(event, dict):
            raise UsageError(f"expected a JSON object on standard input, got {type(event).__name__}")
        if said := answer(agent, event):
            sys.stdout.buffer.write(said.encode("utf-8", "replace") + b"\n")
    except Exception as fault:  # whatever it is: the agent goes on
        line = " ".join(visible(f"{type(fault).__name__}: {fault}").split())[:300]
        print(f"tellback hook: nothing was audited; {line}", file=sys.stderr)


def _said(agent: str, name: str, block: str, line: str) -> str:
    if agent == "opencode":
        return "\n".join(part for part in (line, block) if part)
    if name == "PreCompact":
        return block  # plain text: it joins the instructions for the summary
    if name == "SessionStart":
        context = {"hookEventName": name, "additionalContext": block}
        return json.dumps({"hookSpecificOutput": context}) if block else ""
    return json.dumps({"systemMessage": "\n".join(part for part in (line, block) if part)})


def _last(session: Session, event: Mapping[str, Any]) -> Audited | None:
    """The audit of the compaction that has just been written: that of the file, or the summary that the event carries."""
    last = session.compactions[-1] if session.compactions else None
    told = event.get("compact_summary") or event.get("summary")
    if isinstance(told, str) and told.strip() and (last is None or last.at < len(session.pieces)):
        size = sum(len(n.piece.text) for n in session.pieces) // PER_TOKEN
        trigger = event.get("trigger") if isinstance(event.get("trigger"), str) else None
        last = Compaction(len(session.pieces), 0, None, size, len(told) // PER_TOKEN, ESTIMATED, trigger, told)
    if last is None:
        return None
    return audit_compaction(session.before(last), last, Options(fast=True))


def _session(event: Mapping[str, Any]) -> Session | None:
    """The session that an event speaks of, the last one of its file; of a very long file its end."""
    path = event.get("transcript_path") or event.get("transcriptPath")
    named = event.get("session_id") or event.get("sessionID")
    if isinstance(path, str) and path:
        found = stores.read_sessions(Path(path).expanduser(), TAIL)
    elif isinstance(named, str) and named:
        found = stores.read_opencode(named)
    else:
        raise UsageError("the event names neither a transcript_path nor a session_id")
    return found[-1] if found else None
