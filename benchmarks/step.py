"""What a training step costs beyond the bare forward and backward passes of the same modules on the same shapes.

    OMP_NUM_THREADS=1 python -m benchmarks.step

The bare side builds nothing, selects nothing and reads no token: it calls the compressor's LM, the projector and the
decoder on tensors that are ready, and runs the same optimizer. Ours is `training.trainer.train` itself.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import torch
from torch import nn

from benchmarks.interleaved import ratio
from benchmarks.models import decoder as make_decoder
from benchmarks.models import ids, midsize, pocket
from tellback.compressors import build
from tellback.config import CompressorSpec, TrainSpec
from tellback.training.data import Batches
from tellback.training.trainer import Pair, train

BAR = "at most 1.05, pocket-60k 1.3"


def bare(pair: Pair, spec: TrainSpec, n_tokens: int, rate: int, appended: int, concat: bool, steps: int):
    """The same modules on tensors of the same shapes, `steps` times: forward, backward, clip, optimizer."""
    compressor, decoder = pair.compressor, pair.decoder
    n_batch, n = spec.batch_size, n_tokens // rate
    generator = torch.Generator().manual_seed(0)
    vocabulary = decoder.embedding.num_embeddings
    source_BTC = torch.randn(n_batch, n_tokens + appended, compressor.lm.width, generator=generator)
    text_BTD = torch.randn(n_batch, n_tokens + 1, decoder.lm.width, generator=generator)
    wanted_BT = torch.randint(vocabulary, (n_batch, n_tokens + 1), generator=generator)
    parameters = [p for p in pair.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(parameters, lr=1e-6, weight_decay=spec.weight_decay, fused=True)

    def run() -> None:
        for _ in range(steps):
            state_BTC = compressor.lm.model.base_model(inputs_embeds=source_BTC, use_cache=False).last_hidden_state
            own_BNC = state_BTC.unflatten(1, (n, rate)).flatten(2) if concat else state_BTC[:, -n:]
            embeds_BLD = torch.cat([compressor.projector()(own_BNC), text_BTD], 1)
            logits_BTV = decoder.model(inputs_embeds=embeds_BLD, logits_to_keep=n_tokens + 1, use_cache=False).logits
            nn.functional.cross_entropy(logits_BTV.flatten(0, 1), wanted_BT.flatten()).backward()
            nn.utils.clip_grad_norm_(parameters, spec.clip)
            optimizer.step()
            optimizer.zero_grad()

    return run


def ours(pair: Pair, batches: Batches, spec: TrainSpec, rate: int):
    def run() -> None:
        with tempfile.TemporaryDirectory() as folder:
            train(pair, batches, spec, 1e-6, rate, Path(folder), dict, lambda line: None)

    return run


def main(runs: int) -> None:
    torch.set_num_threads(1)
    rate, n_tokens = 4, 64
    print(f"training step, rate {rate}, {n_tokens} tokens a document; seconds ours / bare")
    for label, make, n_batch, steps in (
        ("pocket-60k", lambda s: pocket("60k", s), 32, 20), ("pocket-250k", lambda s: pocket("250k", s), 32, 20), ("llama-19m", midsize, 8, 3),
    ):  # fmt: skip
        for method, options in (("pooling", {}), ("pooling", {"pool": "mean"}), ("memory_tokens", {})):
            decoder = make_decoder(make(0))
            compressor = build(CompressorSpec(name=method, options=options), make(1), decoder, rate)
            pair = Pair(compressor, decoder)
            spec = TrainSpec(steps=steps, batch_size=n_batch, checkpoint_seconds=1e9, trace_points=5)
            documents = ids(decoder.lm, n_batch * 4, n_tokens)
            concat = method == "pooling" and options.get("pool", "concat") == "concat"
            appended = n_tokens // rate if method == "memory_tokens" else 0
            ratio(
                f"{label}, {compressor.name} {' '.join(options.values())}, batch {n_batch}, {steps} steps",
                ours(pair, Batches(documents, documents, n_batch, 0), spec, rate),
                bare(pair, spec, n_tokens, rate, appended, concat, steps), BAR, runs,
            )  # fmt: skip


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 9)
