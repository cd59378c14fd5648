"""Score answers by likelihood: log p(option | memory, question)."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from tellback.models.decoder import Decoder, Prefix


@torch.inference_mode()
def score_options(
    decoder: Decoder, prefix: Prefix, rows: Sequence[int], questions: Sequence[Sequence[int]],
    options: Sequence[Sequence[Sequence[int]]], batch_size: int = 64,
) -> list[list[float]]:  # fmt: skip
    """Log-probability (nats, summed over tokens) of each option's ids after `prefix[rows[i]]` and `questions[i]`.

    Questions and options are token ids. Every option is scored whole, so options of different length compare as
    the probabilities of the strings that they are.
    """
    flat = [(i, j) for i, candidates in enumerate(options) for j in range(len(candidates))]
    # rows of similar length share a batch, so that little is spent on padding
    flat.sort(key=lambda ij: len(questions[ij[0]]) + len(options[ij[0]][ij[1]]))
    out: list[list[float]] = [[0.0] * len(candidates) for candidates in options]
    for at in range(0, len(flat), batch_size):
        chunk = flat[at : at + batch_size]
        vectors = [decoder.embed([*questions[i], *options[i][j]][:-1]) for i, j in chunk]
        logits, _ = decoder.read(prefix.select([rows[i] for i, _ in chunk]), vectors)
        for row, (i, j) in enumerate(chunk):
            target = torch.tensor(options[i][j], device=decoder.device)
            log_p = logits[row, -len(target) :].float().log_softmax(-1)
            out[i][j] = log_p.gather(1, target[:, None]).sum().item()
    return out
