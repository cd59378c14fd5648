"""What every reader is.

A reader takes a document, the text that was told back of it and the measured beliefs, and gives one Verdict a probe. What
it cannot read it leaves `unscored`, with the reason; it never guesses. `Verdict.reader` and `VerdictReader.name` are its
name in the table of readers.

One reader serves three uses, and is made for each of them: a study's told-back texts (`for_study`, `read_all`), the facts
that the rules of an audit leave unscored (`for_audit`, `refine`), and the measuring of itself (`for_validation`,
`findings`).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, ClassVar

from tellback.audit.findings import Audit, Finding
from tellback.errors import UsageError
from tellback.readers import open_facts, values
from tellback.records import Corpus, Document, Probe, Verdict

if TYPE_CHECKING:
    from tellback.models.decoder import Decoder

Beliefs = Mapping[str, str | None]  # probe id -> the value that the model was measured to believe; None: no belief
Told = tuple[Document, str]  # a document and what was told back of it
PLANTED, PASSAGES = "plantings", "passages"  # what a reader can be measured on: validation/ holds both


@dataclass(frozen=True)
class Surroundings:
    """What a reader may need of where it reads."""

    corpus: Corpus
    decoder: Decoder | None = None  # an LM that reads text as it was loaded, for a reader that names no model
    world: Mapping[str, Any] | None = None  # settings of the pocket world, for its models
    scores: dict = field(default_factory=dict)  # what its likelihood readers have scored, shared by those of one LM


class VerdictReader(ABC):
    """Reads told-back texts."""

    name: str
    measured_on: ClassVar[str] = PLANTED
    uses_torch: ClassVar[bool] = False
    answers: ClassVar[tuple[str, ...]] = open_facts.ANSWERS  # those that it chooses from when an open fact is asked

    @classmethod
    @abstractmethod
    def for_study(cls, options: Mapping[str, Any], around: Surroundings) -> VerdictReader:
        """The reader with the options that a study gives it. Raises UsageError for an unknown option."""

    @classmethod
    def for_audit(cls, model: str | None) -> VerdictReader:
        """The reader that answers what an audit leaves unscored; `model` is what `--reader-model` names.

        Raises UsageError when that is missing, cannot be used, or the reader reads no such questions.
        """
        raise UsageError(f"the reader {cls.name!r} answers no questions that an audit leaves open. Use likelihood or judge.")

    @classmethod
    @abstractmethod
    def for_validation(cls) -> VerdictReader:
        """The reader as `tellback validate` measures it."""

    @abstractmethod
    def read_all(self, told: Sequence[Told], beliefs: Beliefs) -> list[list[Verdict]]:
        """For each (document, text) one Verdict a probe, in the order of the document's probes."""

    def read(self, document: Document, told: str, beliefs: Beliefs, probes: Sequence[Probe] | None = None) -> list[Verdict]:
        """One Verdict for each of `probes` (None: all that the document has)."""
        asked = document if probes is None else replace(document, probes=tuple(probes))
        return self.read_all([(asked, told)], beliefs)[0]

    def refine(self, audit: Audit) -> Audit:
        """`audit` with those unscored facts answered that this reader can answer, one question a fact."""
        told = open_facts.questions(audit, self.answers)
        verdicts = self.read_all(told, {}) if told else []
        return open_facts.answered(audit, [v for of in verdicts for v in of])

    def findings(self, source: str, output: str) -> Sequence[Finding]:
        """What this reader says became of each fact of `source` in `output`, kept ones too."""
        document = self.document(source, output)
        return values.findings(document, output, self.read(document, output, {}))

    def document(self, source: str, output: str) -> Document:
        """What `findings` asks about: the source with a probe for each of its values."""
        return values.document_of(source, output)

    @property
    def cost(self) -> dict[str, Any] | None:
        """What reading has cost so far (requests, tokens, money); None for a reader that costs nothing."""
        return None

    @property
    def about(self) -> dict[str, Any]:
        """What decided the verdicts, JSON-able, for the provenance of a figure."""
        return {"reader": self.name}
