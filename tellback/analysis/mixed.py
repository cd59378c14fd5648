"""Slopes of facts kept over trainings, with what chance gives each training. Arrays in, numbers out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np


def slopes(kept_kd: np.ndarray, fixed: Mapping[str, Sequence[float]]) -> dict[str, Any]:
    """Share of facts kept per unit of each `fixed` figure, the others held: name -> {"value", "low", "high"}; "n" trainings.

    `kept_kd`: share kept by each of K trainings of each of D documents; `fixed`: one figure a training, such as the log2 of its
    size and its log loss. The linear mixed model with an intercept a training and one a document: every training reads every
    document, and in such a balanced table its fixed effects are the least squares of the trainings' means. Intervals allow for a
    spread that differs between trainings (HC3) and take t with K - len(fixed) - 1 degrees of freedom. All None where fewer than
    `len(fixed) + 3` trainings are there.
    """
    k = len(kept_kd)
    if k < len(fixed) + 3:
        return {name: dict.fromkeys(("value", "low", "high")) for name in fixed} | {"n": k}
    import statsmodels.api as sm  # of the extra `benchmarks`

    design = sm.add_constant(np.column_stack([np.asarray(c, float) - np.mean(c) for c in fixed.values()]))
    model: Any = sm.OLS(kept_kd.mean(1), design).fit(cov_type="HC3", use_t=True)
    return {
        name: {"value": float(value), "low": float(low), "high": float(high)}
        for name, value, (low, high) in zip(fixed, model.params[1:], model.conf_int()[1:], strict=True)
    } | {"n": k}
