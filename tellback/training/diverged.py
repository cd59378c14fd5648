"""A training whose loss is no number any more: said as such, and never taken for a loss."""

from __future__ import annotations

import math


class Diverged(Exception):
    """Not a fault of the study: one setup's row says it, a sweep takes another peak."""


def check(loss: float | None, step: int, learning_rate: float) -> None:
    """Raise Diverged for a loss that is not finite; None is a loss that was not measured."""
    if loss is not None and not math.isfinite(loss):
        raise Diverged(
            f"the training diverged: its loss is {loss} after {step:,} steps with a peak learning rate of {learning_rate:g}. Lower it, or "
            f"run `tellback sweep`."
        )
