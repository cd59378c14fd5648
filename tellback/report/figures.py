"""The figures that stand by themselves: faithfulness against size, loss over training, and loss by kind of fact."""

from __future__ import annotations

from statistics import fmean
from typing import Any

from tellback.report.canvas import (
    CATEGORIES, FAITHFUL, HOLLOW, NOT_TRAINED, Canvas, Figure, Key, limits, means, one_size,
)  # fmt: skip
from tellback.report.charts import INK, Axis
from tellback.report.load import Setup
from tellback.report.tables import Cell, kinds_of, kinds_table, setups_table
from tellback.report.words import number

QUARTERS = (0.25, 0.5, 0.75, 1.0)


def faithfulness_by_size(canvas: Canvas) -> Figure:
    """Every set's share of facts kept against size, with intervals."""
    study, title = canvas.study, "Faithfulness against size"
    if len(study.sizes) < 2:
        return Figure(title, missing=one_size(study))
    sets = study.sets("qa_i")[: len(CATEGORIES)]

    def draw(setups: list[Setup]) -> str | None:
        out: list[Any] = []
        for i, name in enumerate(sets):
            points = []
            for s in setups:
                ends = {end: (s.counts(name).get(end) or {}).get("faithful") for end in ("low", "high")}
                x, looks = canvas.beside(s, setups), {"colour": CATEGORIES[i], "shape": i, "dash": i}
                points.append(canvas.point(s, x, s.share(name), line=name, **ends) | looks)
            out += means(points, [s.size for s in setups]) + [{**p, "line": None} for p in points]
        return canvas.draw(out, canvas.size_axis, Axis("facts kept", FAITHFUL, kind="share"))

    legend = [Key(name, CATEGORIES[i], i, i) for i, name in enumerate(sets)]
    caption = (
        "Share of QA(i) facts kept; bars are 95% intervals over the documents of one setup, "
        f"lines join means over seeds. {HOLLOW}"
    )
    return Figure(title, caption, canvas.panels(draw), legend)


def loss_curves(canvas: Canvas) -> Figure:
    """Figure 2: held-out reconstruction loss over training, a line a setup."""
    study, title = canvas.study, "Reconstruction loss over training"
    values = [line.get("loss") for s in study.compressors for line in s.trace]
    if not any(v is not None for v in values):
        return Figure(title, missing=NOT_TRAINED)
    y = Axis("held-out loss, nats/token", limits(values, zero=True))
    panels = canvas.panels(lambda setups: canvas.curves(setups, y, lambda line: line.get("loss")))
    columns = [("loss, nats/token, after", f"{q:.0%} of steps", lambda s, q=q: _after(s, q)) for q in QUARTERS]
    table = setups_table(study, "Loss over training in numbers", columns, lambda s: bool(s.trace))
    return Figure(title, "Held-out ordinary documents; one line a setup.", panels, canvas.legend(lines=True), "", table)


def _after(setup: Setup, part: float) -> Cell:
    """The loss at the evaluation nearest to a part of the steps."""
    last = setup.trace[-1].get("step") or 0
    return Cell(number(min(setup.trace, key=lambda t: abs((t.get("step") or 0) - part * last)).get("loss")))


def kind_curves(canvas: Canvas) -> Figure:
    """Loss over training for each kind of fact, the chance plateau as a dashed line."""
    study, title = canvas.study, "Loss by kind of fact over training"
    table, kinds = kinds_table(study), kinds_of(study)
    values = {k: [(t.get("loss_by_kind") or {}).get(k) for s in study.compressors for t in s.trace] for k in kinds}
    kinds = [k for k in kinds if any(v is not None for v in values[k])]
    if not kinds:
        return Figure(title, missing=NOT_TRAINED, table=table)
    panels = []
    for label, setups in canvas.places():
        for kind in kinds:
            chance = _chance(setups, kind)
            y = Axis("loss, nats/token", limits([*values[kind], chance], zero=True))
            svg = canvas.curves(
                setups, y, lambda line, kind=kind: (line.get("loss_by_kind") or {}).get(kind),
                rules=[(chance, INK)] if chance is not None else [], width=200, height=130,
            )  # fmt: skip
            panels += [(f"{label} · {kind}", svg)] if svg else []
    caption = (
        "Held-out loss at the words that carry the fact. The horizontal dashed line is chance: guessing among the "
        "options uniformly. A kind that stays there is lost, whatever the mean says."
    )
    legend = [*canvas.legend(lines=True), Key("chance", INK, dash=1)]
    return Figure(title, caption, panels, legend, table=table)


def _chance(setups: list[Setup], kind: str) -> float | None:
    found = [((s.row.get("loss_by_kind") or {}).get(kind) or {}).get("chance") for s in setups]
    known = [c for c in found if c is not None]
    return fmean(known) if known else None

