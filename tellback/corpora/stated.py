"""What a text states, as probes without a question: they are looked for in what was told back, not asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from tellback.records import Document, Probe


def with_stated(documents: Sequence[Document], set_name: str) -> list[Document]:
    """Each document with a probe, of the set `set_name`, for every value (QA(i)) and relation (QA(ii)) that it states,
    in the order in which the audit gives them."""
    from tellback.facts.extract import RELATIONS, extract

    out = []
    for document in documents:
        probes = [
            Probe(
                f"{document.id}/stated-{i}", document.id, set_name, "qa_ii" if fact.kind in RELATIONS else "qa_i",
                replace(fact, value=document.text[slice(*fact.span)]), "", {},
            )
            for i, fact in enumerate(extract(document.text).facts)
        ]  # fmt: skip
        out.append(replace(document, probes=(*document.probes, *probes)))
    return out
