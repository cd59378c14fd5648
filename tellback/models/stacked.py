"""Many LMs of one shape as one: every product is a batched product over the models.

Small models leave an accelerator idle: a step of one is a few hundred kernels that each end before the next begins. Stacked, the
same kernels carry dozens of models. What each model computes is what it would compute alone, up to the order of sums.

Shapes: M models, B batch, T positions, C width, H heads, K head width, V vocabulary.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

FAMILIES = ("llama", "qwen3")
Weights = Mapping[str, Tensor]  # each M x the shape that one model has


def why_not(model: Any) -> str | None:
    """Why models like `model` (of transformers) cannot be stacked; None where they can."""
    config = model.config
    if config.model_type not in FAMILIES:
        return f"models of the family {config.model_type!r} are not stacked, those of {', '.join(FAMILIES)} are"
    if config.num_key_value_heads != config.num_attention_heads or config.hidden_act != "silu":
        return "heads that share keys, and activations other than silu, are not stacked"
    if any(name.endswith(".bias") for name, _ in model.named_parameters()):
        return "layers with biases are not stacked"
    return None


class StackedLM:
    """The forward pass of M causal LMs with the shape of `model`. Weights come from outside, by the model's own names."""

    def __init__(self, model: Any):
        config = model.config
        self.n_layers, self.n_heads, self.eps = config.num_hidden_layers, config.num_attention_heads, config.rms_norm_eps
        self.vocabulary = config.vocab_size
        self.head = "model.embed_tokens.weight" if config.tie_word_embeddings else "lm_head.weight"
        self.rotary = model.model.rotary_emb
        self._tables: dict[tuple[int, torch.device], tuple[Tensor, Tensor, Tensor]] = {}

    def embed(self, w: Weights, ids_MBT: Tensor) -> Tensor:
        """Input embeddings (M x B x T x C), by a product: its gradient is a product too, and has one order of sums."""
        one_hot = (ids_MBT.flatten(1)[..., None] == torch.arange(self.vocabulary, device=ids_MBT.device)).to(torch.float32)
        return torch.bmm(one_hot, w["model.embed_tokens.weight"]).unflatten(1, ids_MBT.shape[1:])

    def hidden(self, w: Weights, x_MBTC: Tensor) -> Tensor:
        """Last hidden states after the final norm, causal; padding stands on the right, where nothing can see it."""
        tables = self._positions(x_MBTC.shape[2], x_MBTC.device)
        for i in range(self.n_layers):
            at = f"model.layers.{i}."
            x_MBTC = x_MBTC + self._attend(w, at + "self_attn.", norm(x_MBTC, w[at + "input_layernorm.weight"], self.eps), tables)
            x_MBTC = x_MBTC + self._mlp(w, at + "mlp.", norm(x_MBTC, w[at + "post_attention_layernorm.weight"], self.eps))
        return norm(x_MBTC, w["model.norm.weight"], self.eps)

    def logits(self, w: Weights, x_MBTC: Tensor) -> Tensor:
        return linear(self.hidden(w, x_MBTC), w[self.head])

    def _positions(self, n: int, device: torch.device) -> tuple[Tensor, Tensor, Tensor]:
        """cos and sin of the rotary embedding (n x K) and the causal mask (n x n)."""
        if (n, device) not in self._tables:
            cos, sin = self.rotary.to(device)(torch.zeros(1, device=device), torch.arange(n, device=device)[None])
            mask = torch.full((n, n), -torch.inf, device=device).triu(1)
            self._tables[n, device] = cos[0].float(), sin[0].float(), mask
        return self._tables[n, device]

    def _attend(self, w: Weights, at: str, x_MBTC: Tensor, tables: tuple[Tensor, Tensor, Tensor]) -> Tensor:
        cos, sin, mask = tables
        q, k, v = (linear(x_MBTC, w[f"{at}{name}_proj.weight"]).unflatten(-1, (self.n_heads, -1)) for name in "qkv")
        if f"{at}q_norm.weight" in w:
            q, k = norm(q, w[f"{at}q_norm.weight"], self.eps), norm(k, w[f"{at}k_norm.weight"], self.eps)
        q, k, v = (t.transpose(2, 3) for t in (q, k, v))  # M B H T K
        q, k = q * cos + _rotate(q) * sin, k * cos + _rotate(k) * sin
        weight = (q @ k.transpose(-1, -2) * q.shape[-1] ** -0.5 + mask).softmax(-1)
        return linear((weight @ v).transpose(2, 3).flatten(-2), w[f"{at}o_proj.weight"])

    @staticmethod
    def _mlp(w: Weights, at: str, x_MBTC: Tensor) -> Tensor:
        gate, up = linear(x_MBTC, w[f"{at}gate_proj.weight"]), linear(x_MBTC, w[f"{at}up_proj.weight"])
        return linear(F.silu(gate) * up, w[f"{at}down_proj.weight"])


def linear(x: Tensor, weight_MOI: Tensor, bias_MO: Tensor | None = None) -> Tensor:
    """x (M x ... x I) through each model's own layer."""
    out = torch.bmm(x.flatten(1, -2), weight_MOI.transpose(1, 2))
    if bias_MO is not None:
        out = out + bias_MO[:, None]
    return out.unflatten(1, x.shape[1:-1])


def norm(x: Tensor, weight_MC: Tensor, eps: float | None) -> Tensor:
    """RMSNorm of each model: x is M x ... x C."""
    return F.rms_norm(x, x.shape[-1:], None, eps) * weight_MC[(slice(None), *[None] * (x.dim() - 2))]


def _rotate(x: Tensor) -> Tensor:
    half = x.shape[-1] // 2
    return torch.cat([-x[..., half:], x[..., :half]], -1)


class Flat:
    """The weights of M models of one shape as one M x P matrix, so that one optimizer step is a handful of kernels."""

    def __init__(self, models: Sequence[Mapping[str, nn.Parameter]]):
        self.shapes = {name: p.shape for name, p in models[0].items()}
        self.sizes = [shape.numel() for shape in self.shapes.values()]
        for named in models[1:]:
            if {name: p.shape for name, p in named.items()} != self.shapes:
                raise ValueError("models of different shapes make no stack")
        self.start_MP = torch.stack([torch.cat([p.detach().float().flatten().cpu() for p in named.values()]) for named in models])

    def views(self, flat_MP: Tensor) -> dict[str, Tensor]:
        """The weights by name, each M x its shape. One split: its gradient is one concatenation."""
        parts = flat_MP.split(self.sizes, 1)
        return {name: part.unflatten(1, shape) if len(shape) > 1 else part for (name, shape), part in zip(self.shapes.items(), parts, strict=True)}

    def put(self, row_P: Tensor, named: Mapping[str, nn.Parameter]) -> None:
        """Write one model's weights into its own parameters."""
        with torch.no_grad():
            for (name, shape), part in zip(self.shapes.items(), row_P.split(self.sizes), strict=True):
                named[name].copy_(part.view(shape))

    def mask(self, trained: Sequence[Mapping[str, Any]]) -> Tensor | None:
        """M x P, 1 where a model's weight trains; None where all do."""
        if all(set(names) >= set(self.shapes) for names in trained):
            return None
        rows = [torch.cat([torch.full((n,), float(name in names)) for name, n in zip(self.shapes, self.sizes, strict=True)]) for names in trained]
        return torch.stack(rows)


def of(prefix: str, w: Weights) -> dict[str, Tensor]:
    """The weights whose names begin with `prefix`, without it."""
    return {name.removeprefix(prefix): t for name, t in w.items() if name.startswith(prefix)}
