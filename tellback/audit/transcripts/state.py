"""The files that an agent wrote and where its work stood at the end: which of both an output still names."""

from __future__ import annotations

import re

from tellback.audit.findings import Finding
from tellback.audit.transcripts.clauses import Index, clauses
from tellback.audit.transcripts.messages import FILE, STATE, Transcript
from tellback.audit.transcripts.voices import ASSISTANT

KEPT = 0.5  # share of a sentence's content words that one of the output must hold
LAST = 4  # sentences of the agent's last turn


def edits(transcript: Transcript, output: str) -> list[Finding]:
    """One finding a file that was written, at its last place: kept where the output names it, with any part of its path."""
    last = {transcript.words(p): p.span for p in transcript.parts if p.form == "edit"}
    out = []
    for path, span in last.items():
        name = re.split(r"[/\\\\]", path.rstrip("/"))[-1]
        at = re.search(rf"(?:[\w.~/-]*/)?(?<![\w.-]){re.escape(name)}(?![\w/-])", output) if name else None
        if at:
            out.append(Finding(FILE, "faithful", path, at[0], span, at.span(), "the output names this file"))
        else:
            out.append(Finding(FILE, "missing", path, None, span, None, "the output does not name this file"))
    return out


def state(transcript: Transcript, output: str) -> list[Finding]:
    """One finding for each of the last sentences that the agent said, if it was the last to say anything but a tool."""
    said = [p for p in transcript.parts if p.form == "text"]
    if not said or said[-1].role != ASSISTANT:
        return []
    index = Index(c for c in clauses(output) if c.words)
    out = []
    for clause in [c for c in transcript.clauses(said[-1]) if len(c.words) > 2][-LAST:]:
        near, share = index.nearest(clause.words, clause.negative)
        if near is not None and share >= KEPT:
            why = f"shares {share:.0%} of its content words"
            out.append(Finding(STATE, "faithful", clause.text, near.text, clause.span, near.span, why))
        else:
            why = "no sentence of the output tells this end of the work"
            out.append(Finding(STATE, "missing", clause.text, None, clause.span, None, why))
    return out
