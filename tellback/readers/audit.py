"""Every fact that a source states, looked for in what was told back of it by the audit's own rules.

These are probes without a question (corpora/stated.py): the reader is the one that `tellback validate audit` measures, so
its errors are known. A replaced value counts as overwritten when the decoder's LM, without the source, holds it for
likeliest among the values that could stand there (readers/beliefs.py).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from tellback.audit.findings import Audit, Finding
from tellback.audit.texts import audit
from tellback.config import Frozen, parse
from tellback.readers import beliefs as belief
from tellback.readers.base import Beliefs, Surroundings, Told, VerdictReader
from tellback.records import Document, Verdict

if TYPE_CHECKING:
    from tellback.models.decoder import Decoder

READER = "audit"


class AuditReader(VerdictReader):
    """`decoder`: whose LM's belief parts overwritten from replaced values; None: all of them are replaced."""

    name = READER

    def __init__(self, decoder: Decoder | None = None):
        self.decoder = decoder

    @classmethod
    def for_study(cls, options: Mapping[str, Any], around: Surroundings) -> AuditReader:
        parse(Frozen, options, f"reader {READER!r}, options")
        return cls(around.decoder)

    @classmethod
    def for_audit(cls, model: str | None) -> AuditReader:
        return cls()

    @classmethod
    def for_validation(cls) -> AuditReader:
        return cls()

    def read_all(self, told: Sequence[Told], beliefs: Beliefs) -> list[list[Verdict]]:
        return [self._verdicts(document, text) for document, text in told]

    def refine(self, audit: Audit) -> Audit:
        """The audit as it is: the rules have said what they can."""
        return audit

    def findings(self, source: str, output: str) -> Sequence[Finding]:
        found = audit(source, output)
        return [*found.facts, *found.added]

    def _verdicts(self, document: Document, text: str) -> list[Verdict]:
        found = audit(document.text, text)
        if self.decoder is not None:
            found = belief.split(found, self.decoder)
        assert len(found.facts) == len(document.probes), "the facts of a source are always the same"
        return [
            Verdict(probe.id, self.name, f.outcome, f.output, f.output_span, f.why)
            for probe, f in zip(document.probes, found.facts, strict=True)
        ]
