"""Audits as Markdown that a pull request shows: a line a pair, then what is wrong and lost in those that have most of it."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tellback.display.words import NOTHING, markdown, share

MOST = 60_000  # characters: a comment takes 65,536
SHOWN_PAIRS, SHOWN = 20, 10  # pairs that are shown, and findings of each
LONGEST = 300  # characters of a finding's words
LEVELS = ("wrong", "lost", "cannot tell")
Row = Mapping[str, Any]


@dataclass
class Summary:
    """Takes rows of audits one at a time and holds only those that it will show."""

    n: int = 0
    levels: dict[str, int] = field(default_factory=lambda: dict.fromkeys(LEVELS, 0))
    unread: int = 0
    worst: list[tuple[int, int, int, Row]] = field(default_factory=list)

    def add(self, row: Row) -> None:
        """Of equals the earlier ones are kept."""
        self.n += 1
        levels = row.get("levels") or dict.fromkeys(LEVELS, 0)
        for level in LEVELS:
            self.levels[level] += levels[level]
        self.unread += row.get("unread") is not None
        item = (levels["wrong"], levels["lost"], -self.n, row)
        if len(self.worst) < SHOWN_PAIRS:
            heapq.heappush(self.worst, item)
        else:
            heapq.heappushpop(self.worst, item)

    def text(self, verdict: str, note: str = "") -> str:
        """The whole, in at most MOST characters: what does not fit is counted."""
        lines = [f"## tellback audit: {markdown(verdict)}", ""]
        if not self.n:
            return "\n".join([*lines, markdown(note) or "No pair to audit.", ""])
        shown = [row for *_, row in sorted(self.worst, key=lambda item: item[:3], reverse=True)]
        lines += [
            ", ".join(f"{self.levels[level]} {level}" for level in LEVELS) + f" in {self.n} pair{'s' * (self.n != 1)}.",
            "",
        ]
        lines += ["| pair | kept | wrong | lost | cannot tell |", "| --- | ---: | ---: | ---: | ---: |"]
        lines += [_line(row) for row in shown]
        if self.n > len(shown):
            lines += ["", f"… and {self.n - len(shown)} more pairs, each with no more findings than these."]
        end = ["", markdown(note), ""] if note else [""]
        return _fitting("\n".join(lines), [_findings(row) for row in shown], "\n".join(end))


def summary(rows: Iterable[Row], verdict: str, note: str = "") -> str:
    """The Markdown of audits that are all at hand."""
    found = Summary()
    for row in rows:
        found.add(row)
    return found.text(verdict, note)


def _fitting(head: str, parts: Sequence[str], end: str) -> str:
    left = MOST - len(head) - len(end) - 100
    kept = []
    for i, part in enumerate(parts):
        if len(part) > left:
            n = sum(bool(each) for each in parts[i:])
            kept.append(f"\n… the findings of {n} more pair{'s' * (n != 1)} do not fit here.\n")
            break
        kept.append(part)
        left -= len(part)
    return (head + "".join(kept) + "\n" + end)[:MOST]


def _line(row: Row) -> str:
    levels = row.get("levels")
    figures = [
        share((row.get("scores") or {}).get("all")),
        *(str(levels[level]) if levels else NOTHING for level in LEVELS),
    ]
    return f"| {_name(row)} | {' | '.join(figures)} |"


def _name(row: Row) -> str:
    return markdown("the pair" if row.get("id") is None else str(row["id"])[:LONGEST])


def _findings(row: Row) -> str:
    """The section of one pair; empty where nothing is wrong or lost."""
    shown = [f for f in row.get("findings") or () if f["level"] in ("wrong", "lost")]
    unread = [f"Not read in full: {markdown(str(row['unread'])[:LONGEST])}", ""] if row.get("unread") else []
    if not shown and not unread:
        return ""
    lines = ["", "", f"### {_name(row)}", "", *unread]
    for f in shown[:SHOWN]:
        places = (f"«{markdown(_cut(words))}»" for words in (f["source"], f["output"]) if words)
        why = f": {markdown(_cut(f['why']))}" if f["why"] else ""
        lines.append(f"- **{f['outcome']}** {markdown(f['kind'])} {' → '.join(places)}{why}")
    return "\n".join([*lines, f"- … and {len(shown) - SHOWN} more"] if len(shown) > SHOWN else lines)


def _cut(words: str) -> str:
    return words if len(words) <= LONGEST else words[: LONGEST - 1] + "…"
