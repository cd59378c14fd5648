"""From readings to the row of results.jsonl and the details beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from tellback.analysis.statistics import bootstrap_mean
from tellback.config import PROBE_VERSION, SCHEMA, SetupSpec
from tellback.metrics import drift, overwriting
from tellback.metrics.reconstruction import reconstruction
from tellback.models.belief import Belief, summary
from tellback.models.lm import LM
from tellback.provenance import commit, versions
from tellback.reading import Reader
from tellback.records import OUTCOMES, Corpus
from tellback.study.held_out import HeldOut, geometry, mean_of
from tellback.study.reading import SetReading
from tellback.training.trainer import Progress

#: The fields of a line of results.jsonl, in order.
FIELDS = (
    "schema", "setup", "key", "status", "compressor", "base_model", "family", "n_parameters_compressor", "n_embedding",
    "n_projector", "n_decoder", "n_trainable", "decoder", "rate", "seed", "reconstruction_loss", "loss_by_kind",
    "token_accuracy", "rouge_l", "qa_i", "qa_ii", "effective_rank", "effective_rank_decoder_space",
    "conditional_entropy_bits", "belief", "train_tokens", "train_seconds", "n_threads", "commit",
)  # fmt: skip

COUNTED = 64  # ordinary documents whose slots are set against the rate that was asked for


@dataclass
class Readings:
    """Everything that was read from a setup."""

    rows: list[dict[str, Any]]  # verdicts
    documents: list[dict[str, Any]]  # told-back texts; gains the reconstruction columns
    beliefs: dict[str, dict[str, Belief] | None]
    held_out: HeldOut
    ordinary: SetReading  # of the held-out documents, told back
    untrained: SetReading  # the same before training
    progress: Progress | None
    gate: dict[str, Any] | None
    lost: dict[str, dict[str, Any]] = field(default_factory=dict)  # by set, where facts are lost (`where_lost`)
    readers: Sequence[Mapping[str, Any]] = ()  # what read told-back text beside cues, and what it cost


def make_result(spec: SetupSpec, corpus: Corpus, reader: Reader, base: LM, readings: Readings) -> dict[str, Any]:
    """{"row", "details"} of a finished setup; fills the reconstruction columns of `readings.documents`."""
    held_out, rows = readings.held_out, readings.rows
    ordinary = _told_back(held_out, readings.ordinary)
    columns, _ = reconstruction([d["source"] for d in readings.documents], [d["told"] for d in readings.documents])
    for document, column in zip(readings.documents, columns, strict=True):
        document |= {k: column[k] for k in ("exact_match", "rouge_l", "bleu", "chrf")}
    metrics = ordinary["metrics"]
    primary = "asked" if spec.rate is None else "told"
    shape = geometry(readings.ordinary, readings.untrained.slots and readings.untrained.slots[1])
    belief = _belief(corpus, readings.beliefs)
    row = _row(spec, reader, base) | {
        "status": "undertrained" if readings.gate and readings.gate["undertrained"] else "done",
        "reconstruction_loss": metrics["reconstruction_loss"]["value"],
        "loss_by_kind": held_out.loss_by_kind(readings.ordinary),
        "token_accuracy": metrics["token_accuracy"]["value"],
        "rouge_l": metrics["rouge_l"]["value"],
        "qa_i": overwriting.by_set(rows, primary),
        "qa_ii": drift.by_set(rows, primary),
        "effective_rank": shape and shape["own"],
        "effective_rank_decoder_space": shape and shape["decoder"],
        "conditional_entropy_bits": ordinary["entropy"] and ordinary["entropy"]["mean_bits"],
        "belief": belief,
        "train_tokens": readings.progress and readings.progress.tokens,
        "train_seconds": readings.progress and round(readings.progress.seconds, 2),
    }
    by_kind = overwriting.by_kind(rows, primary)
    for name, kinds in drift.by_kind(rows, primary).items():
        by_kind[name] = by_kind.get(name, {}) | kinds
    details = {
        "metrics": metrics, "loss_by_set": _by_set(readings.documents, "loss", False),
        "accuracy_by_set": _by_set(readings.documents, "token_accuracy", True),
        "chance_by_set": _chance_by_set(rows), "qa_by_kind": by_kind,
        "belief_share": {
            name: overwriting.belief_share(
                [r for r in rows if r["reading"] == primary and r["set"] == name], corpus.n_options
            )
            for name in corpus.sets
        },
        "drift_belief": {
            name: drift.belief_share([r for r in rows if r["reading"] == primary and r["set"] == name]) for name in corpus.sets
        },
        "where_lost": readings.lost,
        "entropy": ordinary["entropy"] and ordinary["entropy"] | {"by_outcome_bits": _bits_by_outcome(rows)},
        "geometry": shape, "gate": readings.gate,
        "models": {"compressor": _model(base), "decoder": _model(reader.decoder.lm)},
        "versions": versions(), "device": str(reader.decoder.device), "seed": spec.seed, "probe_version": PROBE_VERSION,
        "probes": {"n_documents": spec.probes.n_documents, "seed": spec.probes.seed, "n_options": dict(corpus.n_options)},
        "corpus": dict(corpus.settings), "readers": list(readings.readers),
        "train": _trained_as(spec, readings.progress), "shortfall": _shortfall(spec, readings.ordinary),
    }  # fmt: skip
    return {"row": {field: row[field] for field in FIELDS}, "details": details}


def _trained_as(spec: SetupSpec, progress: Progress | None) -> dict[str, Any] | None:
    """The values of a training, `fastest` as what it was there."""
    if progress is None:
        return None
    return spec.train.model_dump(mode="json") | ({"dtype": progress.dtype} if progress.dtype else {})


def failed_result(spec: SetupSpec, error: str, trace: str) -> dict[str, Any]:
    """The result of a setup that raised: every figure null, nothing zero."""
    row = dict.fromkeys(FIELDS) | _identity(spec) | {"status": "failed"}
    return {"row": row, "details": {"error": error, "traceback": trace}}


def _identity(spec: SetupSpec) -> dict[str, Any]:
    return {
        "schema": SCHEMA, "setup": spec.name, "key": spec.key(), "compressor": spec.compressor.name,
        "base_model": spec.base_model.label, "decoder": f"{spec.decoder.model.label} ({spec.decoder.train})",
        "rate": spec.rate, "seed": spec.seed, "n_threads": spec.train.n_threads, "commit": commit(),
    }  # fmt: skip


def _row(spec: SetupSpec, reader: Reader, base: LM) -> dict[str, Any]:
    compressor, trained = reader.compressor, reader.compressor.trainable
    parameters = [*reader.decoder.parameters(), *(compressor.parameters() if trained else ())]
    n_decoder = sum(p.numel() for p in reader.decoder.parameters())
    return _identity(spec) | {
        "decoder": reader.decoder.lm.name, "family": base.family,
        "n_parameters_compressor": base.n_parameters if not spec.is_control else None,
        "n_embedding": base.n_embedding if not spec.is_control else None,
        "n_projector": sum(p.numel() for p in compressor.projector().parameters()) if trained else None,
        "n_decoder": n_decoder,
        "n_trainable": sum(p.numel() for p in parameters if p.requires_grad) if trained else 0,
    }  # fmt: skip


def _told_back(held_out: HeldOut, reading: SetReading) -> dict[str, Any]:
    """Reconstruction and entropy over the ordinary documents."""
    forced = reading.forced
    _, metrics = reconstruction(
        [d.text for d in held_out.documents], [t.text for t in reading.told],
        [float(f["loss"].mean()) for f in forced] if forced else None,
        [float(f["right"].mean()) for f in forced] if forced else None,
        [len(f["loss"]) for f in forced] if forced else None,
    )  # fmt: skip
    if forced is None:
        return {"metrics": metrics, "entropy": None}
    own = [np.mean(t.entropy_bits) for t in reading.told if t.entropy_bits]
    at_facts = [forced[i]["bits"][at] for found in held_out.by_kind.values() for i, at in found]
    entropy = {
        "mean_bits": mean_of(reading, "bits"),
        "at_facts_bits": float(np.concatenate(at_facts).mean()) if at_facts else None,
        "own_output_bits": float(np.mean(own)) if own else None,
        "cross_entropy_bits": metrics["reconstruction_loss"]["value"] / float(np.log(2)),
        "per_document_bits": [float(f["bits"].mean()) for f in forced],
    }
    return {"metrics": metrics, "entropy": entropy}


def _bits_by_outcome(rows: list[dict[str, Any]]) -> dict[str, float]:
    """Mean entropy at the fact's tokens by what became of the fact: a confident overwriting has low entropy."""
    told = [r for r in rows if r["reading"] == "told" and r["entropy_bits"] is not None]
    found = {o: [r["entropy_bits"] for r in told if r["outcome"] == o] for o in OUTCOMES}
    return {outcome: float(np.mean(bits)) for outcome, bits in found.items() if bits}


