"""Training by `training.trainer.train` beside Hugging Face's Trainer, which PISCO trains with: the same modules, batches and AdamW.

    OMP_NUM_THREADS=1 python -m benchmarks.hf_trainer [ROUNDS]

The Trainer gets the pair as a model whose forward gives the loss. In the first lines it gets each batch ready made, so what is compared
is the loop alone: scheduler, clip, logging and what else each does around a step. In those marked «ragged» both get documents of many
lengths and make batches of as many documents themselves: the Trainer at random, as it does unless told otherwise, ours of neighbouring
lengths. Nothing is saved or evaluated by either.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import nn
from torch.utils.data import Dataset
from transformers import Trainer, TrainingArguments
from transformers.utils import logging

from benchmarks.interleaved import ratio
from benchmarks.models import decoder as make_decoder
from benchmarks.models import ids, midsize, pocket
from benchmarks.ragged import drawn
from tellback.compressors import build
from tellback.config import CompressorSpec, TrainSpec
from tellback.training.data import Batch, Batches
from tellback.training.pair import AUTOENCODE, Pair, Step
from tellback.training.trainer import train

RATE, BAR = 4, "at most 0.91: 1.1 times as many steps a second"


class Model(nn.Module):
    """The pair as the Trainer takes a model: a batch in, its loss out."""

    def __init__(self, pair: Pair, batch_of: Callable[[list[int]], Batch], spec: TrainSpec):
        super().__init__()
        self.pair, self.batch_of, self.spec = pair, batch_of, spec

    def forward(self, number: Any) -> dict[str, torch.Tensor]:
        return {"loss": self.pair(self.batch_of(number.tolist()), Step(RATE, AUTOENCODE), self.spec)}


class Numbers(Dataset):
    def __init__(self, n: int):
        self.n = n

    def __len__(self) -> int:
        return self.n

    def __getitem__(self, i: int) -> dict[str, torch.Tensor]:
        return {"number": torch.tensor(i)}


def theirs(pair: Pair, batch_of: Callable[[list[int]], Batch], spec: TrainSpec, n: int, at_once: int):
    """The Trainer on `n` numbers, `at_once` of which `batch_of` makes a batch."""

    def run() -> None:
        with tempfile.TemporaryDirectory() as folder:
            arguments = TrainingArguments(
                folder, max_steps=spec.steps, per_device_train_batch_size=at_once, learning_rate=1e-6, weight_decay=spec.weight_decay,
                max_grad_norm=spec.clip, optim="adamw_torch_fused", lr_scheduler_type="cosine", warmup_steps=spec.steps * 3 // 10, report_to=[],
                save_strategy="no", logging_steps=1000, disable_tqdm=True, use_cpu=True, seed=0, remove_unused_columns=False,
            )  # fmt: skip
            Trainer(Model(pair, batch_of, spec), arguments, train_dataset=Numbers(n)).train()

    return run


def ours(pair: Pair, batches: Batches, spec: TrainSpec):
    def run() -> None:
        with tempfile.TemporaryDirectory() as folder:
            train(pair, batches, spec, 1e-6, RATE, Path(folder), dict, lambda line: None)

    return run


def main(runs: int) -> None:
    torch.set_num_threads(1)
    logging.set_verbosity_error()
    print("training loop; seconds ours / Hugging Face's Trainer")
    for label, make, n_batch, n_tokens, steps in (
        ("pocket-60k", partial(pocket, "60k"), 8, 20, 100), ("pocket-60k", partial(pocket, "60k"), 32, 20, 50),
        ("pocket-250k", partial(pocket, "250k"), 32, 64, 10), ("llama-19m", midsize, 8, 64, 2),
        ("pocket-60k", partial(pocket, "60k"), 32, None, 30), ("pocket-250k", partial(pocket, "250k"), 32, None, 15),
    ):  # fmt: skip
        decoder = make_decoder(make(0))
        pair = Pair(build(CompressorSpec(name="pooling", options={"pool": "mean"}), make(1), decoder, RATE), decoder)
        spec = TrainSpec(steps=steps, batch_size=n_batch, checkpoint_seconds=1e9, trace_points=5)
        documents = ids(decoder.lm, n_batch * 4, n_tokens) if n_tokens else drawn(n_batch * steps, 16, 96, 180)
        batches = Batches(documents, documents, n_batch, 0)
        name = f"{label}, batch {n_batch}, {f'{n_tokens} tokens' if n_tokens else 'ragged, 16-96'}, {steps} steps"
        if n_tokens:
            other = theirs(pair, lambda n, batches=batches: batches[n[0]], spec, steps, 1)
        else:
            other = theirs(pair, lambda n, d=documents: Batch([d[i] for i in n], [d[i] for i in n]), spec, len(documents), n_batch)
        ratio(name, ours(pair, batches, spec), other, BAR, runs)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5)
