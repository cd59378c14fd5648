"""The reader that looks words up: which outcome follows from the facts that a told-back text states.

It compares facts with facts, so it needs no model and gives the same verdict every time. What a text states is found
by the corpus's own `extract` (a grammar, or cues and options).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

from tellback.compare.precedence import decide
from tellback.config import Frozen, parse
from tellback.corpora.passages import with_every_probe
from tellback.readers.base import PASSAGES, Beliefs, Surroundings, Told, VerdictReader
from tellback.records import Corpus, Document, Fact, Probe, Verdict

READER = "cues"
_WHY = {
    "broken": ": the source's relation is broken",
    "elsewhere": ", which the source gives to another subject",
    "believed": ", which the model believes",
    "other": "",
}


def read(
    document: Document, told: str, corpus: Corpus, beliefs: Mapping[str, str | None]
) -> list[Verdict]:  # fmt: skip
    """One Verdict for each probe of `document`, from the facts that `told` states.

    `beliefs` maps a probe's id to the value that the model was measured to believe (None: no belief).
    """
    stated = corpus.extract(told, document.probes)
    return [judge(probe, stated, document.facts, beliefs.get(probe.id)) for probe in document.probes]


def judge(probe: Probe, stated: Sequence[Fact], source: Sequence[Fact], belief: str | None) -> Verdict:
    """The outcome of one probe, given the facts `stated` by the output and those of the `source`.

    Precedence as the outcomes are listed: faithful needs the source's value and nothing against it; a broken relation,
    or a value that the source gives to another subject, is drifted; then overwritten, replaced, missing.
    """
    fact = probe.fact
    said = [f for f in stated if f.key == fact.key]
    elsewhere = {f.value for f in source if f.kind == fact.kind and f.key != fact.key}
    outcome, other, rule = decide(
        bool(said),
        [f for f in said if f.value != fact.value],
        broken=lambda f: f.value in fact.contraries,
        given_elsewhere=lambda f: f.value in elsewhere,
        believed=lambda f: belief is not None and f.value == belief,
    )
    if outcome == "faithful":
        return _verdict(probe, "faithful", said[0], f"says {fact.value!r}, as the source does")
    if other is None:
        return Verdict(probe.id, READER, "missing", why="does not say")
    return _verdict(probe, outcome, other, f"says {other.value!r}{_WHY[rule]}" + (f" for {fact.value!r}" * (rule == "other")))


def _verdict(probe: Probe, outcome: str, fact: Fact, why: str) -> Verdict:
    return Verdict(probe.id, READER, outcome, fact.value, fact.span, why)


class CuesReader(VerdictReader):
    """Looks up the values of the probes in the text, by the corpus's own extraction: deterministic, needs no model.

    It is measured on the shipped passages, since it reads nothing but what the probes of a corpus ask.
    """

    name = READER
    measured_on = PASSAGES

    def __init__(self, corpus: Corpus):
        self.corpus = corpus

    @classmethod
    def for_study(cls, options: Mapping[str, Any], around: Surroundings) -> CuesReader:
        parse(Frozen, options, f"reader {READER!r}, options")
        return cls(around.corpus)

    @classmethod
    def for_validation(cls) -> CuesReader:
        from tellback.corpora.passages import passages

        return cls(passages())

    def read_all(self, told: Sequence[Told], beliefs: Beliefs) -> list[list[Verdict]]:
        return [read(document, text, self.corpus, beliefs) for document, text in told]

    def document(self, source: str, output: str) -> Document:
        """The document of the corpus that has this text, with its probes of every set."""
        return self._by_text[source]

    @cached_property
    def _by_text(self) -> dict[str, Document]:
        return {document.text: document for document in with_every_probe(self.corpus)}
