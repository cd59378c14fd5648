import numpy as np
import pytest
from scipy import stats

from tellback.analysis.correlation import correlate


def test_correlate_agrees_with_scipy_and_brackets_it():
    rng = np.random.default_rng(0)
    x = rng.normal(size=40)
    y = -x + rng.normal(size=40) * 0.5
    found = correlate([*x, None], [*y, 3.0])
    assert found["n"] == 40
    assert found["pearson"] == pytest.approx(stats.pearsonr(x, y).statistic)
    assert found["spearman_p"] == pytest.approx(stats.spearmanr(x, y).pvalue)
    for name in ("pearson", "spearman"):
        assert -1 <= found[f"{name}_low"] < found[name] < found[f"{name}_high"] < 0
    assert found == correlate(x, y, seed=0)


@pytest.mark.parametrize("x, y", [([1, 2], [2, 1]), ([1, 1, 1], [1, 2, 3]), ([1, 2, None], [1, 2, 3]), ([], [])])
def test_correlate_says_none_where_it_cannot_know(x, y):
    found = correlate(x, y)
    assert found["n"] == sum(v is not None for v in x)
    assert all(value is None for key, value in found.items() if key != "n")


def test_correlate_bears_three_points_and_ties():
    found = correlate([1, 2, 3], [1, 2, 2.5])
    assert found["n"] == 3 and found["spearman"] == pytest.approx(1) and np.isfinite(found["pearson_low"])
