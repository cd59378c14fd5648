"""A linear probe: what can be read off features by one matrix. Arrays in, numbers out. Letters: N rows, F features, C classes.

After Alain & Bengio (arXiv 1610.01644): what a linear probe finds in a memory is there, in reach of any reader. What it does not
find may still be there in another form; so «not there» says less than «there».
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

PENALTIES = (1e-3, 1e-2, 1e-1, 1.0, 10.0)
HELD_OUT = 0.2  # of the rows, the last ones, on which the penalty is chosen


@dataclass(frozen=True)
class LinearProbe:
    """Scores of each class: features, standardized, times `weights_FC`, plus `bias_C`."""

    mean_F: np.ndarray
    scale_F: np.ndarray
    weights_FC: np.ndarray
    bias_C: np.ndarray

    def scores(self, x_NF: np.ndarray) -> np.ndarray:
        return (x_NF - self.mean_F) / self.scale_F @ self.weights_FC + self.bias_C


def fit(x_NF: np.ndarray, y_NC: np.ndarray) -> LinearProbe:
    """Ridge regression of the indicators `y_NC` (0 or 1, several may be 1 in a row), the penalty chosen on held-out rows."""
    n = max(1, int(len(x_NF) * (1 - HELD_OUT)))
    if n == len(x_NF):
        return _ridge(x_NF, y_NC, PENALTIES[2])
    errors = [np.square(_ridge(x_NF[:n], y_NC[:n], p).scores(x_NF[n:]) - y_NC[n:]).mean() for p in PENALTIES]
    return _ridge(x_NF, y_NC, PENALTIES[int(np.argmin(errors))])


def _ridge(x_NF: np.ndarray, y_NC: np.ndarray, penalty: float) -> LinearProbe:
    mean, scale = x_NF.mean(0), x_NF.std(0)
    scale = np.where(scale > 0, scale, 1.0)
    z, bias = (x_NF - mean) / scale, y_NC.mean(0)
    gram = z.T @ z / len(z) + penalty * np.eye(z.shape[1])
    return LinearProbe(mean, scale, np.linalg.solve(gram, z.T @ (y_NC - bias) / len(z)), bias)


def among_the_first(scores_C: np.ndarray, wanted: int, m: int) -> bool:
    """Whether class `wanted` has one of the `m` highest scores."""
    return bool((scores_C > scores_C[wanted]).sum() < m)
