"""Memories on disk, read again: one safetensors file a batch, as `Memory.save` writes it."""

from __future__ import annotations

import json
from importlib import import_module
from pathlib import Path

from torch import Tensor

from tellback.compressors.memory import Memory
from tellback.compressors.signature import Signature
from tellback.errors import UsageError

#: kind -> (module, class); nothing is imported before it is read.
MEMORIES = {
    "slots": ("memory", "Slots"),
    "pieces": ("pieces", "Pieces"),
    "key_values": ("key_values", "KeyValues"),
    "text": ("text_memory", "Text"),
    "source": ("text_memory", "Source"),
    "mixed": ("chunk_encoder", "Mixed"),
    "noted": ("text_memory", "AnnotatedText"),
}


def load_memory(path: str | Path) -> Memory:
    """A batch that `Memory.save` wrote. Raises UsageError when the file is something else, or not whole."""
    from safetensors import SafetensorError, safe_open

    expected = "Expected a file written by Memory.save."
    try:
        with safe_open(str(path), framework="pt") as file:
            header = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (not a dict)
    except (OSError, SafetensorError) as error:
        raise UsageError(f"{path} is no memory file, or not a whole one: {error}. {expected}") from None
    kind = header.get("memory", "")
    if kind not in MEMORIES:
        raise UsageError(f"{path} holds no memory (its kind is {kind!r}). Expected one of: {', '.join(MEMORIES)}.")
    module, name = MEMORIES[kind]
    try:
        memory = _read(getattr(import_module(f"tellback.compressors.{module}"), name), tensors)
        if "written_by" in header:
            memory._signature = Signature(**json.loads(header["written_by"]))
    except (KeyError, TypeError, ValueError, RuntimeError) as error:  # RuntimeError: a split that does not add up
        reason = str(error).splitlines()[0]
        raise UsageError(f"{path} is a broken memory file of kind {kind!r}: {reason}. {expected}") from None
    return memory


def _read(cls: type[Memory], tensors: dict[str, Tensor]) -> Memory:
    """The memory in `tensors`; raises ValueError or RuntimeError when they are not what `cls` writes."""
    found = {name: tensor.ndim for name, tensor in tensors.items()}
    if cls.layout and found != cls.layout:
        raise ValueError(f"it should hold tensors of these dimensions {cls.layout}, it holds {found}")
    n_tokens, n_slots = tensors["n_tokens"], tensors["n_slots"]
    if n_tokens.shape != n_slots.shape or not len(n_slots):
        raise ValueError(f"it counts the tokens of {len(n_tokens)} documents and the slots of {len(n_slots)}")
    if n_tokens.is_floating_point() or n_slots.is_floating_point() or n_tokens.min() < 1 or n_slots.min() < 0:
        raise ValueError("its counts of tokens and slots are no counts")
    return cls.from_tensors(tensors)
