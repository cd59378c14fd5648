"""docs/study.md: the powered experiment's page, from committed packed results.

    python -m benchmarks.powered_page --results results/powered --out docs/study.md

Every figure is computed here from the packed studies; nothing is typed in. What is missing is said to be missing.
"""

from __future__ import annotations

import argparse
import math
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from scipy import stats

from benchmarks import early_sections
from benchmarks import powered_sections as sections
from benchmarks.powered_sections import SET, seeds_words
from tellback.analysis.statistics import hierarchical_mean
from tellback.report.groups import Group, kept_by_document, places
from tellback.report.headline import verdict_on
from tellback.report.load import Study, load


def page(results: Path, figure: str, early: Path | None = None) -> tuple[str, str]:
    """(the page as Markdown, its figure as SVG)."""
    study = load(results / "pocket-size")
    groups = primary(study)
    verdict = verdict_on(study, groups)
    parts = [
        head(study, groups, verdict), sections.sizes_table(groups, figure), sections.reliability(verdict, groups), sections.secondary(groups), sections.lottery(groups), sections.matched(groups),
        sections.where_lost(groups), sections.dynamics(groups), sections.geometry(groups), early_sections.page(early, groups) if early else "", sections.sweep(results / "pocket-size" / "sweep.json"), sections.limits(study, groups),
    ]  # fmt: skip
    return "\n\n".join(filter(None, parts)) + "\n", drawing(groups)


def primary(study: Study) -> list[Group]:
    """The sizes at the primary rate."""
    rate = study.spec["primary_rate"]
    return next(groups for r, _, groups in places(study) if r == rate)


def head(study: Study, groups: Sequence[Group], verdict: dict[str, Any]) -> str:
    wanted, there = len(study.spec["seeds"]), min(len(g.setups) for g in groups)
    short = "" if there == wanted else (
        f"\n\n**Short of its design:** {wanted} seeds a size were fixed, {seeds_words(groups)} have been run; the verdict takes what is there, and "
        "the error rates below are those of that many. It was read along the way too ([when, and what was seen](study-design.md))."
    )  # fmt: skip
    failing = Counter(c["control"] for c in study.controls if not c["holds"])
    if failing:
        short += (
            f"\n\n**Controls:** {len(study.controls) - failing.total()} of {len(study.controls)} hold; those that do not ("
            + ", ".join(f"{name} {n}" for name, n in failing.items()) + ") are in the last section, and while any fails the "
            "study's report concludes nothing. What a kind of fact that some seeds never "
            "learned says of size is in the section on kinds."
        )  # fmt: skip
    return f"""# Size and fidelity, where everything is known

*Written by `python -m benchmarks.powered_page` from `results/powered/`; the design was [fixed before the runs](study-design.md).
Shares are of all facts asked, over seeds and documents, with 95% intervals.*

**{verdict["words"]}**{short}

The primary question was one: at {study.spec["primary_rate"]:g}x, over {len(groups)} sizes of compressor that differ in nothing else, does
the share of the facts kept that go against belief fall with size, while ordinary documents are told back better? ({seeds_words(groups)};
{len(groups[0].setups[0].documents(SET))} documents with one such fact each, half values, half relations.)"""


def drawing(groups: Sequence[Group]) -> str:
    """Loss and facts kept by size: every seed a point, means and their intervals over seeds and documents."""
    import altair as alt
    import pandas as pd
    import vl_convert

    points, means = [], []
    for g in groups:
        for s in g.setups:
            points.append({"size": g.size, "value": s.row["reconstruction_loss"], "what": "ordinary loss (nats a token)"})
            for asks, what in (("qa_i", "values kept: QA(i)"), ("qa_ii", "relations kept: QA(ii)")):
                points.append({"size": g.size, "value": s.share(SET, "faithful", asks), "what": what})
        for asks, what in (("qa_i", "values kept: QA(i)"), ("qa_ii", "relations kept: QA(ii)")):
            values = kept_by_document(g.setups, SET, None, asks)
            value, low, high = hierarchical_mean(values[:, ~np.isnan(values).any(0)], seed=0)
            means.append({"size": g.size, "value": value, "low": low, "high": high, "what": what})
        logs = np.log([s.row["reconstruction_loss"] for s in g.setups])
        reach = stats.t.ppf(0.975, len(logs) - 1) * logs.std(ddof=1) / math.sqrt(len(logs)) if len(logs) > 1 else 0.0
        means.append({"size": g.size, "value": math.exp(logs.mean()), "low": math.exp(logs.mean() - reach), "high": math.exp(logs.mean() + reach),
                      "what": "ordinary loss (nats a token)"})  # fmt: skip
    p, m = pd.DataFrame(points), pd.DataFrame(means)
    charts = []
    for what, scale in (("ordinary loss (nats a token)", alt.Scale(type="log")), ("values kept: QA(i)", alt.Scale(domain=[0.6, 1.0], clamp=True)),
                        ("relations kept: QA(ii)", alt.Scale(domain=[0.6, 1.0], clamp=True))):  # fmt: skip
        x = alt.X("size:Q", scale=alt.Scale(type="log", nice=False, padding=15), title="parameters of the compressor", axis=alt.Axis(format=".2~s", values=[g.size for g in groups]))
        y = alt.Y("value:Q", scale=scale, title=what)
        seeds = alt.Chart(p[p.what == what]).mark_circle(size=22, opacity=0.45, color="#4477aa").encode(x, y)
        line = alt.Chart(m[m.what == what]).mark_line(point=True, color="#aa3377").encode(x, y)
        bars = alt.Chart(m[m.what == what]).mark_rule(color="#aa3377").encode(x, alt.Y("low:Q", scale=scale, title=what), alt.Y2("high:Q"))
        charts.append((seeds + bars + line).properties(width=230, height=210))
    return vl_convert.vegalite_to_svg(alt.hconcat(*charts).to_json())


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--results", type=Path, default=Path("results/powered"))
    parser.add_argument("--early", type=Path, default=Path("results/early.json"), help="what `benchmarks.early` has written, where there is any")
    parser.add_argument("--out", type=Path, default=Path("docs/study.md"))
    given = parser.parse_args(arguments)
    figure = given.out.with_suffix(".svg")
    text, svg = page(given.results, figure.name, given.early)
    given.out.write_text(text, encoding="utf-8")
    figure.write_text(svg, encoding="utf-8")
    print(given.out)


if __name__ == "__main__":
    main()
