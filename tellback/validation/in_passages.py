"""Changes planted into the shipped passages: what the reader `cues` is measured on.

It reads nothing but what the probes of a corpus ask, so it cannot be measured on texts without probes. Each fact of a
passage is told otherwise by another of its own options, or its sentence is left out. That is a narrower truth than that of
the other plantings: no sentence is told anew, and the reader knows every value that is put in.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from random import Random

from tellback.corpora import conflict
from tellback.corpora.conflict import Edit
from tellback.corpora.passages import passages, with_every_probe
from tellback.records import Document, Probe
from tellback.validation.plantings import RELATIONS, Planting, overlap


@lru_cache(maxsize=1)
def planted_in_passages() -> dict[str, list[Planting]]:
    """Kind -> plantings, the same ones every time."""
    table: dict[str, list[Planting]] = {}
    for document in with_every_probe(passages()):
        for kind, probe, edits in _changes(document):
            rows = table.setdefault(kind, [])
            rows.append(_planting(f"{kind}-{len(rows) + 1}", document, kind, probe, edits))
    return table


def _changes(document: Document) -> Iterator[tuple[str, Probe | None, list[Edit]]]:
    yield "untouched", None, []
    for probe in document.probes:
        fact, text = probe.fact, document.text
        was = text[slice(*fact.span)]
        others = [o for o in probe.options if o not in (fact.value, probe.believed, *fact.contraries)]
        if others:
            new = Random(probe.id).choice(others)
            yield "replaced", probe, [Edit(fact.span[0], was, _form(probe, new))]
        if probe.conflicts and probe.believed not in fact.contraries:
            yield "replaced_belief", probe, [Edit(fact.span[0], was, _form(probe, probe.believed))]
        if fact.kind in RELATIONS and fact.contraries:
            yield fact.kind, probe, [Edit(fact.span[0], was, _form(probe, fact.contraries[0]))]
        sentence = text[slice(*fact.sentence)]
        rest = text[: fact.sentence[0]] + text[fact.sentence[1] :]
        if rest.strip() and not any(re.search(rf"(?<!\w){re.escape(f)}(?!\w)", rest, re.I) for f in _forms(probe)):
            yield "dropped", probe, [Edit(fact.sentence[0], sentence, "")]


def _forms(probe: Probe) -> tuple[str, ...]:
    return probe.options[probe.fact.value] or (probe.fact.value,)


def _form(probe: Probe, option: str | None) -> str:
    """The words that say an option."""
    forms = probe.options[str(option)]
    return forms[0] if forms else str(option)


def _planting(name: str, document: Document, kind: str, probe: Probe | None, edits: list[Edit]) -> Planting:
    output, output_spans = conflict.apply(document.text, edits)
    changed = tuple((e.start, e.end) for e in edits)
    inside = [p.fact.span for p in document.probes if any(overlap(p.fact.span, span) for span in changed)]
    alone = [p.fact.span for p in document.probes if p.fact.span not in inside]
    middle = changed[0][0] if changed else 0
    kept = tuple((span,) for span in sorted(set(alone), key=lambda span: abs(span[0] - middle)))
    targets = () if probe is None else tuple(dict.fromkeys(inside)) if kind == "dropped" else (probe.fact.span,)
    return Planting(
        name, document.id, kind, probe.fact.kind if probe else "", document.text, output, changed,
        () if kind == "dropped" else output_spans, targets, kept, "generated",
    )  # fmt: skip
