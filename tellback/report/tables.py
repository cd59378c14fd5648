"""The controls, the paper's table with its secondary readings, and every reconstruction metric."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tellback.display.words import NOTHING, count, interval, number, rate_name, share, shown
from tellback.metrics.counts import unscored_bounds
from tellback.report.groups import places
from tellback.report.load import Setup, Study
from tellback.report.table import Cell, Column, Row, Table, plain, setups_table

MANY = 12  # more controls than this stand folded, those that do not hold before them


def controls_tables(study: Study) -> tuple[Table, Table | None]:
    """The controls; where they are many, those that do not hold, the rest by what was expected, and all of them."""
    every = Table("All controls", _CONTROLS, [("", [_control(c) for c in study.controls])], words=_CONTROL_WORDS)
    if len(study.controls) <= MANY:
        return Table("Controls", _CONTROLS, every.groups if study.controls else [], words=_CONTROL_WORDS), None
    rows = [_control(c) for c in study.controls if c.get("holds") is not True]
    held: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for control in study.controls:
        if control.get("holds") is True:
            held.setdefault((str(control.get("control")), str(control.get("expected"))), []).append(control)
    for (name, expected), same in held.items():
        sets = ", ".join(dict.fromkeys(str(c["set"]) for c in same if c.get("set"))) or NOTHING
        got = [c["got"] for c in same if c.get("got") is not None]
        ends = " to ".join(dict.fromkeys(plain(end) for end in (min(got), max(got)))) if got else NOTHING
        small = f"{len(same)} of them" if len(same) > 1 else ""
        rows.append(Row([Cell(name, small), *(Cell(w) for w in (sets, expected, ends, NOTHING, "holds"))]))
    return Table("Controls", _CONTROLS, [("", rows)], words=_CONTROL_WORDS), every


_CONTROLS = tuple(("", name) for name in ("control", "set", "expected", "got", "n", "verdict"))
_CONTROL_WORDS = frozenset({0, 1, 2, 5})


def _control(control: Mapping[str, Any]) -> Row:
    got, low, high = (control.get(name) for name in ("got", "low", "high"))
    cells = [
        Cell(str(control.get("control")), str(control.get("setup") or "")),
        Cell(str(control.get("set") or NOTHING)),
        Cell(str(control.get("expected") or NOTHING)),
        Cell(plain(got), "" if low is None or high is None else f"[{low:.3g}, {high:.3g}]"),
        Cell(plain(control.get("n"))),
        Cell({True: "holds", False: "fails", None: "not measured"}[control.get("holds")]),
    ]
    return Row(cells, "fails" if control.get("holds") is False else "done")


def main_table(study: Study) -> Table:
    """The paper's table: reconstruction, then each question set with its n, interval and unscored probes."""
    columns: list[Column] = [
        ("", "rate, status", _rate),
        ("Recons.", "token accuracy", lambda s: Cell(share(s.row.get("token_accuracy")), value=s.row.get("token_accuracy"))),
        ("Recons.", "loss, nats/token", lambda s: Cell(number(s.row.get("reconstruction_loss")), value=s.row.get("reconstruction_loss"))),
    ]
    columns += _set_columns(study, secondary=False)
    errors = [n for n in study.sets("qa_i") if any(_belief_share(s, n).get("n") for s in study.setups)]
    columns += [("overwritten of the errors", n, lambda s, n=n: _against_chance(_belief_share(s, n))) for n in errors]
    drifts = [n for n in study.sets("qa_ii") if any(_drift_belief(s, n).get("drifted") for s in study.setups)]
    columns += [("drifted relations that say the belief", n, lambda s, n=n: _of_drifted(_drift_belief(s, n))) for n in drifts]
    return setups_table(study, "Reconstruction and faithfulness", columns, lambda s: True, _unfinished(study))


def _rate(setup: Setup) -> Cell:
    """The rate asked for, and what was given where a text memory cannot use all its tokens."""
    given = (setup.details.get("shortfall") or {}).get("rate_given")
    short = setup.rate is not None and given is not None and abs(given / setup.rate - 1) > 0.02
    return Cell(rate_name(setup.rate), setup.status + (f"\ngiven {given:.2g}x" if short else ""), setup.rate)


def _drift_belief(setup: Setup, name: str) -> Mapping[str, Any]:
    return (setup.details.get("drift_belief") or {}).get(name) or {}


def _of_drifted(found: Mapping[str, Any]) -> Cell:
    """How many of the broken relations say exactly what is believed: they are overwriting as well as drift."""
    if not found.get("drifted"):
        return Cell(NOTHING)
    return Cell(f"{found['believed']} of {found['drifted']}", f"of {found['n']} asked")


def _belief_share(setup: Setup, name: str) -> Mapping[str, Any]:
    return (setup.details.get("belief_share") or {}).get(name) or {}


