"""Prune the decoder's own cache of a document: an adapter of the presses of the package `kvpress`.

Code: NVIDIA's kvpress (0.5.5), whose presses implement many papers (KnormPress: arXiv 2406.11430). A press scores each
position of each layer's and head's keys and values while the document is read, and the best n_slots are kept: the
memory is the decoder's cache itself, so nothing of the base LM is used. Here: presses that only score, wrapped in the
package's KeyRerotationPress, since a decoder of ours goes on at position n_slots and not at the document's length.

The package asks for transformers below 5.3 and we need a later one, so pip refuses to install both; without its
dependencies it works: newer transformers no longer hand `cache_position` to the attention layers where the presses look
for it, so it is given here. Its import replaces transformers' attention functions by wrappers that do nothing for us.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from inspect import signature
from typing import Any

import torch
from pydantic import Field
from transformers import DynamicCache

from tellback.compressors.attention_guided import eager
from tellback.compressors.base import Compressor, Options, n_slots
from tellback.compressors.key_values import KeyValues
from tellback.errors import UsageError
from tellback.models.decoder import Decoder
from tellback.models.lm import LM
from tellback.registry import choose

INSTALL = "pip install --no-deps kvpress==0.5.5 cachetools fire termcolor && pip install datasets"


class KVPressOptions(Options):
    press: str = Field("KnormPress", description="a scoring press of the package, by its class's name")
    arguments: dict[str, Any] = Field(default_factory=dict, description="what the press is constructed with")
    eager: bool = Field(False, description="compute attention weights, for a press that asks for them")


class KVPress(Compressor):
    """The decoder's keys and values at the positions that a kvpress press scores highest (training-free)."""

    name = "kvpress"
    Options = KVPressOptions

    def __init__(self, lm: LM, decoder: Decoder, rate: float | None, options: KVPressOptions, seed: int = 0):
        super().__init__(lm, decoder, rate, options, seed)
        self._press = choose("press", options.press, scoring_presses())
        seeded = "seed" in signature(self._press).parameters
        self._arguments = ({"seed": seed} if seeded else {}) | options.arguments
        try:
            self.press(1.0)
        except (TypeError, AssertionError) as error:
            raise UsageError(f"kvpress: {options.press} is not made of the arguments {self._arguments}: {error}") from None

    def press(self, keep: float):
        """The press that keeps this share of the positions."""
        from kvpress import KeyRerotationPress

        return KeyRerotationPress(self._press(**self._arguments, compression_ratio=1 - keep))

    @torch.inference_mode()
    def write(self, documents: Sequence[str], rate: float, queries: Sequence[str] | None) -> KeyValues:
        source = self.source_ids(documents)
        wanted = [n_slots(len(row), rate) for row in source]
        # one at a time: a press sees padding as positions like others
        states = [self._states(row, n) for row, n in zip(source, wanted, strict=True)]
        return KeyValues(states, [len(row) for row in source])

    def _states(self, ids: Sequence[int], n: int) -> torch.Tensor:
        """N x L x 2 x H x K: the cache of one document, pruned to `n` positions."""
        if len(ids) > self.decoder.lm.max_positions:
            raise UsageError(
                f"kvpress: a document of {len(ids)} tokens does not fit the {self.decoder.lm.max_positions} positions of "
                f"{self.decoder.lm.name!r}. Split it."
            )
        cache = DynamicCache()
        at = torch.arange(len(ids), device=self.decoder.device)
        # half a position more, for the package rounds the share that it keeps down
        press = self.press(min(1.0, (n + 0.5) / len(ids)))
        try:
            with eager(self.decoder.lm) if self.options.eager else nullcontext(), press(self.decoder.model):
                self.decoder.model.base_model(
                    input_ids=torch.tensor([list(ids)], device=self.decoder.device), position_ids=at[None],
                    past_key_values=cache, use_cache=True, cache_position=at,
                )  # fmt: skip
        except (AssertionError, OSError) as error:  # what it asks of a document or a model, and files of its own
            reason = (str(error) or type(error).__name__).splitlines()[0]
            raise UsageError(f"kvpress: {self.options.press} cannot press this: {reason}") from None
        states_LN = torch.stack([torch.stack([layer.keys[0], layer.values[0]]) for layer in cache.layers])  # L 2 H N K
        assert states_LN.shape[3] == n, f"{self.options.press} kept {states_LN.shape[3]} of {n} positions"
        return states_LN.permute(3, 0, 1, 2, 4).contiguous()


def scoring_presses() -> dict[str, type]:
    """The presses that decide by a score alone, by name. Raises UsageError when the package cannot be had."""
    try:
        import kvpress
    except ImportError as error:
        raise UsageError(f"kvpress needs the package kvpress ({error}). Run: {INSTALL}") from None
    base = kvpress.ScorerPress
    found = {name: getattr(kvpress, name) for name in kvpress.__all__}
    return {
        name: cls for name, cls in found.items()
        if isinstance(cls, type) and issubclass(cls, base) and cls is not base
        and all(getattr(cls, part) is getattr(base, part) for part in ("compress", "forward_hook", "__call__"))
        and "compression_ratio" in signature(cls).parameters
    }  # fmt: skip