def _chance_by_set(rows: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    """Of each set, how often guessing among the options of its questions is right."""
    options = {(r["set"], r["probe_id"]): r["n_options"] for r in rows if r["n_options"]}
    return {name: float(np.mean([1 / n for (of, _), n in options.items() if of == name])) for name in dict.fromkeys(of for of, _ in options)}


def _by_set(documents: list[dict[str, Any]], figure: str, share: bool) -> dict[str, dict[str, Any]]:
    """The mean of a figure over the documents of each set, with its interval."""
    out = {}
    for name in dict.fromkeys(d["set"] for d in documents):
        found = [d[figure] for d in documents if d["set"] == name and d[figure] is not None]
        if found:
            interval = bootstrap_mean([np.array([x]) for x in found], 0, share=share)
            out[name] = dict(zip(("value", "low", "high"), interval, strict=True)) | {"n": len(found)}
    return out


def _belief(corpus: Corpus, beliefs: dict[str, dict[str, Belief] | None]) -> dict[str, Any]:
    probes = [p for documents in corpus.sets.values() for d in documents for p in d.probes]
    return {whose: found and summary(found, probes) for whose, found in beliefs.items()}


def _model(lm: LM) -> dict[str, Any]:
    return {
        "name": lm.name, "class": type(lm.model).__name__, "n_parameters": lm.n_parameters,
        "n_embedding": lm.n_embedding, "dtype": str(lm.model.dtype).removeprefix("torch."),
        "vocab": lm.model.config.vocab_size, "width": lm.width,
    }  # fmt: skip


def _shortfall(spec: SetupSpec, reading: SetReading) -> dict[str, Any] | None:
    """Slots asked for and given on the ordinary documents: text memories may use fewer than the rate allows."""
    if spec.rate is None:
        return None
    n_tokens, n_slots = (sum(counts[:COUNTED]) for counts in (reading.n_tokens, reading.n_slots))
    return {"rate": spec.rate, "rate_given": n_tokens / n_slots if n_slots else None, "n_tokens": n_tokens, "n_slots": n_slots}
