"""`tellback audit` in order: read, audit, compare with bars and baseline, show; True where everything passes."""

from __future__ import annotations

import heapq
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console

from tellback.audit import share, terminal
from tellback.audit.bars import breaches
from tellback.audit.examine import Options, examine, source_of
from tellback.audit.findings import Audit
from tellback.audit.inputs import read_text
from tellback.audit.rows import emit, redacted, row
from tellback.audit.tally import Tally
from tellback.audit.transcripts import Transcript
from tellback.display.progress import Progress, lines_in
from tellback.display.words import visible
from tellback.errors import UsageError
from tellback.language.light import import_spacy

if TYPE_CHECKING:
    from tellback.audit.baseline import Baseline
    from tellback.audit.pairs import Answer

MOST_PARSED = 20_000_000  # characters of both texts: above that, parsing takes hours and gigabytes
WORST = 5  # pairs that a summary names
REQUIRED = "required"  # the kind of facts that --require lists


@dataclass(frozen=True)
class Request:
    """What a user asked for, beside the texts."""

    options: Options = field(default_factory=Options)
    bars: Mapping[str, float] = field(default_factory=dict)
    gate: Mapping[str, float] = field(default_factory=dict)  # bars that go without saying: only named where they fail
    redact: bool = False
    as_json: bool = False
    as_markdown: bool = False
    html: Path | None = None
    share: Path | None = None  # a report without words of the texts
    whole: bool = False  # every finding of a session, not the first five
    baseline: Baseline | None = None
    refine: Callable[[Audit], Audit] | None = None  # a model's part, after the rules
    workers: int | None = None

    @property
    def printed(self) -> bool:
        """Whether standard output belongs to a program or another page, so that what people read goes to standard error."""
        return self.as_json or self.as_markdown

    @property
    def all_bars(self) -> Mapping[str, float]:
        return {**self.gate, **self.bars}


def audit_pair(source: str, output: str, request: Request) -> bool:
    """Audit two files ("-": standard input), print the verdict or its JSON, write the page."""
    if request.share:
        share.check(request.share)
    text, said = read_text(source), read_text(output)
    if not request.options.fast and len(text) + len(said) > MOST_PARSED:
        raise UsageError(
            f"the texts have {len(text) + len(said):,} characters, and the parser takes {MOST_PARSED:,} at a time. "
            "Use --fast, or cut them into parts for --pairs."
        )
    if request.html:
        from tellback.audit.page import check_size  # jinja2 where it is needed only

        check_size(len(text) + len(said), request.redact)
    if not (request.options.fast or request.refine):
        import_spacy()
    read = source_of(source, text, request.options)
    found = examine(read, said, request.options)
    found = request.refine(found) if request.refine else found
    content = row(found, source, request.redact)
    tally = Tally.of(found)
    if request.html:  # before anything is printed, so that a reader who stops reading still has it
        failed = [str(breach) for breach in breaches(request.all_bars, tally)]
        write_page(request.html, found, f"{source}, {output}", failed, request.redact)
    out = terminal.console(stderr=request.printed)
    if request.share:  # before the rest is printed, like the page
        share.write(request.share, [row(found, redact=True)], {})
    shown = redacted(found) if request.redact else found
    if request.as_json:
        emit(content)
    elif request.as_markdown:
        pass  # at the end, with the verdict
    elif isinstance(read, Transcript):
        from tellback.audit.session_view import show_pair

        show_pair(out, shown, read, request.whole)
    else:
        terminal.show_audit(out, shown)
    if request.baseline:
        request.baseline.single(content)
    passed = passes(request, tally, out)
    if request.as_markdown:
        print_markdown([content], passed)
    for file in (request.html, request.share):
        if file:
            out.print(f"\n{file}", markup=False, soft_wrap=True)
    return passed


def print_markdown(rows: Iterable[Mapping[str, Any]], passed: bool) -> None:
    from tellback.audit.markdown import summary

    print(summary(rows, "passed" if passed else "failed"), end="")


def write_page(path: Path, found: Audit, title: str, failed: list[str], redact: bool) -> None:
    from tellback.audit.page import render

    write_whole(path, render(found, title, failed, redact))


def write_whole(path: Path, page: str) -> None:
    """Write a page, whole or not at all. Raises UsageError where it cannot be written."""
    from tellback.store import write_atomically

    try:
        write_atomically(path, page)
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}.") from None


def audit_pairs(path: str, request: Request) -> bool:
    """Audit each line of a pairs file: one line a pair as it is done, then a summary (on stderr with --json)."""
    from tellback.audit import pairs  # processes, which one pair does not need
    from tellback.audit.markdown import Summary

    tally = Tally()
    n = n_unread = 0
    worst: list[tuple[float, int, int, str]] = []
    show = terminal.console(stderr=request.printed)
    told = Summary() if request.as_markdown else None
    with Progress("pairs", lines_in(path)) as progress:
        answers = pairs.run(path, request.options, request.redact, request.workers, request.refine, progress)
        for answer in answers:
            n += 1
            tally.add(answer.by_kind)
            n_unread += answer.row["unread"] is not None
            if request.as_json:
                emit(answer.row)
            elif told:
                told.add(answer.row)
            else:
                progress.clear()
                show.print(_line(answer), markup=False, soft_wrap=True)
            if request.baseline:
                request.baseline.add(answer.row)
            _remember(worst, n, answer)
    sys.stdout.flush()
    if not n:
        raise UsageError(f"{path} holds no pairs. Expected one {{\"id\", \"source\", \"output\"}} a line.")  # fmt: skip
    show.print(f"\n{n} pair{'s' * (n != 1)}: {terminal.headline(tally)}", style="bold", markup=False)
    if n_unread:
        show.print(f"{n_unread} could not be read in full (see «unread» in --json)", markup=False)
    if tally.by_kind:
        show.print(terminal.kinds_table(tally))
    for _, lost, _, name in sorted(worst, reverse=True):
        show.print(f"  kept least: {name} ({lost} fact{'s' * (lost != 1)} not kept)", markup=False)
    passed = passes(request, tally, show)
    if told:
        print(told.text("passed" if passed else "failed"), end="")
    return passed


def _line(answer: Answer) -> str:
    one = Tally()
    one.add(answer.by_kind)
    unread = answer.row["unread"]
    left_out = f"; not read in full: {visible(unread)}" if unread else ""
    return f"{visible(str(answer.row['id']))}: {terminal.headline(one)}{left_out}"


def _remember(worst: list[tuple[float, int, int, str]], n: int, answer: Answer) -> None:
    """Keep the WORST pairs: those that kept the smallest share of their facts; of equals the one that lost more."""
    share = answer.row["scores"]["all"]
    if share is not None and share < 1:
        lost = answer.row["n_facts"] - answer.row["unscored"] - answer.row["faithful"]
        heapq.heappush(worst, (1 - share, lost, -n, visible(str(answer.row["id"]))))
        if len(worst) > WORST:
            heapq.heappop(worst)


def passes(request: Request, tally: Tally, out: Console) -> bool:
    """Whether every bar is reached, every required fact there and nothing worse than before; says what is not."""
    failed = breaches(request.all_bars, tally)
    terminal.show_bars(out, list(request.bars), failed)
    lost = tally.n_facts(REQUIRED) - tally.count("faithful", REQUIRED)
    if lost:
        out.print(f"{lost} of {tally.n_facts(REQUIRED)} required facts did not survive", style="bold red", markup=False)
    worse = False
    if request.baseline:
        found = request.baseline.finish()
        terminal.show_comparison(out, found, request.baseline.name)
        worse = found.regressed
    return not failed and not lost and not worse
