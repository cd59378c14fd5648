"""A long session as far as an output can be held against it: what people and the agent said near what the output says,
and of the tools' output those lines that somebody later relied on.

Logs are most of a session's bytes and hold most of its values, and nearly all of these nobody ever needs again.
"""

from __future__ import annotations

import bisect
import heapq
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from tellback.audit.findings import Finding
from tellback.audit.transcripts.clauses import Index, clauses
from tellback.audit.transcripts.messages import GAP, Part, Transcript
from tellback.audit.transcripts.voices import ASSISTANT, SUMMARY, SYSTEM, USER
from tellback.records import Span

SHORT = 6_000  # characters of tools' output that are read whole
PARSED = 12_000  # characters of what people and the agent said that the parser reads whole: some three pages
LINES = 200  # of tools' output that are read of a longer session
OFTEN = 50  # lines; what more of them hold points to none
LAST = 12  # lines of the last result: the state in which the session stands
LONGEST = 400  # characters of such a line
NEAR = 2  # sentences that are read for each sentence of the output
SPOKEN = (USER, SYSTEM, ASSISTANT, SUMMARY)
_TOKEN = re.compile(r"[\w@#$./+-]*\w")
_HARD = re.compile(r"\d|\w[./_:-]\w|[a-z][A-Z]")
_FAILS = re.compile(r"[Ee]rror|ERR|FAIL|[Ff]atal|panic|[Ee]xception|exit code [1-9]")


@dataclass(frozen=True)
class Reduced:
    """`transcript` holds the pieces of `whole` that are read; `starts` and `origins` say where each stands in it and there."""

    whole: Transcript
    transcript: Transcript
    starts: tuple[int, ...]
    origins: tuple[int, ...]

    @property
    def in_part(self) -> bool:
        """Whether some of the transcript is not read."""
        return len(self.transcript.text) < len(self.whole.text)

    def back(self, findings: Iterable[Finding]) -> tuple[Finding, ...]:
        """Findings about the reduced text as findings about the whole."""
        return tuple(replace(f, source_span=self._origin(f.source_span)) if f.source_span else f for f in findings)

    def _origin(self, span: Span) -> Span:
        at = bisect.bisect_right(self.starts, span[0]) - 1
        shift = self.origins[at] - self.starts[at]
        return (span[0] + shift, span[1] + shift)


def reduced(whole: Transcript, output: str) -> Reduced:
    """What of a transcript the audit of `output` reads; all of it where it is short."""
    spoken = [p for p in whole.parts if p.form == "text" and p.role in SPOKEN]
    tools = [p for p in whole.parts if p.form in ("result", "call")]
    read: dict[Part, list[Span]] = {}
    if sum(p.span[1] - p.span[0] for p in tools) > SHORT:
        read |= _relied_on(whole, tools, output)
    if sum(p.span[1] - p.span[0] for p in spoken) > PARSED:
        read |= _near(whole, spoken, output)
    texts, parts, starts, origins, at = [], [], [], [], 0
    for part in whole.parts:
        pieces = read.get(part, [part.span])
        if not pieces:
            continue
        first = at
        for start, end in pieces:
            starts.append(at)
            origins.append(start)
            texts.append(whole.text[start:end])
            at += end - start + 1
        parts.append(replace(part, span=(first, at - 1)))
        texts[-1] += GAP[1:]
        at += len(GAP) - 1
    return Reduced(whole, Transcript("\n".join(texts), tuple(parts)), tuple(starts), tuple(origins))


def _relied_on(whole: Transcript, tools: list[Part], output: str) -> dict[Part, list[Span]]:
    """The lines of tools' output that alone hold what the output says, errors that somebody spoke of later, and the last
    lines."""
    spoken = set().union(*(_hard(whole.words(p)) for p in whole.parts if p.form in ("text", "command", "edit")))
    told = _hard(output) - spoken
    spans: dict[Part, list[Span]] = {part: [] for part in tools}
    spans[tools[-1]] += list(_lines(whole.text, tools[-1].span))[-LAST:]
    tokens = {part: _TOKEN.findall(whole.words(part)) for part in tools}
    often = Counter(token for found in tokens.values() for token in found if token in told)
    told = {token for token, n in often.items() if n <= OFTEN}
    best: list[tuple[float, int, Span, Part]] = []
    for part, found in tokens.items():
        fails = bool(_FAILS.search(whole.text, *part.span)) and not spoken.isdisjoint(found)
        if not fails and told.isdisjoint(found):
            continue
        for start, end in _lines(whole.text, part.span):
            line = _TOKEN.findall(whole.text, start, end)
            worth = sum(1 / often[t] for t in told.intersection(line))
            if fails and _FAILS.search(whole.text, start, end) and not spoken.isdisjoint(line):
                worth += 0.5
            if worth:
                best.append((worth, len(best), (start, end), part))
    for _, _, span, part in heapq.nlargest(LINES, best, key=lambda row: row[:2]):
        spans[part].append(span)
    return {part: sorted(set(lines)) for part, lines in spans.items()}


def _lines(text: str, span: Span) -> Iterator[Span]:
    """The lines of text[start:end], each cut after LONGEST characters."""
    start, end = span
    while start < end:
        stop = text.find("\n", start, end)
        stop = end if stop < 0 else stop
        if stop > start:
            yield start, min(stop, start + LONGEST)
        start = stop + 1


def _hard(text: str) -> set[str]:
    """The values, paths and names of a text, as they are written."""
    return {t for t in _TOKEN.findall(text) if len(t) > 2 and _HARD.search(t)}


def _near(whole: Transcript, spoken: list[Part], output: str) -> dict[Part, list[Span]]:
    """The sentences of a long talk that share most words with a sentence of the output, and the last turn."""
    by_part = {part: whole.clauses(part) for part in spoken}
    index = Index(c for found in by_part.values() for c in found)
    spans: set[Span] = {c.span for c in by_part[spoken[-1]]}
    for told in clauses(output):
        spans |= {c.span for c in index.ranked(told.words, NEAR)}
    return {part: [c.span for c in found if c.span in spans] for part, found in by_part.items()}
