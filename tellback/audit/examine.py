"""One pair audited with everything that a user asked for: the facts of a text, and those of a transcript."""

from __future__ import annotations

import bisect
import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from tellback.audit import instructions as orders
from tellback.audit import traces, transcripts
from tellback.audit.findings import Audit, Finding
from tellback.audit.texts import audit
from tellback.audit.transcripts import Transcript
from tellback.errors import UsageError
from tellback.facts.extract import RELATIONS
from tellback.records import Span

_SURROGATE = re.compile("[\ud800-\udfff]")
SourceFormat = Literal["auto", "text", "transcript"]
#: Kinds of fact that only transcripts have, in the order in which their inventions are shown.
TRANSCRIPT_KINDS = (orders.INSTRUCTION, traces.COMMAND, traces.ERROR, orders.DECISION)


@dataclass(frozen=True, slots=True)
class Options:
    """What to look for; the same for every pair of a run, and small enough to be sent to a process."""

    fast: bool = False
    require: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    source_format: SourceFormat = "auto"

    def __post_init__(self) -> None:
        for pattern in self.ignore:
            try:
                re.compile(pattern)
            except re.error as error:
                raise UsageError(f"--ignore {pattern!r} is no regular expression: {error}.") from None


def source_of(path: str, text: str, options: Options) -> str | Transcript:
    """The source as it is to be read: a transcript where it is asked for, or where the file looks like one."""
    wanted = options.source_format
    if wanted == "transcript" or (wanted == "auto" and transcripts.is_transcript(path, text)):
        return transcripts.parse(text, path)
    return text


def source_of_row(content: Any, options: Options) -> str | Transcript:
    """The `source` of a line of pairs: a text, or a list of messages; a text is a transcript only where that is asked."""
    if isinstance(content, list):
        return transcripts.flatten((i, m) for i, m in enumerate(content, 1) if isinstance(m, dict))
    if options.source_format == "transcript":
        return transcripts.parse(content, "source")
    return content


def examine(source: str | Transcript, output: str, options: Options) -> Audit:
    """The audit of one pair; a transcript's own kinds of facts are added to those of its text.

    Lone surrogates, which JSON can hold and no parser reads, become replacement characters; offsets stay.
    """
    if isinstance(source, Transcript):
        source = replace(source, text=_SURROGATE.sub("\ufffd", source.text))
    text = source.text if isinstance(source, Transcript) else _SURROGATE.sub("\ufffd", source)
    require, ignore = options.require or None, options.ignore or None
    found = audit(text, _SURROGATE.sub("\ufffd", output), fast=options.fast, require=require, ignore=ignore)
    return _with_transcript(found, source, options) if isinstance(source, Transcript) else found


def _with_transcript(found: Audit, source: Transcript, options: Options) -> Audit:
    patterns = [re.compile(p) for p in options.ignore]
    told, wrong_told = orders.instructions(source, found.output)
    ran, wrong_ran = traces.commands(source, found.output)
    failed, wrong_failed = traces.errors(source, found.output)
    own = _kept([*told, *orders.decisions(source, found.output), *ran, *failed], patterns)
    invented = _kept([*wrong_told, *wrong_ran, *wrong_failed], patterns)
    # commands that were called are among `own`, and what an instruction or an error denies is told by it as a whole
    whole = _merged(f.source_span for f in own if f.source_span)
    facts = [
        f
        for f in found.facts
        if f.kind != traces.COMMAND and not (f.kind in RELATIONS and f.source_span and _covers(whole, f.source_span))
    ]
    # an invented path or number inside an invented command says the same thing twice
    said = [f for f in invented if f.kind != orders.INSTRUCTION]
    rest = [f for f in found.invented if f.kind != traces.COMMAND and not any(_inside(f, other) for other in said)]
    return replace(found, facts=(*own, *facts), invented=(*invented, *rest))


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
