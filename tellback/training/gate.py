"""The convergence gate: may a training be believed to have ended? Pure: trace in, verdict out.

A setup whose held-out loss still falls by more than 1% over the last 20% of its steps is undertrained. Our reading of
the 1%: of the loss itself, unless what is left to learn is below 1% of what the memory had to tell (the loss without
memory), for a loss near zero always falls by some share of itself.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

LARGEST_FALL = 0.01
PLATEAU = 0.5  # a kind of fact whose loss is above this share of its plateau was not learned


def gate(
    trace: Sequence[Mapping[str, Any]], loss_without_memory: float, chance_by_kind: Mapping[str, float],
    belief_by_kind: Mapping[str, float],
) -> dict[str, Any]:  # fmt: skip
    """{"undertrained", "fall", "lost_kinds", "plateau_kinds", "why"}.

    `trace` rows have "step", "loss" and "loss_by_kind" (nats per token); `chance_by_kind` and `belief_by_kind` are the
    losses (nats per token) of a decoder that guesses among the options, or knows only what is usual. "lost_kinds" sit
    at one of the two.
    """
    last = trace[-1]
    then = min(trace, key=lambda row: abs(row["step"] - 0.8 * last["step"]))
    fall = (then["loss"] - last["loss"]) / then["loss"] if then["loss"] > 0 else 0.0
    negligible = last["loss"] <= LARGEST_FALL * loss_without_memory
    undertrained = fall > LARGEST_FALL and not negligible
    lost = []
    for kind, loss in last["loss_by_kind"].items():
        plateau = min(chance_by_kind.get(kind, math.inf), belief_by_kind.get(kind, math.inf))
        if loss > PLATEAU * plateau:
            lost.append(kind)
    why = f"held-out loss fell by {fall:.1%} over the last fifth of the steps"
    if negligible:
        why += f" and ended at {last['loss']:.4f}, below 1% of the {loss_without_memory:.3f} without memory"
    return {"undertrained": undertrained, "fall": fall, "lost_kinds": lost, "plateau_kinds": lost, "why": why + "."}


def plateaus(
    n_options: Mapping[str, int], n_tokens: Mapping[str, float], belief_strength: float | None
) -> tuple[dict[str, float], dict[str, float]]:  # fmt: skip
    """(chance, belief) loss of each kind, in nats per token, when its value spans `n_tokens` tokens on average.

    Chance is ln k over the tokens; belief is the entropy of «usual with probability p, else any other» over the tokens.
    """
    chance, belief = {}, {}
    for kind, tokens in n_tokens.items():
        k = n_options.get(kind)
        if not k or not tokens:
            continue
        chance[kind] = math.log(k) / tokens
        if belief_strength is not None:
            p = belief_strength
            rest = (1 - p) * math.log((1 - p) / (k - 1)) if p < 1 else 0.0
            belief[kind] = -(p * math.log(p) + rest) / tokens
    return chance, belief
