"""The audit on outputs that were written by somebody who had not seen it: retellings in other words, right ones and wrong ones.

    python -m benchmarks.retellings [--show] [--out docs/audit-benchmark.md]

Each set in retold/ was written in one go, for the kinds of cases that people bring, and read by the audit once before anybody
looked at it: those first figures (first.json) are what a stranger's texts will give. Afterwards its false alarms and misses
were mended as kinds, so what it gives now says how much was mended, and nothing of a stranger's texts. Half of a set's rows are
right. A wrong one counts as found where a finding of level wrong stands on the words that were made wrong; in a compaction,
where its faithful twin lacks the finding. Intervals are Wilson's, of 95%.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.blocks import with_block
from benchmarks.real_errors.page import table
from tellback.analysis.statistics import wilson
from tellback.audit import transcripts
from tellback.audit.examine import Options, examine, source_of
from tellback.audit.findings import Finding

DATA = Path(__file__).parent / "retold"
#: What is counted -> its heading in the table.
COUNTS = {
    "alarmed": "right ones with an alarm", "found": "wrong ones found on the right words", "accused": "faithful compactions accused",
    "met": "errors of compactions met", "invented": "instructions that nobody gave met",
}  # fmt: skip


@dataclass
class Tally:
    """Hits and number of rows for each of COUNTS."""

    hits: dict[str, int]
    of: dict[str, int]

    def add(self, what: str, hit: bool) -> None:
        self.hits[what] = self.hits.get(what, 0) + hit
        self.of[what] = self.of.get(what, 0) + 1


def sets() -> dict[str, list[dict[str, Any]]]:
    """Set -> its rows, in the order in which they were written."""
    return {p.stem: [json.loads(line) for line in p.read_text(encoding="utf-8").splitlines()] for p in sorted(DATA.glob("set-*.jsonl"), key=lambda p: int(p.stem.split("-")[1]))}


def wrong(row: dict[str, Any]) -> list[Finding]:
    """The findings of level wrong of a row."""
    if "file" in row:
        source = source_of(row["file"], row["source"], Options())
    else:
        source = transcripts.flatten(enumerate(row["messages"], 1)) if "messages" in row else row["source"]
    return list(examine(source, row["output"], Options()).at("wrong"))


def tally(rows: Sequence[dict[str, Any]], show: bool = False) -> Tally:
    """What the audit says of a set now."""
    out, found = Tally({}, {}), [(row, wrong(row)) for row in rows]
    faithful = {row["session"]: {_said(f) for f in told} for row, told in found if row.get("session") and row["right"]}
    for row, told in found:
        for what, hit in _counts(row, told, faithful):
            out.add(what, hit)
            if show and hit == (what in ("alarmed", "accused")):
                print(f"{row['id']}  {what if row['right'] else 'unseen'}: {'; '.join(f'{f.outcome} {f.output!r}' for f in told)}")
    return out


def _counts(row: dict[str, Any], told: Sequence[Finding], faithful: dict[str, set[tuple]]) -> Iterator[tuple[str, bool]]:
    if "session" not in row:
        if row["right"]:
            yield "alarmed", bool(told)
        else:
            yield "found", any(_stands_on(f, words) for f in told for words in row["expect"])
    elif row["right"]:
        yield "accused", bool(told)
    else:
        met = any(_said(f) not in faithful[row["session"]] for f in told)
        yield "met", met
        if row["kind"].startswith("invented"):
            yield "invented", met


def _said(f: Finding) -> tuple:
    return f.kind, f.outcome, f.source, f.output


def _stands_on(f: Finding, words: str) -> bool:
    return words.lower() in f"{f.source or ''} {f.output or ''} {f.why}".lower()


def block(now: dict[str, Tally]) -> str:
    """Markdown: the first figures of each set, and those of now."""
    first = json.loads((DATA / "first.json").read_text(encoding="utf-8"))
    lines = []
    for name, held in now.items():
        for when, counts in (("at first", first[name]), ("now", {w: (held.hits[w], held.of[w]) for w in held.of})):
            lines.append([f"{name}, {when}", *(_share(*counts.get(what, (0, 0))) for what in COUNTS)])
    return f"## Retellings by somebody who had not seen the audit\n\n{ABOUT}\n\n{table(['set', *COUNTS.values()], lines)}"


ABOUT = """Written by `benchmarks/retellings`; do not edit. To run it again: `python -m benchmarks.retellings --out docs/audit-benchmark.md`.

Sets of outputs in other words than their sources, for the kinds of cases that people bring: opposite verbs, values on another
subject, denials, status, invented instructions, bounds, speakers, paths, times, units, invented clauses and the rest, and agents'
compactions in five styles. Set 12 has files of many shapes (mails, logs, tables, code, chats), four outputs for each of 52 kinds of
public bug reports, and no compactions; so have sets 13 to 16, two outputs for each. In set 13 a wrong one has several errors; set 14 is retold as freely as a good model would; the writers
of 15 and 16 were asked to keep to the examples' own register and degree of rewording. Each set was read once before anybody looked at it (*at first*), with the audit as it was then; then its
false alarms and misses were mended as kinds (*now*). **Quote first figures**, those of set 16 for texts like the reported ones, those
of 14 for free retellings: they are what a stranger's texts give. The others show what was mended. Wilson intervals of 95%."""


def _share(hits: int, n: int) -> str:
    if not n:
        return "-"
    low, high = wilson(hits, n)
    return f"{hits} of {n} [{100 * low:.0f}, {100 * high:.0f}]"


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.retellings", description=__doc__.split("\n")[0])
    parser.add_argument("--show", action="store_true", help="name the right ones that raise an alarm and the wrong ones unseen")
    parser.add_argument("--out", type=Path, help="the page whose block is replaced; without it, it is printed")
    given = parser.parse_args(arguments)
    text = block({name: tally(rows, given.show) for name, rows in sets().items()})
    if given.out is None:
        print(text)
        return
    before = given.out.read_text(encoding="utf-8") if given.out.exists() else ""
    given.out.write_text(with_block(before, "retellings", text), encoding="utf-8")
    print(given.out, file=sys.stderr)


if __name__ == "__main__":
    main()
