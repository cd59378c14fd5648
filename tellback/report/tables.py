"""The tables of a report, as words in cells: one description that the HTML page and its Markdown twin both print."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tellback.report.load import Setup, Study
from tellback.report.words import NOTHING, count, interval, number, rate_name, share, shown


@dataclass(frozen=True, slots=True)
class Cell:
    text: str
    small: str = ""  # a second, quieter line


@dataclass(frozen=True, slots=True)
class Row:
    cells: Sequence[Cell]
    status: str = "done"  # undertrained and failed rows are marked in every table


@dataclass(frozen=True, slots=True)
class Table:
    """Columns are (group, label); neighbours of one group stand under one head. Rows stand under a rate or alike."""

    title: str
    columns: Sequence[tuple[str, str]]
    groups: Sequence[tuple[str, Sequence[Row]]]
    note: str = ""
    words: frozenset[int] = field(default_factory=lambda: frozenset({0}))  # columns of words; the rest are numbers

    @property
    def heads(self) -> list[tuple[str, int]]:
        """The upper heads with how many columns each spans; empty when no column has a group."""
        heads: list[tuple[str, int]] = []
        for group, _ in self.columns:
            if group and heads and heads[-1][0] == group:
                heads[-1] = (group, heads[-1][1] + 1)
            else:
                heads.append((group, 1))
        return heads if any(group for group, _ in heads) else []


Column = tuple[str, str, Callable[[Setup], Cell]]


def setups_table(study: Study, title: str, columns: Sequence[Column], keep: Callable[[Setup], bool], note="") -> Table:
    """A table with a row a setup, grouped by rate; the first column, the compressor, is added here."""
    groups = []
    for label, setups in by_rate(study):
        rows = [Row([who(s), *(cell(s) for _, _, cell in columns)], s.status) for s in setups if keep(s)]
        groups += [(label, rows)] if rows else []
    return Table(title, [("", "compressor"), *((group, label) for group, label, _ in columns)], groups, note)


def by_rate(study: Study) -> list[tuple[str, list[Setup]]]:
    """Every setup, failed ones too: the controls first, then the lowest rate to the highest, smallest size first."""
    rest = [s for s in study.setups if not s.is_control]
    rates = sorted({s.rate for s in rest}, key=lambda rate: rate or 0)
    controls = [("controls", [s for s in study.setups if s.is_control])]
    return controls + [(rate_name(r), sorted((s for s in rest if s.rate == r), key=_order)) for r in rates]


def _order(setup: Setup) -> tuple[str, float]:
    return setup.series, setup.size or 0


def who(setup: Setup) -> Cell:
    """The compressor of a row: method and base model, under it the parameters without embeddings and the seed."""
    row = setup.row
    if setup.is_control:
        label = str(row.get("compressor")).replace("_", " ")
        return Cell(label, " · ".join(filter(None, [str(row.get("base_model") or ""), f"seed {row.get('seed')}"])))
    size = f"{count(setup.size)} parameters" if setup.size is not None else ""
    label = " · ".join(filter(None, [setup.method, str(row.get("base_model") or "")]))
    return Cell(label, " · ".join(filter(None, [size, f"seed {row.get('seed')}"])))


def controls_table(study: Study) -> Table:
    words = {True: "holds", False: "FAILS", None: "undecided"}
    rows = []
    for control in study.controls:
        got, low, high = (control.get(name) for name in ("got", "low", "high"))
        rows.append(
            Row(
                [
                    Cell(str(control.get("control")), str(control.get("setup") or "")),
                    Cell(str(control.get("set") or NOTHING)),
                    Cell(str(control.get("expected") or NOTHING)),
                    Cell(_plain(got), interval(low, high)),
                    Cell(_plain(control.get("n"))),
                    Cell(words.get(control.get("holds"), "undecided")),
                ],
                "done" if control.get("holds") is not False else "failed control",
            )
        )
    columns = [("", name) for name in ("control", "set", "expected", "got", "n", "verdict")]
    return Table("Controls", columns, [("", rows)] if rows else [], words=frozenset({0, 1, 2, 5}))


def _plain(value: Any) -> str:
    if value is None or isinstance(value, bool):
        return NOTHING
    if isinstance(value, int):
        return str(value)
    return f"{value:.3g}" if isinstance(value, float) else str(value)


def main_table(study: Study) -> Table:
    """The paper's table: reconstruction, then each question set with its n, interval and unscored probes."""
    columns: list[Column] = [
        ("", "rate", _rate),
        ("", "status", lambda s: Cell(s.status)),
        ("Recons.", "token accuracy", lambda s: Cell(share(s.row.get("token_accuracy")))),
        ("Recons.", "loss, nats/token", lambda s: Cell(number(s.row.get("reconstruction_loss")))),
    ]
    columns += _set_columns(study, secondary=False)
    errors = [n for n in study.sets("qa_i") if any(_belief_share(s, n).get("n") for s in study.setups)]
    columns += [("overwritten among the errors", n, lambda s, n=n: _against_chance(_belief_share(s, n))) for n in errors]
    return setups_table(study, "Reconstruction and faithfulness", columns, lambda s: True, _unfinished(study))


