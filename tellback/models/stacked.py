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
        self._tables: dict[tuple[int, torch.device], Tensor] = {}

    def one_hot(self, ids_MBT: Tensor) -> Tensor:
        """The ids as rows of one 1 each (M x B x T x V): what looks embeddings up by a product, whose gradient is a product too
        and has one order of sums. Models of one vocabulary share it."""
        return (ids_MBT[..., None] == torch.arange(self.vocabulary, device=ids_MBT.device)).to(torch.float32)

    def embed(self, w: Weights, one_hot_MBTV: Tensor) -> Tensor:
        """Input embeddings (M x B x T x C)."""
        return torch.bmm(one_hot_MBTV.flatten(1, 2), w["model.embed_tokens.weight"]).unflatten(1, one_hot_MBTV.shape[1:3])

    def hidden(self, w: Weights, x_MBTC: Tensor) -> Tensor:
        """Last hidden states after the final norm, causal; padding stands on the right, where nothing can see it."""
        return norm(self._layers(w, x_MBTC), w["model.norm.weight"], self.eps)

    def logits(self, w: Weights, x_MBTC: Tensor) -> Tensor:
        return self._normed_linear(self._layers(w, x_MBTC), w[self.head], w["model.norm.weight"])

    def _layers(self, w: Weights, x_MBTC: Tensor) -> Tensor:
        turn_TK = self._turns(x_MBTC.shape[2], x_MBTC.device)
        for i in range(self.n_layers):
            of_layer = of(f"model.layers.{i}.", w)
            x_MBTC = x_MBTC + self._attend(of_layer, x_MBTC, turn_TK)
            x_MBTC = x_MBTC + self._mlp(of_layer, x_MBTC)
        return x_MBTC

    def _turns(self, n: int, device: torch.device) -> Tensor:
        """The rotary embedding's turns (n x K / 2), as complex numbers of length 1."""
        if (n, device) not in self._tables:
            cos, sin = self.rotary.to(device)(torch.zeros(1, device=device), torch.arange(n, device=device)[None])
            half = cos.shape[-1] // 2
            self._tables[n, device] = torch.complex(cos[0, :, :half].float(), sin[0, :, :half].float())
        return self._tables[n, device]

    def _normed_linear(self, x_MBTC: Tensor, weight_MOC: Tensor, norm_MC: Tensor) -> Tensor:
        """RMSNorm and a layer after it: the norm's weight goes into the layer's, which is smaller than what it reads."""
        return linear(F.rms_norm(x_MBTC, x_MBTC.shape[-1:], None, self.eps), weight_MOC * norm_MC[:, None])

    def _attend(self, w: Weights, x_MBTC: Tensor, turn_TK: Tensor) -> Tensor:
        m, b, t, _ = x_MBTC.shape
        queries_keys = [self._paired(w[f"self_attn.{name}_proj.weight"]) for name in "qk"]
        weight = torch.cat([*queries_keys, w["self_attn.v_proj.weight"]], 1)
        read = self._normed_linear(x_MBTC, weight, w["input_layernorm.weight"]).unflatten(-1, (3, self.n_heads, -1))
        qk, v = read.split([2, 1], -3)
        if "self_attn.q_norm.weight" in w:
            qk = F.rms_norm(qk, qk.shape[-1:], None, self.eps)
            norms = torch.stack([self._paired(w[f"self_attn.{name}_norm.weight"], 1) for name in "qk"], 1)
            qk = qk * norms[:, None, None, :, None]
        turned = torch.view_as_complex(qk.unflatten(-1, (-1, 2))) * turn_TK[:, None, None]
        q, k = (torch.view_as_real(turned).flatten(-2)[..., i, :, :].flatten(0, 1).transpose(1, 2) for i in (0, 1))
        seen = F.scaled_dot_product_attention(q, k, v[..., 0, :, :].flatten(0, 1).transpose(1, 2), is_causal=True)
        return linear(seen.transpose(1, 2).reshape(m, b, t, -1), w["self_attn.o_proj.weight"])

    def _paired(self, weight: Tensor, heads: int | None = None) -> Tensor:
        """The rows of queries' and keys' weights (M x H K x ...) in the order in which the two that turn together are
        neighbours: products of queries and keys are the same in any order."""
        return weight.unflatten(1, (heads or self.n_heads, 2, -1)).transpose(2, 3).flatten(1, 3)

    def _mlp(self, w: Weights, x_MBTC: Tensor) -> Tensor:
        both = torch.cat([w["mlp.gate_proj.weight"], w["mlp.up_proj.weight"]], 1)
        gate, up = self._normed_linear(x_MBTC, both, w["post_attention_layernorm.weight"]).chunk(2, -1)
        return linear(F.silu(gate) * up, w["mlp.down_proj.weight"])


def linear(x: Tensor, weight_MOI: Tensor, bias_MO: Tensor | None = None) -> Tensor:
    """x (M x ... x I) through each model's own layer."""
    out = torch.bmm(x.flatten(1, -2), weight_MOI.transpose(1, 2))
    if bias_MO is not None:
        out = out + bias_MO[:, None]
    return out.unflatten(1, x.shape[1:-1])


def norm(x: Tensor, weight_MC: Tensor, eps: float | None) -> Tensor:
    """RMSNorm of each model: x is M x ... x C."""
    return F.rms_norm(x, x.shape[-1:], None, eps) * weight_MC[(slice(None), *[None] * (x.dim() - 2))]


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
