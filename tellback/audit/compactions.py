"""The compactions of a session, each held against what stood before it; what was lost, most needed first; and how long
each kind of fact survives."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from tellback.audit.examine import Options, examine
from tellback.audit.findings import DOUBTFUL, INVENTED, Audit, Finding
from tellback.audit.rows import row
from tellback.audit.tally import Tally
from tellback.audit.transcripts.asks import is_rule
from tellback.audit.transcripts.facts import stands
from tellback.audit.transcripts.marks import no_summary
from tellback.audit.transcripts.messages import COMMAND, DECISION, ERROR, FILE, INSTRUCTION, STATE, Transcript
from tellback.audit.transcripts.sessions import Compaction, Session
from tellback.audit.transcripts.voices import ASSISTANT, SUMMARY, SYSTEM, TOOL, USER
from tellback.facts.kinds.table import IDENTIFIERS

NOTHING_BEFORE = "nothing stands before it: there is nothing that it could have lost"
#: What somebody who goes on with the work needs first.
ORDER = (INSTRUCTION, DECISION, "task", FILE, STATE, ERROR, COMMAND)
_RANK = {kind: i for i, kind in enumerate(ORDER)} | {kind.name: len(ORDER) for kind in IDENTIFIERS}
_SPEAKERS = {USER: 0, SYSTEM: 1, ASSISTANT: 2, SUMMARY: 3}
_LEVELS = {"wrong": 0, "lost": 1, "cannot tell": 2}
_DOUBTFUL = 0.5  # a request in words that no user said: after what is wrong, before what is lost


@dataclass(frozen=True)
class Audited:
    """A compaction with its audit; `unread` says why there is none."""

    compaction: Compaction
    source: Transcript
    found: Audit | None
    unread: str | None = None

    @cached_property
    def ranked(self) -> tuple[Finding, ...]:
        """The findings, what is most needed first: wrong ones, then lost instructions, decisions, files, the last state."""
        return () if self.found is None else ranked(self.found, self.source)

    def lost(self) -> Counter[str]:
        """How many facts of each kind are lost."""
        return Counter(f.kind for f in self.ranked if f.level == "lost")

    def to_dict(self, redact: bool = False) -> dict[str, Any]:
        own = self.compaction
        about = {
            "line": own.line, "when": own.when, "trigger": own.trigger, "tokens_before": own.before,
            "tokens_before_counted": own.counted, "tokens_after": own.after, "tokens_after_counted": own.counted_after,
            "unread": self.unread,
        }  # fmt: skip
        if self.found is None:
            return about
        shown = row(self.found, redact=redact)
        return {**shown, **about, "unread": shown["unread"]}


def ranked(found: Audit, source: Transcript) -> tuple[Finding, ...]:
    """The findings of an audit of a transcript, what is most needed first."""
    starts = [part.span[0] for part in source.parts]

    def worth(f: Finding) -> tuple[bool, float, int, int, int, int]:
        at = f.source_span[0] if f.source_span else -1
        part = source.parts[max(0, bisect_right(starts, at) - 1)] if f.source_span and starts else None
        made_up = f.outcome == INVENTED and f.kind in (INSTRUCTION, DECISION)
        # what holds for all that follows comes before what was asked for once
        kind = "task" if f.kind == INSTRUCTION and f.level == "lost" and not is_rule(f.source or "") else f.kind
        speaker = _SPEAKERS.get(part.role, 4) if part else 0
        return (told_along(f), _DOUBTFUL if f.outcome == DOUBTFUL else _LEVELS.get(f.level, 3), not made_up, _RANK.get(kind, len(ORDER) + 1), speaker, -at)

    turned = [f for f in found.findings if f.level == "wrong" and f.kind in (INSTRUCTION, DECISION)]

    def told_along(f: Finding) -> bool:
        """An instruction that is told wrongly says so of what stands in it, which comes last."""
        return f.kind not in (INSTRUCTION, DECISION) and any(_inside(f, other) for other in turned)

    files = {_last(f.source) for f in found.findings if f.kind == FILE}
    shown: dict[tuple[str, str, str | None, str | None], Finding] = {}
    for f in sorted(found.findings, key=worth):
        if f.level != "wrong" and told_along(f):
            continue
        if f.kind == "path" and f.level == "lost" and _last(f.source) in files:
            continue  # the file that was edited says so
        # each place of a value is a fact of its own, but to whoever goes on with the work it is there or it is not
        if f.level != "lost" or f.kind in (INSTRUCTION, DECISION, STATE) or not stands(f.source, found.output):
            shown.setdefault((f.kind, f.outcome, f.source, f.output), f)
    return tuple(shown.values())


def _last(path: str | None) -> str:
    return (path or "").rstrip("/").rsplit("/", 1)[-1]


def _inside(small: Finding, large: Finding) -> bool:
    pairs = ((small.source_span, large.source_span), (small.output_span, large.output_span))
    return any(a and b and b[0] <= a[0] and a[1] <= b[1] for a, b in pairs)


def audit_session(session: Session, options: Options) -> list[Audited]:
    """Each compaction of a session held against all that was said before it: never against itself or an earlier one."""
    return list(audit_each(session, options))


def audit_each(session: Session, options: Options) -> Iterator[Audited]:
    """The same, one after the other."""
    return (audit_compaction(session.before(c), c, options) for c in session.compactions)


def audit_compaction(source: Transcript, compaction: Compaction, options: Options) -> Audited:
    """One compaction held against what stands before it."""
    unread = compaction.unreadable or no_summary(compaction.summary or "")
    if not any(p.role in (USER, ASSISTANT, TOOL) for p in source.parts):
        unread = compaction.unreadable or NOTHING_BEFORE
    if unread or compaction.summary is None:
        return Audited(compaction, source, None, unread)
    return Audited(compaction, source, examine(source, compaction.summary, options))


def survival(audits: Sequence[Audited]) -> dict[str, list[tuple[int, int] | None]]:
    """Kind of fact -> (kept, of) for each round: of what was said before the first compaction, what each still holds.

    A round that could not be read is None. Raises nothing for a single round: its curve has one point.
    """
    first = next((len(a.source.text) for a in audits if a.found is not None), 0)
    curves: dict[str, list[tuple[int, int] | None]] = {}
    for n, audited in enumerate(audits):
        tally = Tally() if audited.found is None else Tally.of(_early(audited.found, first))
        for kind in [*curves, *(k for k in tally.by_kind if k not in curves)]:
            curve = curves.setdefault(kind, [None] * n)
            of = tally.n_facts(kind) - tally.count("unscored", kind)
            curve.append((tally.count("faithful", kind), of) if audited.found is not None and of else None)
    return dict(sorted(curves.items(), key=lambda item: _RANK.get(item[0], len(ORDER) + 1)))


def _early(found: Audit, end: int) -> Audit:
    facts = tuple(f for f in found.facts if f.source_span and f.source_span[1] <= end and f.kind != STATE)
    return replace(found, facts=facts, invented=(), unsupported=(), doubtful=())
