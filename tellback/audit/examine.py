"""One pair audited with everything that a user asked for: the facts of a text, and those of a transcript."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any, Literal

from tellback.audit import transcripts
from tellback.audit.findings import Audit
from tellback.audit.texts import audit
from tellback.audit.transcripts import Transcript
from tellback.errors import UsageError

_SURROGATE = re.compile("[\ud800-\udfff]")
SourceFormat = Literal["auto", "text", "transcript"]


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
    output = _SURROGATE.sub("\ufffd", output)
    require, ignore = options.require or None, options.ignore or None
    if isinstance(source, Transcript):
        from tellback.audit.transcripts.facts import with_transcript
        from tellback.audit.transcripts.relied import reduced

        seen = reduced(replace(source, text=_SURROGATE.sub("\ufffd", source.text)), output)
        found = audit(seen.transcript.text, output, fast=options.fast, require=require, ignore=ignore, session=True)
        return with_transcript(found, seen, options.ignore)
    found = audit(_SURROGATE.sub("\ufffd", source), output, fast=options.fast, require=require, ignore=ignore)
    return _with_claims(found, options.ignore)


def _with_claims(found: Audit, ignore: tuple[str, ...]) -> Audit:
    """An audit of plain text with the instructions and tasks of the output that the source nowhere gives."""
    from tellback.audit.transcripts.instructions import strange_claims

    patterns = [re.compile(pattern) for pattern in ignore]
    strange = [
        f for f in strange_claims(found.source, found.output) if not any(p.search(f.output or "") for p in patterns)
    ]
    return replace(found, invented=(*strange, *found.invented)) if strange else found
