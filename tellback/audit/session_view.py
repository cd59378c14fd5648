"""Sessions in the terminal: one line a compaction, five findings below it, and how long each kind of fact survived."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from tellback.audit.compactions import Audited, ranked
from tellback.audit.findings import DOUBTFUL, Audit, Finding
from tellback.audit.terminal import STYLES
from tellback.audit.transcripts.messages import Transcript
from tellback.audit.transcripts.sessions import RECORDED, Compaction
from tellback.display.words import NOTHING, visible
from tellback.records import ADDED

FIRST = 5  # findings that are shown where not all are asked for
LONGEST = 110  # characters of a finding's words
KINDS = 4  # kinds of lost facts that a line names
_LOST = {
    "instruction": "instruction",
    "decision": "decision",
    "file": "edited file",
    "state": "last statement",
}


def compaction_line(audited: Audited) -> str:
    """«2026-02-01 11:00, auto: 150,000 → ~214 tokens; wrong: 1 invented; lost: 2 instructions, 1 edited file»."""
    own = audited.compaction
    parts = [f"{_when(own)}: {_size(own.before, own.counted)} → {_size(own.after, own.counted_after)} tokens"]
    if audited.unread:
        return f"{parts[0]}; {visible(audited.unread)}"
    wrong = Counter(f.outcome for f in audited.found.findings if f.level == "wrong") if audited.found else {}  # as the bar counts
    parts += [f"wrong: {', '.join(f'{n} {outcome}' for outcome, n in wrong.items())}"] if wrong else []
    if lost := _lost(audited.lost()):
        parts.append(f"lost: {lost}")
    return "; ".join(parts) if len(parts) > 1 else f"{parts[0]}; nothing lost that was looked for"


def _lost(counts: Mapping[str, int]) -> str:
    named = list(counts.items())
    said = [f"{n} {_LOST.get(kind, kind)}{'s' * (n != 1)}" for kind, n in named[:KINDS]]
    return ", ".join(said) + (" and others" if len(named) > KINDS else "")


def _when(own: Compaction) -> str:
    found = visible(own.when.replace("T", " ")) if own.when else f"line {own.line}"
    return f"{found}, {visible(own.trigger)}" if own.trigger else found


def _size(tokens: int | None, counted: str) -> str:
    if tokens is None:
        return NOTHING
    return f"{tokens:,}" if counted == RECORDED else f"~{tokens:,}"


def show_compactions(out: Console, audits: Sequence[Audited], whole: bool, name: str = "") -> None:
    """Each compaction with its FIRST findings, or all of them."""
    for n, audited in enumerate(audits, 1):
        head = f"compaction {n} of {len(audits)}{f' of {visible(name)}' if name else ''}, {compaction_line(audited)}"
        out.print(head, style="bold", markup=False, soft_wrap=True)
        show_first(out, audited.ranked, audited.source, whole)
        out.print()
    if any("~" in compaction_line(a) for a in audits):
        out.print("~: characters / 4, where the file records no tokens", style="dim", markup=False)


def show_first(out: Console, findings: Sequence[Finding], source: Transcript, whole: bool) -> None:
    """A line a finding; how many more there are is said, never how much of the logs was left out."""
    shown = findings if whole else findings[:FIRST]
    for finding in shown:
        out.print(_line(finding, source), soft_wrap=True)
    if len(findings) > len(shown):
        more = Counter(f.level for f in findings[len(shown) :])
        said = ", ".join(f"{n} {level}" for level, n in more.items())
        out.print(f"  … and more ({said}): --all", style="dim", markup=False)


def show_pair(out: Console, found: Audit, source: Transcript, whole: bool) -> None:
    """The audit of an output that was given beside its session."""
    if found.unread:
        out.print(f"not read in full: {visible(found.unread)}", style="bold", markup=False)
    findings = ranked(found, source)
    wrong = Counter(f.outcome for f in found.findings if f.level == "wrong")  # as the bar counts
    lost = _lost(Counter(f.kind for f in findings if f.level == "lost"))
    parts = [f"wrong: {', '.join(f'{n} {outcome}' for outcome, n in wrong.items())}"] if wrong else []
    parts += [f"lost: {lost}"] if lost else []
    out.print("; ".join(parts) or "nothing wrong, and nothing lost that was looked for", style="bold", markup=False)
    show_first(out, findings, source, whole)


def _line(finding: Finding, source: Transcript) -> Text:
    text = Text("  ")
    word = "lost" if finding.level == "lost" else finding.outcome
    text.append(word, STYLES[finding.outcome])
    text.append(f" {visible(finding.kind)}  ")
    if finding.outcome in ADDED or finding.source is None:
        text.append(f"«{_cut(finding.output)}»")
    elif finding.output is None:
        text.append(f"«{_cut(finding.source)}»")
    else:
        text.append(f"«{_cut(finding.source, LONGEST // 2)}» became «{_cut(finding.output, LONGEST // 2)}»")
    if finding.source_span and source.parts:
        part = source.part_at(finding.source_span[0])
        text.append(f"  {part.role}, line {part.line}", "dim")
    if (finding.level == "wrong" or finding.outcome == DOUBTFUL) and finding.why:
        text.append(f"  {_cut(finding.why)}", "dim")
    return text


def _cut(words: str | None, most: int = LONGEST) -> str:
    flat = " ".join(visible((words or "")[: 8 * most]).split())
    return flat if len(flat) <= most else flat[: most - 1] + "…"


def survival_table(curves: Mapping[str, Sequence[tuple[int, int] | None]]) -> Table:
    """A row a kind of fact: of what was said before the first compaction, what each one still holds."""
    table = Table(box=None, header_style="bold", pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("said before the first")
    n = max(map(len, curves.values()), default=0)
    for i in range(1, n + 1):
        table.add_column(f"after {i}", justify="right")
    for kind, curve in curves.items():
        cells = [NOTHING if point is None else f"{point[0]}/{point[1]}" for point in curve]
        table.add_row(escape(visible(kind)), *cells, *[NOTHING] * (n - len(cells)))
    return table
