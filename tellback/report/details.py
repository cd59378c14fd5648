"""The tables on kinds of fact, on what models believe, and on the models themselves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tellback.display.words import NOTHING, count, interval, number, share, shown
from tellback.report.load import Setup, Study
from tellback.report.table import Cell, Column, Table, plain, setups_table


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
    """Every kind of fact with a loss, or with verdicts in the conflict set."""
    asked = [(s.details.get("qa_by_kind") or {}).get(study.conflict_set) or {} for s in study.setups]
    return sorted(
        {kind for found in [*asked, *(s.row.get("loss_by_kind") or {} for s in study.setups)] for kind in found}
    )


def _kind(setup: Setup, kind: str, name: str | None) -> Cell:
    loss = (setup.row.get("loss_by_kind") or {}).get(kind) or {}
    counts = ((setup.details.get("qa_by_kind") or {}).get(name) or {}).get(kind) or {}
    gate = setup.details.get("gate") or {}
    lost = " · lost" if kind in (gate.get("lost_kinds") or ()) else ""
    text = f"{number(loss.get('loss'))} ({number(loss.get('chance'), 2)})" if loss else NOTHING
    return Cell(text, (f"{shown(counts)} kept\nn {counts['n']}" if counts.get("n") else "") + lost)


def where_lost_table(study: Study) -> Table | None:
    """Of the conflict set's facts, the share that a linear probe finds in the memory: of those that were told back rightly, of
    those that were not, and by kind."""
    name = study.conflict_set or ""
    keep = [s for s in study.setups if _lost(s, name)]
    kinds = sorted({kind for s in keep for kind in _lost(s, name)["kinds"]})
    if not keep:
        return None
    columns: list[Column] = [
        ("in the memory, of those", "told back", lambda s: _there(_lost(s, name)["told"])),
        ("in the memory, of those", "not told back", lambda s: _there(_lost(s, name)["not_told"])),
    ]
    columns += [("by kind", kind, lambda s, kind=kind: _there(_lost(s, name)["kinds"].get(kind) or {})) for kind in kinds]
    note = (
        "A linear probe, fitted on memories of documents whose values are uniform (of real text: as they are, and the probe maps a memory "
        "to a value's embedding), looks for each fact in the memory. There and "
        "not told back: the decoder lost it. Not there: the compressor did, or holds it in a form that no linear probe "
        "reads. Below each share: what chance, and the memory of another document, would give."
    )
    return setups_table(study, f"Where facts are lost, {name}", columns, lambda s: s in keep, note)


def _lost(setup: Setup, name: str) -> Mapping[str, Any]:
    return (setup.details.get("where_lost") or {}).get(name) or {}


def _there(cell: Mapping[str, Any]) -> Cell:
    if not cell.get("n"):
        return Cell(NOTHING)
    below = f"n {cell['n']}\nchance {share(cell['chance'])}\nother's {share(cell['shuffled'])}"
    return Cell(f"{share(cell['there'])} {interval(cell['low'], cell['high'])}", below)


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
        ("", "threads", lambda s: Cell(plain(s.row.get("n_threads")))),
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
