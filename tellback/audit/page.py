"""An audit as one self-contained HTML page: source and output side by side, every fact coloured, linked and listed.

It asks the network for nothing and runs no script but its own: the content security policy names that one by its hash.
All words of the texts are escaped, and characters that cannot be seen are spelled out.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from markupsafe import escape

from tellback.audit import rates
from tellback.audit.findings import Audit, Finding
from tellback.audit.rows import redacted
from tellback.audit.tally import Tally
from tellback.audit.terminal import headline
from tellback.display.segments import Mark, segments
from tellback.display.words import NOTHING, share
from tellback.errors import UsageError
from tellback.records import ADDED, LEVEL, LEVELS
from tellback.view.page import render as view

PACKAGE = "tellback.audit"
SHARED = [("tellback.view", "data.js"), ("tellback.view", "texts.js")]
MOST_CHARACTERS = 2_000_000  # of both texts: above that, browsers scroll badly and the file is of little use
MOST_IN_NOTEBOOK = 300_000
ORDER = tuple(LEVEL)


@dataclass(frozen=True, slots=True)
class Item:
    number: int
    finding: Finding


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of a text with the numbers of the facts that cover it, shortest first, and of those that start with it."""

    text: str
    facts: tuple[int, ...]
    starts: tuple[int, ...]
    outcome: str
    title: str


def render(audit: Audit, title: str = "", failed: Sequence[str] = (), redact: bool = False) -> str:
    """The page as HTML; `failed` are sentences about bars that were not reached.

    With `redact` it holds no word of either text. Raises UsageError for texts of more than MOST_CHARACTERS.
    """
    check_size(len(audit.source) + len(audit.output), redact)
    return _render(audit, title, failed, "The words of both texts are left out of this page." if redact else "")


def check_size(n_characters: int, redact: bool) -> None:
    """Raise UsageError where two texts of together `n_characters` are too long for a page that shows them."""
    if n_characters > MOST_CHARACTERS and not redact:
        raise UsageError(
            f"the texts have {n_characters:,} characters, and a page can show {MOST_CHARACTERS:,}. "
            "Use --json, or --html with --redact, which lists the findings without the texts."
        )


def _render(audit: Audit, title: str, failed: Sequence[str], without: str) -> str:
    shown = redacted(audit) if without else audit
    findings = [Item(i, f) for i, f in enumerate(shown.findings, 1)]
    faithful = [f for f in shown.facts if f.outcome == "faithful"]
    kept = [Item(i, f) for i, f in enumerate(faithful, len(findings) + 1)]
    items = [*findings, *kept]
    tally = Tally.of(audit)
    columns, kinds = _kinds(tally)
    content = dict(
        title=title or "source and output",
        headline=headline(tally).capitalize(),
        unread=audit.unread,
        failed=failed,
        columns=columns,
        kinds=kinds,
        note=rates.NOTE,
        kind_names=sorted(tally.by_kind),
        outcomes=[(o, tally.count(o)) for o in ORDER if tally.count(o)],
        findings=findings,
        levels=[(level, [i for i in findings if i.finding.level == level]) for level in LEVELS],
        kept=kept,
        texts=not without,
        without=without,
        source=() if without else _pieces(audit.source, items, "source_span"),
        output=() if without else _pieces(audit.output, items, "output_span"),
        n_source=f"{len(audit.source):,}",
        n_output=f"{len(audit.output):,}",
    )
    return view((PACKAGE, "audit.html.j2"), [(PACKAGE, "audit.css")], [*SHARED, (PACKAGE, "audit.js")], content)


def notebook(audit: Audit) -> str:
    """What a notebook shows: the page in a frame of its own, without its texts where these are long."""
    long = len(audit.source) + len(audit.output) > MOST_IN_NOTEBOOK
    page = _render(audit, "", (), "The texts are too long to be shown here; write them with --html." if long else "")
    return (
        f'<iframe sandbox="allow-scripts" srcdoc="{escape(page)}" title="tellback audit" '
        'style="width:100%;height:680px;border:0"></iframe>'
    )


def _kinds(tally: Tally) -> tuple[list[str], list[list[str]]]:
    lost = [o for o in LEVEL if o != "faithful" and tally.count(o)]
    columns = ["kind", "kept", "of", "share", *lost, *rates.COLUMNS]
    rows = []
    for kind in tally.kinds():
        n = tally.n_facts(kind)
        numbers = [str(tally.count("faithful", kind)), str(n)] if n else [NOTHING, NOTHING]
        counts = [str(tally.count(o, kind) or "") for o in lost]
        rows.append([kind, *numbers, share(tally.score(kind)), *counts, *rates.cells(kind)])
    return columns, rows


def _pieces(text: str, items: Iterable[Item], span: str) -> list[Piece]:
    places = ((item, getattr(item.finding, span)) for item in items)
    marks = [Mark(*place, item.number, (item.finding.outcome,), _title(item)) for item, place in places if place]
    out, at = [], 0
    for segment in segments(text, marks):
        # what is added shows whatever stands in it; of other facts the shortest, so that each can be reached
        inner = sorted(segment.marks, key=lambda m: (m.outcomes[0] not in ADDED, m.end - m.start, m.number))
        starts = tuple(m.number for m in inner if m.start == at)
        outcome = inner[0].outcomes[0] if inner else ""
        out.append(
            Piece(segment.text, tuple(m.number for m in inner), starts, outcome, inner[0].title if inner else "")
        )
        at += len(segment.text)
    return out


def _title(item: Item) -> str:
    return f"{item.finding.outcome}, {item.finding.kind}"
