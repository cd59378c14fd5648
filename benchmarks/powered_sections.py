"""The sections of docs/study.md, each computed from the primary study's sizes."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from scipy import stats

from tellback.analysis.mixed import slopes
from tellback.analysis.power import Design, in_words, rates
from tellback.analysis.statistics import hierarchical_mean, wilson
from tellback.analysis.verdict import LEVEL, holm, paradox_verdict
from tellback.display.words import count, interval, number, share
from tellback.report.groups import Group, kept_by_document
from tellback.report.load import Setup, Study

SET = "pocket-conflict"
SIMULATED = 1000
VALUES, RELATIONS = ("colour", "city", "job", "number"), ("roles", "negation", "order")


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def kept(setups: Sequence[Setup], asks: str | None) -> str:
    """«97% [96, 98]», over seeds and documents."""
    values = kept_by_document(setups, SET, None, asks)
    values = values[:, ~np.isnan(values).any(0)]
    value, low, high = hierarchical_mean(values, seed=0)
    return f"{share(value)} {interval(low, high)}"


def ordinary_loss(group: Group) -> str:
    """Geometric mean over seeds with the 95% interval of the mean log (t)."""
    logs = np.log([s.row["reconstruction_loss"] for s in group.setups])
    if len(logs) < 2:
        return f"{math.exp(logs[0]):.4f}"
    reach = stats.t.ppf(0.975, len(logs) - 1) * logs.std(ddof=1) / math.sqrt(len(logs))
    return f"{math.exp(logs.mean()):.4f} [{math.exp(logs.mean() - reach):.4f}, {math.exp(logs.mean() + reach):.4f}]"


def seeds_words(groups: Sequence[Group]) -> str:
    n = [len(g.setups) for g in groups]
    return f"{n[0]} seeds a size" if len(set(n)) == 1 else "seeds by size: " + ", ".join(f"{count(g.size)} {k}" for g, k in zip(groups, n, strict=True))


def sizes_table(groups: Sequence[Group], figure: str) -> str:
    rows = []
    for g in groups:
        rows.append([
            count(g.size), str(len(g.setups)), ordinary_loss(g), kept(g.setups, "qa_i"), share(g.mean(SET, "overwritten")),
            kept(g.setups, "qa_ii"), share(g.mean(SET, "drifted", "qa_ii")), share(g.mean(SET, "overwritten", "qa_ii")), kept(g.setups, None),
        ])  # fmt: skip
    header = ["parameters", "seeds", "ordinary loss (nats a token)", "values kept: QA(i)", "overwritten", "relations kept: QA(ii)", "turned round or drifted",
              "replaced by belief", "both kept"]  # fmt: skip
    return f"## By size\n\n![Loss and facts kept by size]({figure})\n\n{table(header, rows)}"


def reliability(verdict: dict[str, Any], groups: Sequence[Group]) -> str:
    spread = [x for x in verdict["spread"] if x is not None]
    if not spread:
        return ""
    design = Design([float(g.size or 0) for g in groups], verdict["n_seeds"], verdict["n_documents"], verdict["facts"],
                    float(np.sqrt(np.mean(np.square(spread)))), level=float(np.mean(verdict["means"])))  # fmt: skip
    found = rates(design, SIMULATED)
    rows = [[world, *(f"{said[v]:.1%}" for v in ("paradox", "no paradox", "undecided"))] for world, said in found.items()]
    return f"""## How far the verdict can be trusted

{in_words(found, design, SIMULATED)} ({SIMULATED:,} simulated studies a world, of this many seeds and documents and of the spread measured
between seeds, {100 * design.spread:.1f} points; `python -m benchmarks.power --seeds {design.n_seeds} --documents {design.n_documents} --spread {design.spread:.2f}` gives nearly the same.)

