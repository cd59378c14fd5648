"""Instructions and decisions of a transcript: which an output keeps, turns around, loses, or makes up.

An instruction is what the user, or the program's system message, asked for. What a tool returned, the agent itself wrote
or an earlier summary says is none, whatever it says: an output that passes it on as one has invented it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from tellback.audit.findings import DOUBTFUL, INVENTED, Finding
from tellback.audit.transcripts.added import added
from tellback.audit.transcripts.approvals import early_approvals
from tellback.audit.transcripts.asks import asks, is_rule, single
from tellback.audit.transcripts.authority import Authority
from tellback.audit.transcripts.clauses import PIVOT, Clause, Index, clause_at, clauses
from tellback.audit.transcripts.messages import DECISION, INSTRUCTION, Part, Transcript
from tellback.audit.transcripts.offers import untaken
from tellback.audit.transcripts.reworded import may_reword
from tellback.audit.transcripts.stance import conflict, standing
from tellback.audit.transcripts.told import Claim, told
from tellback.audit.transcripts.undone import told_done
from tellback.audit.transcripts.voices import ASSISTANT, SYSTEM, USER
from tellback.records import Span

GIVERS = (USER, SYSTEM)
KEPT = 0.6  # share of a clause's content words that another must hold to speak of the same thing
SAME = 0.75  # the same of its other words, for two values to exchange
NEAR = 6  # clauses that share most with an instruction or a claim, and are held against it
_DECISION = re.compile(
    r"\b(?:we(?:[’']ve| have)? (?:decided|chose|agreed|settled|picked|opted|went with)|decided (?:to|on|against|that)|"
    r"decision:|let[’']?s (?:use|go|stick|keep|switch|drop|avoid|not)|(?:going|go|went) with|settled on|opted for|"
    r"we(?:[’']ll| will) (?:use|keep|stick|switch|drop)|i(?:[’']ll| will) (?:use|go with)|chose|chosen|picked)\b",
    re.I,
)


def instructions(
    transcript: Transcript, output: str, read: Transcript | None = None
) -> tuple[list[Finding], list[Finding]]:  # fmt: skip
    """(one finding an instruction of the transcript, the instructions of the output that nobody gave).

    `read`: what of a long transcript's tool output is looked through for who gave them instead.
    """
    asked = [c for c in given(transcript) if c.words]
    claims = told(output)
    facts = _matched(INSTRUCTION, asked, output)
    authority = Authority(transcript, read)
    invented = [f for claim in claims if (f := authority.judge(claim)) is not None]
    invented += _added(authority, transcript, output, [c for c in claims if not any(f.output_span == c.clause.span for f in invented)])
    invented += early_approvals(transcript, output)
    told_of = [f.output_span for f in invented if f.output_span and f.outcome != DOUBTFUL]
    invented += [f for f in untaken(transcript, output) if not any(_meet(f.output_span, span) for span in told_of)]
    invented += told_done(transcript, output)
    turned = {f.source_span for f in facts if f.outcome == "drifted"}
    # what contradicts a turn that is no rule by its words: a message told wrongly, a deed that was forbidden in passing
    extra = [f for f in invented if f.outcome not in (INVENTED, DOUBTFUL) and f.source_span not in turned]
    return [*facts, *_apart(extra, facts)], [f for f in invented if f.outcome in (INVENTED, DOUBTFUL)]


def _added(authority: Authority, transcript: Transcript, output: str, claims: Sequence[Claim]) -> list[Finding]:
    if not any(claim.sort in ("asked", "pending") for claim in claims):
        return []
    said, retold = Index(_text(transcript, (*GIVERS, ASSISTANT))), [c for c in clauses(output) if c.words]
    return [f for claim in claims if (f := added(authority, claim, said, retold)) is not None]


def strange_claims(source: str, output: str) -> list[Finding]:
    """The instructions, approvals and tasks of an output that no sentence of a plain text, whose speakers are unknown,
    comes near to."""
    claims = [c for c in told(output) if c.sort in ("asked", "approved", "pending")]
    if not claims:
        return []
    transcript = Transcript(source, (Part(USER, "text", (0, len(source)), 1),))
    authority = Authority(transcript)
    strange = [(claim, f) for claim in claims if (f := authority.unheard(claim)) is not None]
    if not strange:
        return []
    said, retold = Index(_text(transcript, (USER,))), [c for c in clauses(output) if c.words]
    return [f for claim, f in strange if not may_reword(claim.clause, said, retold)]


def decisions(transcript: Transcript, output: str) -> list[Finding]:
    """One finding for each decision that the user or the agent put into words."""
    made = [
        c
        for c in _once(_text(transcript, (USER, ASSISTANT)))
        if c.words and _DECISION.search(c.text) and not is_rule(c.text)
    ]
    return _matched(DECISION, made, output)


def given(transcript: Transcript) -> list[Clause]:
    """What was asked for, one request a clause."""
    parts = [p for p in transcript.parts if p.form == "text" and p.role in GIVERS]
    found = (c for p in parts for whole in transcript.clauses(p) for c in single(transcript.text, whole))
    return standing(
        _once(
            c for c in found if asks(c.text) and not _DECISION.search(c.text) and (len(c.words) > 1 or is_rule(c.text))
        )
    )


def _text(transcript: Transcript, roles: Sequence[str]) -> Iterable[Clause]:
    parts = [p for p in transcript.parts if p.form == "text" and p.role in roles]
    return (c for p in parts for c in transcript.clauses(p))


def _matched(kind: str, made: Sequence[Clause], output: str) -> list[Finding]:
    whole = [c for c in clauses(output) if c.words]
    parts = [part for c in whole for part in single(output, c) if part.words]
    have = {c.span for c in whole}
    index, apart = Index([*whole, *(c for c in parts if c.span not in have)]), Index(parts)
    return [_match(kind, clause, index, apart) for clause in made]


def _once(found: Iterable[Clause]) -> list[Clause]:
    """Each text once: what a program repeats with every message is one thing said."""
    return list({" ".join(c.text.casefold().split()): c for c in reversed(list(found))}.values())[::-1]


def _apart(extra: Sequence[Finding], facts: Sequence[Finding]) -> list[Finding]:
    """Each contradicted place once, and none that stands inside a fact that is contradicted already."""
    taken: list[Span] = [f.source_span for f in facts if f.source_span and f.outcome in ("drifted", "replaced")]
    out = []
    for f in extra:
        span = f.source_span
        if span and not any(a < span[1] and span[0] < b for a, b in taken):
            taken.append(span)
            out.append(f)
    return out


def _meet(a: Span | None, b: Span) -> bool:
    return a is not None and a[0] < b[1] and b[0] < a[1]


_REPORT = re.compile(r"\W*(?:done|added|finished|completed|written|implemented|fixed)\b", re.I)


def _match(kind: str, clause: Clause, index: Index, parts: Index) -> Finding:
    """What became of an instruction or a decision: a clause that contradicts it counts, wherever another repeats it."""
    near, share = index.nearest(clause.words, clause.negative)
    found = (clause.text, clause.span)
    for said in parts.ranked(clause.words, NEAR):
        if why := conflict(clause, said):
            return Finding(kind, "drifted", found[0], said.text, found[1], said.span, why)
    if near is None or share < KEPT:
        return Finding(kind, "missing", found[0], None, found[1], None, f"no sentence speaks of this {kind}")
    lost, others = _apart_from(clause.values & _chosen(clause), near.values)
    bare = clause.words - clause.values
    if _REPORT.match(near.text):
        others = frozenset(o for o in others if _sort(o) != "path")  # where it was done, not what was asked
    if lost and others and len(bare & near.words) >= SAME * len(bare):
        why = f"says {_listed(others)} for {_listed(lost)}"
        return Finding(kind, "replaced", found[0], near.text, found[1], near.span, why)
    if lost:
        return Finding(kind, "missing", *found[:1], None, found[1], None, f"speaks of it without {_listed(lost)}")
    why = f"shares {share:.0%} of its content words, and its sense"
    return Finding(kind, "faithful", found[0], near.text, found[1], near.span, why)


def _chosen(clause: Clause) -> frozenset[str]:
    """The values of a clause but for those that it rejects."""
    pivot = PIVOT.search(clause.text)
    kept = next(clause_at(clause.text, 0, pivot.start()), None) if pivot else clause
    return kept.values if kept else frozenset()


def _apart_from(values: frozenset[str], others: frozenset[str]) -> tuple[frozenset[str], frozenset[str]]:
    """The values that the other side lacks, and those of the other side that could stand in their place: of the same sort,
    and not the same path told shorter."""
    lost = frozenset(v for v in values if not any(_same(v, o) for o in others))
    strange = (o for o in others if not any(_same(v, o) for v in values))
    return lost, frozenset(o for o in strange if any(_sort(o) == _sort(v) for v in lost))


def _same(a: str, b: str) -> bool:
    short, long = sorted((a.strip("/").removeprefix("./"), b.strip("/").removeprefix("./")), key=len)
    return long == short or long.endswith("/" + short)


def _sort(value: str) -> str:
    return "path" if "/" in value else "number" if value[:1].isdigit() else "name"


def _listed(values: frozenset[str]) -> str:
    return ", ".join(sorted(values)[:3])
