"""Outcomes counted by kind of fact, over one audit or many: what a verdict, a bar and a summary are made of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from tellback.audit.findings import INVENTED, Audit
from tellback.records import OUTCOMES


@dataclass
class Tally:
    """`by_kind`: kind -> outcome -> how many facts, `invented` among them (those are no facts of the source)."""

    by_kind: dict[str, Counter[str]] = field(default_factory=dict)

    @classmethod
    def of(cls, audit: Audit) -> Tally:
        tally = cls()
        for fact in (*audit.facts, *audit.invented):
            tally.by_kind.setdefault(fact.kind, Counter())[fact.outcome] += 1
        return tally

    def add(self, counts: Mapping[str, Mapping[str, int]]) -> None:
        """Add the counts of another tally's `by_kind`."""
        for kind, outcomes in counts.items():
            self.by_kind.setdefault(kind, Counter()).update(outcomes)

    def count(self, outcome: str, kind: str | None = None) -> int:
        """How many facts of `kind` (None: of all kinds) have `outcome`."""
        return sum(found[outcome] for found in self._of(kind))

    def n_facts(self, kind: str | None = None) -> int:
        """Facts of the source; what is invented is none of them."""
        return sum(self.count(outcome, kind) for outcome in OUTCOMES)

    def score(self, kind: str | None = None) -> float | None:
        """Share of the scored facts that are faithful; None when none was scored."""
        scored = self.n_facts(kind) - self.count("unscored", kind)
        return self.count("faithful", kind) / scored if scored else None

    def kinds(self) -> list[str]:
        """Kinds, worst first: lowest share kept, then most invented, then by name; kinds without a share come last."""

        def rank(kind: str) -> tuple[float, int, str]:
            score = self.score(kind)
            # a kind of which everything in sight is invented is as bad as one that lost everything
            share = score if score is not None else 0.0 if self.count(INVENTED, kind) else 2.0
            return (share, -self.count(INVENTED, kind), kind)

        return sorted(self.by_kind, key=rank)

    def _of(self, kind: str | None) -> Iterable[Counter[str]]:
        return self.by_kind.values() if kind is None else [self.by_kind.get(kind, Counter())]