{table(["world", "says «paradox»", "says «no paradox»", "says «undecided»"], rows)}"""


def secondary(groups: Sequence[Group]) -> str:
    """The verdict on values alone and on relations alone, corrected for being two."""
    found = {}
    for name, asks in (("Values alone, QA(i)", "qa_i"), ("Relations alone, QA(ii)", "qa_ii")):
        documents = sorted({d for g in groups for s in g.setups for d in s.documents(SET)})
        sizes = [float(g.size or 0) for g in groups]
        values = {size: kept_by_document(g.setups, SET, documents, asks) for size, g in zip(sizes, groups, strict=True)}
        asked = np.all([~np.isnan(v).any(0) for v in values.values()], axis=0)
        losses = {size: np.array([s.row["reconstruction_loss"] for s in g.setups]) for size, g in zip(sizes, groups, strict=True)}
        found[name] = paradox_verdict({size: v[:, asked] for size, v in values.items()}, losses)
    corrected = holm([v["p"] for v in found.values() if v["p"] is not None])
    if len(corrected) < len(found):
        return ""
    lines = []
    for (name, verdict), p in zip(found.items(), corrected, strict=True):
        words = verdict["words"]
        if verdict["verdict"] == "paradox" and p > 1 - LEVEL:
            words = "Undecided after Holm's correction. " + words
        lines.append(f"- *{name}* (corrected p of «a fall of at most 2 points»: {p:.3f}): {words}")
    return "## Secondary questions\n\n" + "\n".join(lines)


def lottery(groups: Sequence[Group]) -> str:
    """Kinds of fact by size: kept, and how many seeds had not learned the kind at all."""
    rows = []
    for kind in (*VALUES, *RELATIONS):
        cells = [kind]
        for g in groups:
            shares = [found["faithful"] for s in g.setups if (found := s.details["qa_by_kind"][SET].get(kind)) and found["n"]]
            lost = sum(kind in s.details["gate"]["lost_kinds"] for s in g.setups)
            cells.append(f"{share(float(np.mean(shares)))}" + (f", lost by {lost} of {len(g.setups)}" if lost else ""))
        rows.append(cells)
    learned = []
    for g in groups:
        n, k = len(g.setups), sum(not s.details["gate"]["lost_kinds"] for s in g.setups)
        learned.append(f"{k} of {n} {interval(*wilson(k, n))}")
    rows.append(["**seeds that learned every kind**", *learned])
    clean = [[s for s in g.setups if not s.details["gate"]["lost_kinds"]] for g in groups]
    rows.append(["facts kept by those seeds", *(kept(c, None) if c else "-" for c in clean)])
    told = "".join(f"\n\n{_hidden(groups, kind)}" for kind in (*VALUES, *RELATIONS) if any(kind in s.details["gate"]["lost_kinds"] for g in groups for s in g.setups))
    return f"""## Kinds of fact, and the plateau that some seeds never leave

A kind is *lost* where its loss on ordinary documents ends above half of what guessing costs. Such a seed knows the pair of names and
which verb, but not who did it to whom. It weighs little in the loss and much in QA(ii). No seed was left out above; the last row
looks at the others alone, after the fact.

{table(["kind", *(count(g.size) for g in groups)], rows)}{told}"""


def _hidden(groups: Sequence[Group], kind: str) -> str:
    """What overlap says of the seeds that lost a kind, and what became of its facts."""
    setups = [s for g in groups for s in g.setups if kind in s.details["gate"]["lost_kinds"]]
    shares = []
    for s in setups:
        of = [p for p in s.probes(SET, "told") if p["kind"] == kind]
        shares.append([float(p["outcome"] == "faithful") for p in sorted(of, key=lambda p: p["probe_id"])])
    value, low, high = hierarchical_mean(np.array(shares), seed=0)
    rouge = [s.row["rouge_l"] for s in setups]
    agree = [found["faithful"] for s in setups if (found := s.details["qa_by_kind"]["pocket-agree"].get(kind)) and found["n"]]
    return (
        f"The {len(setups)} trainings that lost *{kind}* tell ordinary documents back with a ROUGE-L of {min(rouge):.3f} to {max(rouge):.3f}, and keep "
        f"{share(value)} {interval(low, high)} of the {len(shares[0])} facts of that kind that go against belief, {share(float(np.mean(agree)))} of those that agree with it: "
        f"no measure of overlap sees it."
    )


def matched(groups: Sequence[Group]) -> str:
    """Facts kept against size, alone and with the ordinary loss held: slopes over trainings, and rank correlations."""
    setups = [s for g in groups for s in g.setups]
    size = np.log2([s.size for s in setups])
    loss = np.log([s.row["reconstruction_loss"] for s in setups])
    rows = []
    for name, asks in (("values: QA(i)", "qa_i"), ("relations: QA(ii)", "qa_ii"), ("both", None)):
        values = kept_by_document(setups, SET, None, asks)
        values = values[:, ~np.isnan(values).any(0)]
        alone, held = slopes(values, {"size": size}), slopes(values, {"size": size, "loss": loss})
        value, low, high = bootstrap_partial(size, values.mean(1), loss)
        rows.append([name, _points(alone["size"]), _points(held["size"]), _points(held["loss"], math.log(2)), f"{value:+.2f} [{low:+.2f}, {high:+.2f}]"])
    return f"""## At the same ordinary loss

