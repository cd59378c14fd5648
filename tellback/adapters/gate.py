"""Whether an audit passes, and why: the same two bars in every test framework."""

from __future__ import annotations

from tellback.audit import Audit
from tellback.audit.bars import ALL, GATES, breaches
from tellback.audit.tally import Tally
from tellback.audit.terminal import headline
from tellback.display.words import visible
from tellback.registry import choose

SHOWN = 10  # findings in a reason


def gated(audit: Audit, fail_on: str = "wrong", at_least: float | None = None) -> tuple[bool, str]:
    """(whether it passes, why): no finding of level `fail_on` (wrong | lost | nothing), and where `at_least` is given that
    share of the facts kept. A source of which nothing could be scored passes no bar, for nothing was shown.

    Raises UsageError for another level.
    """
    bars = dict(choose("level to fail on", fail_on, GATES)) | ({} if at_least is None else {ALL: at_least})
    tally = Tally.of(audit)
    broken = [str(breach) for breach in breaches(bars, tally)]
    if audit.score is None and bars and not broken:
        broken = [audit.unread or "the source holds no facts that could be scored"]
    found = [f"{f.outcome} {f.kind}: {_quoted(f.source)} / {_quoted(f.output)}" for f in audit.findings[:SHOWN]]
    return not broken, visible("\n".join(["; ".join([*broken, headline(tally)]), *found]))


def _quoted(words: str | None) -> str:
    return "nothing" if words is None else f"«{words}»"