def _rate(setup: Setup) -> Cell:
    """The rate asked for, and what was given where a text memory cannot use all its tokens."""
    given = (setup.details.get("shortfall") or {}).get("rate_given")
    short = setup.rate is not None and given is not None and abs(given / setup.rate - 1) > 0.02
    return Cell(rate_name(setup.rate), f"given {given:.2g}x" if short else "")


def _belief_share(setup: Setup, name: str) -> Mapping[str, Any]:
    return (setup.details.get("belief_share") or {}).get(name) or {}


def _against_chance(found: Mapping[str, Any]) -> Cell:
    """overwritten / (overwritten + replaced) with its interval, over what random errors would give."""
    if not found.get("n"):
        return Cell(NOTHING)
    text = " ".join(filter(None, [share(found["share"]), interval(found.get("low"), found.get("high"))]))
    return Cell(text, f"chance {share(found.get('chance'))} · n {found['n']}")


def secondary_table(study: Study) -> Table | None:
    """The same sets by the other readings; None when no setup has any."""
    columns = _set_columns(study, secondary=True)
    if not columns:
        return None
    return setups_table(study, "Secondary readings", columns, lambda s: s.status != "failed")


def _set_columns(study: Study, *, secondary: bool) -> list[Column]:
    groups = (("qa_i", "QA(i) kept", "overwritten"), ("qa_ii", "QA(ii) kept", "drifted"))
    return [
        (group, name, lambda s, name=name, asks=asks, error=error: counts_cell(s.counts(name, asks), error))
        for asks, group, error in groups
        for name in study.sets(asks, secondary=secondary)
    ]


def counts_cell(counts: Mapping[str, Any], error: str) -> Cell:
    """«81% [76, 86]» over «10% overwritten · n 300 · 2 unscored»."""
    if not counts or not counts.get("n"):
        return Cell(NOTHING)
    n, unscored = counts["n"], round((counts.get("unscored") or 0) * counts["n"])
    small = [f"{share(counts.get(error))} {error}", f"n {n}", f"{unscored} unscored" if unscored else ""]
    return Cell(shown(counts), " · ".join(filter(None, small)))


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
    return Cell(f"{metric['value']:.3g}", " · ".join(filter(None, [bounds, f"n {metric.get('n')}"])))


def kinds_table(study: Study) -> Table | None:
    """Per kind of fact: its loss beside chance, and the share kept in the conflict set."""
    kinds = kinds_of(study)
    name = study.conflict_set
    columns: list[Column] = [("", kind, lambda s, kind=kind: _kind(s, kind, name)) for kind in kinds]
    if not kinds:
        return None
    note = "Each cell: loss at the words that carry the fact, in nats per token (chance in brackets)" + (
        f"; below, the share kept in {name}, where it was asked." if name else "."
    )
    return setups_table(study, "Loss and recovery by kind of fact", columns, lambda s: s.status != "failed", note)


