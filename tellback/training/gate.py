"""The convergence gate: may a training be believed to have ended? Pure: trace in, verdict out.

What is judged is the last stretch of the trace: the tail at a constant low learning rate where the training had one, else the
last fifth of the steps (there a one-cycle schedule makes the loss fall until its end, whatever the model still has to learn).
A setup whose held-out loss still moves there by more than 1%, down or up, is undertrained, and so is one of whose kinds of
fact that is true. Our reading of the 1%: of the loss itself, unless what is left to learn is below 1% of what the memory had
to tell (the loss without memory), for a loss near zero always moves by some share of itself; of a kind likewise, against its
plateau. The gate says what a figure is worth. It drops nothing: whoever compares sizes takes every seed.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

LARGEST_FALL = 0.01
PLATEAU = 0.5  # a kind of fact whose loss is above this share of its plateau was not learned
LAST = 0.2  # of the steps, where the training had no tail


def gate(
    trace: Sequence[Mapping[str, Any]], loss_without_memory: float, chance_by_kind: Mapping[str, float],
    belief_by_kind: Mapping[str, float], tail: float = 0.0,
) -> dict[str, Any]:  # fmt: skip
    """{"undertrained", "fall", "moving_kinds", "lost_kinds", "plateau_kinds", "why"}.

    `trace` rows have "step", "loss" and "loss_by_kind" (nats per token); `chance_by_kind` and `belief_by_kind` are the
    losses (nats per token) of a decoder that guesses among the options, or knows only what is usual; `tail` is the share
    of the steps at a constant low rate. "lost_kinds" sit at one of the two plateaus, however little they weigh in the
    loss; "moving_kinds" were still being learned, or forgotten.
    """
    last = trace[-1]
    from_ = (1 - (tail or LAST)) * last["step"]
    then = min(trace, key=lambda row: (row["step"] < from_ - 0.5 if tail else False, abs(row["step"] - from_)))
    fall = (then["loss"] - last["loss"]) / then["loss"] if then["loss"] > 0 else 0.0
    negligible = last["loss"] <= LARGEST_FALL * loss_without_memory
    lost, moving = [], []
    for kind, loss in last["loss_by_kind"].items():
        plateau = min(chance_by_kind.get(kind, math.inf), belief_by_kind.get(kind, math.inf))
        if loss > PLATEAU * plateau:
            lost.append(kind)
        before = (then.get("loss_by_kind") or {}).get(kind)
        if before is not None and plateau < math.inf and abs(before - loss) > LARGEST_FALL * max(before, plateau):
            moving.append(kind)
    undertrained = not math.isfinite(last["loss"]) or (abs(fall) > LARGEST_FALL and not negligible) or bool(moving)
    where = "in the tail, at a constant low learning rate" if tail else "over the last fifth of the steps"
    why = f"held-out loss {'fell' if fall >= 0 else 'rose'} by {abs(fall):.1%} {where}"
    if moving:
        why += f", and {', '.join(moving)} still moved"
    if negligible:
        why += f", and ended at {last['loss']:.4f}, below 1% of the {loss_without_memory:.3f} without memory"
    return {"undertrained": undertrained, "fall": fall, "moving_kinds": moving, "lost_kinds": lost, "plateau_kinds": lost,
            "why": why + "."}  # fmt: skip


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
