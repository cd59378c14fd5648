"""The training loop: compressor and decoder, on Accelerate, resumable at any step, traced on a held-out batch."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import nn

from tellback.compressors.base import SlotCompressor
from tellback.compressors.memory import Memory, Source
from tellback.config import TrainSpec
from tellback.models.decoder import Decoder
from tellback.training.data import Batch, Batches
from tellback.training.objective import autoencode


class Pair(nn.Module):
    """Compressor and decoder as one module, so that one optimizer, one checkpoint and one `prepare` hold both."""

    def __init__(self, compressor: SlotCompressor, decoder: Decoder):
        super().__init__()
        self.compressor, self.decoder = compressor, decoder

    def forward(self, batch: Batch, rate: float, copying: bool) -> torch.Tensor:
        return autoencode(self.memory(batch, rate, copying), self.decoder, batch.target)

    def memory(self, batch: Batch, rate: float, copying: bool = False) -> Memory:
        n_tokens = [len(row) for row in batch.target]
        if copying:  # the source itself is the memory: this is how a decoder is taught to copy
            return Source([""] * len(n_tokens), batch.target, n_tokens)
        return self.compressor.encode(batch.source, n_tokens, rate)


def choose_trainable(compressor: SlotCompressor, decoder: Decoder, spec: TrainSpec, decoder_mode: str) -> None:
    """Set which weights train. LoRA adapters are injected into the linear layers of the LM (peft)."""
    for lm, mode, owner in ((compressor.lm, spec.compressor, compressor), (decoder.lm, decoder_mode, decoder)):
        if mode == "lora":
            from peft import LoraConfig, inject_adapter_in_model

            with torch.random.fork_rng(devices=[]):
                torch.manual_seed(0)
                inject_adapter_in_model(
                    LoraConfig(r=spec.lora_rank, lora_alpha=2 * spec.lora_rank, target_modules="all-linear"), lm.model
                )
        elif mode == "frozen":
            owner.requires_grad_(False)


def learning_rate_scale(step: int, steps: int) -> float:
    """One cycle as torch's OneCycleLR draws it by default: 30% warm-up from 1/25, then to 1/250,000; both cosine."""
    import math

    up = max(0.3 * steps - 1, 1e-9)
    if step <= up:
        low, high, x = 1 / 25, 1.0, step / up
    else:
        low, high, x = 1.0, 1 / 250_000, (step - up) / max(steps - 1 - up, 1e-9)
    return high + (low - high) / 2 * (1 + math.cos(math.pi * min(1.0, x)))


@dataclass
class Progress:
    """How far a training got; stands in the checkpoint's metadata."""

    step: int = 0
    tokens: int = 0
    seconds: float = 0.0
    trace: list[dict[str, Any]] = field(default_factory=list)


