"""Score answers by likelihood: log p(option | memory, question)."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from tellback.models.decoder import Decoder, Prefix


def normalised(log_p: Sequence[float], lengths: Sequence[int], by: str) -> list[float]:
    """Log-probabilities of whole options ("sum"; "gain", whose differences are whole too), or per token ("tokens", after
    `lengths`), so that a long option is not unlikely for its length alone."""
    if by != "tokens":
        return list(log_p)
    return [x / n for x, n in zip(log_p, lengths, strict=True)]


@torch.inference_mode()
def score_options(
    decoder: Decoder, prefix: Prefix, rows: Sequence[int], questions: Sequence[Sequence[int]],
    options: Sequence[Sequence[Sequence[int]]], batch_size: int = 64,
) -> list[list[float]]:  # fmt: skip
    """Log-probability (nats, summed over tokens) of each option's ids after `prefix[rows[i]]` and `questions[i]`.

    Questions and options are token ids. Every option is scored whole, so options of different length compare as
    the probabilities of the strings that they are.
    """
    out: list[list[float]] = [[0.0] * len(candidates) for candidates in options]
    # questions of similar length share a batch, so that little is spent on padding; each is read once, not per option
    order = sorted(range(len(questions)), key=lambda i: len(questions[i]))
    for at in range(0, len(order), batch_size):
        chunk = order[at : at + batch_size]
        asked, first_BV = decoder.extend(prefix.select([rows[i] for i in chunk]), [questions[i] for i in chunk])
        first_BV = first_BV.float().log_softmax(-1)
        longer = []
        for b, i in enumerate(chunk):
            for j, ids in enumerate(options[i]):
                out[i][j] = first_BV[b, ids[0]].item()
                if len(ids) > 1:
                    longer.append((b, i, j))
        longer.sort(key=lambda bij: len(options[bij[1]][bij[2]]))
        for start in range(0, len(longer), batch_size):
            part = longer[start : start + batch_size]
            vectors = [decoder.embed(options[i][j][:-1]) for _, i, j in part]
            logits, _ = decoder.read(asked.select([b for b, _, _ in part]), vectors)
            for row, (_, i, j) in enumerate(part):
                target = torch.tensor(options[i][j][1:], device=decoder.device)
                log_p = logits[row, -len(target) :].float().log_softmax(-1)
                out[i][j] += log_p.gather(1, target[:, None]).sum().item()
    return out
