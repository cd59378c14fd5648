"""For test suites: `assert_faithful` fails with the findings, worst first, when a text loses too much of its source."""

from __future__ import annotations

from collections.abc import Iterable

from tellback.audit import Audit, Finding
from tellback.audit.examine import Options, examine
from tellback.audit.tally import Tally
from tellback.audit.terminal import headline
from tellback.audit.transcripts import Transcript
from tellback.display.words import share, visible

LEAST = 0.95  # share of the facts to be kept where no bar is given
SHOWN = 10  # findings in a failure's message


def assert_faithful(
    source: str | Transcript, output: str, at_least: float | None = None, kinds: Iterable[str] | None = None,
    *, wrong: int | None = None, invented: int | None = None, fast: bool = False,
) -> Audit:  # fmt: skip
    """Assert that `output` keeps `at_least` this share of the facts of `source` (default 95%); gives the Audit.

    `wrong`: the most findings that say something wrong (replaced, drifted, overwritten, invented, unsupported); `invented`:
    the most facts that the output may make up. Where none of the three is given, nothing may be wrong. `kinds`: only facts
    of these kinds count (default: all). A source without facts of these kinds fails too, for then nothing was shown; so does
    one that could not be read in full (another language), unless `kinds` or `fast` say that the rest will do.
    """
    __tracebackhide__ = True  # pytest then points at the caller's line
    audit = examine(source, output, Options(fast=fast))
    wanted = None if kinds is None else set(kinds)
    counted = Audit("", "", *(_of(found, wanted) for found in (audit.facts, audit.invented, audit.unsupported)), audit.unread)
    if audit.unread and wanted is None and not fast:
        raise AssertionError(f"the audit cannot say what was kept: {audit.unread}. Name the kinds that count.")
    tally = Tally.of(counted)
    if at_least is None and wrong is None and invented is None:
        wrong = 0
    at_least = LEAST if at_least is None else at_least
    kept, n_wrong, n_invented = tally.score(), len(counted.at("wrong")), len(counted.invented)
    problems = []
    if kept is None:
        what = f"of the kinds {', '.join(sorted(wanted))} " if wanted else ""
        problems.append(f"the source holds no facts {what}that could be scored")
    elif kept < at_least:
        problems.append(f"{share(kept)} of the facts kept, at least {share(at_least)} wanted")
    if wrong is not None and n_wrong > wrong:
        problems.append(f"{n_wrong} finding{'s say' if n_wrong > 1 else ' says'} something wrong, at most {wrong} allowed")
    if invented is not None and n_invented > invented:
        problems.append(f"{n_invented} facts invented, at most {invented} allowed")
    if problems:
        raise AssertionError("\n".join(["; ".join(problems), headline(tally), *_listed(counted.findings)]))
    return audit


def _of(findings: Iterable[Finding], kinds: set[str] | None) -> tuple[Finding, ...]:
    return tuple(f for f in findings if kinds is None or f.kind in kinds)


def _listed(findings: tuple[Finding, ...]) -> list[str]:
    lines = [
        f"  {f.outcome} {f.kind}: source {visible(repr(f.source))}, output {visible(repr(f.output))} ({visible(f.why)})"
        for f in findings[:SHOWN]
    ]
    return lines + ([f"  … and {len(findings) - SHOWN} more"] if len(findings) > SHOWN else [])
