"""What a reader said of one planted text: the rules by which a finding counts.

A planted change is *detected* by a finding of a right class (planting.DETECTED_BY) that overlaps it and is at most twice
as long, in the source or in the output: flagging the sentence is no detection. A finding on a fact whose words lie
wholly outside the change is a *false alarm*. A value that nothing changed is *kept* when the reader says so of a span on
it; what the reader never looked at counts against its recall.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from tellback.audit.findings import Finding
from tellback.records import ADDED, DOUBTFUL, OUTCOMES, Span
from tellback.validation.plantings import DETECTED_BY, Planting, overlap

#: What a reader may say about a planted change, beside the outcomes.
TOO_WIDE, SILENT = "too wide", "silent"
VERDICTS = (*OUTCOMES, *ADDED, TOO_WIDE, SILENT)


@dataclass(frozen=True, slots=True)
class Row:
    """One text read: verdicts on the targets, false alarms, and what was said of the values left alone."""

    planting: Planting
    verdicts: tuple[str, ...]
    alarms: int
    n_untouched: int  # facts of the reader outside the change
    n_facts: int
    n_faithful: int
    n_scored: int
    n_added: int
    n_near: int  # values left alone, the nearest to the change, as many as were changed
    near_kept: int
    all_kept: int

    @property
    def detected(self) -> int:
        return sum(v in DETECTED_BY[self.planting.kind] for v in self.verdicts)


def read(planting: Planting, findings: Sequence[Finding]) -> Row:
    """What the findings of a reader say about one planting."""
    changed, written = planting.source_spans, planting.output_spans
    outside = [f for f in findings if not inside(f, changed, written)]
    bad = [f for f in outside if f.outcome not in ("faithful", "unscored", DOUBTFUL)]
    targets = planting.targets if planting.kind == "dropped" or not planting.targets else planting.targets[:1]
    places = [(changed, written)] if planting.kind != "dropped" else [((target,), ()) for target in targets]
    verdicts = tuple(_verdict(planting.kind, findings, *place) for place in places[: len(targets)])
    facts = [f for f in findings if f.outcome not in ADDED]
    kept = [_kept(value, findings) for value in planting.kept]
    near = kept[: len(targets)]
    return Row(
        planting, verdicts, len(bad), sum(f.outcome not in ADDED for f in outside), len(facts),
        sum(f.outcome == "faithful" for f in facts), sum(f.outcome != "unscored" for f in facts),
        sum(f.outcome in ADDED for f in findings),
        len(near), sum(near), sum(kept),
    )  # fmt: skip


def inside(finding: Finding, changed: Sequence[Span], written: Sequence[Span]) -> bool:
    """Whether the finding is about changed words: its source words, or, of what is added, its output words."""
    if finding.source_span is not None and finding.outcome not in ADDED:
        return any(overlap(finding.source_span, span) for span in changed)
    return finding.output_span is not None and any(overlap(finding.output_span, span) for span in written)


def _located(found: Span | None, spans: Sequence[Span]) -> bool:
    return found is not None and any(
        overlap(found, span) and found[1] - found[0] <= 2 * (span[1] - span[0]) for span in spans
    )


def _verdict(kind: str, findings: Sequence[Finding], source: Sequence[Span], output: Sequence[Span]) -> str:
    """What is said of one change: a detection if there is one, else the worst that is said in its place."""
    here = {f.outcome for f in findings if _located(f.source_span, source) or _located(f.output_span, output)}
    near = [f for f in findings if f.outcome != "faithful" and inside(f, source, output)]
    order = (*(v for v in OUTCOMES if v in DETECTED_BY[kind]), *OUTCOMES[1:], *ADDED)
    said = next((v for v in order if v in here), None)
    return said or (TOO_WIDE if near else "faithful" if "faithful" in here else SILENT)


def _kept(mentions: Sequence[Span], findings: Sequence[Finding]) -> bool:
    """Whether a value is called faithful where it stands (at one mention at least), and nothing else of it."""
    return {f.outcome for f in findings if _located(f.source_span, mentions)} == {"faithful"}


def alarmed(row: Row) -> bool:
    """Whether anything at all is said to be wrong, in a text where nothing is. What could not be judged is no alarm."""
    return row.n_scored > row.n_faithful or row.n_added > 0


def unjudged(row: Row) -> bool:
    """Whether a fact was left unscored."""
    return row.n_facts > row.n_scored


def kappa(rows: Sequence[Row], others: Sequence[Row]) -> float | None:
    """Cohen's kappa of two readers' verdicts on the same planted changes; None where there are none or chance is 1."""
    pairs = [(a, b) for r, o in zip(rows, others, strict=True) for a, b in zip(r.verdicts, o.verdicts, strict=True)]
    if not pairs:
        return None
    agree = sum(a == b for a, b in pairs) / len(pairs)
    left, right = Counter(a for a, _ in pairs), Counter(b for _, b in pairs)
    chance = sum(left[v] * right[v] for v in left) / len(pairs) ** 2
    return None if chance == 1 else (agree - chance) / (1 - chance)
