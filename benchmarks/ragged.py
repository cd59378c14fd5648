"""Documents a second of a training on documents of many lengths, 32 a batch, beside the same model one document at a time.

    OMP_NUM_THREADS=1 python -m benchmarks.ragged [ROUNDS] [pocket | longer | MODEL] [TOKENS]

The other side is what a script does that takes one document at a time and adds up gradients until it has 32: the same modules,
clip and optimizer, no padding, no batch (as ICAE's released training code, with a batch of 1 and accumulation). Ours is
`training.trainer.train`. The pocket models get the documents of the pocket world, of 14 to 25 tokens, or `longer` ones of random
tokens, 16 to 96; other models documents of 8 to 40, or all of TOKENS, in batches of 8. Lengths are drawn evenly.
"""

from __future__ import annotations

import random
import sys
import tempfile
from functools import partial
from pathlib import Path

import torch

from benchmarks.interleaved import ratio
from benchmarks.models import decoder as make_decoder
from benchmarks.models import pocket
from tellback.compressors import build
from tellback.config import CompressorSpec, ModelSpec, TrainSpec
from tellback.corpora.pocket import PocketSettings, World
from tellback.models.load import load
from tellback.training.data import Batch, Batches
from tellback.training.pair import AUTOENCODE, Pair, Step
from tellback.training.trainer import train

RATE, N_BATCH = 4, 32


def drawn(n: int, shortest: int, longest: int, vocabulary: int = 40_000) -> list[list[int]]:
    rng = random.Random(0)
    return [rng.choices(range(100, vocabulary), k=rng.randint(shortest, longest)) for _ in range(n)]


def of_the_world(n: int) -> list[list[int]]:
    training = World(PocketSettings()).corpus(None, 1, 1).training
    return [tokens for text in training(n, 0, "corpus") if (tokens := pocket("60k").ids(text))]


def ours(pair: Pair, batches: Batches, spec: TrainSpec):
    def run() -> None:
        with tempfile.TemporaryDirectory() as folder:
            train(pair, batches, spec, 1e-6, RATE, Path(folder), dict, lambda line: None)

    return run


def one_by_one(pair: Pair, batches: Batches, spec: TrainSpec):
    parameters = [p for p in pair.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(parameters, lr=1e-6, weight_decay=spec.weight_decay, fused=True)

    def run() -> None:
        for i in range(spec.steps):
            batch = batches[i]
            for source, target in zip(batch.source, batch.target, strict=True):
                (pair(Batch([source], [target]), Step(RATE, AUTOENCODE), spec) / len(batch.target)).backward()
            torch.nn.utils.clip_grad_norm_(parameters, spec.clip)
            optimizer.step()
            optimizer.zero_grad()

    return run


def main(runs: int, which: str, tokens: int | None) -> None:
    torch.set_num_threads(1)
    print(f"training, mean pooling at {RATE}x; seconds ours / one document at a time")
    n_batch = N_BATCH if tokens is None else 8
    if which in ("pocket", "longer"):
        sides = [(f"pocket-{size}", partial(pocket, size), steps, of_the_world(steps * N_BATCH) if which == "pocket" else
                  drawn(steps * N_BATCH, 16, 96, 180), "at most 0.2")
                 for size, steps in (("60k", 30), ("250k", 15), ("1m", 6)) if which == "pocket" or size != "1m"]  # fmt: skip
    else:
        texts = drawn(N_BATCH, 8, 40) if tokens is None else drawn(n_batch, tokens, tokens)
        sides = [(which, lambda seed: load(ModelSpec(name=which)), 1, texts, "at most 0.667")]
    for label, make, steps, texts, bar in sides:
        decoder = make_decoder(make(0))
        pair = Pair(build(CompressorSpec(name="pooling", options={"pool": "mean"}), make(1), decoder, RATE), decoder)
        spec = TrainSpec(steps=steps, batch_size=n_batch, checkpoint_seconds=1e9, trace_points=5)
        batches, lengths = Batches(texts, texts, n_batch, 0), [len(row) for row in texts]
        name = f"{label}, {steps} steps of {n_batch}, {min(lengths)}-{max(lengths)} tokens"
        ratio(name, ours(pair, batches, spec), one_by_one(pair, batches, spec), bar, runs)


if __name__ == "__main__":
    rounds, which, tokens = [*sys.argv[1:], *("5", "pocket", "")[len(sys.argv) - 1 :]]
    main(int(rounds), which, int(tokens) if tokens else None)
