"""The network: a BERT that says of each token of a claim whether the window supports it, and that is told which words both have.

A small model learns to compare from few pairs when it need not first learn to look a word up: to each token's vector is
added whether it stands in the other text, alone, with the token before it, and with the one after. The comparison is part
of the graph, so that the ONNX file is read like any other token classifier.

B pairs, T tokens, C channels.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

LABELS = {0: "supported", 1: "unsupported"}
INPUTS = ("input_ids", "attention_mask", "token_type_ids")


def matches(ids_BT: torch.Tensor, mask_BT: torch.Tensor, types_BT: torch.Tensor) -> torch.Tensor:
    """[B, T, 3]: whether the other text has the token; has it after the token before; has it before the token after."""
    same_BTT = (ids_BT[:, :, None] == ids_BT[:, None, :]) & (types_BT[:, :, None] != types_BT[:, None, :])
    hit_BTT = (same_BTT & (mask_BT[:, None, :] > 0)).float()
    pair_BT = (hit_BTT[:, 1:, 1:] * hit_BTT[:, :-1, :-1]).amax(2)
    none_B1 = torch.zeros_like(pair_BT[:, :1])
    before_BT, after_BT = torch.cat([none_B1, pair_BT], 1), torch.cat([pair_BT, none_B1], 1)
    return torch.stack([hit_BTT.amax(2), before_BT, after_BT], 2) * mask_BT[:, :, None].float()


class Comparing(torch.nn.Module):
    """`model`: a BertForTokenClassification."""

    def __init__(self, model: Any) -> None:
        super().__init__()
        self.model = model
        self.config = model.config
        self.flags = torch.nn.Linear(3, model.config.hidden_size, bias=False)
        torch.nn.init.zeros_(self.flags.weight)  # it begins as the model that it is given

    def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor, token_type_ids: torch.Tensor) -> Any:
        words_BTC = self.get_input_embeddings()(input_ids) + self.flags(
            matches(input_ids, attention_mask, token_type_ids)
        )
        return self.model(inputs_embeds=words_BTC, attention_mask=attention_mask, token_type_ids=token_type_ids)

    def get_input_embeddings(self) -> Any:
        return self.model.get_input_embeddings()

    def set_input_embeddings(self, embeddings: Any) -> None:
        self.model.set_input_embeddings(embeddings)

    def set_attn_implementation(self, name: str) -> None:
        self.model.set_attn_implementation(name)


def network(base: Path, n_layers: int | None) -> Comparing:
    """On the first `n_layers` layers of the BERT in `base` (None: all)."""
    from transformers import AutoModelForTokenClassification

    model = AutoModelForTokenClassification.from_pretrained(
        base, id2label=LABELS, label2id={v: k for k, v in LABELS.items()}
    )
    if n_layers is not None:
        model.bert.encoder.layer = model.bert.encoder.layer[:n_layers]
        model.config.num_hidden_layers = n_layers
    return Comparing(model)
