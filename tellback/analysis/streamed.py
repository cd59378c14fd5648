"""The effective rank of more slots than fit into memory: chunks in, one number out.

What is kept of the slots is their sum and the products of their coordinates, d x d in float64, whatever their number. Slots are
multiplied as they come, a chunk in float32 in float32, and added up in float64. The singular values are the roots of the
eigenvalues of that table, so what is below the square root of the rounding (of all together 1e-8 in float64, 3e-4 in float32) is
left out, where `geometry.effective_rank` keeps it: in float32 a rank is right to 0.3% where directions fall off as far as that.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from scipy import linalg, stats

ROWS = 4096  # of a chunk that are multiplied at once


class Spectrum:
    """Slots of width `d`, taken up chunk by chunk."""

    def __init__(self, d: int):
        self.n, self._floor = 0, np.finfo(np.float64).eps * d
        self._sum_d, self._products_dd, self._shift_d = np.zeros(d), np.zeros((d, d)), np.zeros(d)

    def add(self, slots_nd: np.ndarray) -> None:
        """Take up the slots [n, d] of a chunk. They must be finite."""
        for at in range(0, len(slots_nd), ROWS):
            if not self.n:  # products of what lies about zero keep the digits that a far centre would take
                self._shift_d = slots_nd[:ROWS].mean(0, dtype=np.float64).astype(np.float32).astype(np.float64)
            precision = np.float64 if slots_nd.dtype == np.float64 else np.float32
            self._floor = max(self._floor, np.finfo(precision).eps)
            part_nd = np.subtract(slots_nd[at : at + ROWS], self._shift_d.astype(precision), dtype=precision)
            self._sum_d += part_nd.sum(0, dtype=np.float64)
            assert np.isfinite(self._sum_d).all(), "slots must be finite"
            self._products_dd += part_nd.T @ part_nd
            self.n += len(part_nd)

    def effective_rank(self) -> float | None:
        """`geometry.effective_rank` of all slots, centred. None with fewer than two, or when nothing but rounding is left."""
        if self.n < 2:
            return None
        centred_dd = self._products_dd - np.outer(self._sum_d, self._sum_d) / self.n
        squares = linalg.eigvalsh(centred_dd, check_finite=False)
        far = np.finfo(np.float64).eps * len(squares) * self.n * np.square(self._shift_d).sum()  # what was lost by the centre's distance
        values = np.sqrt(squares[squares > self._floor * np.trace(self._products_dd) + far])
        return float(np.exp(stats.entropy(values / values.sum()))) if len(values) else None


def effective_rank_streamed(chunks: Iterable[np.ndarray]) -> float | None:
    """Centred effective rank of the slots in all `chunks` [n_i, d], each read once. None as in `geometry.effective_rank`."""
    spectrum = None
    for slots_nd in chunks:
        spectrum = spectrum or Spectrum(slots_nd.shape[1])
        spectrum.add(slots_nd)
    return spectrum and spectrum.effective_rank()
