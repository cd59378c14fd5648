"""A study's report: one self-contained HTML page that opens from a disk and can be explored, and its Markdown twin."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from markupsafe import Markup

from tellback.display.words import NOTHING, visible
from tellback.report import details, measures, tables
from tellback.report.beside import beside_table
from tellback.report.canvas import Canvas, Figure
from tellback.report.cases import cases
from tellback.report.definitions import DEFINITIONS
from tellback.report.drawing import as_csv, as_svg
from tellback.report.explore import documents, overview
from tellback.report.figures import faithfulness_by_size, kind_curves, loss_curves, survival_curves
from tellback.report.headline import headline, verdict_word, verdicts
from tellback.report.load import Study, load
from tellback.report.markdown import render_markdown
from tellback.store import write_atomically
from tellback.study.controls import conclusion
from tellback.view.page import packed, render

PACKAGE = "tellback.report"
MOST_BYTES = 7_900_000  # of a page: documents fill what the rest leaves of it
LEAST_DOCUMENTS = 1_000_000  # bytes that they may take whatever the rest is
SCRIPTS = [
    *(("tellback.view", name) for name in ("data.js", "texts.js")),
    *((PACKAGE, name) for name in ("plot.js", "documents.js", "explore.js", "tables.js")),
]


def write_report(directory: Path, beside: Sequence[Path] = ()) -> Path:
    """Write DIR/report.html and DIR/report.md from the study folder DIR, each whole or not at all; the HTML's path.
    Studies of the folders `beside` stand in a table with it.

    Raises UsageError when the folder holds no results.
    """
    study = load(directory)
    found = content(study, [load(other) for other in beside])
    html = directory / "report.html"
    write_atomically(directory / "report.md", render_markdown(found))
    write_atomically(html, render_html(found, study))
    return html


def content(study: Study, others: Sequence[Study] = ()) -> dict[str, Any]:
    """Everything that a report says, in the order of its sections; the templates only lay it out."""
    canvas = Canvas(study)
    controls, every_control = tables.controls_tables(study)
    holds, words = conclusion(study.controls)
    return {
        "study": study.name,
        "headline": headline(study, holds),
        "verdict": verdict_word(study),
        "holds": holds,
        "standing": _standing(study, holds),
        "conclusion": words,
        "verdicts": verdicts(study),
        "controls": controls,
        "every_control": every_control,
        "seeds": tables.seeds_table(study),
        "beside": beside_table(study, others),
        "main": tables.main_table(study),
        "folded": [t for t in (tables.secondary_table(study), tables.metrics_table(study)) if t],
        "figures": _figures(canvas),
        "cases": cases(study),
        "conflict_set": study.conflict_set or "",
        "kinds": kind_curves(canvas),
        "kinds_table": details.kinds_table(study),
        "where_lost": details.where_lost_table(study),
        "belief": details.belief_table(study),
        "models": details.models_table(study),
        "provenance": provenance(study),
        "definitions": DEFINITIONS,
    }


def _standing(study: Study, holds: bool) -> str:
    """The controls in half a line; the whole of it stands with their table."""
    n, good = len(study.controls), sum(c.get("holds") is True for c in study.controls)
    if holds and good < n:
        return f"{good} of {n} controls hold; the others speak of their own sets alone."
    if holds:
        return f"All {n} controls hold." if n > 1 else "The one control holds."
    return (
        f"Nothing can be concluded from this study: {good} of {n} controls hold." if n else "No control was measured."
    )


def _figures(canvas: Canvas) -> list[tuple[str, list[Figure]]]:
    return [
        ("Faithfulness", [faithfulness_by_size(canvas)]),
        ("Figure 2: reconstruction loss", [loss_curves(canvas), *survival_curves(canvas)]),
        ("Figure 3: geometry of the memory", measures.rank_figures(canvas)),
        ("Figure 4: determinacy of the reconstruction", measures.entropy_figures(canvas)),
    ]


def provenance(study: Study) -> list[tuple[str, str]]:
    """(label, words) of what it takes to run the study again."""
    spec, setups = study.spec, study.setups
    command = f"tellback study {shlex.quote(study.name)} --out {shlex.quote(study.directory.resolve().name)}"
    versions = _distinct(f"{name} {v}" for s in setups for name, v in (s.details.get("versions") or {}).items() if v)
    decoder = spec.get("decoder") or {}
    model = decoder.get("model") or {}
    facts = [
        ("command", command),
        ("corpus", _flat(spec.get("corpus"))),
        ("decoder", ", ".join(filter(None, [str(model.get("name") or ""), f"trains: {decoder.get('train')}"]))),
        ("training", _flat(spec.get("train"))),
        ("probes", _flat(spec.get("probes"))),
        ("seeds", _distinct(s.row.get("seed") for s in setups)),
        ("device", _distinct(s.details.get("device") for s in setups)),
        ("threads", _distinct(s.row.get("n_threads") for s in setups)),
        ("commit", _distinct(s.row.get("commit") for s in setups)),
        ("versions", versions),
    ]
    return [(label, words or NOTHING) for label, words in facts if label != "decoder" or model]


def _distinct(values: Iterable[Any]) -> str:
    return ", ".join(dict.fromkeys(str(v) for v in values if v is not None))


def _flat(value: Any) -> str:
    """A mapping of the spec as «name pocket; options n_names 60, k 12»."""
    if not isinstance(value, dict):
        return str(value) if value is not None else ""
    parts = [
        f"{k} {v if not isinstance(v, dict) else '(' + _flat(v) + ')'}" for k, v in value.items() if v not in ({},)
    ]
    return ", ".join(parts)


def render_html(found: dict[str, Any], study: Study) -> str:
    """The page. What is explored stands in it compressed; without scripts the rest of it says the same in tables and drawings."""
    more = {
        "overview": packed(overview(study)),
        "downloads": packed({f.slug: {"svg": as_svg(f), "csv": as_csv(f)} for f in figures_of(found)}),
    }
    bare = len(_rendered(found | more | {"documents": ()}))
    return _rendered(found | more | {"documents": documents(study, max(LEAST_DOCUMENTS, MOST_BYTES - bare))})


def figures_of(found: dict[str, Any]) -> list[Figure]:
    """Those of a report that are drawn, in its order."""
    every = [f for _, members in found["figures"] for f in members] + list(found["kinds"])
    return [f for f in every if f.panels]


def _rendered(content: dict[str, Any]) -> str:
    # A panel's SVG comes from vl-convert, which escapes the text in it; nothing else is trusted.
    return render(
        (PACKAGE, "page.html.j2"), [(PACKAGE, "report.css")], SCRIPTS, content,
        extra_style=cards(), svg=lambda text: Markup(visible(text).replace("<svg", "<svg aria-hidden=\"true\"", 1)),
    )  # fmt: skip


def cards() -> str:
    """Where a table's columns do not fit, its rows become cards. The script measures that (`as-cards`); without it there is one
    rule a number of columns, since styles cannot count."""
    guessed = (
        f"@container (max-width: {40 + 84 * n}px) {{ {_CARDS.replace('T', f'.k{n}:not(.measured)')} }}"
        for n in range(3, 61)
    )
    return "\n".join((_CARDS.replace("T", ".as-cards"), *guessed))


#: The rules of a table T whose rows are cards: every cell under its own label.
_CARDS = (
    "T, T tbody { display: block; } "
    "T thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); } "
    "T tr { display: grid; grid-template-columns: repeat(auto-fill, minmax(8.2rem, 1fr)); "
    "border-top: 1px solid var(--line); padding: .4rem 0; } "
    "T td, T th { display: block; text-align: left; border: 0; padding: .15rem .6rem .15rem 0; "
    "min-width: 0; max-width: none; } "
    "T td:first-child, T .name th { grid-column: 1 / -1; font-weight: 600; } "
    "T td:not(:first-child)::before { content: attr(data-label); display: block; color: var(--quiet); font-size: .86em; } "
    ".sorter:has(+ T) { display: block; }"
)
