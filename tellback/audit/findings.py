"""What an audit gives: one Finding a fact, and the counts and scores over them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from tellback.records import ADDED, DOUBTFUL, INVENTED, LEVEL, LEVELS, OUTCOMES, UNSUPPORTED, Level, Span

__all__ = ["DOUBTFUL", "INVENTED", "UNSUPPORTED", "Audit", "Finding"]
#: What a finding that something is wrong leaves of the trust in an output: about as many such findings on reworded outputs
#: are right as wrong.
DOUBT = 0.5


@dataclass(frozen=True, slots=True)
class Finding:
    """What became of one fact. `source` and `output` are the words in the texts (None: there are none), the spans their
    character offsets [start, end); `why` says which rule decided. Of what nothing supports, `source` is the sentence of
    the source that comes nearest."""

    kind: str
    outcome: str
    source: str | None
    output: str | None
    source_span: Span | None
    output_span: Span | None
    why: str

    @property
    def level(self) -> Level:
        """What the outcome says of the output: see records.LEVEL."""
        return LEVEL[self.outcome]

    def to_dict(self) -> dict[str, Any]:
        return asdict(self) | {"level": self.level}


@dataclass(frozen=True)
class Audit:
    """The outcome of every fact of a source in an output.

    `facts` has one Finding a fact of the source, kept ones too; `invented`, `unsupported` and `doubtful` are what the output adds.
    `findings` are those that a reader must look at, worst first: what is wrong, what is lost, what cannot be told
    (records.LEVEL). `unread` says what could not be read (a language, a binary file); then there are no facts of it.
    `novelty` is how much of the output is said in words or pairs of words that its source does not have
    (compare/support/claims.py), None where that was not looked at. `doubt` is the probability, by a model, that the output's
    least supported sentence is not supported; None where no model was asked.
    """

    source: str = field(repr=False)
    output: str = field(repr=False)
    facts: tuple[Finding, ...]
    invented: tuple[Finding, ...] = ()
    unsupported: tuple[Finding, ...] = ()
    unread: str | None = None
    novelty: float | None = None
    doubt: float | None = None
    doubtful: tuple[Finding, ...] = ()

    @property
    def risk(self) -> float | None:
        """How likely it is, as a rank, that the output says something wrong: 0 to 1, to sort outputs by or to set a threshold
        for texts of one sort. No finding is an error for certain and no summary in its own words is wrong for that, so both
        count, a finding more than any novelty: 1 - (1 - novelty / 2) * DOUBT ** (number of findings of level wrong); where a
        model was asked, the mean of that and its `doubt`. It is no probability. None without the parser, and where the texts
        could not be read.
        """
        if self.novelty is None:
            return None
        rules = 1 - (1 - self.novelty / 2) * DOUBT ** len(self.at("wrong"))
        return rules if self.doubt is None else (rules + self.doubt) / 2

    @property
    def added(self) -> tuple[Finding, ...]:
        """What the output says though the source does not: no facts of the source."""
        return (*self.invented, *self.unsupported, *self.doubtful)

    @property
    def findings(self) -> tuple[Finding, ...]:
        order = {name: i for i, name in enumerate(LEVEL)}
        bad = [f for f in self.facts if f.outcome != "faithful"]
        return tuple(sorted((*self.added, *bad), key=lambda f: order[f.outcome]))

    def at(self, level: Level) -> tuple[Finding, ...]:
        """The findings of one level, worst first."""
        return tuple(f for f in self.findings if f.level == level)

    @property
    def counts(self) -> dict[str, int]:
        """How many facts there are, and how many of each outcome; those of OUTCOMES sum to n_facts."""
        out = {"n_facts": len(self.facts)} | {name: 0 for name in (*OUTCOMES, *ADDED)}
        for fact in (*self.facts, *self.added):
            out[fact.outcome] += 1
        return out

    @property
    def levels(self) -> dict[Level, int]:
        """How many findings are of each level."""
        return {level: len(self.at(level)) for level in LEVELS}

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
        findings = [f.to_dict() for f in self.findings]
        rest = {"levels": self.levels, "findings": findings, "unread": self.unread, "risk": self.risk, "doubt": self.doubt}
        return self.counts | rest