def _against_chance(found: Mapping[str, Any]) -> Cell:
    """overwritten / (overwritten + replaced) with its interval, over what random errors would give."""
    if not found.get("n"):
        return Cell(NOTHING)
    text = " ".join(filter(None, [share(found["share"]), interval(found.get("low"), found.get("high"))]))
    return Cell(text, f"chance {share(found.get('chance'))}\nn {found['n']}", found.get("share"))


def secondary_table(study: Study) -> Table | None:
    """The same sets by the other readings; None when no setup has any."""
    columns = _set_columns(study, secondary=True)
    if not columns:
        return None
    return setups_table(study, "Secondary readings", columns, lambda s: s.status != "failed")


_FIGURES = (("reconstruction_loss", 3), ("effective_rank_decoder_space", 1), ("conditional_entropy_bits", 3))


def seeds_table(study: Study) -> Table | None:
    """One row a size at each rate, over its seeds; None when no size has several setups."""
    found = places(study)
    if not any(len(group.setups) > 1 for *_, groups in found for group in groups):
        return None
    names = study.sets("qa_i")
    columns = [
        ("", "size"),
        ("", "setups"),
        ("", "loss, nats/token"),
        ("", "effective rank"),
        ("", "entropy, bits/token"),
    ]
    columns += [("QA(i) kept", name) for name in names]
    tables: dict[str, list[Row]] = {}
    for rate, series, groups in found:
        for group in groups:
            cells = [Cell(count(group.size), group.setups[0].method), Cell(str(len(group.setups)))]
            cells += [Cell(number(group.figure(f), digits)) for f, digits in _FIGURES]
            cells += [Cell(group.kept(n), f"{share(group.mean(n, 'overwritten'))} overwritten") for n in names]
            status = "undertrained" if group.undertrained else "done"
            tables.setdefault(f"{rate_name(rate)} · {series}", []).append(Row(cells, status))
    note = (
        "Means over finished setups of one size; intervals over seeds and documents. The table below has every setup."
    )
    return Table("Over seeds", columns, list(tables.items()), note)


def _set_columns(study: Study, *, secondary: bool) -> list[Column]:
    groups = (("qa_i", "QA(i) kept", "overwritten"), ("qa_ii", "QA(ii) kept", "drifted"))
    return [
        (group, name, lambda s, name=name, asks=asks, error=error: counts_cell(s.counts(name, asks), error))
        for asks, group, error in groups
        for name in study.sets(asks, secondary=secondary)
    ]


def counts_cell(counts: Mapping[str, Any], error: str) -> Cell:
    """«81% [76, 86]» over «10% overwritten» and «n 300»; where some are unscored «n 300 · 2 unscored» and «81% to 82% kept»,
    as none or all of them were."""
    if not counts or not counts.get("n"):
        return Cell(NOTHING)
    lines = [f"{share(counts.get(error))} {error}", f"n {counts['n']}"]
    if unscored := round((counts.get("unscored") or 0) * counts["n"]):
        kept = unscored_bounds(counts)["faithful"]
        lines = [lines[0], f"{lines[1]} · {unscored} unscored", f"{share(kept['worst'])} to {share(kept['best'])} kept"]
    return Cell(shown(counts), "\n".join(lines), counts.get("faithful"))


def _unfinished(study: Study) -> str:
    """Why each undertrained or failed row is so, in sentences."""
    out = []
    for setup in study.setups:
        if setup.status == "undertrained":
            why = (setup.details.get("gate") or {}).get("why") or "its loss was still falling when training ended"
            out.append(f"{setup.name} is undertrained: {str(why).rstrip('.')}.")
        if setup.status == "failed":
            error = str(setup.details.get("error") or "no error was recorded").strip().splitlines()
            out.append(f"{setup.name} failed: {(error or ['no error was recorded'])[-1].rstrip('.')}.")
    return " ".join(out)


METRICS = ("exact_match", "token_accuracy", "rouge_l", "bleu", "chrf", "reconstruction_loss")


def metrics_table(study: Study) -> Table | None:
    """Every reconstruction metric with its n and interval."""
    present = [m for m in METRICS if any((s.details.get("metrics") or {}).get(m) for s in study.setups)]
    columns: list[Column] = [
        ("", m.replace("_", " "), lambda s, m=m: _metric((s.details.get("metrics") or {}).get(m))) for m in present
    ]
    return setups_table(study, "Reconstruction in full", columns, lambda s: s.status != "failed") if present else None


def _metric(metric: Mapping[str, Any] | None) -> Cell:
    if not metric or metric.get("value") is None:
        return Cell(NOTHING)
    ends = [metric.get("low"), metric.get("high")]
    bounds = "" if None in ends else f"[{ends[0]:.3g}, {ends[1]:.3g}]"
    return Cell(f"{metric['value']:.3g}", "\n".join(filter(None, [bounds, f"n {metric.get('n')}"])), metric["value"])
