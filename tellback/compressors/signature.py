"""Who wrote a memory: signatures, and the refusal of a memory that another compressor wrote."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, Self
from weakref import WeakKeyDictionary

import torch
from torch import Tensor, nn

from tellback.errors import UsageError
from tellback.models.decoder import Decoder
from tellback.models.fingerprint import Fingerprint
from tellback.models.fingerprint import fingerprint as of_model
from tellback.models.lm import LM

#: Models whose weights were read, with what they were like then: no cheaper thing tells two models of one name apart.
_READ: WeakKeyDictionary[nn.Module, tuple[bytes, Fingerprint]] = WeakKeyDictionary()
#: What a model's configuration says of where it lies and what wrote it, not of what it computes.
NOT_IDENTITY = {"_name_or_path", "name_or_path", "transformers_version", "use_cache", "output_attentions"}


@dataclass(frozen=True)
class Signature:
    """Which compressor wrote a memory; `fingerprint` differs where their memories would."""

    compressor: str
    base_model: str
    rate: float | None
    fingerprint: str

    def __str__(self) -> str:
        rate = "" if self.rate is None else f" at {self.rate:g}x"
        return f"{self.compressor}{rate} on {self.base_model} ({self.fingerprint[:8]})"


class Writer(Protocol):
    """What signs a memory: a compressor. Its signature may be dear; its `state` is cheap and changes with its weights."""

    decoder: Decoder

    def signature(self) -> Signature: ...

    def state(self) -> bytes: ...


class Signed:
    """What knows its writer. The signature itself is made when it is first asked for: it reads every weight."""

    _writer: Writer | None = None
    _state: bytes = b""
    _signature: Signature | None = None

    @property
    def written_by(self) -> Signature | None:
        """Who wrote this memory; None for one that was made by hand, which anyone may read.

        Raises UsageError when the compressor trained on since it wrote: then no compressor that there is wrote this.
        """
        if self._signature is None and self._writer is not None:
            if self._writer.state() != self._state:
                raise UsageError(
                    "the compressor has trained on since it wrote this memory, so nothing can say who wrote it. "
                    "Compress the documents again."
                )
            self._signature = self._writer.signature()
        return self._signature

    def signed(self, writer: Writer) -> Self:
        """This memory, as `writer` has just written it."""
        self._writer, self._state, self._signature = writer, writer.state(), None
        return self

    def signed_like(self, parts: Sequence[Signed]) -> Self:
        """This memory, as written by who wrote all of `parts`. Raises UsageError when that is not one compressor."""
        first = parts[0]
        for part in parts[1:]:
            same = part._writer is first._writer and part._state == first._state and part._signature is first._signature
            if not same and part.written_by != first.written_by:
                raise UsageError(f"memories written by {first.written_by} and by {part.written_by} make no one batch.")
        self._writer, self._state, self._signature = first._writer, first._state, first._signature
        return self

    def check_reader(self, compressor: Writer) -> None:
        """Raise UsageError unless `compressor` wrote this memory, or is the same as what did, down to its weights."""
        if self._writer is compressor:
            return
        written_by, reader = self.written_by, compressor.signature()
        if written_by is not None and written_by.fingerprint != reader.fingerprint:
            raise UsageError(
                f"this memory was written by {written_by} and cannot be read with {reader}. Load the setup that wrote "
                f"it, or compress the documents again."
            )
        self.check_fits(compressor.decoder)

    def check_fits(self, decoder: Decoder) -> None:
        """Raise UsageError when the memory's shape is not one that `decoder` reads."""


def fingerprint(what: Mapping[str, Any], weights: Iterable[tuple[str, Tensor]]) -> str:
    """sha256 over `what` (as JSON) and every weight with its name, in hexadecimal."""
    digest = hashlib.sha256(json.dumps(what, sort_keys=True, default=str).encode())
    for name, tensor in sorted(weights, key=lambda pair: pair[0]):
        digest.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}".encode())
        flat = tensor.detach().contiguous().cpu().flatten()
        digest.update(memoryview(flat.view(torch.uint8).numpy()))
    return digest.hexdigest()


def sample(weights: Iterable[tuple[str, Tensor]]) -> bytes:
    """Some values of every weight: cheap to take, and no optimizer step leaves all of them as they were.

    (Tensors count their own changes, but fused optimizers go past the counter.)
    """
    here = (getattr(w, "to_local", lambda w=w: w)().detach() for _, w in weights)  # of a weight in shards, the own one
    taken = [w.flatten()[:: max(1, w.numel() // 16)].float() for w in here]
    return torch.cat(taken).cpu().numpy().tobytes() if taken else b""


def identity(lm: LM) -> dict[str, Any]:
    """What tells one LM from another, wherever it lies: its configuration, its weights and its tokenizer.

    Reads every weight, and again only after they have changed.
    """
    state = sample(lm.model.named_parameters())
    if lm.model not in _READ or _READ[lm.model][0] != state:
        _READ[lm.model] = state, of_model(lm)
    config = {k: v for k, v in lm.model.config.to_dict().items() if k not in NOT_IDENTITY}
    found = _READ[lm.model][1]
    return {"config": config, "weights": found.weights, "tokenizer": found.tokenizer}


def label(lm: LM) -> str:
    return lm.name.rstrip("/").split("/")[-1]
