import numpy as np
import pytest
from scipy import stats

from tellback.analysis import determinacy


def test_entropy_of_known_distributions():
    with np.errstate(divide="ignore"):
        log_probs = np.log(np.array([[0.25] * 4, [0.5, 0.5, 0, 0], [1, 0, 0, 0]]))
    assert determinacy.entropy_bits(log_probs) == pytest.approx([2, 1, 0])
    assert determinacy.entropy_bits(np.log(np.full((3, 2, 8), 1 / 8))) == pytest.approx(np.full((3, 2), 3.0))


def test_conditional_entropy_means_positions_facts_and_outcomes():
    bits = [np.array([1.0, 3.0, 9.0]), np.array([0.0, 4.0])]
    masks = [np.array([True, True, False]), np.array([True, True])]
    facts = [(0, 1, 2, "faithful"), (1, 0, 1, "overwritten"), (1, 1, 2, "faithful"), (0, 2, 3, "missing")]
    found = determinacy.conditional_entropy(
        bits, masks, facts, own_output=[np.array([1.0])], source_losses=[np.full(3, np.log(2)), np.zeros(2)]
    )
    assert found["mean_bits"] == pytest.approx((1 + 3 + 0 + 4) / 4)
    assert found["at_facts_bits"] == pytest.approx((3 + 0 + 4) / 3)
    assert found["by_outcome_bits"] == {"faithful": 3.5, "overwritten": 0.0}  # the masked fact has no figure
    assert found["own_output_bits"] == 1.0
    assert found["cross_entropy_bits"] == pytest.approx(0.5)
    assert found["per_document_bits"] == [2.0, 2.0]


def test_conditional_entropy_without_anything_is_none_not_zero():
    found = determinacy.conditional_entropy([])
    assert found["mean_bits"] is None and found["at_facts_bits"] is None and found["own_output_bits"] is None
    assert found["cross_entropy_bits"] is None and found["per_document_bits"] == []


def test_correlate_agrees_with_scipy_and_brackets_it():
    rng = np.random.default_rng(0)
    x = rng.normal(size=40)
    y = -x + rng.normal(size=40) * 0.5
    found = determinacy.correlate([*x, None], [*y, 3.0])
    assert found["n"] == 40
    assert found["pearson"] == pytest.approx(stats.pearsonr(x, y).statistic)
    assert found["spearman_p"] == pytest.approx(stats.spearmanr(x, y).pvalue)
    for name in ("pearson", "spearman"):
        assert -1 <= found[f"{name}_low"] < found[name] < found[f"{name}_high"] < 0
    assert found == determinacy.correlate(x, y, seed=0)


@pytest.mark.parametrize("x, y", [([1, 2], [2, 1]), ([1, 1, 1], [1, 2, 3]), ([1, 2, None], [1, 2, 3]), ([], [])])
def test_correlate_says_none_where_it_cannot_know(x, y):
    found = determinacy.correlate(x, y)
    assert found["n"] == sum(v is not None for v in x)
    assert all(value is None for key, value in found.items() if key != "n")


def test_correlate_bears_three_points_and_ties():
    found = determinacy.correlate([1, 2, 3], [1, 2, 2.5])
    assert found["n"] == 3 and found["spearman"] == pytest.approx(1) and np.isfinite(found["pearson_low"])
