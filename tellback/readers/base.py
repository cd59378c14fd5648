"""What every reader of told-back text is.

A reader takes a document, the text that was told back of it and the measured beliefs, and gives one Verdict a probe. What
it cannot read it leaves `unscored`, with the reason; it never guesses. `Verdict.reader` and `VerdictReader.name` are its
name in the table of readers.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from tellback.records import Document, Probe, Verdict

Beliefs = Mapping[str, str | None]  # probe id -> the value that the model was measured to believe; None: no belief
Told = tuple[Document, str]  # a document and what was told back of it


class VerdictReader(ABC):
    """Reads told-back texts."""

    name: str

    @abstractmethod
    def read_all(self, told: Sequence[Told], beliefs: Beliefs) -> list[list[Verdict]]:
        """For each (document, text) one Verdict a probe, in the order of the document's probes."""

    def read(self, document: Document, told: str, beliefs: Beliefs, probes: Sequence[Probe] | None = None) -> list[Verdict]:
        """One Verdict for each of `probes` (None: all that the document has)."""
        asked = document if probes is None else replace(document, probes=tuple(probes))
        return self.read_all([(asked, told)], beliefs)[0]

    @property
    def cost(self) -> dict[str, Any] | None:
        """What reading has cost so far (requests, tokens, money); None for a reader that costs nothing."""
        return None

    @property
    def about(self) -> dict[str, Any]:
        """What decided the verdicts, JSON-able, for the provenance of a figure."""
        return {"reader": self.name}