Slopes over the {len(setups)} trainings (documents and trainings crossed; `analysis/mixed.py`), in points of facts kept for twice the size and for twice
the loss, and the rank correlation with size, the loss held (partial Spearman, bootstrap over trainings). Not a question that was fixed
in advance.

{table(["facts", "twice the size", "twice the size, loss held", "twice the loss, size held", "rank correlation with size, loss held"], rows)}"""


def _points(slope: dict[str, float | None], unit: float = 1.0) -> str:
    if slope["value"] is None:
        return "-"
    value, low, high = (100 * unit * float(slope[k] or 0.0) for k in ("value", "low", "high"))
    return f"{value:+.1f} [{low:+.1f}, {high:+.1f}]"


def bootstrap_partial(x: np.ndarray, y: np.ndarray, z: np.ndarray, n: int = 2000, seed: int = 0) -> tuple[float, float, float]:
    rng = np.random.default_rng(seed)
    drawn = [partial(*(v[rows] for v in (x, y, z))) for rows in rng.integers(len(x), size=(n, len(x)))]
    return (partial(x, y, z), *(float(q) for q in np.nanquantile(drawn, [0.025, 0.975])))


def partial(x: np.ndarray, y: np.ndarray, z: np.ndarray) -> float:
    """Spearman's correlation of x and y, z held; NaN where a side does not vary."""
    ranks = [stats.rankdata(v) for v in (x, y, z)]
    if any(np.ptp(r) == 0 for r in ranks):
        return math.nan
    xy, xz, yz = (np.corrcoef(ranks[i], ranks[j])[0, 1] for i, j in ((0, 1), (0, 2), (1, 2)))
    bottom = math.sqrt(max(0.0, (1 - xz**2) * (1 - yz**2)))
    return (xy - xz * yz) / bottom if bottom > 1e-9 else math.nan


def where_lost(groups: Sequence[Group]) -> str:
    """Of facts told back and not: does a linear probe find them in the memory?"""
    rows = []
    for g in groups:
        cells = [count(g.size)]
        for which in ("told", "not_told"):
            found = [s.details["where_lost"][SET][which] for s in g.setups if SET in (s.details.get("where_lost") or {})]
            n = sum(c["n"] for c in found)
            k = sum(c["there"] * c["n"] for c in found if c["n"])
            other = sum((c["shuffled"] or 0) * c["n"] for c in found)
            cells.append(f"{share(k / n)} {interval(*wilson(k, n))} of {n:,}; in another's memory {share(other / n)}" if n else "-")
        rows.append(cells)
    return f"""## Where a fact is lost

A linear probe, fitted on the memories of 3,000 documents with uniform values, looks for each fact in the memory. A fact that was not told and
is found as often as the others was lost by the decoder; one that is found no more often than in another document's memory was never
written. The probe is weak (a straight line from the slots), so its share of facts told back is the measure for the other column.

{table(["parameters", "facts told back: found in the memory", "facts not told: found in the memory"], rows)}"""


def dynamics(groups: Sequence[Group]) -> str:
    """The trace at matched steps and at matched compute (tokens x parameters of the compressor)."""
    rows = []
    budget = min(g.setups[0].trace[-1]["tokens"] * (g.size or 0) for g in groups)
    for g in groups:
        cells = [count(g.size)]
        for part in (0.25, 0.5, 0.75, 1.0):
            cells.append(_mean_loss([_nearest(s.trace, "step", part * s.trace[-1]["step"]) for s in g.setups]))
        cells.append(_mean_loss([_nearest(s.trace, "tokens", budget / (g.size or 1)) for s in g.setups]))
        rows.append(cells)
    return f"""## Along the training

Held-out loss of ordinary documents (geometric mean over seeds, nats a token) at the same steps, and where each size has spent as many
tokens x parameters as the smallest at its end. Facts were read at the end alone.

{table(["parameters", "25% of the steps", "50%", "75%", "100%", "at the smallest's compute"], rows)}"""


