"""A short text for an agent's context: the instructions and decisions that a compaction lost, and what it made up.

Only what users and the system message said is given back, and everything is made harmless to show.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tellback.audit.compactions import Audited
from tellback.audit.findings import INVENTED, Finding
from tellback.audit.transcripts.asks import is_rule
from tellback.audit.transcripts.instructions import given
from tellback.audit.transcripts.messages import DECISION, FILE, INSTRUCTION, Transcript
from tellback.audit.transcripts.voices import SYSTEM, USER
from tellback.display.words import visible

LINES = 12  # of each sort
LONGEST = 300  # characters of a line
LOST = "tellback: the compaction lost these instructions; they still hold."
UNREADABLE = "tellback: what the compaction kept cannot be read. These instructions were given and hold."
MADE_UP = "The summary says these, and no user did:"
KEEP = "Keep word for word what the user said must hold:"
FILES = "Files that were edited and that the summary does not name:"


def lost_block(audited: Audited) -> str:
    """What to put into the context again; an empty text where nothing is lost that somebody asked for."""
    if audited.found is None:
        return _list(UNREADABLE, rules(audited.source)) if audited.compaction.unreadable else ""
    asked = [
        f
        for f in audited.ranked
        if f.source_span and f.kind in (INSTRUCTION, DECISION) and f.level in ("wrong", "lost")
    ]
    own = [f.source or "" for f in asked if audited.source.part_at(_start(f)).role in (USER, SYSTEM)]
    made_up = [f.output or "" for f in audited.ranked if f.outcome == INVENTED and f.kind in (INSTRUCTION, DECISION)]
    files = [f.source or "" for f in audited.ranked if f.kind == FILE and f.level == "lost"]
    parts = [_list(LOST, own), _list(MADE_UP, made_up), _list(FILES, files[:LINES])]
    return "\n".join(part for part in parts if part)


def keep_block(source: Transcript) -> str:
    """What a compaction that is about to be written should keep."""
    return _list(KEEP, rules(source))


def rules(source: Transcript) -> list[str]:
    """The instructions that hold: what must always, never or only be done, the latest first."""
    return [c.text for c in reversed(given(source)) if is_rule(c.text)]


def _start(finding: Finding) -> int:
    return finding.source_span[0] if finding.source_span else 0


def _list(title: str, lines: Iterable[str]) -> str:
    flat: Sequence[str] = [" ".join(visible(line).split()).lstrip("-*•> ")[:LONGEST] for line in lines]
    shown = list(dict.fromkeys(line for line in flat if line))[:LINES]
    return "\n".join([title, *(f"- {line}" for line in shown)]) if shown else ""
