"""The figures that stand by themselves: faithfulness against size, loss over training, and loss by kind of fact."""

from __future__ import annotations

from collections.abc import Callable
from statistics import fmean
from typing import Any

from tellback.display.words import number
from tellback.report import rows
from tellback.report.canvas import (
    CATEGORIES,
    FAITHFUL,
    NOT_TRAINED,
    Canvas,
    Figure,
    Key,
    limits,
    one_size,
)  # fmt: skip
from tellback.report.charts import DASHES, INK, Axis, can_draw
from tellback.report.details import kinds_of
from tellback.report.groups import by_size, places
from tellback.report.load import Setup
from tellback.report.rows import number_along, share_along
from tellback.report.table import Cell, setups_table

QUARTERS = (0.25, 0.5, 0.75, 1.0)
ALONG = (("faithful", "kept"), ("overwritten", "overwritten"))
PLATEAUS = (("chance", 1), ("belief", 2))  # and the index of the dash that draws it


def faithfulness_by_size(canvas: Canvas) -> Figure:
    """Every set's share of facts kept against size, with intervals."""
    study, title = canvas.study, "Faithfulness against size"
    if len(study.sizes) < 2:
        return Figure(title, missing=one_size(study))
    sets = study.sets("qa_i")[: len(CATEGORIES)]

    def draw(setups: list[Setup]) -> str | None:
        out: list[Any] = []
        for i, name in enumerate(sets):
            looks = {"colour": CATEGORIES[i], "shape": i, "dash": i}
            for group in by_size(setups):
                x = canvas.beside(group.size, i, len(sets))
                low, high = group.bounds(name)
                point = {"x": x, "y": group.mean(name), "low": low, "high": high, "line": name}
                out.append(point | looks | {"hollow": group.undertrained})
                if len(group.setups) > 1:
                    out += [{"x": x, "y": s.share(name), "small": True} | looks for s in group.setups]
        return canvas.draw(out, canvas.size_axis, Axis("facts kept", FAITHFUL, kind="share"))

    legend = [Key(name, CATEGORIES[i], i, i) for i, name in enumerate(sets)]
    seeds = (
        " and seeds, dots are single seeds" if any(len(g.setups) > 1 for *_, gs in places(study) for g in gs) else ""
    )
    caption = f"Share of QA(i) facts kept; bars are 95% intervals over documents{seeds}.{canvas.hollow}"
    return Figure(title, caption, canvas.panels(draw), legend, data=rows.faithfulness(study))


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
    return Figure(
        title, "Held-out ordinary documents; one line a setup.", panels, canvas.legend(lines=True), table=table,
        data=rows.over_training(study, "loss"),
    )


def survival_curves(canvas: Canvas) -> list[Figure]:
    """What was told of facts that go against belief, read along the training (`probes.along`): kept and overwritten, a figure a
    rate; none where no setup was read along its training."""
    figures, name = [], canvas.study.conflict_set or ""
    for label, setups in canvas.places():
        if not any(share_along(line, name, "faithful") is not None for s in setups for line in s.trace):
            continue
        panels = []
        for outcome, words in ALONG:
            y = Axis(f"share {words}", (0, 1.02), kind="share")
            svg = canvas.curves(setups, y, lambda line, outcome=outcome: share_along(line, name, outcome))
            panels += [(words, svg)] if svg else []
        n = max(number_along(line, name) for s in setups for line in s.trace)
        caption = f"{name}: {n} facts at each place, as the told-back text has them; one line a setup."
        data, title = rows.facts_along(setups, name), f"What survives over training {label}"
        figures.append(Figure(title, caption, panels, canvas.legend(lines=True), data=data))
    return figures


def _after(setup: Setup, part: float) -> Cell:
    """The loss at the evaluation nearest to a part of the steps."""
    last = setup.trace[-1].get("step") or 0
    return Cell(number(min(setup.trace, key=lambda t: abs((t.get("step") or 0) - part * last)).get("loss")))


def kind_curves(canvas: Canvas) -> list[Figure]:
    """Loss over training for each kind of fact, the plateaus of chance and belief as level lines: a figure a rate."""
    study = canvas.study
    kinds, legend = (
        kinds_of(study),
        [*canvas.legend(lines=True), *(Key(f"{n} plateau", INK, dash=d) for n, d in PLATEAUS)],
    )
    values = {k: [(t.get("loss_by_kind") or {}).get(k) for s in study.compressors for t in s.trace] for k in kinds}
    kinds = [k for k in kinds if any(v is not None for v in values[k])]
    figures = []
    for label, setups in canvas.places() if kinds else []:
        panels = []
        for kind in kinds:
            rules = [(level, DASHES[dash]) for name, dash in PLATEAUS if (level := _plateau(setups, kind, name))]
            y = Axis("loss, nats/token", limits([*values[kind], *(level for level, _ in rules)], zero=True))
            svg = canvas.curves(setups, y, _loss_of(kind), rules=rules, width=190, height=120)
            panels += [(kind, svg)] if svg else []
        data, name = rows.kinds_over_training(setups, kinds), f"loss by kind {label}"
        figures += [Figure(label, "", panels, () if figures else legend, data=data, name=name)] if panels or not can_draw() else []
    return figures or [Figure("Over training", missing=NOT_TRAINED)]


def _loss_of(kind: str) -> Callable[[dict[str, Any]], Any]:
    return lambda line: (line.get("loss_by_kind") or {}).get(kind)


def _plateau(setups: list[Setup], kind: str, name: str) -> float | None:
    """The loss of guessing a kind by "chance" or by "belief"; the mean over setups, whose fact tokens may differ."""
    found = [((s.row.get("loss_by_kind") or {}).get(kind) or {}).get(name) for s in setups]
    known = [c for c in found if c is not None]
    return fmean(known) if known else None
