"""What a transcript adds to the audit of its text: instructions, decisions, commands and errors, each said once."""

from __future__ import annotations

import bisect
import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from tellback.audit.findings import DOUBTFUL, Audit, Finding
from tellback.audit.transcripts.commands import commands
from tellback.audit.transcripts.errors import errors
from tellback.audit.transcripts.evidence import additions, weighed
from tellback.audit.transcripts.harmless import made_up
from tellback.audit.transcripts.instructions import decisions, instructions
from tellback.audit.transcripts.messages import COMMAND, FILE, INSTRUCTION, STATE, Transcript
from tellback.audit.transcripts.relied import Reduced
from tellback.audit.transcripts.state import edits, state
from tellback.facts.extract import RELATIONS
from tellback.records import Span


def with_transcript(found: Audit, seen: Reduced, ignore: Iterable[str]) -> Audit:
    """The audit of the text that was read of a transcript, as one of the whole: with the kinds that only transcripts have.

    `ignore`: regular expressions of facts that need not survive.
    """
    patterns = [re.compile(pattern) for pattern in ignore]
    source, read, output = seen.whole, seen.transcript, found.output
    told, wrong_told = instructions(source, output, read)
    ran, wrong_ran = commands(read, output)
    failed, wrong_failed = errors(read, output)
    own = _kept(
        [
            *told,
            *decisions(source, output),
            *seen.back([*ran, *failed]),
            *edits(source, output),
            *state(source, output),
        ],
        patterns,
    )
    invented = _kept([*wrong_told, *wrong_ran, *wrong_failed], patterns)
    # commands that were called are among `own`, and what an instruction or an error denies is told by it as a whole
    whole = _merged(f.source_span for f in own if f.source_span and f.kind not in (STATE, FILE))
    facts = [
        f
        for f in seen.back(f for f in found.facts if f.kind not in (*RELATIONS, "name") or _is_said(read, f))
        if f.kind != COMMAND and not (f.kind in RELATIONS and f.source_span and _covers(whole, f.source_span))
    ]
    # an invented path or number inside an invented command says the same thing twice
    rest = [
        f
        for f in found.invented
        if f.kind != COMMAND
        and not any(_inside(f, other) for other in invented if other.kind != INSTRUCTION or f.kind == "name")
    ]
    if seen.in_part:  # what stands in a part that was not read is not invented
        rest = [f for f in rest if not stands(f.output, source.text)]
        facts = [_in_doubt(f) if _is_elsewhere(f, source.text) else f for f in facts]
    rest = additions(made_up(rest, output, source.text), source.text)
    facts = weighed(facts, source.text, output)
    # a sentence in words of its own is how a summary tells a session: nothing that is unsupported stands here
    doubtful = tuple(f for f in invented if f.outcome == DOUBTFUL)
    invented = [f for f in invented if f.outcome != DOUBTFUL]
    return replace(found, source=source.text, facts=(*own, *facts), invented=(*invented, *rest), unsupported=(), doubtful=doubtful)


def _is_elsewhere(finding: Finding, text: str) -> bool:
    """Whether a value that seems exchanged stands in the session: it may be told of what was not read."""
    changed = finding.outcome in ("replaced", "drifted") and finding.kind not in RELATIONS
    return changed and stands(finding.output, text)


def _in_doubt(finding: Finding) -> Finding:
    why = "the session is long and was read in part: the output's value stands elsewhere in it"
    return replace(finding, outcome="unscored", why=why)


def _is_said(read: Transcript, finding: Finding) -> bool:
    """Whether a relation or a name stands in what somebody said: a log and a script are no sentences."""
    return finding.source_span is None or read.part_at(finding.source_span[0]).form == "text"


def stands(words: str | None, text: str) -> bool:
    """Whether `words` stand in a text, between the edges of words. A plain search: texts have millions of characters."""
    at = text.find(words) if words else -1
    while words and at >= 0:
        end = at + len(words)
        if not (_word(text[at - 1 : at]) and _word(words[0])) and not (_word(words[-1]) and _word(text[end : end + 1])):
            return True
        at = text.find(words, at + 1)
    return False


def _word(char: str) -> bool:
    return char.isalnum() or char == "_"


def _merged(spans: Iterable[Span]) -> list[Span]:
    """The stretches that spans cover together, in order, none touching the next."""
    out: list[Span] = []
    for start, end in sorted(spans):
        if out and start <= out[-1][1]:
            out[-1] = (out[-1][0], max(end, out[-1][1]))
        else:
            out.append((start, end))
    return out


def _covers(stretches: Sequence[Span], span: Span) -> bool:
    at = bisect.bisect_right(stretches, (span[0], math.inf)) - 1
    return at >= 0 and span[1] <= stretches[at][1]


def _inside(small: Finding, large: Finding) -> bool:
    a, b = small.output_span, large.output_span
    return a is not None and b is not None and b[0] <= a[0] and a[1] <= b[1]


def _kept(findings: Iterable[Finding], patterns: Sequence[re.Pattern[str]]) -> list[Finding]:
    """Findings whose words no pattern to be ignored is found in."""
    return [f for f in findings if not any(p.search(f.source or f.output or "") for p in patterns)]
