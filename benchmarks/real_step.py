"""What training a compressor on a real model costs beyond the bare passes: tellback's loop on the first layers of SmolLM2-135M.

    OMP_NUM_THREADS=1 python -m benchmarks.real_step

As `benchmarks.step`, with what a pretrained base trains with by default: LoRA in all 30 layers of the decoder, bfloat16 weights with
float32 masters where the processor multiplies bfloat16 itself (float32 elsewhere), 16 documents of 14 tokens at 2x. The bare side calls the
modules on tensors that are ready, reads no token and keeps no master: AdamW changes nothing that computes. Also printed: tokens a second of ours.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

import torch
from torch import nn

from benchmarks.interleaved import ratio
from tellback.config import ReaderSpec, TrainSpec
from tellback.config.pretrained import for_pretrained
from tellback.models.decoder import last
from tellback.saved import build_reader
from tellback.training.data import Batches
from tellback.training.pair import Pair
from tellback.training.precision import resolved
from tellback.training.processes import ALONE
from tellback.training.trainable import trained_weights
from tellback.training.trainer import train

N_BATCH, N_TOKENS, RATE = 16, 14, 2
BAR = "at most 1.053 (0.95 of the bare passes)"


def pair_of(layers: int) -> tuple[Pair, TrainSpec]:
    spec = for_pretrained(TrainSpec(checkpoint_seconds=1e9, trace_points=5, steps=3, copy_steps=0, batch_size=N_BATCH))
    reader = build_reader(ReaderSpec.model_validate({
        "base_model": f"smollm2-135m@{layers}", "compressor": {"name": "pooling", "options": {"pool": "mean"}}, "rate": RATE,
        "decoder": {"model": "smollm2-135m", "train": "lora"}, "train": spec,
    }))  # fmt: skip
    pair = Pair(reader.compressor, reader.decoder).train()
    return pair, resolved(spec, pair)


def bare(pair: Pair, spec: TrainSpec):
    """Forward, backward, clip and optimizer of the same modules in the same numbers, as many steps."""
    compressor, decoder = pair.compressor, pair.decoder
    generator = torch.Generator().manual_seed(0)
    width, dtype = decoder.lm.width, torch.bfloat16 if spec.keeps_masters else torch.float32
    source_BTC, text_BTD = (torch.randn(N_BATCH, n, width, generator=generator).to(dtype) for n in (N_TOKENS, N_TOKENS + 1))
    wanted_BT = torch.randint(decoder.embedding.num_embeddings, (N_BATCH, N_TOKENS + 1), generator=generator)
    weights = trained_weights(pair)
    parameters = [nn.Parameter(p.detach().float().clone()) for p in weights.values()]
    optimizer = torch.optim.AdamW(parameters, lr=1e-6, weight_decay=spec.weight_decay, fused=True)

    def run() -> None:
        masters = ALONE.masters(pair, spec)
        masters.start()
        for _ in range(spec.steps):
            state_BTC = compressor.lm.model.base_model(inputs_embeds=source_BTC, use_cache=False).last_hidden_state
            own_BNC = state_BTC.unflatten(1, (-1, RATE)).mean(2)
            embeds_BLD = torch.cat([compressor.projector()(own_BNC), text_BTD], 1)
            logits_BTV = decoder.model(inputs_embeds=embeds_BLD, logits_to_keep=last(N_TOKENS + 1, embeds_BLD), use_cache=False).logits
            nn.functional.cross_entropy(logits_BTV.float().flatten(0, 1), wanted_BT.flatten()).backward()
            for master, p in zip(parameters, weights.values(), strict=True):
                master.grad, p.grad = None if p.grad is None else p.grad.float(), None
            nn.utils.clip_grad_norm_(parameters, spec.clip)
            optimizer.step()
            optimizer.zero_grad()
        masters.end()

    return run


def ours(pair: Pair, spec: TrainSpec, batches: Batches):
    def run() -> None:
        with tempfile.TemporaryDirectory() as folder:
            train(pair, batches, spec, 1e-6, RATE, Path(folder), dict, lambda line: None, None, "lora")

    return run


def main(runs: int) -> None:
    torch.set_num_threads(1)
    for layers in (2, 6):
        pair, spec = pair_of(layers)
        generator = torch.Generator().manual_seed(0)
        ids = torch.randint(100, 40_000, (4 * N_BATCH, N_TOKENS), generator=generator).tolist()
        step = ours(pair, spec, Batches(ids, ids, N_BATCH, 0))
        ratio(f"smollm2-135m@{layers}, mean pooling at {RATE}x, {spec.steps} steps", step, bare(pair, spec), BAR, runs)
        started = time.perf_counter()
        step()
        print(f"    {spec.steps * N_BATCH * N_TOKENS / (time.perf_counter() - started):,.0f} tokens/s")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5)
