"""The values that a text states as probes, for readers that are asked: a model's likelihood, a judge, the mock.

Each value of the source is a cloze, its options the value itself, what the output has of that kind and the source has
not, and substitutes of the same form up to K. Relations are not asked.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from random import Random

from tellback.audit.findings import Finding
from tellback.corpora.options import K, draw, find_words
from tellback.corpora.substitutes import another
from tellback.facts.extract import Extracted, extract
from tellback.facts.kinds.table import KIND, named
from tellback.records import Document, Fact, Probe, Verdict

KINDS = frozenset(named("value", "identifier", "name")) - {"ordinal"}


def document_of(source: str, output: str) -> Document:
    """The source with one probe a value; ids and substitutes are the same every time."""
    read, said = _read(source), _read(output)
    theirs: dict[str, dict[str, None]] = {}
    for mention in said.mentions:
        theirs.setdefault(mention.kind, {})[output[slice(*mention.span)]] = None
    probes = [p for i, fact in enumerate(read.facts) if (p := _probe(i, fact, source, theirs)) is not None]
    return Document("text", source, tuple(p.fact for p in probes), tuple(probes))


@lru_cache(maxsize=64)
def _read(text: str) -> Extracted:
    return extract(text)


def _probe(number: int, fact: Fact, source: str, theirs: dict[str, dict[str, None]]) -> Probe | None:
    value = source[slice(*fact.span)]
    question = " ".join(source[fact.sentence[0] : fact.span[0]].split())
    if fact.kind not in KINDS or not question:
        return None
    rng = Random(f"{fact.kind}-{value}")
    others = draw(list(theirs.get(fact.kind, ())), K - 1, [value], source, rng)
    group = KIND[fact.kind].group
    kind = "identifier" if group == "identifier" else fact.kind
    for _ in range(20):
        new = another(value, kind, rng, avoid=source) if len(others) < K - 1 else None
        if new is None:
            break
        others += draw([new], 1, [value, *others], source, rng)
    if not others:
        return None
    stated = Fact(fact.kind, f"text/{number}", value, fact.span, fact.sentence)
    return Probe(f"text/{number}", "text", "validation", "qa_i", stated, question, {o: () for o in (value, *others)})


def findings(document: Document, output: str, verdicts: Sequence[Verdict]) -> list[Finding]:
    """The verdicts on the probes of `document` as findings, with the places of the words in both texts."""
    out = []
    for probe, verdict in zip(document.probes, verdicts, strict=True):
        at = verdict.output_span or (find_words(output, verdict.said) if verdict.said is not None else None)
        words = None if at is None else output[slice(*at)]
        fact = probe.fact
        out.append(Finding(fact.kind, verdict.outcome, fact.value, words, fact.span, at, verdict.why))
    return out
