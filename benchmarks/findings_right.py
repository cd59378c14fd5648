"""Of the findings that call an output wrong, how many are right: beside errors that people marked, or one that was planted.

    python -m benchmarks.findings_right --data DIR --out docs/audit-benchmark.md

DIR holds compactions.jsonl (reworded summaries, some with one planted error) and the files of benchmarks.real_errors, in any
folders. Three counts, each stricter than the one before it: the finding's output is unfaithful; its faithful twin, where it
has one, lacks the finding; it touches words that were marked. What was deleted has no words in the output, so a finding
on it counts as none. Intervals of 95%, documents resampled whole.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.blocks import with_block
from benchmarks.real_errors.page import percent, table
from benchmarks.real_errors.rows import Row, sampled
from benchmarks.real_errors.scores import met, share
from benchmarks.real_errors.sets import SETS, load
from tellback.audit import transcripts
from tellback.audit.examine import Options, examine
from tellback.audit.findings import Finding
from tellback.audit.transcripts import Transcript
from tellback.errors import UsageError

COMPACTIONS = "compactions"
ABOUT = """## Findings that are right

Written by `benchmarks/findings_right`; do not edit. Of the findings of level *wrong*, the share that stands in an unfaithful
output, that its faithful twin lacks (where there is one), and that touches words which were marked; in brackets 95%, documents
resampled whole. Compactions are reworded summaries with one planted error or none. The twins of BUMP that count as faithful are
summaries by people, and many say what their article does not: a finding on that counts as false here. FRANK marks no words.

```console
$ python -m benchmarks.findings_right --data DIR --out docs/audit-benchmark.md
```"""
HEAD = ("pairs", "findings", "in an unfaithful output", "the twin lacks it", "on marked words")


@dataclass(frozen=True)
class Pair:
    """`marked`: people marked the words of each error. `twin`: what a faithful output and its corrupted forms share."""

    row: Row
    source: str | Transcript
    marked: bool


@dataclass(frozen=True)
class Judged:
    """A finding of level wrong of one output; None: nothing is known to judge it by."""

    outcome: str
    document: str
    in_unfaithful: bool
    twin_lacks: bool | None
    on_marked: bool | None


def judged(pairs: Sequence[Pair]) -> list[Judged]:
    """Every finding of level wrong, in the order of the pairs."""
    found = [examine(pair.source, pair.row.output, Options()).at("wrong") for pair in pairs]
    known = {
        pair.row.pair: {_said(f) for f in findings}
        for pair, findings in zip(pairs, found, strict=True)
        if pair.row.pair is not None and pair.row.label == 0
    }
    out = []
    for pair, findings in zip(pairs, found, strict=True):
        row = pair.row
        for f in findings:
            places = [f.output_span] if f.output_span else []
            on_marked = bool(met(row.spans, places)[0]) if pair.marked else None
            lacks = row.label == 1 and _said(f) not in known[row.pair] if row.pair in known else None
            out.append(Judged(f.outcome, row.document, row.label == 1, lacks, on_marked))
    return out


def _said(f: Finding) -> tuple[str, str, str | None, str | None]:
    return f.kind, f.outcome, f.source, f.output


def compactions(folder: Path) -> Iterator[Pair]:
    """The rows of compactions.jsonl; a session where it has messages."""
    for path in sorted(folder.rglob("compactions.jsonl")):
        for r in map(json.loads, path.read_text(encoding="utf-8").splitlines()):
            yield _compaction(r)
        return


def _compaction(r: Mapping[str, Any]) -> Pair:
    truth = r["truth"]
    spans = ((truth["edit_span"][0], truth["edit_span"][1]),) if truth else ()
    row = Row(r["id"], r["source"], r["output"], int(truth is not None), (r["kind"],), spans, r["id"].split("-")[0])
    source = transcripts.flatten(enumerate(r["messages"], 1)) if r.get("messages") else r["source"]
    return Pair(row, source, True)


def pairs_of(folder: Path, names: Sequence[str] | None, limit: int | None, seed: int) -> dict[str, list[Pair]]:
    """Set -> its judged outputs. Raises UsageError for a folder that holds none."""
    wanted = [name for name in names or SETS if name != COMPACTIONS]
    sets, absent = load(folder, wanted)
    out = {COMPACTIONS: list(compactions(folder))} if names is None or COMPACTIONS in names else {}
    for s in sets:
        rows = [row for row in sampled(s.rows, limit, seed) if row.label is not None]
        out[s.name] = [Pair(row, row.source, s.marked) for row in rows]
    out = {name: pairs for name, pairs in out.items() if pairs}
    if not out:
        raise UsageError(f"--data {folder}: holds none of {COMPACTIONS}, {', '.join(absent)}.")
    return out


def line(name: str, found: Sequence[Judged], seed: int) -> list[str]:
    """A row of the table."""
    cells = [name, str(len(found))]
    for of in ("in_unfaithful", "twin_lacks", "on_marked"):
        known = [(getattr(j, of), j.document) for j in found if getattr(j, of) is not None]
        if not known:
            cells.append("-")
            continue
        right_N, documents_N = np.array([x for x, _ in known], float), np.array([d for _, d in known])
        cells.append(percent(share(right_N, documents_N, seed=seed)))
    return cells


def block(of: Mapping[str, Sequence[Pair]], seed: int) -> str:
    """Markdown: what is counted, and a table with a line a set and a line a sort of finding."""
    lines = []
    for name, pairs in of.items():
        found = judged(pairs)
        n_wrong = sum(pair.row.label == 1 for pair in pairs)
        lines.append(line(f"{name} ({len(pairs)} outputs, {n_wrong} unfaithful)", found, seed))
        for outcome in sorted({j.outcome for j in found}):
            lines.append(line(f"- {outcome}", [j for j in found if j.outcome == outcome], seed))
    return f"{ABOUT}\n\n{table(HEAD, lines)}"


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.findings_right", description=__doc__.split("\n")[0])
    parser.add_argument("--data", type=Path, required=True, help="folder with compactions.jsonl and the sets' published files")
    parser.add_argument("--sets", help=f"some of {COMPACTIONS}, {', '.join(SETS)}, with commas between; default: all that are there")
    parser.add_argument("--limit", type=int, help="about so many rows of each set, by whole documents")
    parser.add_argument("--seed", type=int, default=0, help="of the sample and the intervals")
    parser.add_argument("--out", type=Path, help="the page whose block is replaced; without it, it is printed")
    given = parser.parse_args(arguments)
    names = [name.strip() for name in given.sets.split(",")] if given.sets else None
    try:
        of = pairs_of(given.data, names, given.limit, given.seed)
    except UsageError as error:
        print(f"error: {error}", file=sys.stderr)
        raise SystemExit(2) from None
    text = block(of, given.seed)
    if given.out is None:
        print(text)
        return
    before = given.out.read_text(encoding="utf-8") if given.out.exists() else ""
    given.out.write_text(with_block(before, "findings right", text), encoding="utf-8")
    print(given.out, file=sys.stderr)


if __name__ == "__main__":
    main()
