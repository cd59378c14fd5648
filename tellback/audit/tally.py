"""Outcomes counted by kind of fact, over one audit or many: what a verdict, a bar and a summary are made of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from tellback.audit.findings import Audit
from tellback.records import ADDED, LEVEL, OUTCOMES, Level


@dataclass
class Tally:
    """`by_kind`: kind -> outcome -> how many facts; what the output adds among them, though it is no fact of the source."""

    by_kind: dict[str, Counter[str]] = field(default_factory=dict)

    @classmethod
    def of(cls, audit: Audit) -> Tally:
        tally = cls()
        for fact in (*audit.facts, *audit.added):
            tally.by_kind.setdefault(fact.kind, Counter())[fact.outcome] += 1
        return tally

    def add(self, counts: Mapping[str, Mapping[str, int]]) -> None:
        """Add the counts of another tally's `by_kind`."""
        for kind, outcomes in counts.items():
            self.by_kind.setdefault(kind, Counter()).update(outcomes)

    def count(self, outcome: str, kind: str | None = None) -> int:
        """How many facts of `kind` (None: of all kinds) have `outcome`."""
        return sum(found[outcome] for found in self._of(kind))

    def at(self, level: Level) -> int:
        """How many findings are of `level`."""
        return sum(self.count(outcome) for outcome, its in LEVEL.items() if its == level)

    def added(self, kind: str | None = None) -> int:
        """How many things of `kind` the output wrongly says though the source does not."""
        return sum(self.count(outcome, kind) for outcome in ADDED if LEVEL[outcome] == "wrong")

    def n_facts(self, kind: str | None = None) -> int:
        """Facts of the source; what the output adds is none of them."""
        return sum(self.count(outcome, kind) for outcome in OUTCOMES)

    def score(self, kind: str | None = None) -> float | None:
        """Share of the scored facts that are faithful; None when none was scored."""
        scored = self.n_facts(kind) - self.count("unscored", kind)
        return self.count("faithful", kind) / scored if scored else None

    def kinds(self) -> list[str]:
        """Kinds, worst first: lowest share kept, then most added, then by name; kinds without a share come last."""

        def rank(kind: str) -> tuple[float, int, str]:
            score = self.score(kind)
            # a kind of which everything in sight is added is as bad as one that lost everything
            share = score if score is not None else 0.0 if self.added(kind) else 2.0
            return (share, -self.added(kind), kind)

        return sorted(self.by_kind, key=rank)

    def _of(self, kind: str | None) -> Iterable[Counter[str]]:
        return self.by_kind.values() if kind is None else [self.by_kind.get(kind, Counter())]
