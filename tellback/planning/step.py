"""One training step of a setup whose models have shapes but no weights: what it computes and what it must hold.

The step is the trainer's own (`Pair.forward` and its backward), run on fake tensors, which have sizes and no numbers. Operations
are counted by torch's FlopCounterMode; memory is that of every tensor alive at once. Both grow by the same with each layer, so a
model of many layers is measured at one and at two.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch

from tellback.compressors import compressor_class
from tellback.compressors.base import n_slots
from tellback.config import SetupSpec, parse
from tellback.errors import UsageError
from tellback.models.architectures import config_of, with_layers
from tellback.models.decoder import Decoder
from tellback.models.lm import LM
from tellback.training.data import Batch
from tellback.training.pair import AUTOENCODE, Pair, Step
from tellback.training.trainable import LORA, choose_trainable, parameters_by_part


class Ids:
    """In place of a tokenizer: ids are all that a step reads."""

    eos_token_id, pad_token_id = 2, 0

    def get_vocab(self) -> dict[str, int]:
        return {}


@dataclass(frozen=True)
class Measured:
    """Of one forward and backward pass over `documents` of `tokens` tokens; bytes and operations (2 a multiply-add)."""

    flops: float
    activations: float  # bytes that wait for the backward pass
    layer_activations: float  # those of the largest single layer

    def __sub__(self, other: Measured) -> Measured:
        return Measured(*(a - b for a, b in zip(self._all, other._all, strict=True)))

    def __add__(self, other: Measured) -> Measured:
        return Measured(*(a + b for a, b in zip(self._all, other._all, strict=True)))

    def times(self, k: float) -> Measured:
        return Measured(*(k * a for a in self._all))

    @property
    def _all(self) -> tuple[float, float, float]:
        return self.flops, self.activations, self.layer_activations


@dataclass(frozen=True)
class Parameters:
    """Exact counts."""

    compressor: int
    embedding: int  # of the compressor's LM
    projector: int  # what the method adds
    decoder: int
    trained: int
    largest_layer: int
    lora: int  # what LoRA adds to either LM

    @property
    def all(self) -> int:
        return self.compressor + self.projector + self.decoder + self.lora


@contextmanager
def without_weights() -> Iterator[None]:
    """Where tensors have shapes and no numbers."""
    from torch._subclasses.fake_tensor import FakeTensorMode

    with FakeTensorMode(allow_non_fake_inputs=True):
        yield


def empty_pair(spec: SetupSpec, layers: tuple[int | None, int | None] = (None, None), attention: str = "sdpa") -> Pair:
    """Compressor and decoder of `spec` with `layers` layers each (None: all), on torch's meta device; what trains is set."""
    lms: list[LM] = []
    try:
        with torch.device("meta"):
            return _pair(spec, layers, attention, lms)
    except NotImplementedError as error:  # torch's word for reading a number that is not there
        raise _unplannable(spec, str(error)) from None


def fake_pair(spec: SetupSpec, layers: tuple[int, int], attention: str = "sdpa") -> Pair:
    """The same on fake tensors, which can be computed with; to be called inside `without_weights`."""
    from torch._subclasses.fake_tensor import unset_fake_temporarily

    with unset_fake_temporarily():
        pair = empty_pair(spec, layers, attention)
    made: dict[int, Any] = {}
    for module in pair.modules():
        for name, p in module._parameters.items():
            if p is not None:
                made.setdefault(id(p), torch.nn.Parameter(torch.empty(p.shape, dtype=p.dtype), requires_grad=p.requires_grad))
                module._parameters[name] = made[id(p)]
        for name, b in module._buffers.items():
            if b is not None:
                module._buffers[name] = torch.empty(b.shape, dtype=b.dtype)
    return pair


def _pair(spec: SetupSpec, layers: tuple[int | None, int | None], attention: str, lms: list[LM]) -> Pair:
    for model, n in zip((spec.base_model, spec.decoder.model), layers, strict=True):
        config = config_of(model.name)
        config = config if n is None else with_layers(config, n)
        lms.append(LM(model.name, _model(config, weights_dtype(spec), attention), Ids()))  # type: ignore[arg-type]
    decoder = Decoder(lms[1])
    cls: Any = compressor_class(spec.compressor.name)
    compressor = cls(lms[0], decoder, spec.rate, parse(cls.Options, spec.compressor.options, "compressor, options"), 0)
    choose_trainable(compressor, decoder, spec.train, spec.decoder.train)
    return Pair(compressor, decoder).train()


def weights_dtype(spec: SetupSpec) -> torch.dtype:
    return torch.bfloat16 if spec.train.keeps_masters else torch.float32


def loaded_bytes(spec: SetupSpec) -> int:
    """Of a weight, as the larger of the two models is loaded."""
    return 4 if "float32" in (spec.base_model.dtype, spec.decoder.model.dtype) else 2


