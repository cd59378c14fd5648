"""What an audit gives: one Finding a fact, and the counts and scores over them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from tellback.records import OUTCOMES, Span

INVENTED = "invented"


@dataclass(frozen=True, slots=True)
class Finding:
    """What became of one fact. `source` and `output` are the words in the texts (None: there are none), the spans their
    character offsets [start, end); `why` says which rule decided."""

    kind: str
    outcome: str
    source: str | None
    output: str | None
    source_span: Span | None
    output_span: Span | None
    why: str

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True)
class Audit:
    """The outcome of every fact of a source in an output.

    `facts` has one Finding a fact of the source, kept ones too; `findings` are those that a reader must look at, worst
    first: invented, then drifted, overwritten, replaced, missing, unscored. `unsupported` says what could not be
    scored (a language, a binary file); then there are no facts.
    """

    source: str = field(repr=False)
    output: str = field(repr=False)
    facts: tuple[Finding, ...]
    invented: tuple[Finding, ...] = ()
    unsupported: str | None = None

    @property
    def findings(self) -> tuple[Finding, ...]:
        order = {name: i for i, name in enumerate((INVENTED, *OUTCOMES[1:]))}
        bad = [f for f in self.facts if f.outcome != "faithful"]
        return tuple(sorted((*self.invented, *bad), key=lambda f: order[f.outcome]))

    @property
    def counts(self) -> dict[str, int]:
        """How many facts there are, and how many of each outcome; those of OUTCOMES sum to n_facts."""
        out = {"n_facts": len(self.facts)} | {name: 0 for name in (*OUTCOMES, INVENTED)}
        for fact in (*self.facts, *self.invented):
            out[fact.outcome] += 1
        return out

    @property
    def score(self) -> float | None:
        """Share of the scored facts that are faithful; None when there is none."""
        counts = self.counts
        scored = counts["n_facts"] - counts["unscored"]
        return counts["faithful"] / scored if scored else None

    @property
    def scores(self) -> Mapping[str, float | None]:
        """`score` for each kind of fact, and for "all"."""
        kinds = sorted({f.kind for f in self.facts})
        by_kind = {k: Audit("", "", tuple(f for f in self.facts if f.kind == k)).score for k in kinds}
        return {"all": self.score} | by_kind

    def to_dict(self) -> dict[str, Any]:
        return self.counts | {"findings": [f.to_dict() for f in self.findings], "unsupported": self.unsupported}