def kinds_of(study: Study) -> list[str]:
    return sorted({kind for s in study.setups for kind in (s.row.get("loss_by_kind") or {})})


def _kind(setup: Setup, kind: str, name: str | None) -> Cell:
    loss = (setup.row.get("loss_by_kind") or {}).get(kind) or {}
    counts = ((setup.details.get("qa_by_kind") or {}).get(name) or {}).get(kind) or {}
    gate = setup.details.get("gate") or {}
    lost = " · lost" if kind in (gate.get("lost_kinds") or ()) else ""
    text = f"{number(loss.get('loss'))} ({number(loss.get('chance'), 2)})" if loss else NOTHING
    return Cell(text, (f"{shown(counts)} kept, n {counts['n']}" if counts.get("n") else "") + lost)


BELIEVERS = (
    ("compressor_base", "compressor's base"),
    ("decoder_base", "decoder's base"),
    ("decoder_trained", "decoder after training, no memory"),
)


def belief_table(study: Study) -> Table | None:
    """What each model answers without the source: mean probability over the options, and greedy answers."""
    columns: list[Column] = []
    for key, label in BELIEVERS:
        columns.append((label, "probability", lambda s, key=key: _belief(s, key, "mean_probability")))
        columns.append((label, "says it", lambda s, key=key: _belief(s, key, "generated")))
    keep = [s for s in study.setups if s.row.get("belief")]
    return setups_table(study, "Belief", columns, lambda s: s in keep) if keep else None


def _belief(setup: Setup, key: str, what: str) -> Cell:
    belief = (setup.row.get("belief") or {}).get(key) or {}
    value = belief.get(what)
    if value is None:
        return Cell(NOTHING)
    return Cell(number(value, 2) if what == "mean_probability" else share(value), f"n {belief.get('n')}")


def models_table(study: Study) -> Table:
    """The exact models and parameter counts, the seeds and what training cost."""
    parts = ("n_parameters_compressor", "n_embedding", "n_projector", "n_decoder", "n_trainable")
    labels = ("compressor", "embedding", "projector", "decoder", "trainable")
    columns: list[Column] = [("", "model", lambda s: _model(s, "compressor", "base_model"))]
    columns.append(("", "decoder model", lambda s: _model(s, "decoder", "decoder")))
    columns += [
        ("parameters", label, lambda s, part=part: Cell(_digits(s.row.get(part))))
        for part, label in zip(parts, labels, strict=True)
    ]
    columns += [
        ("", "training tokens", lambda s: Cell(count(s.row.get("train_tokens")))),
        ("", "seconds", lambda s: Cell(number(s.row.get("train_seconds"), 0))),
        ("", "threads", lambda s: Cell(_plain(s.row.get("n_threads")))),
    ]
    table = setups_table(study, "Models", columns, lambda s: True)
    note = "Parameters of the compressor are counted without its embedding, which has its own column."
    return Table(table.title, table.columns, table.groups, note, frozenset({0, 1, 2}))


def _digits(value: int | None) -> str:
    return NOTHING if value is None else f"{value:,}"


def _model(setup: Setup, part: str, fallback: str) -> Cell:
    model = (setup.details.get("models") or {}).get(part) or {}
    small = " · ".join(str(model[k]) for k in ("class", "dtype") if model.get(k))
    return Cell(str(model.get("name") or setup.row.get(fallback) or NOTHING), small)


def simple(title: str, head: Iterable[str], rows: Iterable[Iterable[str]], note: str = "") -> Table:
    """A small table of strings."""
    return Table(title, [("", h) for h in head], [("", [Row([Cell(c) for c in row]) for row in rows])], note)
