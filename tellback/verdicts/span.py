"""The deterministic reader: which outcome follows from the facts that a told-back text states.

It compares facts with facts, so it needs no model and gives the same verdict every time. What a text states is found
by the corpus's own `extract` (a grammar, or cues and options).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tellback.records import Corpus, Document, Fact, Probe, Verdict

READER = "span"


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
    against = [f for f in said if f.value != fact.value]
    if said and not against:
        return _verdict(probe, "faithful", said[0], f"says {fact.value!r}, as the source does")
    for other in against:
        if other.value in fact.contraries:
            return _verdict(probe, "drifted", other, f"says {other.value!r}: the source's relation is broken")
    elsewhere = {f.value for f in source if f.kind == fact.kind and f.key != fact.key}
    for other in against:
        if other.value in elsewhere and fact.value != other.value:
            return _verdict(probe, "drifted", other, f"says {other.value!r}, which the source gives to another subject")
    for other in against:
        if belief is not None and other.value == belief:
            return _verdict(probe, "overwritten", other, f"says {other.value!r}, which the model believes")
    if against:
        return _verdict(probe, "replaced", against[0], f"says {against[0].value!r} for {fact.value!r}")
    return Verdict(probe.id, READER, "missing", why="does not say")


def _verdict(probe: Probe, outcome: str, fact: Fact, why: str) -> Verdict:
    return Verdict(probe.id, READER, outcome, fact.value, fact.span, why)
