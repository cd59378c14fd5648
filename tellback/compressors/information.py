"""How surprising each token of a text is to a language model, in a bounded amount of memory."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from tellback.compressors.base import parts
from tellback.models.lm import LM
from tellback.models.rows import pad_right

WINDOW = 512  # tokens that are read together
POSITIONS = 4096  # whose logits are held at once, at most
LOGITS = 2**26  # that are held at once: 256 MB in float32


def self_information(lm: LM, model: nn.Module, rows: Sequence[Sequence[int]]) -> Tensor:
    """-log2 p(token | what stands before it in its row) of every token of all rows (T).

    `model` reads: `lm`'s own, or a copy. A row longer than 512 tokens is read in windows; each window begins with a
    start token, so that its first token has a probability too.
    """
    room = min(WINDOW, lm.max_positions - 1)
    start = lm.tokenizer.bos_token_id
    start = lm.eos if start is None else start
    windows = [[start, *row[at : at + room]] for row in rows for at in range(0, len(row), room)]
    if not windows:
        return torch.zeros(0, device=model.device)
    most = min(POSITIONS, LOGITS // model.get_input_embeddings().weight.shape[0])
    bits = []
    for part in (windows[at] for at in parts([len(window) for window in windows], most)):
        given = pad_right(part).to(model.device)
        logits = model(given, use_cache=False).logits[:, :-1].float()
        nats = nn.functional.cross_entropy(logits.transpose(1, 2), given[:, 1:], reduction="none")
        lengths = torch.tensor([len(window) - 1 for window in part], device=model.device)[:, None]
        bits.append(nats[torch.arange(nats.shape[1], device=model.device)[None] < lengths] / math.log(2))
    return torch.cat(bits)
