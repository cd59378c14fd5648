"""The training loop of the token classifier (network.py) over window and claim.

The loss is that of the claim's words and that of the claim as a whole, whose score is its worst word's. Word vectors stay
as they are, so that words that training never met keep their place. A run that was stopped goes on from its checkpoint.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import torch

from benchmarks.entail_train.network import INPUTS, network
from benchmarks.entail_train.pairs import Pair
from tellback.models.precision import multiplies_bfloat16

BATCH, POOL = 32, 640  # pairs a step; pairs that are sorted by length together, so that little is padding
LENGTH = 160  # tokens of a pair at most
RATE, WARMUP = 1e-4, 0.06  # peak learning rate; share of the steps that lead up to it
WRONG_WEIGHT = 3.0  # wrong words are rarer than right ones
UNMARKED = 2


def fit(
    base: Path, pairs: Sequence[Pair], held_out: Sequence[Pair], folder: Path, n_layers: int | None, seed: int,
    say: Callable[[str], None], every: int = 100, start: Path | None = None,
) -> Any:  # fmt: skip
    """The model after one pass over `pairs`; its checkpoint lies in `folder`, every `every` steps. `start`: a checkpoint whose
    weights it begins with."""
    from transformers import AutoTokenizer

    torch.manual_seed(seed)
    tokenizer = AutoTokenizer.from_pretrained(base)
    model = network(base, n_layers)
    model.get_input_embeddings().weight.requires_grad_(False)
    optimizer = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=RATE, weight_decay=0.01)
    batches = list(_batches(tokenizer, pairs, seed))
    done, state = 0, folder / "checkpoint.pt"
    if start is not None:
        model.load_state_dict(torch.load(start, weights_only=True)["model"])
    if state.exists():
        held = torch.load(state, weights_only=True)
        model.load_state_dict(held["model"])
        optimizer.load_state_dict(held["optimizer"])
        done = held["done"]
    model.train()
    began, seen, total = time.monotonic(), 0, 0.0
    for step, batch in enumerate(batches):
        if step < done:
            continue
        torch.manual_seed(1_000_003 * seed + step)  # of what dropout drops: the same after a stop
        for group in optimizer.param_groups:
            group["lr"] = RATE * _schedule(step / len(batches))
        with torch.autocast("cpu", torch.bfloat16, enabled=multiplies_bfloat16(torch.device("cpu"))):
            logits_BT2 = model(*(batch[k] for k in INPUTS)).logits
        loss = _loss(logits_BT2.float(), batch["labels"])
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
        seen, total = seen + BATCH, total + loss.item()
        if (step + 1) % every == 0 or step + 1 == len(batches):
            torch.save(
                {"model": model.state_dict(), "optimizer": optimizer.state_dict(), "done": step + 1}, folder / "part.pt"
            )
            (folder / "part.pt").replace(state)
            score = measure(model, tokenizer, held_out)
            rate = seen / (time.monotonic() - began)
            say(
                json.dumps(
                    {
                        "step": step + 1,
                        "of": len(batches),
                        "loss": round(total / every, 4),
                        "pairs_per_s": round(rate, 1),
                    }
                    | score
                )
            )
            total = 0.0
            model.train()
    model.eval()
    return model, tokenizer


def measure(model: Any, tokenizer: Any, pairs: Sequence[Pair]) -> dict[str, float]:
    """AUC of the claims' scores on pairs that training did not see."""
    model.eval()
    scores: list[float] = []
    wrong: list[bool] = []
    with torch.inference_mode():
        for batch in _batches(tokenizer, pairs, 0):
            logits_BT2 = model(*(batch[k] for k in INPUTS)).logits
            margin_BT = (logits_BT2[..., 1] - logits_BT2[..., 0]).masked_fill(batch["labels"] < 0, -1e4)
            scores += margin_BT.max(1).values.tolist()
            wrong += (batch["labels"] >= 1).any(1).tolist()
    ranks, wrong_N = np.argsort(np.argsort(scores)), np.array(wrong)
    n, m = wrong_N.sum(), (~wrong_N).sum()
    return {"auc": round(float((ranks[wrong_N].sum() - n * (n - 1) / 2) / (n * m)), 4)}


def _loss(logits_BT2: torch.Tensor, labels_BT: torch.Tensor) -> torch.Tensor:
    weight = torch.tensor([1.0, WRONG_WEIGHT])
    marked_BT = labels_BT.masked_fill(labels_BT == UNMARKED, -100)
    words = torch.nn.functional.cross_entropy(logits_BT2.transpose(1, 2), marked_BT, weight, ignore_index=-100) if (marked_BT >= 0).any() else 0.0
    margin_BT = (logits_BT2[..., 1] - logits_BT2[..., 0]).masked_fill(labels_BT < 0, -1e4)
    claim_B = torch.logsumexp(2 * margin_BT, 1) / 2  # near the largest, with a gradient for all
    claims = torch.nn.functional.binary_cross_entropy_with_logits(claim_B, (labels_BT >= 1).any(1).float())
    return words + 0.7 * claims


def _batches(tokenizer: Any, pairs: Sequence[Pair], seed: int) -> Iterator[dict[str, torch.Tensor]]:
    rng, order = Random(seed), []
    for at in range(0, len(pairs), POOL):
        pool = sorted(range(at, min(at + POOL, len(pairs))), key=lambda i: len(pairs[i].source) + len(pairs[i].claim))
        rows = [pool[k : k + BATCH] for k in range(0, len(pool), BATCH)]
        rng.shuffle(rows)
        order += rows
    for row in order:
        yield _encoded(tokenizer, [pairs[i] for i in row])


def _encoded(tokenizer: Any, pairs: Sequence[Pair]) -> dict[str, torch.Tensor]:
    """Labels: 1 for a token of a wrong word of the claim, 0 for its other tokens, UNMARKED for all of a claim that is wrong somewhere,
    -100 elsewhere."""
    read = tokenizer([p.source for p in pairs], [p.claim for p in pairs], truncation="longest_first", max_length=LENGTH,
                     padding=True, return_offsets_mapping=True, return_token_type_ids=True, return_tensors="pt")  # fmt: skip
    labels_BT = torch.full_like(read["input_ids"], -100)
    for b, pair in enumerate(pairs):
        for t, (of, (start, end)) in enumerate(
            zip(read.sequence_ids(b), read["offset_mapping"][b].tolist(), strict=True)
        ):
            if of == 1:
                labels_BT[b, t] = UNMARKED if pair.wrong is None else int(any(start < e and s < end for s, e in pair.wrong))
    return {k: read[k] for k in INPUTS} | {"labels": labels_BT}


def _schedule(share: float) -> float:
    return share / WARMUP if share < WARMUP else (1 - share) / (1 - WARMUP) * 0.97 + 0.03
