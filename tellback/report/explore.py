"""What the page's reader explores: setups and lines for the plot, and documents with what became of each fact.

Every text stands here once. The documents of a set are one piece that the browser unpacks when it is looked at; told-back
texts of one document are neighbours, since they repeat each other and so compress well.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tellback.display.segments import span, utf16
from tellback.display.words import count, rate_name
from tellback.records import OUTCOMES
from tellback.report.groups import Group, places
from tellback.report.load import Setup, Study
from tellback.view.page import packed

CODE = {outcome: str(i) for i, outcome in enumerate(OUTCOMES)}
ASKS = ("qa_i", "qa_ii")


def overview(study: Study) -> dict[str, Any]:
    """Setups, lines and sets: what the plot and its filters need."""
    numbers = {id(s): i for i, s in enumerate(study.setups)}
    lines = [
        {"rate": rate, "series": series, "points": [_point(group, study, numbers) for group in groups]}
        for rate, series, groups in places(study)
    ]
    sets = [
        [name, asks] for secondary in (False, True) for asks in ASKS for name in study.sets(asks, secondary=secondary)
    ]
    return {
        "study": study.name, "outcomes": OUTCOMES, "setups": [_setup(s) for s in study.setups], "lines": lines, "sets": sets,
        "first": study.conflict_set, "sizes": study.sizes, "size_names": [count(size) for size in study.sizes],
    }  # fmt: skip


def _setup(setup: Setup) -> dict[str, Any]:
    row = setup.row
    found = {
        "name": setup.name, "status": setup.status, "control": setup.is_control, "method": setup.method,
        "base": row.get("base_model"), "series": setup.series, "size": setup.size, "rate": setup.rate,
        "rate_name": rate_name(setup.rate), "size_name": setup.size_name, "seed": row.get("seed"),
        "loss": row.get("reconstruction_loss"), "rouge": row.get("rouge_l"), "rank": row.get("effective_rank_decoder_space"),
        "bits": row.get("conditional_entropy_bits"), "believer": ((row.get("belief") or {}).get("compressor_base") or {}).get("by_kind"),
    }  # fmt: skip
    return found | {asks: {name: _counts(counts) for name, counts in (row.get(asks) or {}).items()} for asks in ASKS}


def _counts(counts: Mapping[str, Any]) -> dict[str, Any] | None:
    if not counts.get("n"):
        return None
    shares = [counts.get(outcome) for outcome in OUTCOMES]
    ends = [(counts.get(end) or {}).get("faithful") for end in ("low", "high")]
    return {"n": counts["n"], "shares": shares, "ends": ends}


def _point(group: Group, study: Study, numbers: Mapping[int, int]) -> dict[str, Any]:
    """One size of a line: its setups, and the interval over seeds and documents of each set that was told back."""
    ends = {name: group.bounds(name) for name in study.sets("qa_i")} if len(group.setups) > 1 else {}
    return {"size": group.size, "setups": [numbers[id(s)] for s in group.setups], "ends": ends}


def documents(study: Study, most: int) -> list[dict[str, Any]]:
    """A packed piece for each set, the conflict set first; where they outgrow `most` bytes, the first documents of each."""
    names = sorted(study.sets("qa_i"), key=lambda name: name != study.conflict_set)
    names += [name for name in study.sets("qa_ii") if name not in names]
    pieces: list[dict[str, Any]] = []
    for i, name in enumerate(names):
        whole = document_set(study, name)
        if whole["ids"]:
            share = max(0, most - sum(len(p["packed"]) for p in pieces)) // (1 if i == 0 else max(1, len(names) - i))
            kept, text = _fitting(whole, share if i else most // 2 if len(names) > 1 else most)
            pieces.append({"set": name, "packed": text, "kept": kept, "of": len(whole["ids"])})
    return pieces


def _fitting(whole: Mapping[str, Any], most: int) -> tuple[int, str]:
    """As many documents as go into `most` bytes, and their packed text."""
    kept = len(whole["ids"])
    text = packed(whole)
    while len(text) > most and kept > 1:
        kept = max(1, min(kept - 1, int(kept * most / len(text) * 0.97)))
        text = packed({k: v[:kept] if isinstance(v, list) and k != "setups" else v for k, v in whole.items()})
    return kept, text


def document_set(study: Study, name: str) -> dict[str, Any]:
    """Columns over the documents of a set: ids, sources, facts, and for each setup what it told and what became of each fact.

    `told[d]` and `read[d]` go along `setups`. A fact is [kind, asks, question, value, believed, start, end]; what became of
    it [outcome's code, said, start, end], null where it was not read. Offsets count UTF-16 units, as browsers do.
    """
    found = [(i, s) for i, s in enumerate(study.setups) if s.status != "failed" and s.documents(name)]
    ids = sorted({d for _, s in found for d in s.documents(name)}, key=_natural)
    tables = [_by_document(s, name) for _, s in found]
    sources = {d: row["source"] or "" for _, s in reversed(found) for d, row in s.documents(name).items()}
    facts, read, told = [], [], []
    for d in ids:
        probes = _in_order([table.get(d, {}) for table in tables])
        facts.append([_fact(p, sources[d]) for p in probes])
        texts = [(s.documents(name).get(d) or {}).get("told") for _, s in found]
        told.append([None if text == sources[d] else text if text is not None else 0 for text in texts])
        read.append([
            [_read(table.get(d, {}).get(p["probe_id"]), text or "") for p in probes]
            for table, text in zip(tables, texts, strict=True)
        ])  # fmt: skip
    return {
        "setups": [i for i, _ in found],
        "ids": ids,
        "sources": [sources[d] for d in ids],
        "facts": facts,
        "told": told,
        "read": read,
    }


def _natural(name: str) -> list[tuple[int, int, str]]:
    """«d-2» before «d-10»."""
    parts = "".join(c if c.isdecimal() and c.isascii() else f" {c} " for c in name).split()
    return [(0, int(part), "") if part.isdecimal() and part.isascii() else (1, 0, part) for part in parts]


def _by_document(setup: Setup, name: str) -> dict[str, dict[str, dict[str, Any]]]:
    out: dict[str, dict[str, dict[str, Any]]] = {}
    for probe in setup.probes(name, "told"):
        out.setdefault(probe["document_id"], {})[probe["probe_id"]] = probe
    return out


def _in_order(tables: Sequence[Mapping[str, dict[str, Any]]]) -> list[dict[str, Any]]:
    """The probes that any setup was asked, in the order of their places in the source."""
    probes = {key: probe for table in reversed(tables) for key, probe in table.items()}
    return sorted(probes.values(), key=lambda p: (p["source_start"] is None, p["source_start"] or 0, p["probe_id"]))


def _fact(probe: Mapping[str, Any], source: str) -> list[Any]:
    words = [
        probe["kind"],
        ASKS.index(probe["asks"]),
        probe.get("question") or probe["key"],
        probe["value"],
        probe["believed"],
    ]
    return words + units(source, probe["source_start"], probe["source_end"])


def _read(probe: Mapping[str, Any] | None, text: str) -> list[Any] | None:
    if probe is None:
        return None
    return [CODE[probe["outcome"]], probe["said"], *units(text, probe["output_start"], probe["output_end"])]


def units(text: str, start: Any, end: Any) -> list[int] | list[None]:
    """A stored span in UTF-16 units; two nulls where there is none."""
    place = span(start, end)
    if place is None:
        return [None, None]
    at = utf16(text)
    return [at(place[0]), at(place[1])]
