"""Ragged token ids, and the tensor that they make.

Shapes: B rows, T tokens of the longest.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import torch
from torch import Tensor


class Rows(list[list[int]]):
    """Ragged ids that were laid out beforehand: `padded` is what `pad_right` makes of them (B x T), `wanted` what is to be told of them
    (B x T + 1, as `training.objective.targets` has it; None where nothing is), both on the device that reads them."""

    def __init__(self, ids: Iterable[list[int]], padded: Tensor, wanted: Tensor | None = None):
        super().__init__(ids)
        self.padded, self.wanted = padded, wanted


def pad_right(rows: Sequence[Sequence[int]]) -> Tensor:
    """Ragged ids as one B x T tensor, zeros on the right; of `Rows` the one that is there."""
    if isinstance(rows, Rows):
        return rows.padded
    longest = max(map(len, rows))
    return torch.tensor([[*row, *[0] * (longest - len(row))] for row in rows], dtype=torch.long)
