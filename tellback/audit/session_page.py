"""A session's compactions as one page: when, how large, what each lost, invented or turned; and from a finding to both texts.

With the texts left out it is the page that can be shown to others: kinds, outcomes and places, and no word of the session.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from tellback.audit.compactions import Audited
from tellback.audit.survival_chart import drawn
from tellback.audit.transcripts.sessions import RECORDED
from tellback.display.segments import utf16
from tellback.display.words import NOTHING
from tellback.records import LEVELS
from tellback.view.page import packed, render

PACKAGE = "tellback.audit"
MOST_FINDINGS = 2_000  # of a compaction, most needed first: nobody reads more, and logs lose tens of thousands of lines
MOST_CHARACTERS = (
    4_000_000  # of what stands before a compaction; of longer sessions a page holds what is around each finding
)
AROUND = 600  # characters on either side of a finding, there
WORDS = {"invented": "invented", "drifted": "turned", "replaced": "replaced", "overwritten": "overwritten",
         "unsupported": "unsupported", "missing": "lost", "doubtful": "doubtful", "unscored": "cannot tell"}  # fmt: skip


def session_page(title: str, audits: Sequence[tuple[str, Audited]], curves: Mapping[str, Any]) -> str:
    """The page of a file's compactions, each with the name of its session (empty where there is one)."""
    sources: list[str] = []
    entries = [_entry(name, audited, sources) for name, audited in audits]
    return _page(title, entries, curves, sources)


def shared_page(rows: Sequence[Mapping[str, Any]], curves: Mapping[str, Any]) -> str:
    """The same from rows that hold no words."""
    bare = dict.fromkeys(("when", "trigger", "unread", "line", "text", "source")) | {"name": ""}
    entries = [
        {**bare, **row, "n_findings": len(row["findings"]), "findings": [_bare(f) for f in row["findings"]]}
        for row in rows
    ]
    return _page("", entries, curves, [])


def _page(title: str, entries: list[dict[str, Any]], curves: Mapping[str, Any], sources: Sequence[str]) -> str:
    content = {
        "title": title, "n": len(entries), "shared": not title, "timeline": _timeline(entries), "curves": curves,
        "chart": drawn(curves), "rounds": max(map(len, curves.values()), default=0),
        "data": packed({"entries": entries, "sources": sources, "words": WORDS, "levels": LEVELS}),
    }  # fmt: skip
    return render(
        (PACKAGE, "session.html.j2"), [(PACKAGE, "session.css")],
        [("tellback.view", "data.js"), ("tellback.view", "texts.js"), (PACKAGE, "session.js")], content,
    )  # fmt: skip


def _entry(name: str, audited: Audited, sources: list[str]) -> dict[str, Any]:
    about = audited.to_dict(redact=True)
    found, ranked = audited.found, audited.ranked
    entry = {k: about.get(k) for k in ("when", "line", "trigger", "tokens_before", "tokens_before_counted", "tokens_after",
                                       "tokens_after_counted", "unread", "n_facts", "faithful")}  # fmt: skip
    entry |= {"name": name, "unread": audited.unread or (found.unread if found else None), "n_findings": len(ranked)}
    if found is None:
        return entry | {"findings": [], "text": audited.compaction.summary, "source": None}
    whole = len(found.source) <= MOST_CHARACTERS
    at, out = utf16(found.source), utf16(found.output)
    findings = []
    for f in ranked[:MOST_FINDINGS]:
        part = audited.source.part_at(f.source_span[0]) if f.source_span and audited.source.parts else None
        findings.append(f.to_dict() | {
            "source_span": f.source_span and [at(f.source_span[0]), at(f.source_span[1])],
            "output_span": f.output_span and [out(f.output_span[0]), out(f.output_span[1])],
            "role": part and part.role, "line": part and part.line,
            "around": None if whole or not f.source_span else _around(found.source, f.source_span),
        })  # fmt: skip
    return entry | {
        "findings": findings,
        "text": found.output,
        "source": _known(found.source, sources) if whole else None,
    }


def _around(text: str, span: tuple[int, int]) -> list[Any]:
    """[where it begins in the text, the words around a place]."""
    start = max(0, span[0] - AROUND)
    cut = text[start : min(len(text), min(span[1], span[0] + 4 * AROUND) + AROUND)]
    at = utf16(cut)
    return [cut, at(span[0] - start), at(min(span[1] - start, len(cut)))]


def _known(text: str, sources: list[str]) -> int:
    """The place of the longest source that begins with this one: what stands before a later compaction holds that before an
    earlier one, so most sessions have one text."""
    for i, other in enumerate(sources):
        if other.startswith(text):
            return i
        if text.startswith(other):
            sources[i] = text
            return i
    sources.append(text)
    return len(sources) - 1


def _bare(finding: Mapping[str, Any]) -> dict[str, Any]:
    return {**finding, "source": None, "output": None, "why": "", "role": None, "line": None, "around": None}


def _timeline(entries: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """What the page says of each compaction without its script."""
    largest = max((e.get("tokens_before") or 0 for e in entries), default=0) or 1
    return [
        {**entry, "counts": _counts(entry["findings"]), "before": _tokens(entry, "before"), "after": _tokens(entry, "after"),
         "tenths": [max(1, round(30 * (entry.get(f"tokens_{end}") or 0) / largest)) for end in ("before", "after")]}
        for entry in entries
    ]  # fmt: skip


def _tokens(entry: Mapping[str, Any], end: str) -> str:
    n = entry.get(f"tokens_{end}")
    return NOTHING if n is None else f"{'' if entry.get(f'tokens_{end}_counted') == RECORDED else '~'}{n:,}"


def _counts(findings: Iterable[Mapping[str, Any]]) -> list[tuple[str, str, str]]:
    """(outcome, its word, «3 instruction, 1 file») of what is wrong or lost, the most needed first."""
    found: dict[str, Counter[str]] = {}
    for f in findings:
        if f["level"] in ("wrong", "lost"):
            found.setdefault(f["outcome"], Counter())[f["kind"]] += 1
    shown = []
    for outcome, kinds in found.items():
        named = [f"{n} {kind}" for kind, n in list(kinds.items())[:4]]
        shown.append((outcome, WORDS[outcome], ", ".join(named) + (" and others" if len(kinds) > 4 else "")))
    return shown
