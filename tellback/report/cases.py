"""Case studies as in the paper's Figure 1: the source beside what several setups told back of it, fact by fact."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from tellback.display.segments import Mark, Segment, segments, span
from tellback.display.words import NOTHING, rate_name
from tellback.report.groups import by_size
from tellback.report.load import Setup, Study
from tellback.report.table import Cell, Row, Table, who

MOST = 6  # case studies in a report


@dataclass(frozen=True, slots=True)
class Output:
    """What one setup told back."""

    label: str
    status: str
    segments: Sequence[Segment]


@dataclass(frozen=True, slots=True)
class Case:
    """One document: its source, what each setup told back of it, and the questions that tell them apart."""

    document: str
    why: str
    source: Sequence[Segment]
    outputs: Sequence[Output]
    questions: Table
    link: str = ""  # the same document where the page explores it


def cases(study: Study) -> list[Case]:
    """The documents that best tell setups apart, at the highest rate first; empty when there is nothing to compare."""
    name = study.conflict_set
    found: list[Case] = []
    for lineup in lineups(study) if name else []:
        for why, document in chosen([_outcomes(s, name) for s in lineup], [_short(s) for s in lineup]):
            found.append(_case(lineup, name, document, why))
    return found[:MOST]


def lineups(study: Study) -> list[list[Setup]]:
    """Which setups stand side by side: smallest and largest at each rate; where all are one size, the rates."""
    out = []
    for rate in reversed(study.rates):
        for series in study.all_series:
            found = [s for s in study.at(rate, series) if s.documents(study.conflict_set or "")]
            groups = by_size(found)
            out += [[groups[0].setups[0], groups[-1].setups[0]]] if len(groups) > 1 else []
    if out:
        return out
    for series in study.all_series:
        setups = [
            s for rate in study.rates for s in study.at(rate, series)[:1] if s.documents(study.conflict_set or "")
        ]
        out += [setups[:3]] if setups else []
    return out


def chosen(outcomes: Sequence[Mapping[str, Mapping[str, str]]], names: Sequence[str]) -> list[tuple[str, str]]:
    """(why, document id) of up to two documents, from document -> probe -> outcome of each setup in a line-up.

    One on which the first setup does better than the last, by most facts kept; one on which the last does better.
    Where no document is better on either side, the one with most facts lost. The first id breaks ties.
    """
    shared = sorted(set.intersection(*(set(o) for o in outcomes)))
    if not shared:
        return []

    def kept(i: int, document: str) -> int:
        return sum(outcome == "faithful" for outcome in outcomes[i][document].values())

    picks = []
    for better, worse in ((0, -1), (-1, 0)):
        lead = {d: kept(better, d) - kept(worse, d) for d in shared}
        document = max(shared, key=lambda d: lead[d])
        if lead[document] > 0:
            more = f"{lead[document]} fact{'s' if lead[document] > 1 else ''} more"
            picks.append((f"{names[better]} keeps {more} of this document than {names[worse]} does.", document))
    if not picks:
        document = min(shared, key=lambda d: sum(kept(i, d) for i in range(len(outcomes))))
        apart = "No document tells the setups apart by facts kept. " if len(outcomes) > 1 else ""
        picks.append((f"{apart}Of this one the fewest are kept.", document))
    return picks


def _short(setup: Setup) -> str:
    return f"{setup.row.get('base_model') or setup.method} at {rate_name(setup.rate)}"


def _outcomes(setup: Setup, name: str) -> dict[str, dict[str, str]]:
    out: dict[str, dict[str, str]] = {}
    for probe in setup.probes(name, "told"):
        out.setdefault(probe["document_id"], {})[probe["probe_id"]] = probe["outcome"]
    return out


def _case(lineup: Sequence[Setup], name: str, document: str, why: str) -> Case:
    texts = [s.documents(name)[document] for s in lineup]
    probes = [{p["probe_id"]: p for p in s.probes(name, "told") if p["document_id"] == document} for s in lineup]
    order = sorted(probes[0].values(), key=lambda p: (p["source_start"] is None, p["source_start"] or 0, p["probe_id"]))
    ids = [p["probe_id"] for p in order if all(p["probe_id"] in table for table in probes)]
    numbers = {probe_id: i for i, probe_id in enumerate(ids, start=1)}
    source = []
    for probe_id, n in numbers.items():
        facts = [table[probe_id] for table in probes]
        if place := span(facts[0]["source_start"], facts[0]["source_end"]):
            title = "; ".join(f"{_short(s)}: {f['outcome']}" for s, f in zip(lineup, facts, strict=True))
            source.append(Mark(*place, n, tuple(f["outcome"] for f in facts), f"fact {n}, {facts[0]['kind']}: {title}"))
    outputs = []
    for setup, text, table in zip(lineup, texts, probes, strict=True):
        marks = []
        for probe_id, n in numbers.items():
            fact = table[probe_id]
            if place := span(fact["output_start"], fact["output_end"]):
                title = f"fact {n}, {fact['outcome']}: the source says {fact['value']}"
                marks.append(Mark(*place, n, (fact["outcome"],), title))
        outputs.append(Output(_label(setup), setup.status, segments(text["told"] or "", marks)))
    questions = _questions(lineup, [[table[i] for table in probes] for i in ids])
    link = urlencode({"setup": lineup[-1].name, "set": name, "doc": document, "with": ",".join(s.name for s in lineup[:-1]) or "-"})
    return Case(document, why, segments(texts[0]["source"] or "", source), outputs, questions, link)


def _label(setup: Setup) -> str:
    cell = who(setup)
    return f"{cell.text} · {cell.small} · {rate_name(setup.rate)}"


def _questions(lineup: Sequence[Setup], facts: Sequence[Sequence[Mapping[str, Any]]]) -> Table:
    columns = [("", name) for name in ("no.", "kind", "question", "source says", "belief")]
    for setup in lineup:
        columns += [(_short(setup), "said"), (_short(setup), "outcome")]
    rows = []
    for i, versions in enumerate(facts, start=1):
        first = versions[0]
        words = [str(i), first["kind"], first.get("question") or first["key"], first["value"], first["believed"]]
        for fact in versions:
            words += [fact["said"], fact["outcome"]]
        rows.append(Row([Cell(str(w) if w is not None else NOTHING) for w in words]))
    return Table("Questions", columns, [("", rows)] if rows else [], words=frozenset(range(1, len(columns))))
