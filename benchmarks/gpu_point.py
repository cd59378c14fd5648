"""One point of the study on a GPU: a compressor of so many layers at a rate, trained with a decoder that copies, told back.

The training is `tellback.training.trainer.train` itself, as `tellback study` calls it; only where the texts come from and how
few seconds there are is different. What is told back comes home as text and is judged there.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
import transformers

from benchmarks.gpu_plan import Point, Setting
from tellback.analysis.geometry import rank_over_layers
from tellback.compressors.base import Identity, NoMemory, Options
from tellback.compressors.memory import Memory
from tellback.config import ReaderSpec
from tellback.reading import Reader
from tellback.saved import build_reader
from tellback.training.data import Batches
from tellback.training.objective import token_figures
from tellback.training.pair import Pair
from tellback.training.trainer import train

N_HELD_OUT = 128  # ordinary documents of the trace
AT_ONCE = 128  # documents whose logits are held together
PEAKS = {"adapter": 1e-3, "compressor": 3e-4, "decoder": 1e-3}  # at a scale of 1, found at 16 documents a step


class OutOfTime(Exception):
    """The budget is spent: what this point has done so far is told as it is."""


def spec_of(setting: Setting, point: Point, copying: bool = False) -> ReaderSpec:
    base = setting.model if point.layers == setting.depth else f"{setting.model}@{point.layers}"
    peaks = {part: peak * (point.scale or 1.0) for part, peak in PEAKS.items()}
    train_spec = {
        "batch_size": setting.batch_size, "copy_steps": setting.copy_steps if copying else 0, "dtype": "bfloat16_weights",
        "embeddings": False, "checkpoint_seconds": 1e9, "trace_points": 10,
        "stages": [{"steps": point.steps, "learning_rate": peaks}],
    }  # fmt: skip
    return ReaderSpec.model_validate({
        "base_model": base, "compressor": {"name": "pooling", "options": {"pool": point.pool, "adapter": setting.adapter}}, "rate": point.rate,
        "seed": point.seed, "decoder": {"model": setting.model, "train": "lora"}, "train": train_spec,
    })  # fmt: skip


def with_fused_norms(reader: Reader) -> Reader:
    """The same norms as one kernel each: of models of this size a step's time is the number of its kernels, and a norm in
    transformers is eight of them."""
    for lm in (reader.compressor.lm, reader.decoder.lm):
        for module in lm.model.modules():
            if type(module).__name__ == "LlamaRMSNorm":
                shape, epsilon = (module.weight.shape[0],), module.variance_epsilon
                module.forward = lambda x, m=module, s=shape, e=epsilon: torch.nn.functional.rms_norm(x, s, m.weight, e)
    return reader


def teach_copying(
    setting: Setting, texts: Sequence[str], sets: dict[str, list[dict[str, Any]]], deadline: float
) -> dict[str, Any]:  # fmt: skip
    """Teach the decoder to copy, once for all points: its LoRA weights go to `setting.copied()`.

    Gives the controls: what it believes of each text and its contrary before it is taught and with no memory (`belief`), and
    what it tells back of the source itself (`sets`).
    """
    from safetensors.torch import save_file

    point = Point(1, 1.0, 0, 1.0, 1)  # one step, at a 25th of the rate, follows the copying: no training has none
    reader = with_fused_norms(build_reader(spec_of(setting, point, copying=True)))
    decoder = reader.decoder
    nothing = NoMemory(reader.compressor.lm, decoder, None, Options())
    belief = {
        name: forced_both(reader, nothing.write(texts_of(documents), None, None), documents) for name, documents in sets.items()
    }
    found = _train(setting, reader, point, texts, dict, deadline, copying=True)
    part = setting.copied().with_suffix(".part")
    save_file({n: p.detach().cpu().contiguous() for n, p in decoder.named_parameters() if p.requires_grad}, str(part))
    part.rename(setting.copied())
    decoder.tells_back = True
    source = Identity(reader.compressor.lm, decoder, 1.0, Options())
    told = {name: read(reader, source.write(texts_of(documents), 1.0, None), documents) for name, documents in sets.items()}
    return found | {"name": "copy", "status": "done", "belief": belief, "sets": told}


def run(
    setting: Setting, point: Point, texts: Sequence[str], sets: dict[str, list[dict[str, Any]]], deadline: float
) -> dict[str, Any]:  # fmt: skip
    """The point from its training to what it tells back: JSON-able, figures of each document in the order of `sets`."""
    from safetensors.torch import load_file

    reader = with_fused_norms(build_reader(spec_of(setting, point)))
    copied = load_file(str(setting.copied()), device=str(reader.decoder.device))
    own = {n: p for n, p in reader.decoder.named_parameters() if p.requires_grad}
    assert own.keys() == copied.keys(), "another decoder was taught to copy"
    with torch.no_grad():
        for name, weights in copied.items():
            own[name].copy_(weights)
    reader.decoder.tells_back = True
    held = texts_of(sets["ordinary"][:N_HELD_OUT])
    row: dict[str, Any] = {"name": point.name, "point": asdict(point), "trace": []}

    def evaluate() -> dict[str, Any]:
        row["trace"].append(figures(reader, held))
        return row["trace"][-1]

    try:
        row |= _train(setting, reader, point, texts, evaluate, deadline)
    except OutOfTime:
        return row | {"status": "stopped"}
    started = time.monotonic()
    row["sets"] = {name: read(reader, memory_of(reader, texts_of(documents)), documents) for name, documents in sets.items()}
    row["shuffled"] = _mean(_forced(reader, memory_of(reader, held), held[1:] + held[:1]), "right")
    return row | {"status": "done", "reading_seconds": round(time.monotonic() - started, 2)}


def _train(
    setting: Setting, reader: Reader, point: Point, texts: Sequence[str], evaluate: Callable[[], dict[str, Any]], deadline: float,
    copying: bool = False,
) -> dict[str, Any]:  # fmt: skip
    """Train, and say how fast. Raises OutOfTime at the deadline (of `time.monotonic`)."""
    spec = spec_of(setting, point, copying).train
    lm = reader.decoder.lm
    ids = [lm.ids(text) for text in texts]
    cuda = reader.decoder.device.type == "cuda"
    if cuda:
        torch.cuda.reset_peak_memory_stats()

    def say(line: str) -> None:
        if time.monotonic() > deadline:
            raise OutOfTime(line)

    batches = Batches(ids, ids, spec.batch_size, point.seed)
    folder = Path(setting.work) / ("copy" if copying else point.name)
    folder.mkdir(parents=True, exist_ok=True)
    progress = train(Pair(reader.compressor, reader.decoder), batches, spec, PEAKS["compressor"] * (point.scale or 1.0),
                     point.rate, folder, evaluate, say, batches if copying else None, "lora")  # fmt: skip
    return {
        "steps": progress.step, "tokens": progress.tokens, "seconds": round(progress.seconds, 2),
        "tokens_per_second": round(progress.tokens / max(progress.seconds, 1e-9), 1),
        "device": torch.cuda.get_device_name() if cuda else "cpu", "torch": torch.__version__, "transformers": transformers.__version__,
        "memory_mb": round(torch.cuda.max_memory_allocated() / 2**20) if cuda else None,
        "trained": sum(p.numel() for p in Pair(reader.compressor, reader.decoder).parameters() if p.requires_grad),
        "losses": [[r["step"], r["train_loss"]] for r in progress.trace],
    }  # fmt: skip


@torch.inference_mode()
def memory_of(reader: Reader, texts: Sequence[str]) -> Any:
    """The memory of `texts`, not signed: a signature reads every weight."""
    return reader.compressor.write(list(texts), reader.compressor.rate, None)


@torch.inference_mode()
def figures(reader: Reader, texts: Sequence[str]) -> dict[str, Any]:
    """Of ordinary documents: loss (nats a token), token accuracy, bits a token, effective rank of the slots."""
    memory = memory_of(reader, texts)
    found = _forced(reader, memory, texts)
    rank = rank_over_layers([[v.float().cpu().numpy() for v in memory.vectors]], 256, 0)
    return {"loss": _mean(found, "loss"), "accuracy": _mean(found, "right"), "bits": _mean(found, "bits"), "effective_rank": rank}


@torch.inference_mode()
def read(reader: Reader, memory: Memory, documents: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """What is told back of each memory, and `forced_both`."""
    return {"told": [t.text for t in reader.told(memory, 4 * AT_ONCE)]} | forced_both(reader, memory, documents)


@torch.inference_mode()
def forced_both(reader: Reader, memory: Memory, documents: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The loss (nats, summed) of saying each text, and its contrary where it has one, from the same memory: which of the two the
    memory speaks for, whatever is told. With how many of the text's tokens are the likeliest ones."""
    found = _forced(reader, memory, texts_of(documents))
    rows = [i for i, d in enumerate(documents) if d["contrary"] is not None]
    other = _forced(reader, memory.select(rows), [documents[i]["contrary"] for i in rows]) if rows else []
    against: list[float | None] = [None] * len(documents)
    for i, row in zip(rows, other, strict=True):
        against[i] = round(float(row["loss"].sum()), 3)
    return {
        "loss": [round(float(row["loss"].sum()), 3) for row in found], "against": against,
        "right": [int(row["right"].sum()) for row in found], "tokens": [len(row["right"]) for row in found],
    }  # fmt: skip


def texts_of(documents: Sequence[dict[str, Any]]) -> list[str]:
    return [d["text"] for d in documents]


def _forced(reader: Reader, memory: Memory, texts: Sequence[str]) -> list[dict[str, torch.Tensor]]:
    """`token_figures` of each text after its memory."""
    ids = [reader.decoder.lm.ids(text) for text in texts]
    out: list[dict[str, torch.Tensor]] = []
    for at in range(0, len(ids), AT_ONCE):
        rows = range(at, min(at + AT_ONCE, len(ids)))
        part = token_figures(memory.select(rows), reader.decoder, ids[at : at + AT_ONCE])
        out += [{name: values.cpu() for name, values in row.items()} for row in part]
    return out


def _mean(rows: Sequence[dict[str, torch.Tensor]], name: str) -> float:
    return float(torch.cat([row[name].float() for row in rows]).mean())
