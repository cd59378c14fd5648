"""The study in one sentence, computed from its rows, and the verdict on the paradox at each rate."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from statistics import fmean
from typing import Any

import numpy as np

from tellback.analysis.power import Design, in_words, rates
from tellback.analysis.verdict import LEVEL, SEEDS_FOR_A_CLAIM, holm, loss_words, paradox_verdict
from tellback.display.words import number, rate_name, share
from tellback.report.groups import Group, kept_by_document, loss_by_document, places
from tellback.report.load import Study

IN_THE_SENTENCE = {
    "paradox": "the size-fidelity paradox shows", "no paradox": "no size-fidelity paradox", "undecided": "undecided on the size-fidelity paradox",
}  # fmt: skip
SIMULATED = 300  # studies beside each verdict of a report; docs/study.md takes 1,000


def headline(study: Study, holds: bool) -> str:
    """One sentence with its numbers, about the highest rate; nothing in it presumes a direction.

    `holds`: whether the controls let the study conclude anything; where not, the sentence says so.
    """
    return f"{_finding(study)}{'' if holds else '; the controls allow no conclusion'}."


def _finding(study: Study) -> str:
    name = study.conflict_set or ""
    asked = [s for s in study.compressors if s.rate is not None and s.share(name) is not None]
    if not asked:
        failed = sum(s.status == "failed" for s in study.setups)
        return f"No compressor of this study was asked about its facts: {len(study.setups)} setups, {failed} failed"
    rates_asked = {s.rate for s in asked if s.rate is not None}
    primary = study.spec.get("primary_rate")
    rate = primary if primary in rates_asked else max(rates_asked)
    against = " that contradict what models believe" if name.endswith(("-conflict", "-stress")) else ""
    at = f"At {rate_name(rate)}, of the facts in {name}{against}, "
    lineups = [
        (series, [g for g in groups if g.mean(name) is not None]) for r, series, groups in places(study) if r == rate
    ]
    series, groups = max(lineups, key=lambda lineup: len(lineup[1]), default=("", []))
    if len(groups) > 1:
        verdict = verdict_on(study, groups)
        losses = [number(g.figure("reconstruction_loss")) for g in (groups[0], groups[-1])]
        return (
            f"{at}the smallest compressor {_sentence(groups[0], name)}, the largest {_sentence(groups[-1], name)}, "
            f"while the reconstruction loss goes from {losses[0]} to {losses[1]} nats per token: "
            f"{IN_THE_SENTENCE[verdict['verdict']]}{_difference(verdict)}"
        )
    alone = [s for s in asked if s.rate == rate]
    others = [s for s in asked if s.method == alone[0].method and s.rate != rate]
    elsewhere = ", ".join(f"{rate_name(s.rate)}: {share(s.share(name))}" for s in others)
    told = ", ".join(f"{s.row.get('base_model')} {_sentence(Group([s]), name)}" for s in alone[:3])
    return f"{at}{told}{f' (kept at {elsewhere})' if elsewhere else ''}; sizes are not compared"


def verdict_word(study: Study) -> str:
    """«Undecided on the size-fidelity paradox.»: the verdict at the primary rate; empty where sizes are not compared."""
    found = [(rate, groups) for rate, _, groups in places(study) if len(groups) > 1 and study.conflict_set]
    if not found:
        return ""
    primary = study.spec.get("primary_rate") or max(rate for rate, _ in found)
    groups = next((groups for rate, groups in found if rate == primary), found[-1][1])
    word = verdict_on(study, groups)["verdict"]
    words = IN_THE_SENTENCE[word]
    return f"{words[0].upper()}{words[1:]}."


def _sentence(group: Group, name: str) -> str:
    """«(pooling, 60k parameters, mean of 5 setups) keeps 81% [76, 86] of 300 and overwrites 10%»."""
    n = group.setups[0].counts(name).get("n")
    return f"({group.label}) keeps {group.kept(name)} of {n} and overwrites {share(group.mean(name, 'overwritten'))}"


def _difference(verdict: Mapping[str, Any]) -> str:
    if verdict.get("fall") is None:
        return ""
    ends = [f"a {_way(verdict[end])} of {100 * abs(verdict[end]):.1f}" for end in ("low", "high") if math.isfinite(verdict[end])]
    by = f"{_way(verdict['fall'])} by {100 * abs(verdict['fall']):.1f} points" + (f" [{', '.join(ends)}]" if ends else "")
    return f" (along the sizes facts kept {by})"


def _way(fall: float) -> str:
    return "fall" if fall >= 0 else "rise"


def verdict_on(study: Study, groups: Sequence[Group]) -> dict[str, Any]:
    """The paradox's verdict over groups of one rate and series: every setup of every size that has figures, QA(i) and QA(ii)
    together, against the loss on ordinary documents; see `paradox_verdict`."""
    name = study.conflict_set or ""
    documents = sorted({d for g in groups for s in g.setups for d in s.documents(name)})
    sizes = [float(g.size or 0) for g in groups]
    kept = [kept_by_document(g.setups, name, documents, None) for g in groups]
    ordinary = [np.array([_or_nan(s.row.get("reconstruction_loss")) for s in g.setups]) for g in groups]
    verdict = paradox_verdict(dict(zip(sizes, kept, strict=True)), dict(zip(sizes, ordinary, strict=True)))
    there = loss_words({size: loss_by_document(g.setups, name, documents) for size, g in zip(sizes, groups, strict=True)})
    verdict["words"] += f" On the conflicting documents themselves the loss {there}." if there else ""
    late, lost = _unfinished(groups)
    if late:
        verdict["words"] += f" {late} of {sum(len(g.setups) for g in groups)} setups had not converged; they count all the same."
    verdict["words"] += f" Kinds of fact at their plateau: {lost}." if lost else ""
    return verdict | {"facts": _facts_a_document(groups, name)}


def _or_nan(value: float | None) -> float:
    return math.nan if value is None else value


def _unfinished(groups: Sequence[Group]) -> tuple[int, str]:
    """How many setups had not converged, and which kinds of fact how many of them had lost."""
    setups = [s for g in groups for s in g.setups]
    lost = Counter(kind for s in setups for kind in (s.details.get("gate") or {}).get("lost_kinds") or ())
    words = ", ".join(f"{kind} in {n}" for kind, n in sorted(lost.items()))
    return sum(s.status == "undertrained" for s in setups), f"{words} of {len(setups)} setups" if words else ""


def _facts_a_document(groups: Sequence[Group], name: str) -> int:
    """Facts that are asked of a document of the set, on average."""
    setup = groups[0].setups[0]
    n = sum(setup.counts(name, asks).get("n") or 0 for asks in ("qa_i", "qa_ii"))
    return max(1, round(n / max(1, len(setup.documents(name)))))


def verdicts(study: Study) -> list[tuple[str, str]]:
    """(where, the verdict in words) for each rate and series that has more than one size: the primary one first.

    The others are further looks at one question, so a paradox in them must hold after Holm's correction. Beside each
    stands how often its rule errs on simulated studies of the same design.
    """
    several = len(study.all_series) > 1
    found = [
        (rate, f"{rate_name(rate)} · {series}" if several else rate_name(rate), verdict_on(study, groups))
        for rate, series, groups in places(study)
        if len(groups) > 1 and study.conflict_set
    ]
    primary = study.spec.get("primary_rate") or max((rate for rate, *_ in found), default=None)
    found.sort(key=lambda each: each[0] != primary)
    others = [i for i, (rate, *_) in enumerate(found) if i and found[i][2].get("p") is not None]
    for i, p in zip(others, holm([found[i][2]["p"] for i in others]), strict=True):
        verdict = found[i][2]
        if verdict["verdict"] == "paradox" and p > 1 - LEVEL:
            verdict |= {"verdict": "undecided", "words": "Undecided after Holm's correction for several rates. " + verdict["words"]}
    out = []
    for i, (_, where, verdict) in enumerate(found):
        first = " (the primary question)" if i == 0 and len(found) > 1 else ""
        out.append((where + first, " ".join(filter(None, [verdict["words"], error_rates(verdict)]))))
    return out


def error_rates(verdict: Mapping[str, Any], n: int = SIMULATED) -> str:
    """How often the rule errs on studies of this design and spread; empty where it can say nothing but «undecided»."""
    spread = [x for x in verdict.get("spread") or () if x is not None]
    if verdict["n_seeds"] < SEEDS_FOR_A_CLAIM or not spread:
        return ""
    design = Design(
        tuple(verdict["sizes"]), verdict["n_seeds"], verdict["n_documents"], verdict["facts"],
        spread=round(max(0.005, math.sqrt(fmean(x * x for x in spread))), 3), level=min(0.95, max(0.05, fmean(verdict["means"]))),
    )  # fmt: skip
    return in_words(rates(design, n), design, n)
