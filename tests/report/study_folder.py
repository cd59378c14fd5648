"""Synthetic study folders in the format that a study writes: realistic figures, and hostile text in the documents.

python tests/report/study_folder.py DIR [pocket | text]     writes one to look at
"""

from __future__ import annotations

import json
import math
import random
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

SCRIPT = "<script>alert('told-back')</script>"
HOSTILE = (
    SCRIPT,
    "</script></style><img src=x onerror=alert(1)>",
    "bell\x07 null\x00 escape\x1b[31m",
    "left \u202egnirts neddih\u202c right \u2066isolated\u2069",
    "W" * 300,
    "| pipe `tick` *star* [link](http://evil.example/x) {{ 7*7 }} {% raw %} &amp; \\ <!-- comment -->",
    "\u0634\u062c\u0631\u0629 \u05e2\u05e5 \u6728 \U0001f333",
)
SIZES = {"pocket-60k": 61_440, "pocket-250k": 248_832, "pocket-1m": 1_015_808}
KINDS = {"colour": 12, "material": 12, "number": 12, "roles": 2, "order": 2}
SETS = ("pocket-agree", "pocket-conflict", "pocket-stress", "pocket-neutral")
SENTENCES = {
    "colour": ("{name} owns a {v} boat.", ("white", "green", "red", "blue")),
    "material": ("The table of {name} is made of {v}.", ("oak", "glass", "iron", "slate")),
    "number": ("{name} keeps {v} lamps.", ("three", "seven", "nine", "twelve")),
    "roles": ("{v}.", ("Tom called Ana", "Ana called Tom")),
    "order": ("{v}.", ("Mira left before Otto", "Otto left before Mira")),
}
NAMES = ("Mira", "Tom", "Ana", "Otto", "Lena", "Ravi")


def write_pocket(path: Path, *, seeds: tuple[int, ...] = (0,), n_documents: int = 12, hostile: bool = True) -> Path:
    """Three sizes at two rates, identity and no_memory; one setup failed, one undertrained."""
    rng = random.Random(7)
    rows = [
        _control(path, rng, "identity", 1.0, n_documents, hostile),
        _control(path, rng, "no_memory", None, n_documents, hostile),
    ]
    for rate in (4.0, 8.0):
        for model, size in SIZES.items():
            for seed in seeds:
                failed = (model, rate, seed) == ("pocket-250k", 8.0, 0)
                late = (model, rate, seed) == ("pocket-1m", 4.0, 0)
                status = "failed" if failed else "undertrained" if late else "done"
                rows.append(_compressor(path, rng, model, size, rate, seed, status, n_documents, hostile))
    _finish(path, "pocket", rows, seeds)
    controls = [
        _judged("identity", "identity-pocket-60k-s0", "pocket-conflict", "keeps at least 98% of the facts", 0.99, True),
        _judged("no_memory", "no_memory-pocket-60k-s0", "pocket-agree", "answers its belief: about 90%", 0.91, True),
        _judged("no_memory", "no_memory-pocket-60k-s0", "pocket-conflict", "right in at most 8.3%, chance", 0.04, True),
        _judged("lowest_rate", "pooling pocket-1m", "pocket-conflict", "at 4x recovers at least 90%", 0.71, False),
        {**_judged("shuffled", None, None, "keeps at most 5%: not measured", None, None), "n": None},
    ]
    (path / "controls.json").write_text(json.dumps(controls))
    return path


def write_text(path: Path) -> Path:
    """A study of one pretrained model: identity, no_memory, selective_context at 2x and 4x; nothing is trained."""
    rng = random.Random(3)
    rows = [
        _control(path, rng, "identity", 1.0, 4, True, "smollm2-135m", "passages-conflict"),
        _control(path, rng, "no_memory", None, 4, True, "smollm2-135m", "passages-conflict"),
    ]
    for rate, kept in ((2.0, 0.7), (4.0, 0.3)):
        row = _row(f"selective_context-{rate:g}x-smollm2-135m-s0", "selective_context", "smollm2-135m", rate, 0)
        row |= {"family": "llama", "n_parameters_compressor": 106_000_000, "n_embedding": 28_000_000, "rouge_l": kept}
        _fill(path, rng, row, ("passages-conflict",), 4, kept, 0.1, hostile=True)
        rows.append(row)
    _finish(path, "smollm2", rows, (0,))
    (path / "controls.json").write_text(
        json.dumps([_judged("identity", "identity-smollm2-135m-s0", "passages-conflict", "at least 98%", 1.0, True)])
    )
    return path


