"""Figures 3 and 4: a measure of the memory by size, over training, and against faithfulness."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from tellback.analysis.correlation import correlate
from tellback.analysis.geometry import spread_tests
from tellback.display.words import count, number, rate_name
from tellback.report import charts, rows
from tellback.report.canvas import FAITHFUL, NOT_TRAINED, Canvas, Figure, Key, limits, means, one_size
from tellback.report.charts import Axis
from tellback.report.groups import places
from tellback.report.load import Setup, Study
from tellback.report.table import Cell, Table, setups_table, simple

RANK, RANK_LABEL = "effective_rank_decoder_space", "effective rank, decoder's input space"
BITS, BITS_LABEL = "conditional_entropy_bits", "conditional entropy, bits/token"


def rank_figures(canvas: Canvas) -> list[Figure]:
    """Figure 3."""
    return [
        _rank_by_size(canvas),
        *_spread_by_size(canvas),
        _over_training(canvas, "Effective rank over training", "effective_rank", RANK_LABEL),
        _against_faithfulness(canvas, "Effective rank against faithfulness", RANK, RANK_LABEL),
    ]


def entropy_figures(canvas: Canvas) -> list[Figure]:
    """Figure 4."""
    return [
        _entropy_by_size(canvas),
        _over_training(canvas, "Conditional entropy over training", BITS, BITS_LABEL),
        _against_faithfulness(canvas, "Conditional entropy against faithfulness", BITS, BITS_LABEL),
    ]


def _rank_by_size(canvas: Canvas) -> Figure:
    study, title = canvas.study, "Effective rank by size"
    table = _rank_table(study)
    if table is None:
        return Figure(title, missing="Left out: no memory here has a rank (a memory that is text has none).")
    if len(study.sizes) < 2:
        return Figure(title, missing=one_size(study), table=table)
    y = Axis(RANK_LABEL, limits((v for s in study.compressors for v in (s.row.get(RANK), _untrained(s))), zero=True))

    def draw(setups: list[Setup]) -> str | None:
        points = [canvas.point(s, canvas.seed_beside(s, setups), s.row.get(RANK), line="own", dash=0) for s in setups]
        lines = means(points, [s.size for s in setups])
        lines = [{**p, "colour": charts.QUIET} for p in lines]
        extra = {"colour": charts.QUIET, "shape": 5, "hollow": True}
        bare = [canvas.point(s, canvas.seed_beside(s, setups), _untrained(s)) | extra for s in setups]
        return canvas.draw([*lines, *({**p, "line": None} for p in points), *bare], canvas.size_axis, y)

    caption = (
        "Pooled over the same number of slots for all setups, centred, after the projector; lines join means over "
        f"seeds; crosses are the same measure of an untrained compressor.{canvas.hollow}"
    )
    legend = [*canvas.legend(), Key("untrained compressor", charts.QUIET, 5, hollow=True)]
    data = rows.by_setup(study.compressors, RANK, untrained=_untrained)
    return Figure(title, caption, canvas.panels(draw), legend, table=table, data=data)


def _spread_by_size(canvas: Canvas) -> list[Figure]:
    """Do the memories of sizes differ in how far they spread? A table; nothing where no two sizes can be compared."""
    rows = []
    for rate, series, groups in places(canvas.study):
        found = spread_tests({count(g.size): spread for g in groups if (spread := _spread(g.setups)) is not None})
        if found is None:
            continue
        spread, norms = found["spread"], found["norm_variance"]
        means = ", ".join(f"{size} {mean:.3g}" for size, mean in spread["means"].items())
        variances = ", ".join(f"{size} {variance:.3g}" for size, variance in norms["variances"].items())
        row = (means, number(spread["p"]), number(spread["effect"], 2), variances, number(norms["p"]), number(norms["effect"], 2))
        rows.append((f"{rate_name(rate)} · {series}", *row))
    if not rows:
        return []
    title = "Spread of the memories by size"
    columns = ("at", "mean distance from the centre", "p, equal spread", "effect (omega squared)", "variance of the norms", "p, equal variance", "effect")
    note = (
        "Of each held-out document's mean slot in the decoder's input space, averaged over seeds: the distance from the mean "
        "of all documents (analysis of variance of the distances) and the norm (Levene's test). All sizes read the same "
        "documents, which the tests take as independent."
    )
    return [Figure(title, table=simple(title, columns, rows, note), open=True)]


def _spread(setups: Sequence[Setup]) -> dict[str, np.ndarray] | None:
    """Per document the distance and the norm, averaged over seeds; None where a setup has none (or others)."""
    found = [_geometry(s).get("spread") for s in setups]
    if not all(found) or len({len(f["norms"]) for f in found}) > 1:
        return None
    return {name: np.mean([f[name] for f in found], axis=0) for name in ("distances", "norms")}


def _geometry(setup: Setup) -> dict[str, Any]:
    return setup.details.get("geometry") or {}


def _untrained(setup: Setup) -> float | None:
    return _geometry(setup).get("decoder_untrained")


def _rank_table(study: Study) -> Table | None:
    """Every way to count the rank; None when no setup has one."""
    names = {
        "decoder": "decoder space", "decoder_untrained": "untrained", "own": "own space", "own_uncentred": "uncentred",
        "per_document": "per document", "share_of_max": "share of greatest", "n_slots": "slots", "width": "width",
    }  # fmt: skip
    keep = [s for s in study.compressors if _geometry(s) or s.row.get(RANK) is not None]
    columns = [("", label, lambda s, key=key: Cell(_figure(_geometry(s).get(key)))) for key, label in names.items()]
    columns.append(("variance explained", "first direction", lambda s: Cell(_explained(s, 1))))
    columns.append(("variance explained", "first ten", lambda s: Cell(_explained(s, 10))))
    further = {"components_90": "components for 90%", "participation_ratio": "participation ratio", "stable_rank": "stable rank",
               "mean_cosine": "mean cosine", "norm_spread": "spread of norms"}  # fmt: skip
    columns += [("decoder space", label, lambda s, key=key: Cell(_figure(_geometry(s).get(key)))) for key, label in further.items()]
    return setups_table(study, "Effective rank in numbers", columns, lambda s: s in keep) if keep else None


def _explained(setup: Setup, n: int) -> str:
    shares = _geometry(setup).get("explained_variance") or []
    return number(sum(shares[:n]), 2) if shares else number(None)


def _figure(value: float | None) -> str:
    return str(value) if isinstance(value, int) else number(value, 2)


def _over_training(canvas: Canvas, title: str, field: str, label: str) -> Figure:
    values = [line.get(field) for s in canvas.study.compressors for line in s.trace]
    if not any(v is not None for v in values):
        return Figure(title, missing=NOT_TRAINED)
    y = Axis(label, limits(values, zero=True))
    panels = canvas.panels(lambda setups: canvas.curves(setups, y, lambda line: line.get(field)))
    data = rows.over_training(canvas.study, field)
    return Figure(title, "On the held-out documents; one line a setup.", panels, canvas.legend(lines=True), data=data)


def _against_faithfulness(canvas: Canvas, title: str, field: str, label: str) -> Figure:
    study, name = canvas.study, canvas.study.conflict_set
    setups = [s for s in study.compressors if s.row.get(field) is not None and name and s.share(name) is not None]
    if len(setups) < 2 or name is None:
        found = "no setup has" if not setups else "only one setup has"
        return Figure(title, missing=f"Left out: {found} both this measure and a share of facts kept.")
    points = []
    for s in setups:
        ends = {end: (s.counts(name).get(end) or {}).get("faithful") for end in ("low", "high")}
        shape = study.rates.index(s.rate) % len(charts.SHAPES)
        points.append(canvas.point(s, s.row[field], s.share(name), **ends) | {"shape": shape})
    x = Axis(label, limits(s.row[field] for s in setups))
    y = Axis(f"facts kept, {name}", FAITHFUL, kind="share")
    legend = [Key(key.label, key.colour) for key in canvas.legend()]
    legend += [Key(rate_name(rate), charts.QUIET, i % len(charts.SHAPES)) for i, rate in enumerate(study.rates)]
    caption = f"One sign a setup: colour is size, shape is rate; bars are 95% intervals.{canvas.hollow}"
    table = correlation_table(study, setups, field, name)
    return Figure(
        title, caption, [("", canvas.draw(points, x, y, width=400, height=240) or "")], legend, "", table, True,
        rows.by_setup(setups, field, name),
    )


def correlation_table(study: Study, setups: Sequence[Setup], field: str, name: str) -> Table:
    """Pearson and Spearman of a measure with the share kept, within a rate: over rates both follow the rate. Within series too.

    Fewer than three setups, or a constant, have no correlation.
    """
    groups = [(f"at {rate_name(rate)}", [s for s in setups if s.rate == rate]) for rate in study.rates]
    if len(study.all_series) > 1:
        groups += [(f"{label} within {series}", [s for s in found if s.series == series])
                   for label, found in tuple(groups) for series in study.all_series]  # fmt: skip
    rows = []
    for label, members in groups:
        found = correlate([s.row[field] for s in members], [s.share(name) for s in members])
        rows.append((label, _bounded(found, "pearson"), _bounded(found, "spearman"), str(found["n"])))
    note = (
        "Intervals: 95%, setups resampled; setups share documents and seeds, so n counts setups, not evidence, and the "
        "intervals are rather too narrow. Undertrained setups are among them."
    )
    return simple(f"Correlation with facts kept, {name}", ("over", "Pearson r", "Spearman ρ", "n"), rows, note)


def _bounded(found: Mapping[str, Any], name: str) -> str:
    """«0.43 [-0.20, 0.81]»; a dash where nothing correlates."""
    if found[name] is None:
        return number(None)
    return f"{found[name]:.2f} [{found[f'{name}_low']:.2f}, {found[f'{name}_high']:.2f}]"


def _entropy(setup: Setup) -> dict[str, Any]:
    return setup.details.get("entropy") or {}


def _entropy_by_size(canvas: Canvas) -> Figure:
    study, title = canvas.study, "Conditional entropy by size"
    table = _entropy_table(study)
    boxes = {s.name: _box(_entropy(s)["per_document_bits"]) for s in study.compressors
             if _entropy(s).get("per_document_bits")}  # fmt: skip
    if not boxes:
        return Figure(title, missing="Left out: no setup has conditional entropies per document.", table=table)
    if len(study.sizes) < 2:
        return Figure(title, missing=one_size(study), table=table)
    y = Axis(BITS_LABEL, limits((box["q95"] for box in boxes.values()), zero=True))

    def draw(setups: list[Setup]) -> str | None:
        rows = [
            boxes[s.name] | {"x": canvas.seed_beside(s, setups), "colour": canvas.colour(s)}
            for s in setups
            if s.name in boxes and s.size is not None
        ]
        return charts.boxes(rows, canvas.size_axis, y, name=canvas.name(), width=canvas.width) if rows else None

    caption = "Over documents, one box a setup: line 5 to 95%, box 25 to 75%, bar the median, dot the mean."
    data = rows.by_setup(study.compressors, BITS, **{q: lambda s, q=q: boxes.get(s.name, {}).get(q) for q in _BOX})
    legend = [Key(k.label, k.colour) for k in canvas.legend()]
    return Figure(title, caption, canvas.panels(draw), legend, table=table, data=data)


_BOX = {"q05": 0.05, "q25": 0.25, "q50": 0.5, "q75": 0.75, "q95": 0.95}


def _box(bits: Sequence[float]) -> dict[str, Any]:
    quantiles = np.quantile(np.asarray(bits, dtype=float), list(_BOX.values())).tolist()
    return dict(zip(_BOX, quantiles, strict=True)) | {"mean": float(np.mean(bits))}


def _entropy_table(study: Study) -> Table | None:
    outcomes = sorted({o for s in study.setups for o in _entropy(s).get("by_outcome_bits") or {}})
    parts = {"mean_bits": "mean", "at_facts_bits": "at facts", "own_output_bits": "own output",
             "cross_entropy_bits": "cross-entropy of the source"}  # fmt: skip
    columns = [("", label, lambda s, key=key: Cell(number(_entropy(s).get(key)))) for key, label in parts.items()]
    columns += [
        ("at facts that came out", o, lambda s, o=o: Cell(number((_entropy(s).get("by_outcome_bits") or {}).get(o))))
        for o in outcomes
    ]
    note = "Bits per token. A confident overwriting has low entropy: compare the columns by outcome."
    keep = [s for s in study.setups if _entropy(s)]
    return setups_table(study, "Conditional entropy in numbers", columns, lambda s: s in keep, note) if keep else None