def train(
    pair: Pair, batches: Batches, spec: TrainSpec, learning_rate: float, rate: float, folder: Path,
    evaluate: Callable[[], dict[str, Any]], say: Callable[[str], None], copy_batches: Batches | None = None,
) -> Progress:  # fmt: skip
    """Train `pair` to the end of `spec.steps` and write `folder`/trace.jsonl.

    With `copy_batches`, the decoder first copies for `spec.copy_steps` steps. A checkpoint (weights, optimizer,
    progress; safetensors) is written every `spec.checkpoint_seconds` and when interrupted; if `folder` holds one,
    training goes on from it and ends as if it had never stopped.
    """
    from accelerate import Accelerator
    from accelerate.state import AcceleratorState

    device_is_cpu = pair.decoder.device.type == "cpu"
    mixed = "bf16" if spec.dtype == "bfloat16" else "no"
    AcceleratorState._reset_state(reset_partial_state=True)  # one process may train setups of different precision
    accelerator = Accelerator(mixed_precision=mixed, cpu=device_is_cpu)
    trainable = {name: p for name, p in pair.named_parameters() if p.requires_grad}
    n_copy = spec.copy_steps if copy_batches is not None else 0
    optimizer = torch.optim.AdamW(
        trainable.values(), lr=learning_rate, betas=(0.9, 0.999), weight_decay=spec.weight_decay, fused=True
    )
    progress = _resume(folder, trainable, optimizer)
    model, optimizer = accelerator.prepare(pair, optimizer)
    started, saved, said = time.monotonic(), time.monotonic(), 0.0
    before, total = progress.seconds, n_copy + spec.steps
    every = max(1, spec.steps // spec.trace_points)
    recent: list[torch.Tensor] = []
    try:
        while progress.step < total:
            copying = progress.step < n_copy
            step = progress.step if copying else progress.step - n_copy
            if not copying and not progress.trace:
                progress.trace.append(_trace_row(0, None, 0.0, progress, evaluate()))
            scale = learning_rate_scale(step, n_copy if copying else spec.steps)
            for group in optimizer.param_groups:
                group["lr"] = learning_rate * scale
            batch = (copy_batches if copying else batches)[step]
            loss = model(batch, rate, copying)
            accelerator.backward(loss)
            accelerator.clip_grad_norm_(trainable.values(), spec.clip)
            optimizer.step()
            optimizer.zero_grad()
            recent.append(loss.detach())
            progress.step += 1
            progress.tokens += sum(map(len, batch.target))
            step += 1
            now = time.monotonic()
            progress.seconds = before + now - started
            if not copying and (step % every == 0 or step == spec.steps):
                mean = torch.stack(recent).mean().item()
                recent.clear()
                progress.trace.append(_trace_row(step, mean, learning_rate * scale, progress, evaluate()))
            if now - said > 5 or progress.step == total:
                said = now
                per_second = progress.tokens / max(progress.seconds, 1e-9)
                left = (total - progress.step) * progress.seconds / progress.step
                say(f"{'copying ' if copying else ''}step {step:,}/{n_copy if copying else spec.steps:,}"
                    f"  {progress.step / total:4.0%}  loss {loss.item():.3f}"
                    f"  {per_second:,.0f} tokens/s  {left:.0f} s left")  # fmt: skip
            if now - saved > spec.checkpoint_seconds:
                saved = now
                _save(folder, trainable, optimizer, progress)
    except KeyboardInterrupt:
        _save(folder, trainable, optimizer, progress)
        raise
    _write_atomically(folder / "trace.jsonl", "".join(json.dumps(row) + "\n" for row in progress.trace))
    return progress


def _trace_row(step: int, train_loss: float | None, lr: float, progress: Progress, figures: dict) -> dict:
    seconds = round(progress.seconds, 3)
    return {"step": step, "train_loss": train_loss, "learning_rate": lr, "tokens": progress.tokens,
            "seconds": seconds, **figures}  # fmt: skip


def _checkpoint(folder: Path) -> Path:
    return folder / "checkpoint.safetensors"


def _save(folder: Path, trainable: dict[str, nn.Parameter], optimizer: Any, progress: Progress) -> None:
    from safetensors.torch import save_file

    inner = getattr(optimizer, "optimizer", optimizer)
    tensors = {}
    for name, p in trainable.items():
        tensors[f"weight.{name}"] = p.detach().contiguous()
        for what, value in inner.state[p].items():
            tensors[f"optimizer.{what}.{name}"] = value.detach().contiguous()
    temporary = _checkpoint(folder).with_suffix(f".{os.getpid()}")
    save_file(tensors, str(temporary), metadata={"progress": json.dumps(vars(progress))})
    os.replace(temporary, _checkpoint(folder))
    _write_atomically(folder / "trace.jsonl", "".join(json.dumps(row) + "\n" for row in progress.trace))


def _resume(folder: Path, trainable: dict[str, nn.Parameter], optimizer: torch.optim.Optimizer) -> Progress:
    from safetensors import safe_open

    path = _checkpoint(folder)
    if not path.is_file():
        return Progress()
    with safe_open(str(path), framework="pt") as file:
        progress = Progress(**json.loads(file.metadata()["progress"]))
        with torch.no_grad():
            for name, p in trainable.items():
                p.copy_(file.get_tensor(f"weight.{name}"))
        names = set(file.keys())
        for name, p in trainable.items():
            state = {what: f"optimizer.{what}.{name}" for what in ("step", "exp_avg", "exp_avg_sq")}
            if state["step"] in names:
                found = {what: file.get_tensor(key) for what, key in state.items()}
                optimizer.state[p] = {what: v if what == "step" else v.to(p.device) for what, v in found.items()}
    return progress


def drop_checkpoint(folder: Path) -> None:
    _checkpoint(folder).unlink(missing_ok=True)


def _write_atomically(path: Path, text: str) -> None:
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    temporary.write_text(text, encoding="utf-8")
    os.replace(temporary, path)
