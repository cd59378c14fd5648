import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tellback.analysis import statistics
from tellback.analysis.statistics import bootstrap_mean, hierarchical_mean, wilson


def test_wilson_known_values_and_ends():
    assert wilson(5, 10) == pytest.approx((0.2366, 0.7634), abs=1e-4)
    assert wilson(0, 100)[0] == 0.0 and wilson(0, 100)[1] == pytest.approx(0.0370, abs=1e-4)
    assert wilson(100, 100)[1] == 1.0 and wilson(0, 0) == (None, None)
    assert wilson(5, 10, level=0.5)[0] > wilson(5, 10)[0]


@settings(max_examples=50, deadline=None)
@given(st.lists(st.lists(st.booleans(), max_size=5), max_size=12), st.integers(0, 3))
def test_bootstrap_mean_brackets_the_mean_of_all_probes(documents, seed):
    flat = [value for document in documents for value in document]
    mean, low, high = bootstrap_mean([np.array(document, float) for document in documents], seed, 200)
    if not flat:
        assert (mean, low, high) == (None, None, None)
        return
    assert mean == pytest.approx(np.mean(flat))
    assert 0 <= low <= mean <= high <= 1
    if len({*flat}) == 1:
        assert (low, high) == wilson(sum(flat), len(flat))


def test_bootstrap_mean_resamples_documents_not_probes():
    rng = np.random.default_rng(0)
    documents = [np.full(10, float(rng.random() < 0.5)) for _ in range(100)]  # ten probes, one fate
    _, low, high = bootstrap_mean(documents, 0)
    assert high - low == pytest.approx(2 * 1.96 * 0.05, rel=0.15)
    split = [np.array([value]) for document in documents for value in document]
    _, low, high = bootstrap_mean(split, 0)
    assert high - low == pytest.approx(2 * 1.96 * 0.05 / np.sqrt(10), rel=0.15)


def test_bootstrap_mean_covers_the_truth():
    rng = np.random.default_rng(1)
    hits = 0
    for _ in range(200):
        _, low, high = bootstrap_mean(list(rng.binomial(1, 0.7, (60, 3)).astype(float)), 0, 500)
        hits += low <= 0.7 <= high
    assert 0.90 <= hits / 200 <= 0.99


def test_one_document_has_no_bootstrap():
    assert bootstrap_mean([np.array([1.0, 0.0])], 0) == (0.5, *wilson(1, 2))
    assert bootstrap_mean([np.array([1.5, 0.5])], 0, share=False) == (1.0, None, None)
    assert bootstrap_mean([np.array([0.0]), np.array([0.0])], 0, share=False) == (0.0, 0.0, 0.0)


def test_hierarchical_bootstrap_pairs_documents_and_has_the_right_width():
    rng = np.random.default_rng(0)
    hard = rng.normal(size=(1, 200))
    seeds = rng.normal(size=(5, 1))
    drawn = statistics.hierarchical_bootstrap([hard + np.zeros((5, 1)), 1 + hard + np.zeros((5, 1))], 0)
    assert drawn.shape == (2000, 2)
    assert np.allclose(drawn[:, 1] - drawn[:, 0], 1)  # what is shared by all sizes cancels
    assert drawn[:, 0].std() == pytest.approx(hard.std() / np.sqrt(200), rel=0.1)
    drawn = statistics.hierarchical_bootstrap([seeds + np.zeros((1, 200))], 0)
    assert drawn.std() == pytest.approx(seeds.std(ddof=1) / np.sqrt(5), rel=0.1)


def test_hierarchical_mean():
    assert hierarchical_mean(np.ones((5, 20)), 0) == (1.0, *wilson(100, 100))
    values = np.random.default_rng(0).binomial(1, 0.6, (5, 50)).astype(float)
    mean, low, high = hierarchical_mean(values, 0)
    assert low < mean == values.mean() < high
    assert hierarchical_mean(values, 0) == hierarchical_mean(values, 0)


def test_wilson_is_that_of_statsmodels():
    proportion_confint = pytest.importorskip("statsmodels.stats.proportion").proportion_confint
    for n in (1, 2, 7, 40, 1000):
        for k in np.linspace(0, n, 13)[1:-1]:
            assert wilson(k, n) == pytest.approx(proportion_confint(k, n, method="wilson"), abs=1e-12)
