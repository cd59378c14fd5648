"""What the audit finds in one pair, as little as the figures need: outcomes counted, and where its errors stand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tellback.errors import UsageError
from tellback.records import ADDED, LEVEL, Span

if TYPE_CHECKING:
    from tellback.audit.findings import Audit

#: What says that the output is wrong. «missing» says that it is short, «unscored» that nothing could be told.
ERRORS = tuple(outcome for outcome, level in LEVEL.items() if level == "wrong")
SILENT = ("faithful", "missing", "unscored")


@dataclass(frozen=True)
class Seen:
    """`counts`: outcome -> how many; `errors`: (outcome, its characters in the output or None) of each finding that is
    neither missing nor unscored; `unread`: why the pair could not be read (then there are no facts)."""

    n_facts: int
    counts: Mapping[str, int]
    errors: tuple[tuple[str, Span | None], ...]
    unread: str | None = None
    risk: float | None = None

    @classmethod
    def of(cls, value: Mapping[str, Any] | None) -> Seen | None:
        """From what `look` gave; None for a pair on which the audit failed."""
        if value is None or "failed" in value:
            return None
        errors = tuple((name, span and (span[0], span[1])) for name, span in value["errors"])
        return cls(value["n_facts"], value["counts"], errors, value["unread"], value.get("risk"))

    def count(self, *outcomes: str) -> int:
        return sum(self.counts.get(name, 0) for name in outcomes)

    @property
    def n_errors(self) -> int:
        return self.count(*ERRORS)

    @property
    def n_judged(self) -> int:
        """Facts that are not missing, and what the output adds: what an error can be one of."""
        added = sum(n for name, n in self.counts.items() if name in ADDED or name not in (*ERRORS, *SILENT))
        return self.n_facts - self.count("missing") + added


def look(pair: tuple[str, str], refine: Callable[[Audit], Audit] | None = None) -> dict[str, Any]:
    """The audit of (source, output), then what `refine` makes of it. A pair on which it fails gives {"failed": why}."""
    from tellback.audit.texts import audit

    try:
        found = audit(*pair)
        if refine is not None:
            found = refine(found)
    except UsageError:  # what was asked for is wrong, not the text
        raise
    except Exception as error:  # one text must not end a run of thousands; it is counted and shown
        return {"failed": f"{type(error).__name__}: {error}"[:200]}
    findings = found.findings
    counts = Counter(f.outcome for f in findings)
    counts["faithful"] = sum(f.outcome == "faithful" for f in found.facts)
    errors = [[f.outcome, f.output_span] for f in findings if f.outcome not in SILENT]
    return {
        "n_facts": len(found.facts), "counts": dict(counts), "errors": errors, "unread": found.unread, "risk": found.risk,
    }  # fmt: skip
