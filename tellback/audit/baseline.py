"""Two audits of the same sources: which facts were kept and are no longer, and which scores fell."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel, ConfigDict, NonNegativeInt

from tellback.audit.inputs import read_text
from tellback.config import parse
from tellback.errors import UsageError
from tellback.facts.extract import RELATIONS
from tellback.records import ADDED, LEVEL, Span

MOST = 1000  # facts that are listed; all are counted


class FindingRow(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")
    kind: str
    outcome: str
    source: str | None = None
    output: str | None = None
    source_span: Span | None = None
    output_span: Span | None = None
    why: str = ""

    @property
    def group(self) -> str:
        """Findings of one group may speak of one fact: a broken relation is named after what broke in it."""
        return "relation" if self.kind in RELATIONS else self.kind

    def blocks(self) -> Iterable[int | None]:
        """Stretches of the source that it lies in, to look for counterparts there only."""
        if self.outcome in ADDED:
            return [None]
        return [None] if self.source_span is None else range(self.source_span[0] // 64, self.source_span[1] // 64 + 1)

    def same(self, other: FindingRow) -> bool:
        """Whether two findings speak of one fact: of the same words, or of a place in the source that they share.

        A finding's place is narrowed to what changed, so it need not be the same for two outputs.
        """
        added = self.outcome in ADDED
        if (self.group, added) != (other.group, other.outcome in ADDED):
            return False
        if added:
            return self.output == other.output
        if self.source_span is None or other.source_span is None:
            return (self.source, self.source_span) == (other.source, other.source_span)
        return self.source_span[0] < other.source_span[1] and other.source_span[0] < self.source_span[1]


class Row(BaseModel):
    """One line of `tellback audit --json`."""

    model_config = ConfigDict(frozen=True, extra="ignore")
    id: str | int | None
    n_facts: NonNegativeInt
    faithful: NonNegativeInt
    findings: tuple[FindingRow, ...]
    scores: dict[str, float | None] = {}
    source_sha256: str | None = None
    redacted: bool = False


@dataclass
class Comparison:
    """What changed from old to new. `worse` and `better` list facts (at most MOST, all are counted); `lower` lists
    (id, kind, old share, new share) of scores that fell."""

    n_pairs: int = 0
    n_worse: int = 0
    n_better: int = 0
    worse: list[dict[str, Any]] = field(default_factory=list)
    better: list[dict[str, Any]] = field(default_factory=list)
    lower: list[tuple[str | int | None, str, float, float]] = field(default_factory=list)
    only_old: list[str | int | None] = field(default_factory=list)
    only_new: list[str | int | None] = field(default_factory=list)

    @property
    def regressed(self) -> bool:
        return self.n_worse > 0

    def to_dict(self) -> dict[str, Any]:
        names = ("id", "kind", "old", "new")
        return {
            "n_pairs": self.n_pairs, "n_worse": self.n_worse, "n_better": self.n_better, "worse": self.worse,
            "better": self.better, "lower": [dict(zip(names, row, strict=True)) for row in self.lower],
            "only_old": self.only_old, "only_new": self.only_new,
        }  # fmt: skip


class Baseline:
    """The rows of an earlier run, to which newer ones are compared one by one."""

    def __init__(self, rows: Mapping[str | int | None, Row], name: str):
        self.rows, self.name = rows, name
        self.found = Comparison()
        self._left = dict.fromkeys(rows)

    def add(self, content: Mapping[str, Any], id: str | int | None = None) -> None:
        """Compare a new row with the old one of its id; `id` is the old one's where it goes by another name.

        Raises UsageError where the two cannot be compared: other sources, or read with other options.
        """
        new = parse(Row, content, "this audit")
        key = new.id if id is None else id
        old = self.rows.get(key)
        if old is None:
            self.found.only_new.append(new.id)
            return
        self._left.pop(key, None)
        _check(old, new, self.name)
        self._compare(old, new)

    def single(self, content: Mapping[str, Any]) -> None:
        """Compare the one new row with the one old row, whatever their ids."""
        if len(self.rows) != 1:
            raise UsageError(
                f"{self.name} holds {len(self.rows)} audits, expected the one of a single pair. Use --pairs."
            )
        old = next(iter(self.rows))
        self.add(dict(content) | {"id": old}, old)

    def finish(self) -> Comparison:
        """The whole comparison, once every new row was added. Raises UsageError when no id was in both."""
        self.found.only_old = list(self._left)
        if not self.found.n_pairs:
            raise UsageError(
                f"{self.name} and this run have no id in common ({_few(self.found.only_old)} there, "
                f"{_few(self.found.only_new)} here): nothing can be compared."
            )
        return self.found

    def _compare(self, old: Row, new: Row) -> None:
        self.found.n_pairs += 1
        lost = _new_in(new.findings, old.findings)
        won = _new_in(old.findings, new.findings)
        self.found.n_worse += len(lost)
        self.found.n_better += len(won)
        for target, findings in ((self.found.worse, lost), (self.found.better, won)):
            target += [{"id": new.id, **f.model_dump(mode="json")} for f in findings[: MOST - len(target)]]
        for kind, before in old.scores.items():
            now = new.scores.get(kind)
            if before is not None and now is not None and now < before:
                self.found.lower.append((new.id, kind, before, now))


def _new_in(these: Iterable[FindingRow], those: Iterable[FindingRow]) -> list[FindingRow]:
    """The findings of `these` that have no counterpart in `those`. What nobody can tell is neither lost nor kept."""
    left: dict[tuple[str, int | None], list[FindingRow]] = defaultdict(list)
    for finding in those:
        for block in finding.blocks():
            left[finding.group, block].append(finding)
    used: set[int] = set()
    found = []
    for finding in these:
        near = [
            f for block in finding.blocks() for f in left[finding.group, block] if id(f) not in used and finding.same(f)
        ]
        if near:
            used.add(id(max(near, key=lambda f: (f.source_span == finding.source_span, f.kind == finding.kind))))
        elif LEVEL.get(finding.outcome) != "cannot tell":
            found.append(finding)
    return found


def _check(old: Row, new: Row, name: str) -> None:
    who = "" if new.id is None else f" of {new.id!r}"
    if old.source_sha256 and new.source_sha256 and old.source_sha256 != new.source_sha256:
        raise UsageError(f"the source{who} is not the one of {name}: only outputs of one source can be compared.")
    if old.n_facts != new.n_facts:
        raise UsageError(
            f"the source{who} has {new.n_facts} facts here and {old.n_facts} in {name}: the two were read with other "
            "options (--fast, --require, --ignore) or another version. Make the baseline again."
        )
    if old.redacted != new.redacted:
        raise UsageError(f"only one of {name} and this audit is redacted: give --redact to both or to neither.")


def _few(ids: list[Any]) -> str:
    return ", ".join(str(i) for i in ids[:3]) + (" ..." if len(ids) > 3 else "") if ids else "none"


def read_baseline(path: str) -> Baseline:
    """What an earlier `tellback audit --json` printed: one row, or one a line. Raises UsageError for anything else."""
    rows: dict[str | int | None, Row] = {}
    for row in read_rows(path):
        if row.id in rows:
            raise UsageError(f"{path}: the id {row.id!r} occurs twice, so it cannot be told which one to compare with.")
        rows[row.id] = row
    if not rows:
        raise UsageError(f"{path} is empty. Make it with tellback audit ... --json > {path}.")
    return Baseline(rows, path)


def read_rows(path: str) -> Iterable[Row]:
    text = read_text(path)
    for number, content in _objects(text, path):
        yield parse(Row, content, f"{path}, line {number}, is no output of tellback audit --json")


def _objects(text: str, path: str) -> Iterable[tuple[int, Any]]:
    try:
        yield 1, json.loads(text)  # one object, however it is laid out
        return
    except ValueError:
        pass
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            try:
                yield number, json.loads(line)
            except ValueError as error:
                raise UsageError(f"{path}, line {number}: no JSON ({error}). Give what `tellback audit --json` printed.") from None


def compare_files(old: str, new: str) -> Comparison:
    """What `tellback diff OLD NEW` says: two files of `tellback audit --json`."""
    baseline = read_baseline(old)
    rows = list(read_rows(new))
    if len(rows) == 1 and len(baseline.rows) == 1:
        baseline.single(rows[0].model_dump())
    else:
        for row in rows:
            baseline.add(row.model_dump())
    return baseline.finish()
