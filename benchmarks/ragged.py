"""Documents a second of a training on documents of many lengths, 32 a batch, beside the same model one document at a time.

    OMP_NUM_THREADS=1 python -m benchmarks.ragged [ROUNDS] [pocket | longer | default | MODEL] [TOKENS]

The other side is what a script does that takes one document at a time and adds up gradients until it has 32: the same modules,
clip and optimizer, no padding, no batch (as ICAE's released training code, with a batch of 1 and accumulation). Ours is
`training.trainer.train`. The pocket models get the documents of the pocket world, of 14 to 25 tokens, or `longer` ones of random
tokens, 16 to 96; other models documents of 8 to 40, or all of TOKENS, in batches of 8. Lengths are drawn evenly. A MODEL trains
whole in float32; `default` is how SmolLM2-135M trains where nothing else is asked for (LoRA in the decoder, no embeddings,
bfloat16 weights with float32 masters), on both sides.
"""

from __future__ import annotations

import random
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

import torch

from benchmarks.interleaved import ratio
from benchmarks.models import decoder as make_decoder
from benchmarks.models import pocket
from tellback.compressors import build
from tellback.config import CompressorSpec, ModelSpec, ReaderSpec, TrainSpec
from tellback.config.pretrained import for_pretrained
from tellback.corpora.pocket import PocketSettings, World
from tellback.models.lm import LM
from tellback.models.load import load
from tellback.saved import build_reader
from tellback.training.data import Batch, Batches
from tellback.training.masters import Masters, NoMasters
from tellback.training.pair import AUTOENCODE, Pair, Step
from tellback.training.trainable import trained_weights
from tellback.training.trainer import train

RATE, N_BATCH = 4, 32


def whole(make: Callable[[int], LM], steps: int, n_batch: int) -> tuple[Pair, TrainSpec]:
    """Compressor and decoder, both trained whole."""
    decoder = make_decoder(make(0))
    pair = Pair(build(CompressorSpec(name="pooling", options={"pool": "mean"}), make(1), decoder, RATE), decoder)
    return pair, TrainSpec(steps=steps, batch_size=n_batch, checkpoint_seconds=1e9, trace_points=5)


def by_default(steps: int, n_batch: int) -> tuple[Pair, TrainSpec]:
    spec = for_pretrained(TrainSpec(checkpoint_seconds=1e9, trace_points=5, steps=steps, copy_steps=0, batch_size=n_batch))
    reader = build_reader(ReaderSpec.model_validate({
        "base_model": "smollm2-135m", "compressor": {"name": "pooling", "options": {"pool": "mean"}}, "rate": RATE,
        "decoder": {"model": "smollm2-135m", "train": "lora"}, "train": spec,
    }))  # fmt: skip
    return Pair(reader.compressor, reader.decoder).train(), spec


def drawn(n: int, shortest: int, longest: int, vocabulary: int = 40_000) -> list[list[int]]:
    rng = random.Random(0)
    return [rng.choices(range(100, vocabulary), k=rng.randint(shortest, longest)) for _ in range(n)]


def of_the_world(n: int) -> list[list[int]]:
    training = World(PocketSettings()).corpus(None, 1, 1).training
    return [tokens for text in training(n, 0, "corpus") if (tokens := pocket("60k").ids(text))]


def ours(pair: Pair, batches: Batches, spec: TrainSpec):
    def run() -> None:
        with tempfile.TemporaryDirectory() as folder:
            trains = "lora" if spec.dtype == "bfloat16_weights" else "full"
            train(pair, batches, spec, 1e-6, RATE, Path(folder), dict, lambda line: None, None, trains)

    return run


def one_by_one(pair: Pair, batches: Batches, spec: TrainSpec):
    weights = trained_weights(pair)
    kept = Masters(pair, weights) if spec.dtype == "bfloat16_weights" else NoMasters(weights)
    parameters = list(kept.parameters.values())
    optimizer = torch.optim.AdamW(parameters, lr=1e-6, weight_decay=spec.weight_decay, fused=True)

    def run() -> None:
        kept.start()
        for i in range(spec.steps):
            batch = batches[i]
            for source, target in zip(batch.source, batch.target, strict=True):
                (pair(Batch([source], [target]), Step(RATE, AUTOENCODE), spec) / len(batch.target)).backward()
            kept.take()
            torch.nn.utils.clip_grad_norm_(parameters, spec.clip)
            optimizer.step()
            optimizer.zero_grad()
            kept.give()
        kept.end()

    return run


def main(runs: int, which: str, tokens: int | None) -> None:
    torch.set_num_threads(1)
    print(f"training, mean pooling at {RATE}x; seconds ours / one document at a time")
    n_batch = N_BATCH if tokens is None else 8
    if which in ("pocket", "longer"):
        sides = [(f"pocket-{size}", partial(whole, partial(pocket, size)), steps, of_the_world(steps * N_BATCH) if which == "pocket" else
                  drawn(steps * N_BATCH, 16, 96, 180), "at most 0.2")
                 for size, steps in (("60k", 30), ("250k", 15), ("1m", 6)) if which == "pocket" or size != "1m"]  # fmt: skip
    else:
        texts = drawn(N_BATCH, 8, 40) if tokens is None else drawn(n_batch, tokens, tokens)
        make = by_default if which == "default" else partial(whole, lambda seed: load(ModelSpec(name=which)))
        steps = 3 if which == "default" else 1  # the start of a training, its masters above all, is no part of a step
        texts = [row for _ in range(steps) for row in texts]
        sides = [("smollm2-135m by default" if which == "default" else which, make, steps, texts, "at most 0.667")]
    for label, make, steps, texts, bar in sides:
        pair, spec = make(steps, n_batch)
        batches, lengths = Batches(texts, texts, n_batch, 0), [len(row) for row in texts]
        name = f"{label}, {steps} steps of {n_batch}, {min(lengths)}-{max(lengths)} tokens"
        ratio(name, ours(pair, batches, spec), one_by_one(pair, batches, spec), bar, runs)


if __name__ == "__main__":
    rounds, which, tokens = [*sys.argv[1:], *("5", "pocket", "")[len(sys.argv) - 1 :]]
    main(int(rounds), which, int(tokens) if tokens else None)