def _model(config: Any, dtype: torch.dtype, attention: str) -> Any:
    from transformers import AutoModelForCausalLM

    return AutoModelForCausalLM.from_config(config, dtype=dtype, attn_implementation=attention)


def count(spec: SetupSpec) -> Parameters:
    """Parameters of the whole models."""
    pair = empty_pair(spec)
    parts = {"compressor": 0, "adapter": 0, "decoder": 0}
    trained = lora = 0
    for part, name, p in parameters_by_part(pair.compressor, pair.decoder):
        lora += p.numel() if LORA in name else 0
        parts[part] += p.numel() if LORA not in name else 0
        trained += p.numel() if p.requires_grad else 0
    layers = [sum(p.numel() for p in layer.parameters()) for lm in (pair.compressor.lm, pair.decoder.lm) for layer in _layers(lm)]
    return Parameters(parts["compressor"], pair.compressor.lm.n_embedding, parts["adapter"], parts["decoder"], trained, max(layers), lora)


def _layers(lm: LM) -> Any:
    return lm.model.get_decoder().layers


def measure(spec: SetupSpec, documents: int, tokens: int) -> Measured:
    """Of one forward and backward pass of the whole models. Raises UsageError for a method whose step depends on the numbers."""
    from torch._subclasses.fake_tensor import DataDependentOutputException, DynamicOutputShapeException

    try:
        return _measure_by_layers(spec, documents, tokens)
    except (DataDependentOutputException, DynamicOutputShapeException) as error:
        raise _unplannable(spec, str(error.func)) from None


def _unplannable(spec: SetupSpec, why: str) -> UsageError:
    return UsageError(
        f"compressor {spec.compressor.name!r} cannot be planned: it needs numbers ({why.rstrip('.!')}), and a plan has none. Plan pooling at "
        f"the same rate and size, which costs nearly the same."
    )


def _measure_by_layers(spec: SetupSpec, documents: int, tokens: int) -> Measured:
    wanted = [config_of(m.name).get_text_config().num_hidden_layers for m in (spec.base_model, spec.decoder.model)]
    first = _measure(spec, documents, tokens, (1, 1))
    per_layer = [_measure(spec, documents, tokens, layers) - first for layers in ((2, 1), (1, 2))]
    total = first
    for one, n in zip(per_layer, wanted, strict=True):
        total = total + one.times(n - 1)
    return Measured(total.flops, total.activations, max(one.activations for one in per_layer))


def _measure(spec: SetupSpec, documents: int, tokens: int, layers: tuple[int, int]) -> Measured:
    return Measured(_flops(spec, documents, tokens, layers), _saved(spec, documents, tokens, layers), 0.0)


def _flops(spec: SetupSpec, documents: int, tokens: int, layers: tuple[int, int]) -> float:
    """Operations of products of matrices; eager attention, since those of a fused one are not counted on every device."""
    from torch.utils.flop_counter import FlopCounterMode

    with without_weights():
        pair, counter = fake_pair(spec, layers, "eager"), FlopCounterMode(display=False)
        with counter:
            _loss(pair, spec, documents, tokens, spec.rate).backward()
        return float(counter.get_total_flops())


def _saved(spec: SetupSpec, documents: int, tokens: int, layers: tuple[int, int]) -> float:
    """Bytes of what the forward pass keeps for the backward pass, each storage once, weights left out."""
    with without_weights():
        pair, held = fake_pair(spec, layers), {}
        weights = {p.untyped_storage()._cdata for p in pair.parameters()}
        autocast = torch.autocast("cpu", torch.bfloat16, enabled=spec.train.dtype == "bfloat16")

        def keep(tensor: torch.Tensor) -> torch.Tensor:
            storage = tensor.untyped_storage()
            if storage._cdata not in weights:
                held[storage._cdata] = (storage.nbytes(), tensor)  # the tensor, so that no other takes its place
            return tensor

        with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor), autocast:
            _loss(pair, spec, documents, tokens, spec.train.lowest_rate(spec.rate))
        return float(sum(n for n, _ in held.values()))


def _loss(pair: Pair, spec: SetupSpec, documents: int, tokens: int, rate: float | None) -> torch.Tensor:
    assert rate is not None
    ids = [[5] * tokens for _ in range(documents)]
    return pair(Batch(ids, ids), Step(rate, AUTOENCODE), spec.train)


def cache_bytes(spec: SetupSpec, documents: int, tokens: int) -> int:
    """Keys and values of the decoder while it tells `documents` back, memory and text together."""
    text = config_of(spec.decoder.model.name).get_text_config()
    heads, width = text.num_key_value_heads, getattr(text, "head_dim", None) or text.hidden_size // text.num_attention_heads
    positions = n_slots(tokens, spec.rate or 1) + 1 + int(1.25 * tokens) + 8
    size = 2 if spec.train.dtype != "float32" else 4
    return 2 * documents * positions * text.num_hidden_layers * heads * width * size
