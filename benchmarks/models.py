"""Models that the benchmarks run on: random weights in real shapes, so that nothing has to be downloaded."""

from __future__ import annotations

import torch

from tellback.corpora.pocket import PocketSettings, World
from tellback.models.decoder import Decoder
from tellback.models.lm import LM
from tellback.models.pocket import SIZES, build


def pocket(size: str, seed: int = 0, positions: int | None = None) -> LM:
    """A pocket model of that size, untrained; `positions` gives it room for longer texts."""
    lm = build("llama", SIZES[size], World(PocketSettings()), seed)
    if positions:
        lm.model.config.max_position_embeddings = positions
    lm.model.eval()
    return lm


def midsize(seed: int = 0, positions: int = 4096) -> LM:
    """Six layers of width 512 (19M parameters): large enough that matrix products rule the time."""
    from transformers import LlamaConfig, LlamaForCausalLM

    tokens = pocket("60k")
    torch.manual_seed(seed)
    config = LlamaConfig(
        vocab_size=len(tokens.tokenizer), hidden_size=512, intermediate_size=1408, num_hidden_layers=6,
        num_attention_heads=8, num_key_value_heads=4, max_position_embeddings=positions,
        eos_token_id=tokens.eos, pad_token_id=tokens.tokenizer.pad_token_id,
    )  # fmt: skip
    return LM("llama-19m", LlamaForCausalLM(config).eval(), tokens.tokenizer)


def ids(lm: LM, n_documents: int, n_tokens: int, seed: int = 0) -> list[list[int]]:
    """Documents of random tokens, none of them special."""
    generator = torch.Generator().manual_seed(seed)
    special = set(lm.tokenizer.all_special_ids)
    known = torch.tensor([i for i in range(len(lm.tokenizer)) if i not in special])
    return known[torch.randint(len(known), (n_documents, n_tokens), generator=generator)].tolist()


def decoder(lm: LM) -> Decoder:
    return Decoder(lm)
