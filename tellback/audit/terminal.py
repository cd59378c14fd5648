"""An audit in the terminal: one line that says how much was kept, the kinds worst first, and a screenful of findings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from tellback.audit import rates
from tellback.audit.bars import Breach
from tellback.audit.findings import DOUBTFUL, INVENTED, UNSUPPORTED, Audit, Finding
from tellback.audit.tally import Tally
from tellback.display.words import NOTHING, share, visible
from tellback.records import ADDED, LEVEL, LEVELS

if TYPE_CHECKING:
    from tellback.audit.baseline import Comparison

STYLES = {
    INVENTED: "bold red", UNSUPPORTED: "bright_red", "drifted": "magenta", "overwritten": "red", "replaced": "yellow", "missing": "cyan",
    DOUBTFUL: "dim", "unscored": "dim", "faithful": "green",
}  # fmt: skip
LINES = 40  # of findings where no terminal says how high it is
LEAST = 4  # findings that are always shown
LONGEST = 160  # characters of a finding's words


def console(stderr: bool = False) -> Console:
    """A console that neither guesses at markup nor wraps short of its width; 120 columns where there is no terminal."""
    found = Console(highlight=False, stderr=stderr)
    return found if found.is_terminal else Console(highlight=False, stderr=stderr, width=max(120, found.width))


def headline(tally: Tally) -> str:
    """«kept 18 of 20 facts (90%); wrong: 2 invented, 1 replaced; lost: 1 missing; cannot tell: 3 unscored»."""
    n = tally.n_facts()
    if not n:
        parts = ["no facts were found in the source"]
    else:
        parts = [f"kept {tally.count('faithful')} of {n} fact{'s' * (n != 1)} ({share(tally.score())})"]
    for level in LEVELS:
        counts = [f"{tally.count(o)} {o}" for o, its in LEVEL.items() if its == level and tally.count(o)]
        parts += [f"{level}: {', '.join(counts)}"] if counts else []
    return "; ".join(parts)


def show_audit(out: Console, audit: Audit) -> None:
    """Verdict, kinds and findings of one pair, at most about a screen."""
    if audit.unread:
        out.print(f"not read in full: {visible(audit.unread)}", style="bold", markup=False)
    tally = Tally.of(audit)
    out.print(headline(tally), style="bold", markup=False)
    if tally.by_kind:
        out.print(kinds_table(tally))
    said = sorted(audit.findings, key=lambda f: f.level != "wrong" and f.outcome != DOUBTFUL)  # before what the output is silent about
    show_findings(out, said, len(tally.by_kind) + 8)


def kinds_table(tally: Tally) -> Table:
    """One row a kind of fact, worst first, with how often the audit was measured to err on that kind."""
    table = Table(box=None, header_style="bold", pad_edge=False, padding=(0, 2, 0, 0))
    lost = [o for o in LEVEL if o != "faithful" and tally.count(o)]
    table.add_column("kind")
    for name in ("kept", "of", "share", *lost):
        table.add_column(name, justify="right")
    for name in rates.COLUMNS:
        table.add_column(name, min_width=17)
    for kind in tally.kinds():
        n = tally.n_facts(kind)
        numbers = [str(tally.count("faithful", kind)), str(n)] if n else [NOTHING, NOTHING]
        table.add_row(
            escape(visible(kind)), *numbers, share(tally.score(kind)), *(str(tally.count(o, kind) or "") for o in lost),
            *rates.cells(kind),
        )  # fmt: skip
    return table


def show_findings(out: Console, findings: Sequence[Finding], used: int = 0) -> None:
    """As many findings as fit below `used` lines, each with the words of both texts and why; then how many are left."""
    height = out.size.height if out.is_terminal else LINES
    room = max(LEAST, (height - used) // 3)
    for finding in findings[:room]:
        out.print()
        out.print(_finding(finding))
    if len(findings) > room:
        out.print(f"\n… and {len(findings) - room} more (--json or --html for all)", markup=False)


def _finding(finding: Finding) -> Text:
    text = Text()
    text.append(f"{finding.outcome}", STYLES[finding.outcome])
    text.append(f" {visible(finding.kind)}  ")
    if finding.outcome in (INVENTED, DOUBTFUL):
        text.append(f"the output says {_quoted(finding.output)}")
    elif finding.outcome == UNSUPPORTED:
        text.append(f"the output says {_quoted(finding.output)}; nearest in the source: {_quoted(finding.source)}")
    elif finding.output is None:
        text.append(f"the source says {_quoted(finding.source)}")
    else:
        text.append(f"{_quoted(finding.source)} became {_quoted(finding.output)}")
    text.append(_places(finding), "dim")
    if finding.why:
        text.append(f"\n    {_cut(finding.why, 2 * LONGEST)}", "dim")
    return text


def _quoted(words: str | None) -> str:
    if words is None:
        return "nothing"
    return f"«{_cut(words, LONGEST)}»"


def _cut(words: str, most: int) -> str:
    """`words` on one line, of at most `most` characters."""
    flat = " ".join(visible(words[: 8 * most]).split())
    return flat if len(flat) <= most else flat[: most - 1] + "…"


def _places(finding: Finding) -> str:
    spans = ((finding.source_span, "source"), (finding.output_span, "output"))
    places = ", ".join(f"{name} {span[0]}–{span[1]}" for span, name in spans if span)
    return f"  [{places}]" if places else ""


def show_bars(out: Console, bars: Sequence[Any], failed: Sequence[Breach]) -> None:
    if bars or failed:
        out.print()
    for breach in failed:
        out.print(f"below the bar: {breach}", style="bold red", markup=False)
    if bars and not failed:
        out.print(f"every bar is reached ({', '.join(bars)})", style="green", markup=False)


def show_comparison(out: Console, found: Comparison, against: str) -> None:
    """What got worse since `against`, fact by fact, then the scores that fell and the ids that only one side has."""
    n = found.n_worse
    words = f"{n} fact{'s' * (n != 1)} got worse, {found.n_better} better" if n or found.n_better else "nothing changed"
    out.print(f"since {against}: {words}", style="bold red" if n else "bold", markup=False)
    shown = 12
    for item in found.worse[:shown]:
        who = "" if item["id"] is None else f"{visible(str(item['id']))}: "
        was = "not there before" if item["outcome"] in ADDED else "faithful before"
        said = item["output"] if item["source"] is None or item["outcome"] in ADDED else item["source"]
        place = item["source_span"] or item["output_span"]
        where = f" [{place[0]}–{place[1]}]" if place else ""
        now = f", now {_quoted(item['output'])}" if said == item["source"] and item["output"] is not None else ""
        out.print(f"  {who}{item['outcome']} {visible(item['kind'])} {_quoted(said)}{where}: {was}{now}", markup=False)
    if n > shown:
        out.print(f"  … and {n - shown} more (--json for all)", markup=False)
    for id, kind, before, now in found.lower[:shown]:
        who = "" if id is None else f"{visible(str(id))}: "
        out.print(f"  {who}{visible(kind)} kept: {share(before)} before, {share(now)} now", markup=False)
    for ids, where in ((found.only_old, f"only in {against}"), (found.only_new, "only in the new run")):
        if ids:
            few = ", ".join(visible(str(i)) for i in ids[:5]) + (" …" if len(ids) > 5 else "")
            out.print(f"  {len(ids)} id{'s' * (len(ids) != 1)} {where}, not compared: {few}", markup=False)
