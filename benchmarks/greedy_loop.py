"""Telling back 16 documents at once beside a loop that decodes one document after the other, as ICAE's inference script does.

    OMP_NUM_THREADS=1 python -m benchmarks.greedy_loop [ROUNDS] [smollm2]

The loop keeps a cache of its own and feeds one token at a time; both write the same number of greedy tokens from the same vectors.
"""

from __future__ import annotations

import sys

import torch
from transformers import DynamicCache

from benchmarks.interleaved import ratio
from benchmarks.models import decoder as make_decoder
from benchmarks.models import ids, midsize, pocket
from tellback.config import ModelSpec
from tellback.models.decode import greedy
from tellback.models.decoder import Decoder
from tellback.models.load import load

ROWS, BAR = 16, "at most 0.167: 6 times as many tokens a second"


def loop(decoder: Decoder, rows: torch.Tensor, n_new: int):
    @torch.inference_mode()
    def run() -> list[list[int]]:
        out = []
        for row in rows:
            embeds, cache, said = decoder.embed(row)[None], DynamicCache(), []
            for _ in range(n_new):
                logits = decoder.model(inputs_embeds=embeds, past_key_values=cache, use_cache=True).logits
                said.append(int(logits[0, -1].argmax()))
                embeds = decoder.embed([said[-1]])[None]
            out.append(said)
        return out

    return run


def batched(decoder: Decoder, rows: torch.Tensor, n_new: int):
    @torch.inference_mode()
    def run() -> list[list[int]]:
        prefix = decoder.prefix(list(decoder.embed(rows[:, :-1])))
        return greedy(decoder, prefix, list(decoder.embed(rows[:, -1:])), n_new)[0]

    return run


def main(runs: int, which: str) -> None:
    torch.set_num_threads(1)
    print(f"telling back {ROWS} documents; seconds at once / one after the other")
    pockets = [("pocket-60k", pocket("60k"), 16, 64), ("pocket-250k", pocket("250k"), 16, 64), ("llama-19m", midsize(), 16, 32)]
    for label, lm, n_prefix, n_new in pockets if which != "smollm2" else [("smollm2-135m", load(ModelSpec(name="smollm2-135m")), 16, 16)]:
        decoder = make_decoder(lm)
        rows = torch.tensor(ids(lm, ROWS, n_prefix))
        ours, theirs = batched(decoder, rows, n_new), loop(decoder, rows, n_new)
        same = sum(a == b[: len(a)] for a, b in zip(ours(), theirs(), strict=True))
        ratio(f"{label}, prefix {n_prefix}, {n_new} new ({same}/{ROWS} equal)", ours, theirs, BAR, runs)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5, sys.argv[2] if len(sys.argv) > 2 else "")