def _nearest(trace: Sequence[dict[str, Any]], field: str, value: float) -> float:
    return min(trace, key=lambda row: abs(row[field] - value))["loss"]


def _mean_loss(losses: Sequence[float]) -> str:
    return number(float(np.exp(np.mean(np.log(losses)))))


def geometry(groups: Sequence[Group]) -> str:
    rows = []
    for g in groups:
        found = [s.details["geometry"] for s in g.setups if s.details.get("geometry")]
        bits = [s.details["entropy"] for s in g.setups if s.details.get("entropy")]
        belief = [s.row["belief"]["compressor_base"]["mean_probability"] for s in g.setups]
        rows.append([
            count(g.size), _spread([f["own"] for f in found]), _spread([f["decoder"] for f in found]),
            _spread([b["mean_bits"] for b in bits], 4), _spread([b["at_facts_bits"] for b in bits], 4), _spread(belief),
        ])  # fmt: skip
    return f"""## Geometry, determinacy and belief

Mean and standard deviation over seeds: effective rank of {256} slots before and after the adapter, entropy of the decoder's predictions on
ordinary documents (bits; at the tokens of facts), and what the compressor's LM gives the usual value before training.

{table(["parameters", "effective rank", "in the decoder's space", "conditional entropy", "at facts", "belief"], rows)}"""


def _spread(values: Sequence[float], digits: int = 2) -> str:
    return f"{np.mean(values):.{digits}f} ± {np.std(values, ddof=1) if len(values) > 1 else 0:.{digits}f}" if values else "-"


def sweep(path: Path) -> str:
    if not path.is_file():
        return ""
    rows = json.loads(path.read_text(encoding="utf-8"))
    peaks = sorted({r["learning_rate"] for r in rows})
    out = []
    for model in sorted({r["base_model"] for r in rows}, key=lambda m: float(m.split("-")[2].replace("k", "e3").replace("m", "e6"))):
        cells = [model]
        for peak in peaks:
            of = [r for r in rows if r["base_model"] == model and r["learning_rate"] == peak]
            text = "/".join("diverged" if r["held_out_loss"] is None else f"{r['held_out_loss']:.4f}" for r in of) or "-"
            cells.append(f"**{text}**" if of and of[0]["chosen"] else text)
        out.append(cells)
    return f"""## The learning rates

Held-out loss after the whole training at each peak, three seeds each; the peak of least mean log loss (bold) was taken for the study. Nothing
about facts was read here.

{table(["model", *(f"{p:g}" for p in peaks)], out)}"""


def limits(study: Study, groups: Sequence[Group]) -> str:
    setups = [s for g in groups for s in g.setups]
    missing = [s.name for s in study.setups if s.status == "failed"]
    failing = Counter(f"{c['control']}: {c['expected'].split(' (')[0]}" for c in study.controls if not c["holds"])
    controls = "; ".join(f"{name} ({n} of {len(study.controls)})" for name, n in failing.items())
    seconds = sum(s.row["train_seconds"] or 0 for s in setups)
    return f"""## What is not shown

- That models of 0.6B to 32B parameters, or compressors trained on real text, behave so. A pocket world shows whether size alone is enough.
- Mean pooling at {study.spec["primary_rate"]:g}x alone. The study was designed with a rate of 2x, concatenation, frozen and larger decoders, LMs that
  believe nothing, and remedies (`python -m benchmarks.powered --parts 2x,concat,prior,prior-larger,remedies`); what is not among the
  studies in `results/powered/` has not been run at this length.
- Setups that failed: {", ".join(missing) or "none"}. Controls that do not hold: {controls or "none"}.
- {sum(s.status == "undertrained" for s in setups)} of {len(setups)} setups still moved in the tail of their training by the gate's measure (1%). They count above.
- Trained in {seconds / 60:.0f} minutes: the sum over setups of each one's own seconds, or of its share of a stack's (on one GPU a stack of 12
  members, side by side with four others, takes 6,000 steps in 67 to 94 seconds)."""