def _finish(path: Path, name: str, rows: list[dict[str, Any]], seeds: tuple[int, ...]) -> None:
    spec = {
        "name": name, "corpus": {"name": name, "options": {}}, "base_models": [{"name": n} for n in SIZES],
        "compressors": [{"name": "pooling", "options": {}}], "rates": [4.0, 8.0], "seeds": list(seeds),
        "decoder": {"model": {"name": "pocket-60k", "seed": 0, "dtype": "float32"}, "train": "full"},
        "train": {"steps": 2000, "batch_size": 32, "learning_rate": 0.001}, "probes": {"n_documents": 12, "seed": 0},
        "controls": ["identity", "no_memory"],
    }  # fmt: skip
    (path / "study.yaml").write_text(yaml.safe_dump(spec))
    (path / "results.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))


def _judged(control: str, setup: str | None, name: str | None, expected: str, got: float | None, holds: bool | None):
    low, high = (None, None) if got is None else (max(0.0, got - 0.03), min(1.0, got + 0.03))
    return {"control": control, "setup": setup, "set": name, "expected": expected, "got": got, "low": low,
            "high": high, "n": 60, "holds": holds}  # fmt: skip


def _row(setup: str, compressor: str, model: str, rate: float | None, seed: int) -> dict[str, Any]:
    names = ("family", "n_parameters_compressor", "n_embedding", "n_projector", "reconstruction_loss", "loss_by_kind",
             "token_accuracy", "rouge_l", "qa_i", "qa_ii", "effective_rank", "effective_rank_decoder_space",
             "conditional_entropy_bits", "belief", "train_tokens", "train_seconds")  # fmt: skip
    return dict.fromkeys(names) | {
        "schema": 1, "setup": setup, "key": setup.replace(" ", "_"), "status": "done", "compressor": compressor,
        "base_model": model, "n_decoder": 77_000, "n_trainable": 0, "decoder": "pocket-60k", "rate": rate, "seed": seed,
        "n_threads": 1, "commit": "0123456789ab",
    }  # fmt: skip


def _control(path, rng, name, rate, n_documents, hostile, model="pocket-60k", *sets) -> dict[str, Any]:
    row = _row(f"{name}-{model}-s0", name, model, rate, 0)
    kept, overwritten = (1.0, 0.0) if name == "identity" else (0.02, 0.9)
    if name == "identity":
        row |= {"reconstruction_loss": 0.0004, "token_accuracy": 1.0, "conditional_entropy_bits": 0.002}
    _fill(path, rng, row, sets or SETS, n_documents, kept, overwritten, hostile)
    return row


def _compressor(path, rng, model, size, rate, seed, status, n_documents, hostile) -> dict[str, Any]:
    row = _row(f"pooling-{rate:g}x-{model}-s{seed}", "pooling", model, rate, seed)
    if status == "failed":
        row["status"] = "failed"
        folder = path / "setups" / row["key"]
        folder.mkdir(parents=True)
        error = f"RuntimeError: out of memory while reading {SCRIPT}"
        (folder / "result.json").write_text(json.dumps({"row": row, "details": {"error": error}}))
        return row
    step = list(SIZES).index(model)
    kept = {4.0: (0.96, 0.9, 0.72), 8.0: (0.81, 0.6, 0.35)}[rate][step] + 0.02 * rng.random()
    loss = {4.0: (0.27, 0.22, 0.2), 8.0: (0.48, 0.4, 0.33)}[rate][step] * (1 + 0.05 * rng.random())
    row |= {
        "status": status, "family": "llama", "n_parameters_compressor": size, "n_embedding": size // 5,
        "n_projector": 4 * 9000, "n_trainable": size + 113_000, "reconstruction_loss": loss, "token_accuracy": 1 - loss / 3,
        "rouge_l": 0.94, "effective_rank": 30.0 + 12 * step, "effective_rank_decoder_space": 20.0 + 6 * step + rng.random(),
        "conditional_entropy_bits": loss * 1.3, "train_tokens": 3_100_000, "train_seconds": 130.0 * (step + 1),
        "loss_by_kind": {k: {"loss": loss * w, "chance": math.log(n), "belief": 0.2 * math.log(n), "n_tokens": 300}
                         for (k, n), w in zip(KINDS.items(), (1, 0.8, 1.6, 2.1, 0.6), strict=True)},
        "belief": {"compressor_base": _belief(0.88), "decoder_base": _belief(0.87), "decoder_trained": _belief(0.61)},
    }  # fmt: skip
    _fill(path, rng, row, SETS, n_documents, kept, 0.8 * (1 - kept), hostile, loss)
    return row


def _belief(p: float) -> dict[str, Any]:
    return {"mean_probability": p, "generated": p + 0.02, "n": 240, "believed": {}}


def _fill(path, rng, row, sets, n_documents, kept, overwritten, hostile, loss=None) -> None:
    """Documents, probes, counts, details and trace of a setup that has measures; `row` gains its counts."""
    folder = path / "setups" / row["key"]
    folder.mkdir(parents=True)
    probes, documents = [], []
    for name in sets:
        for d in range(n_documents):
            share = kept if "agree" not in name else max(kept, 0.9)
            document, found = _document(rng, name, d, share, overwritten, hostile)
            documents.append(document | {"loss": loss and loss * rng.uniform(0.8, 1.2)})
            probes += found
    pd.DataFrame(documents).to_parquet(folder / "documents.parquet")
    pd.DataFrame(probes).to_parquet(folder / "probes.parquet")
    row["qa_i"] = {name: _counts(probes, name, "qa_i") for name in sets}
    row["qa_ii"] = {name: _counts(probes, name, "qa_ii") for name in sets}
    for reading in ("asked", "likelihood", "shuffled"):
        row["qa_i"] |= {f"{name}@{reading}": _counts(probes, name, "qa_i") for name in sets}
    trained, other = loss is not None, random.Random(4)  # of its own: what is drawn after it stays
    details = {
        "metrics": {m: {"value": v, "n": 128, "low": v * 0.97, "high": v * 1.02} for m, v in _metrics(row).items()},
        "qa_by_kind": {name: {k: _counts(probes, name, None, k) for k in KINDS} for name in sets},
        "belief_share": {name: {"share": 0.8, "low": 0.7, "high": 0.87, "n": 41, "chance": 1 / 11, "above_chance": True}
                         for name in sets if "conflict" in name and kept < 1},
        "entropy": {"mean_bits": loss * 1.3, "at_facts_bits": loss * 2, "own_output_bits": loss, "cross_entropy_bits":
                    loss * 1.44, "by_outcome_bits": {"faithful": 0.2, "overwritten": 0.3, "missing": 1.4},
                    "per_document_bits": [loss * 1.3 * rng.uniform(0.4, 2.1) for _ in range(128)]} if trained else None,
        "geometry": {"own": row["effective_rank"], "decoder": row["effective_rank_decoder_space"], "decoder_untrained": 17.5,
                     "own_uncentred": 21.0, "per_document": 9.5, "share_of_max": 0.42, "n_slots": 512, "width": 48,
                     "explained_variance": [0.3, 0.2, 0.1, 0.05],
                     "spread": {name: [other.uniform(1, 2) for _ in range(128)] for name in ("distances", "norms")}} if trained else None,
        "gate": {"undertrained": row["status"] == "undertrained", "fall": 0.04, "lost_kinds": ["roles"],
                 "plateau_kinds": [], "why": "the loss fell by 4.0% over the last 20% of its steps"} if trained else None,
        "models": {"compressor": {"name": row["base_model"], "class": "LlamaForCausalLM", "dtype": "float32"},
                   "decoder": {"name": row["decoder"], "class": "LlamaForCausalLM", "dtype": "float32"}},
        "versions": {"python": "3.11.2", "torch": "2.13.0", "peft": None}, "device": "cpu", "seed": row["seed"], "train": {},
        "shortfall": {"rate": row["rate"], "rate_given": (row["rate"] or 1) * 1.12} if row["n_projector"] is None else None,
    }  # fmt: skip
    (folder / "result.json").write_text(json.dumps({"row": row, "details": details}))
    if trained:
        lines = [json.dumps(_trace(row, i, 20, loss)) for i in range(1, 21)]
        (folder / "trace.jsonl").write_text("\n".join(lines) + "\n")


def _metrics(row: dict[str, Any]) -> dict[str, float]:
    names = {"token_accuracy": row["token_accuracy"], "rouge_l": row["rouge_l"], "chrf": 90.0}
    return {name: value for name, value in names.items() if value is not None}


def _trace(row: dict[str, Any], i: int, n: int, loss: float) -> dict[str, Any]:
    now = loss + 2.4 * math.exp(-6 * i / n)
    return {
        "step": 100 * i, "loss": now, "train_loss": now * 1.02, "effective_rank_own": 40.0, "tokens": 1000 * i,
        "loss_by_kind": {k: v["loss"] * now / loss for k, v in row["loss_by_kind"].items()},
        "effective_rank": row["effective_rank_decoder_space"] * (1 + 0.6 * math.sin(math.pi * i / n)),
        "conditional_entropy_bits": now * 1.3, "learning_rate": 1e-3, "seconds": 5.0 * i,
    }  # fmt: skip


def _document(rng, name, d, kept, overwritten, hostile) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """A document of one set, what was told back of it, and its probes with both spans where there are."""
    key, bad = f"{name}-{d}", HOSTILE[d % len(HOSTILE)] if hostile else ""
    names, source, told, probes = random.Random(f"{name}{d}"), f"Note {d}. {bad} ", f"Note {d}. {bad} ", []
    for i, (kind, (pattern, values)) in enumerate(SENTENCES.items()):
        who, value = NAMES[(d + i) % len(NAMES)], names.choice(values)
        believed = next(v for v in values if v != value) if "conflict" in name or "stress" in name else value
        draw = rng.random()
        outcome = "faithful" if draw < kept else "overwritten" if draw < kept + overwritten else "replaced"
        if outcome != "faithful" and kind in ("roles", "order"):
            outcome = "drifted"
        if outcome == "replaced" and rng.random() < 0.5:
            outcome = rng.choice(("missing", "unscored"))
        other = values[-1] if values[-1] not in (value, believed) else values[-2]
        said = {"faithful": value, "overwritten": believed, "drifted": believed, "replaced": other}.get(outcome)
        source, start, end = _append(source, pattern, who, value)
        row = {"source_start": start, "source_end": end, "output_start": None, "output_end": None}
        if said is not None:
            told, row["output_start"], row["output_end"] = _append(told, pattern, who, said)
        probes.append(row | {
            "set": name, "reading": "told", "reader": "cues", "probe_id": f"{key}/{i}", "document_id": key,
            "asks": "qa_ii" if kind in ("roles", "order") else "qa_i", "kind": kind, "key": f"{kind} of {who}",
            "value": value, "question": f"What is the {kind} of {who}? {bad[:40]}", "n_options": KINDS[kind],
            "believed": believed, "conflicts": believed != value, "outcome": outcome, "said": said, "why": "it says so",
            "probability": None, "entropy_bits": 0.4,
        })  # fmt: skip
    document = {"set": name, "document_id": key, "source": source, "told": told, "entropy_bits": 0.5,
                "token_accuracy": 0.9, "exact_match": 0.0, "rouge_l": 0.9, "bleu": 80.0, "chrf": 90.0}  # fmt: skip
    return document, probes


def _append(text: str, pattern: str, who: str, value: str) -> tuple[str, int, int]:
    """`text` with one more sentence, and where `value` stands in it."""
    before, after = pattern.format(name=who, v="\0").split("\0")
    start = len(text) + len(before)
    return text + before + value + after + " ", start, start + len(value)


def _counts(probes: list[dict[str, Any]], name: str, asks: str | None, kind: str | None = None) -> dict[str, Any]:
    found = [
        p["outcome"] for p in probes if p["set"] == name and asks in (None, p["asks"]) and kind in (None, p["kind"])
    ]
    out: dict[str, Any] = {"n": len(found), "low": {}, "high": {}}
    for outcome in ("faithful", "drifted", "overwritten", "replaced", "missing", "unscored"):
        out[outcome] = found.count(outcome) / len(found) if found else None
    for outcome in ("faithful", "overwritten"):
        out["low"][outcome] = max(0.0, out[outcome] - 0.08) if found else None
        out["high"][outcome] = min(1.0, out[outcome] + 0.07) if found else None
    return out


if __name__ == "__main__":
    target = Path(sys.argv[1])
    target.mkdir(parents=True, exist_ok=True)
    {"pocket": write_pocket, "text": write_text}[(sys.argv[2:] or ["pocket"])[0]](target)
    print(target)
