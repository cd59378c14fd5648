"""What survives along a training: at each place of the trace some documents are told back, and their facts read.

A loss says how well ordinary documents are predicted, and not what is said of the others until then: a memory that holds no
values yet is told back with the usual ones. Read off the told-back text by `cues`, like the main figures.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from tellback.readers import cues
from tellback.reading import Reader
from tellback.records import Corpus
from tellback.study.evaluate import for_cues
from tellback.study.reading import read_whole

AGAINST_BELIEF = "-conflict"  # the ending of the sets that are read


class Along:
    """Counts of outcomes for the first `n` documents of each set whose facts go against belief; `beliefs`: probe -> value."""

    def __init__(self, reader: Reader, corpus: Corpus, n: int, beliefs: Mapping[str, str | None]):
        self.reader, self.corpus, self.beliefs = reader, corpus, beliefs
        self.sets = {name: documents[:n] for name, documents in corpus.sets.items() if name.endswith(AGAINST_BELIEF)}

    def figures(self) -> dict[str, Any]:
        """{"facts": {set: {asks: {kind: {outcome: number of probes}}}}} of the weights as they are."""
        return {"facts": {name: self._of(name) for name in self.sets}}

    def beside(self, figures: Callable[[], dict[str, Any]]) -> Callable[[], dict[str, Any]]:
        """A row of the trace with what survives in it."""
        return lambda: figures() | self.figures()

    def _of(self, name: str) -> dict[str, dict[str, dict[str, int]]]:
        documents, out = self.sets[name], {}
        for document, told in zip(documents, read_whole(self.reader, documents, tell=True).told, strict=True):
            if told.text is None:
                continue
            asked = for_cues(document, self.corpus)
            probes = {p.id: p for p in asked.probes if p.question}
            for verdict in cues.read(asked, told.text, self.corpus, self.beliefs):
                if (probe := probes.get(verdict.probe_id)) is not None:
                    out.setdefault(probe.asks, {}).setdefault(probe.fact.kind, Counter())[verdict.outcome] += 1
        return {asks: {kind: dict(counts) for kind, counts in sorted(kinds.items())} for asks, kinds in sorted(out.items())}
