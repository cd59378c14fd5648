"""Which weights train, in which stage, and how fast."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch import nn

from tellback.compressors.base import SlotCompressor
from tellback.config import StageSpec, TrainSpec
from tellback.models.decoder import Decoder
from tellback.models.lm import LM

if TYPE_CHECKING:
    from tellback.training.pair import Pair

PARTS = ("adapter", "compressor", "decoder")
LORA = "lora_"  # peft puts this into the name of every adapter's weight


@dataclass(frozen=True)
class Stage:
    """A stretch of a training, every value resolved."""

    steps: int
    peaks: dict[str, float]  # learning rate of each part
    modes: dict[str, str] | None  # full | lora | frozen of each LM; None: whatever `choose_trainable` marked
    weights: dict[str, float]  # of the objectives


def stages_of(spec: TrainSpec, learning_rate: float, decoder_mode: str) -> list[Stage]:
    """The stages of `spec` in order; a training without any is one stage. A part that a stage's mapping of learning
    rates leaves out has `learning_rate`."""
    if not spec.stages:
        return [Stage(spec.steps, dict.fromkeys(PARTS, learning_rate), None, spec.objectives)]
    out = []
    for stage, modes in zip(spec.stages, modes_of(spec, decoder_mode), strict=True):
        given = stage.learning_rate
        if not isinstance(given, dict):
            given = dict.fromkeys(PARTS, learning_rate if given is None else given)
        peaks = {part: given.get(part, learning_rate) for part in PARTS}
        out.append(Stage(stage.steps, peaks, modes, stage.objectives or spec.objectives))
    return out


def modes_of(spec: TrainSpec, decoder_mode: str) -> list[dict[str, str]]:
    """What trains of each LM, stage by stage."""
    return [
        {"compressor": stage.compressor or spec.compressor, "decoder": stage.decoder or decoder_mode}
        for stage in spec.stages or (StageSpec(steps=1),)
    ]


def choose_trainable(compressor: SlotCompressor, decoder: Decoder, spec: TrainSpec, decoder_mode: str) -> None:
    """Mark every weight that trains in any stage. LoRA adapters (peft) go into the linear layers of an LM where any
    stage asks for them; until they train they change nothing. What a method froze itself stays frozen."""
    modes = modes_of(spec, decoder_mode)
    fixed = {id(p) for _, _, p in parameters_by_part(compressor, decoder) if not p.requires_grad}
    if not spec.embeddings:
        fixed |= {id(p) for lm in (compressor.lm, decoder.lm) for p in tables_of(lm)}
    for part, lm in (("compressor", compressor.lm), ("decoder", decoder.lm)):
        if any(m[part] == "lora" for m in modes):
            from peft import LoraConfig, inject_adapter_in_model

            with torch.random.fork_rng(devices=[]):
                torch.manual_seed(0)
                inject_adapter_in_model(
                    LoraConfig(r=spec.lora_rank, lora_alpha=2 * spec.lora_rank, target_modules="all-linear"), lm.model
                )
    for part, name, parameter in parameters_by_part(compressor, decoder):
        parameter.requires_grad_(id(parameter) not in fixed and any(_trains(part, name, m) for m in modes))


def tables_of(lm: LM) -> list[nn.Parameter]:
    """An LM's embeddings and, where it is another table, its head."""
    return [m.weight for m in (lm.model.get_input_embeddings(), lm.model.get_output_embeddings()) if m is not None]


def parameters_by_part(compressor: SlotCompressor, decoder: Decoder) -> list[tuple[str, str, nn.Parameter]]:
    """(part, name, parameter) of everything that could train, compressor first. A decoder's own mark, after which it
    tells back, belongs to the adapter: a frozen LM cannot know it otherwise (ICAE trains its [AE] so)."""
    of_lm = {id(p) for p in compressor.lm.model.parameters()}
    own = [("compressor" if id(p) in of_lm else "adapter", f"compressor.{n}", p) for n, p in compressor.named_parameters()]
    seen = {id(p) for _, _, p in own}
    of_decoder = {id(p) for p in decoder.model.parameters()}
    return own + [("decoder" if id(p) in of_decoder else "adapter", f"decoder.{n}", p)
                  for n, p in decoder.named_parameters() if id(p) not in seen]  # fmt: skip


def _trains(part: str, name: str, modes: dict[str, str]) -> bool:
    mode = modes.get(part, "full")  # the adapter: what the method adds to its LM, and the decoder's mark
    if mode == "lora":
        return LORA in name
    return mode == "full" and LORA not in name


def trained_weights(pair: Pair) -> dict[str, nn.Parameter]:
    """Every weight that `choose_trainable` marked, by name."""
    return {name: p for name, p in pair.named_parameters() if p.requires_grad}


def optimizer_groups(pair: Pair, trainable: dict[str, nn.Parameter], stage: Stage) -> list[dict[str, Any]]:
    """The optimizer's groups of one stage, one for each learning rate; what of `trainable` rests is frozen.

    `trainable` is what any stage trains (`trained_weights`).
    """
    out: dict[float, list[nn.Parameter]] = {}
    for part, name, parameter in parameters_by_part(pair.compressor, pair.decoder):
        if name in trainable:
            parameter.grad = None
            parameter.requires_grad_(stage.modes is None or _trains(part, name, stage.modes))
            if parameter.requires_grad:
                out.setdefault(stage.peaks[part], []).append(parameter)
    return [{"params": members, "lr": peak, "peak": peak} for peak, members in out.items()]
