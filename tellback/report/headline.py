"""The study in one sentence, computed from its rows, and the verdict on the paradox at each rate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tellback.analysis.statistics import paradox_verdict
from tellback.display.words import number, rate_name, share
from tellback.report.groups import Group, kept_by_document, loss_by_document, places
from tellback.report.load import Study


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
    rate = max(s.rate for s in asked if s.rate is not None)
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
            f"{verdict['verdict']}{_difference(verdict)}"
        )
    alone = [s for s in asked if s.rate == rate]
    others = [s for s in asked if s.method == alone[0].method and s.rate != rate]
    elsewhere = ", ".join(f"{rate_name(s.rate)}: {share(s.share(name))}" for s in others)
    told = ", ".join(f"{s.row.get('base_model')} {_sentence(Group([s]), name)}" for s in alone[:3])
    return f"{at}{told}{f' (kept at {elsewhere})' if elsewhere else ''}; sizes are not compared"


def _sentence(group: Group, name: str) -> str:
    """«(pooling, 60k parameters, mean of 5 setups) keeps 81% [76, 86] of 300 and overwrites 10%»."""
    n = group.setups[0].counts(name).get("n")
    return f"({group.label}) keeps {group.kept(name)} of {n} and overwrites {share(group.mean(name, 'overwritten'))}"


def _difference(verdict: Mapping[str, Any]) -> str:
    if verdict.get("difference") is None:
        return " on the size-fidelity paradox"
    points = f"{100 * verdict['difference']:+.0f} points [{100 * verdict['low']:+.0f}, {100 * verdict['high']:+.0f}]"
    return f" on the size-fidelity paradox (best smaller size less the largest: {points})"


def verdict_on(study: Study, groups: Sequence[Group]) -> dict[str, Any]:
    """The paradox's verdict over groups of one rate and series, from finished setups only; see `paradox_verdict`."""
    name = study.conflict_set or ""
    done = [g for g in groups if not g.undertrained and g.mean(name) is not None]
    documents = sorted({d for g in done for s in g.setups for d in s.documents(name)})
    sizes = [float(g.size or 0) for g in done]
    kept = [kept_by_document(g.setups, name, documents) for g in done]
    losses = [loss_by_document(g.setups, name, documents) for g in done]
    verdict = paradox_verdict(dict(zip(sizes, kept, strict=True)), dict(zip(sizes, losses, strict=True)))
    left_out = sum(g.undertrained for g in groups)
    if left_out:
        verdict["words"] += f" {left_out} of {len(groups)} sizes are left out: they were undertrained."
    return verdict


def verdicts(study: Study) -> list[tuple[str, str]]:
    """(where, the verdict in words) for each rate and series that has more than one size."""
    several = len(study.all_series) > 1
    return [
        (f"{rate_name(rate)} · {series}" if several else rate_name(rate), str(verdict_on(study, groups)["words"]))
        for rate, series, groups in places(study)
        if len(groups) > 1 and study.conflict_set
    ]
