import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tellback.analysis import statistics
from tellback.analysis.statistics import bootstrap_mean, hierarchical_mean, paradox_verdict, wilson

SIZES = (60_000, 120_000, 250_000, 500_000, 1_000_000)


def study(rng, by_size, n_seeds=5, n_documents=150, seed_sd=0.03, n_probes=2, loss_by_size=None):
    """One simulated study: (faithfulness, losses), with noise between seeds, documents and probes."""
    hard = rng.normal(0, 0.4, n_documents)
    kept, losses = {}, {}
    for i, (size, share) in enumerate(zip(SIZES, by_size, strict=False)):
        p = np.clip(share + rng.normal(0, seed_sd, n_seeds), 0.01, 0.99)
        logits = np.log(p / (1 - p))[:, None] + hard
        kept[size] = rng.binomial(n_probes, 1 / (1 + np.exp(-logits))) / n_probes
        loss = 0.5 - 0.08 * i if loss_by_size is None else loss_by_size[i]
        losses[size] = loss + rng.normal(0, 0.02, (n_seeds, 1)) + rng.normal(0, 0.1, n_documents)
    return kept, losses


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


def regimes(rng, kind):
    """Five sizes without an effect, [5, n_seeds] true shares: seeds that differ little, much, or fall in or out."""
    if kind == "all or nothing":
        return np.where(rng.random((5, 5)) < 0.7, 0.97, 0.3)
    return np.clip(0.8 + rng.normal(0, kind, (5, 5)), 0.02, 0.98)


@pytest.mark.parametrize("kind", [0.01, 0.05, 0.1, "all or nothing"])
def test_no_effect_cries_paradox_in_fewer_than_5_of_100_studies(kind):
    rng = np.random.default_rng(0)
    cries = 0
    for _ in range(100):
        hard = rng.normal(0, 0.4, 100)
        p = regimes(rng, kind)[:, :, None]
        kept = rng.binomial(2, 1 / (1 + np.exp(-np.log(p / (1 - p)) - hard))) / 2
        losses = {size: np.full((5, 100), 0.5 - i / 20) for i, size in enumerate(SIZES)}
        cries += paradox_verdict(dict(zip(SIZES, kept, strict=True)), losses, n_resamples=500)["verdict"] == "paradox"
    assert cries < 5


def test_a_planted_fall_of_ten_points_is_found():
    rng = np.random.default_rng(0)
    found = [paradox_verdict(*study(rng, (0.85, 0.85, 0.85, 0.85, 0.75)), n_resamples=500) for _ in range(40)]
    assert sum(f["verdict"] == "paradox" for f in found) >= 28  # seeds that differ by 3 points; the rest is undecided
    assert not any(f["verdict"] == "no paradox" for f in found)
    found = [paradox_verdict(*study(rng, (0.7, 0.8, 0.9, 0.8, 0.8), seed_sd=0.01), n_resamples=500) for _ in range(40)]
    assert sum(f["verdict"] == "paradox" for f in found) >= 39
    assert all(f["low"] <= f["difference"] <= f["high"] and f["loss_falls"] for f in found)
    assert found[0]["words"].startswith("Paradox: ") and found[0]["sizes"] == list(SIZES)


def test_flat_or_rising_faithfulness_is_no_paradox():
    rng = np.random.default_rng(0)
    kwargs = {"seed_sd": 0.005, "n_documents": 400, "n_probes": 7}
    flat = [paradox_verdict(*study(rng, (0.9,) * 5, **kwargs), n_resamples=500) for _ in range(20)]
    assert sum(f["verdict"] == "no paradox" for f in flat) >= 18
    rising = [paradox_verdict(*study(rng, (0.5, 0.6, 0.7, 0.8, 0.9)), n_resamples=500) for _ in range(20)]
    assert sum(f["verdict"] == "no paradox" for f in rising) >= 18
    assert rising[0]["words"].startswith("No paradox: ")


def test_a_fall_without_a_falling_loss_is_not_the_paradox():
    rng = np.random.default_rng(0)
    kept, losses = study(rng, (0.9, 0.9, 0.9, 0.9, 0.6), seed_sd=0.01, loss_by_size=(0.2, 0.2, 0.2, 0.2, 0.4))
    found = paradox_verdict(kept, losses)
    assert found["verdict"] == "undecided" and found["loss_falls"] is False and found["low"] > 0.2
    assert "does not clearly fall" in found["words"]
    found = paradox_verdict(kept, {})
    assert found["verdict"] == "undecided" and found["loss_falls"] is None and "not measured" in found["words"]


@pytest.mark.parametrize("n_seeds", [1, 3, 4])
def test_few_seeds_never_carry_a_claim_but_show_what_was_seen(n_seeds):
    kept, losses = study(np.random.default_rng(0), (0.9, 0.9, 0.9, 0.9, 0.4), n_seeds=n_seeds)
    found = paradox_verdict(kept, losses)
    assert found["verdict"] == "undecided" and found["n_seeds"] == n_seeds
    assert found["low"] > 0.1 and "cannot carry a claim about size" in found["words"]
    assert f"{100 * found['difference']:+.1f} points" in found["words"]


def test_too_few_sizes_or_no_shared_documents_are_undecided_with_the_reason():
    kept, losses = study(np.random.default_rng(0), (0.9, 0.5))
    assert "at least 3" in paradox_verdict(kept, losses)["words"]
    assert paradox_verdict({}, {})["verdict"] == "undecided"
    kept, losses = study(np.random.default_rng(0), (0.9, 0.9, 0.5))
    kept[SIZES[0]] = kept[SIZES[0]][:, :-1]
    found = paradox_verdict(kept, losses)
    assert found["verdict"] == "undecided" and found["difference"] is None and "share no" in found["words"]
    kept[SIZES[0]] = np.full((5, 150), np.nan)
    assert paradox_verdict(kept, losses)["n_seeds"] == 0


def test_missing_documents_and_seeds_are_left_out_not_zero():
    kept, losses = study(np.random.default_rng(0), (0.9, 0.9, 0.9, 0.9, 0.6))
    kept[SIZES[1]][2, 7] = np.nan
    kept[SIZES[3]] = np.vstack([kept[SIZES[3]], np.full((1, 150), np.nan)])
    found = paradox_verdict(kept, losses)
    assert (found["n_documents"], found["n_seeds"], found["verdict"]) == (149, 5, "paradox")


def test_everything_kept_is_no_paradox_only_with_enough_documents():
    losses = {size: np.linspace(0.5, 0.4, 5) - i / 10 for i, size in enumerate(SIZES)}
    few = paradox_verdict({size: np.ones((5, 4)) for size in SIZES}, losses)
    many = paradox_verdict({size: np.ones((5, 100)) for size in SIZES}, losses)
    assert few["verdict"] == "undecided" and few["high"] > 0.1
    assert many["verdict"] == "no paradox" and many["difference"] == 0 and many["loss_falls"] is True


def test_same_seed_same_verdict_and_fast():
    kept, losses = study(np.random.default_rng(0), (0.9, 0.9, 0.9, 0.9, 0.6), n_documents=600)
    start = time.perf_counter()
    found = paradox_verdict(kept, losses, seed=7)
    assert time.perf_counter() - start < 5
    assert found == paradox_verdict(kept, losses, seed=7)
