"""Weights in bfloat16 with float32 masters: the models compute in bfloat16, the optimizer adds small steps in float32.

A bfloat16 weight has 8 bits of mantissa, so that a step below 1/256 of the weight would be lost in it; the master keeps it.
On CPUs with bfloat16 instructions this is 1.3 times (1M parameters) to 3 times (100M) as fast as float32, with eager
attention: the fused one has no such kernel there and costs twice as much.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import nn


class NoMasters:
    """The weights themselves: what the optimizer changes is what computes."""

    def __init__(self, weights: Mapping[str, nn.Parameter]):
        self.weights = dict(weights)
        self.parameters = self.weights  # what the optimizer and the checkpoint get, by the weights' names

    def start(self) -> None: ...

    def end(self) -> None: ...

    def take(self) -> None: ...

    def give(self) -> None: ...

    def of(self, weights: Sequence[nn.Parameter]) -> list[nn.Parameter]:
        """What stands for `weights` in the optimizer."""
        return list(weights)


class Masters(NoMasters):
    """Float32 copies of `weights` for the optimizer, while the whole of `model` computes in bfloat16 from `start` to `end`.

    Buffers stay as they are: rotary frequencies would lose their meaning.
    """

    def __init__(self, model: nn.Module, weights: Mapping[str, nn.Parameter]):
        super().__init__(weights)
        trained, models = {id(p) for p in weights.values()}, (model, *getattr(model, "teachers", ()))  # a teacher computes along
        every = {id(p): p for each in models for p in each.parameters() if p.is_floating_point()}
        self.frozen = [p for key, p in every.items() if key not in trained]
        self.full = [p.data for p in self.frozen]
        self.parameters = {name: nn.Parameter(p.detach().float().clone()) for name, p in weights.items()}
        self.loaded = {name: p.dtype for name, p in weights.items()}
        self.masters = {id(p): self.parameters[name] for name, p in weights.items()}
        self.attention = {m: m.config._attn_implementation for each in models for m in _language_models(each)}
        self.on_cpu = all(p.device.type == "cpu" for p in weights.values())

    def of(self, weights: Sequence[nn.Parameter]) -> list[nn.Parameter]:
        return [self.masters[id(p)] for p in weights]

    def start(self) -> None:
        for p in (*self.frozen, *self.weights.values()):
            p.data = p.data.to(torch.bfloat16)
        for lm in self.attention if self.on_cpu else ():
            lm.set_attn_implementation("eager")
        self.give()

    def end(self) -> None:
        """Everything as it was, the weights as their masters are, in the dtype that they were loaded in."""
        for p, full in zip(self.frozen, self.full, strict=True):
            p.data = full
        for name, p in self.weights.items():
            p.grad, p.data = None, self.parameters[name].detach().to(self.loaded[name], copy=True)
        for lm, attention in self.attention.items():
            lm.set_attn_implementation(attention)

    @torch.no_grad()
    def take(self) -> None:
        """Move the gradients to the masters."""
        given = [(self.parameters[name], p) for name, p in self.weights.items() if p.grad is not None]
        for master in self.parameters.values():
            master.grad = None
        for master, _ in given:
            master.grad = torch.empty_like(master)
        if given:
            torch._foreach_copy_([master.grad for master, _ in given], [p.grad for _, p in given])
        for _, p in given:
            p.grad = None

    @torch.no_grad()
    def give(self) -> None:
        """Round the masters into the weights."""
        torch._foreach_copy_([p.data for p in self.weights.values()], [m.data for m in self.parameters.values()])


def _language_models(model: nn.Module) -> list[nn.Module]:
    from transformers import PreTrainedModel

    return [m for m in model.modules() if isinstance(m, PreTrainedModel) and m.get_output_embeddings() is not None]
