"""What a reader sees of the mutations, and what it says against texts told in another form: counts and tables."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from multiprocessing import get_context
from typing import Any, TypeVar

from tellback.analysis.statistics import wilson
from tellback.audit.findings import Finding
from tellback.display.progress import watched
from tellback.errors import UsageError
from tellback.readers.base import PLANTED
from tellback.records import WRONG
from tellback.validation.baselines import Measured, instrument
from tellback.validation.mutations import FORMATS, KINDS, Mutation, mutations, texts
from tellback.validation.plantings import overlap
from tellback.validation.retold import Retold, retold

T = TypeVar("T")
ERRORS = WRONG | {"missing"}  # what says that a fact did not survive as it was; an alarm says that the output is wrong
WIDEST = 60  # characters; a longer finding points at a sentence, not at the place
MOST_UNSEEN = MOST_ALARMED = 0.01


def seen(mutation: Mutation, findings: Iterable[Finding]) -> bool:
    """Whether a finding of an error stands on the changed place, in the source or in the output."""
    return any(
        finding.outcome in ERRORS and (_on(finding.source_span, mutation.span) or _on(finding.output_span, mutation.written))
        for finding in findings
    )


def _on(found: tuple[int, int] | None, place: tuple[int, int]) -> bool:
    return found is not None and overlap(found, place) and found[1] - found[0] <= WIDEST


def alarms(findings: Iterable[Finding]) -> list[Finding]:
    return [finding for finding in findings if finding.outcome in WRONG]


@dataclass(frozen=True)
class MutationRates:
    """`counts`: (kind, format) -> (n, unseen); `unseen`: those mutations, as words; `retold`: form -> (n, alarmed);
    `alarmed`: id of a retold text -> what was said against it."""

    reader: str
    counts: Mapping[tuple[str, str], tuple[int, int]]
    retold: Mapping[str, tuple[int, int]]
    unseen: Sequence[str] = field(repr=False)
    alarmed: Mapping[str, Sequence[str]] = field(repr=False)

    @property
    def n(self) -> int:
        return sum(n for n, _ in self.counts.values())

    @property
    def n_retold(self) -> int:
        return sum(n for n, _ in self.retold.values())

    @property
    def passed(self) -> bool:
        return len(self.unseen) <= MOST_UNSEEN * self.n and len(self.alarmed) <= MOST_ALARMED * self.n_retold

    def to_dict(self) -> dict[str, Any]:
        return {
            "reader": self.reader,
            "n": self.n,
            "n_unseen": len(self.unseen),
            "counts": [{"kind": k, "format": f, "n": n, "unseen": u} for (k, f), (n, u) in self.counts.items()],
            "n_retold": self.n_retold,
            "n_alarmed": len(self.alarmed),
            "retold": [{"form": form, "n": n, "alarmed": a} for form, (n, a) in self.retold.items()],
            "unseen": list(self.unseen),
            "alarmed": dict(self.alarmed),
            "passed": self.passed,
        }


def mutation_rates(reader: str | Measured = "audit", workers: int = 1, every: int = 1) -> MutationRates:
    """Read every mutation and every retold text with `reader`, a reader's or baseline's name or something with `findings`,
    in `workers` processes; of both only each `every`-th. Raises UsageError for an unknown reader, and for one that reads
    only the texts of a corpus."""
    reader = instrument(reader) if isinstance(reader, str) else reader
    if reader.measured_on != PLANTED:
        raise UsageError(f"{reader.name!r} reads nothing but the probes of a corpus: there are none of mutated texts.")
    changed = [mutation for text in texts() for mutation in mutations(text)][::every]
    same = list(retold())[::every]
    found = _each(partial(_is_seen, reader), changed, workers)
    said = _each(partial(_accusations, reader), same, workers)
    n, missed = Counter((m.kind, m.format) for m in changed), Counter()
    missed.update((m.kind, m.format) for m, ok in zip(changed, found, strict=True) if not ok)
    forms, wrong = Counter(r.form for r in same), Counter()
    wrong.update(r.form for r, accused in zip(same, said, strict=True) if accused)
    return MutationRates(
        reader.name,
        {(k, f): (n[k, f], missed[k, f]) for k in KINDS for f in FORMATS if n[k, f]},
        {form: (forms[form], wrong[form]) for form in forms},
        [str(m) for m, ok in zip(changed, found, strict=True) if not ok],
        {r.id: accused for r, accused in zip(same, said, strict=True) if accused},
    )


def _is_seen(reader: Measured, mutation: Mutation) -> bool:
    return seen(mutation, reader.findings(mutation.text, mutation.output))


def _accusations(reader: Measured, pair: Retold) -> list[str]:
    return [f"{f.outcome} {f.kind}: {f.source} -> {f.output}" for f in alarms(reader.findings(pair.source, pair.output))]


def _each(read: Callable[[T], Any], items: Sequence[T], workers: int) -> list[Any]:
    if workers == 1:
        return [read(item) for item in watched(items, len(items), "texts")]
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        done = pool.map(read, items, chunksize=max(1, len(items) // (8 * workers)))
        return list(watched(done, len(items), "texts"))


def measure(reader: str, as_json: bool) -> None:
    """Read everything, and print the tables and what was unseen or alarmed, or one JSON object."""
    rates = mutation_rates(reader, workers=os.cpu_count() or 1)
    if as_json:
        print(json.dumps(rates.to_dict(), ensure_ascii=False))
    else:
        render(rates)


def render(rates: MutationRates) -> None:
    """Print the tables: unseen by kind and form, and alarms by form of retelling, with their 95% intervals."""
    from rich.console import Console
    from rich.table import Table

    table = Table(title=f"{rates.reader}: one place changed, unseen of n", caption=_share(len(rates.unseen), rates.n))
    formats = [f for f in FORMATS if any(f == form for _, form in rates.counts)]
    for name in ("kind", *formats, "all"):
        table.add_column(name, justify="left" if name == "kind" else "right")
    for kind in KINDS:
        row = [rates.counts.get((kind, form), (0, 0)) for form in formats]
        n, missed = sum(n for n, _ in row), sum(m for _, m in row)
        table.add_row(kind, *(f"{m} of {n}" if n else "-" for n, m in row), _share(missed, n))
    quiet = Table(title="The same in another form: alarmed of n", caption=_share(len(rates.alarmed), rates.n_retold))
    quiet.add_column("form")
    quiet.add_column("alarmed", justify="right")
    for form, (n, wrong) in rates.retold.items():
        quiet.add_row(form, _share(wrong, n))
    console = Console()
    console.print(table)
    console.print(quiet)
    for line in rates.unseen:
        console.print(f"unseen: {line}", markup=False, soft_wrap=True)
    for name, accused in rates.alarmed.items():
        console.print(f"alarmed: {name}: {'; '.join(accused)}", markup=False, soft_wrap=True)
    for what, wrong, n in (("unseen", rates.unseen, rates.n), ("alarmed", rates.alarmed, rates.n_retold)):
        held = len(wrong) <= (MOST_UNSEEN if what == "unseen" else MOST_ALARMED) * n
        console.print(f"at most {MOST_UNSEEN:.0%} {what}: {'[green]holds[/]' if held else '[red]fails[/]'}")


def _share(k: int, n: int) -> str:
    if not n:
        return "-"
    low, high = wilson(k, n)
    return f"{k} of {n}, {k / n:.1%} [{low:.1%}, {high:.1%}]"
