import time

import numpy as np
import pytest

from tellback.analysis.power import Design, in_words, rates
from tellback.analysis.verdict import Contrast, contrast, fall_in_words, holm, line_weights, loss_words, paradox_verdict

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


def test_the_line_weights_give_the_fall_of_a_least_squares_line():
    means = np.array([0.9, 0.7, 0.8, 0.4, 0.5])
    slope, at = np.polyfit(np.log(SIZES), means, 1)
    expected = (slope * np.log(SIZES[0]) + at) - (slope * np.log(SIZES[-1]) + at)
    assert line_weights(SIZES) @ means == pytest.approx(expected)
    assert line_weights(SIZES).sum() == pytest.approx(0)


def test_a_contrast_covers_the_truth_where_spread_rises_with_size():
    rng, hits, weights = np.random.default_rng(0), 0, line_weights(SIZES)
    for _ in range(400):
        shift = 0.3 * rng.standard_normal((1, 60))  # what is hard for all sizes cancels
        values = [0.8 + 0.02 * (i + 1) * rng.standard_normal((6, 1)) + shift + 0.1 * rng.standard_normal((6, 60)) for i in range(5)]
        found = contrast(values, weights)
        hits += found.low <= 0 <= found.high
    assert 0.92 <= hits / 400 <= 0.985


@pytest.mark.parametrize("world, spread", [("flat", 0.01), ("flat", 0.13), ("rising spread", 0.08), ("in or out", 0.05)])
def test_no_effect_cries_paradox_in_fewer_than_5_of_100_studies(world, spread):
    said = rates(Design(SIZES, 5, 100, spread=spread), 200, worlds=(world,))[world]
    assert said["paradox"] < 0.05  # of 1,000: 0.2%, 1.6%, 1.0%, 1.5%


def test_twelve_seeds_and_200_documents_can_decide():
    design = Design(SIZES, 12, 200, facts=1, spread=0.05)
    found = rates(design, 150)
    assert found["fall"]["paradox"] >= 0.9 and found["fall"]["no paradox"] == 0
    assert found["flat"]["no paradox"] >= 0.5 and found["flat"]["paradox"] <= 0.03
    assert "150 simulated studies" in in_words(found, design, 150)
    assert rates(design, 5) == rates(design, 5)


def test_flat_or_rising_faithfulness_is_no_paradox():
    rng = np.random.default_rng(0)
    kwargs = {"seed_sd": 0.005, "n_documents": 400, "n_probes": 7}
    flat = [paradox_verdict(*study(rng, (0.9,) * 5, **kwargs)) for _ in range(20)]
    assert sum(f["verdict"] == "no paradox" for f in flat) >= 18
    rising = [paradox_verdict(*study(rng, (0.5, 0.6, 0.7, 0.8, 0.9))) for _ in range(20)]
    assert sum(f["verdict"] == "no paradox" for f in rising) >= 18
    assert rising[0]["words"].startswith("No paradox: ")


def test_a_fall_needs_a_falling_loss_and_with_a_rising_one_it_is_a_worse_model():
    rng = np.random.default_rng(0)
    shares = (0.9, 0.85, 0.8, 0.7, 0.6)
    kept, losses = study(rng, shares, seed_sd=0.01)
    assert paradox_verdict(kept, losses)["verdict"] == "paradox" and loss_words(losses) == "falls with size"
    kept, losses = study(rng, shares, seed_sd=0.01, loss_by_size=(0.4, 0.4, 0.4, 0.4, 0.4))
    found = paradox_verdict(kept, losses)
    assert found["verdict"] == "undecided" and found["loss_falls"] is False and "does not clearly fall" in found["words"]
    kept, losses = study(rng, shares, seed_sd=0.01, loss_by_size=(0.2, 0.3, 0.4, 0.5, 0.6))
    found = paradox_verdict(kept, losses)
    assert found["verdict"] == "no paradox" and found["loss_rises"] and "reconstructs worse too" in found["words"]
    found = paradox_verdict(kept, {})
    assert found["verdict"] == "undecided" and found["loss_falls"] is None and "not measured" in found["words"]


@pytest.mark.parametrize("n_seeds", [1, 3, 4])
def test_few_seeds_never_carry_a_claim_but_show_what_was_seen(n_seeds):
    kept, losses = study(np.random.default_rng(0), (0.9, 0.8, 0.7, 0.6, 0.4), n_seeds=n_seeds)
    found = paradox_verdict(kept, losses)
    assert found["verdict"] == "undecided" and found["n_seeds"] == n_seeds
    assert "cannot carry a claim about size" in found["words"] and f"{100 * abs(found['fall']):.1f} points" in found["words"]
    assert "inf" not in found["words"]


def test_too_few_sizes_or_no_shared_documents_are_undecided_with_the_reason():
    kept, losses = study(np.random.default_rng(0), (0.9, 0.5))
    assert "at least 3" in paradox_verdict(kept, losses)["words"]
    assert paradox_verdict({}, {})["verdict"] == "undecided"
    kept, losses = study(np.random.default_rng(0), (0.9, 0.9, 0.5))
    kept[SIZES[0]] = kept[SIZES[0]][:, :-1]
    found = paradox_verdict(kept, losses)
    assert found["verdict"] == "undecided" and found["fall"] is None and "share no" in found["words"]
    kept[SIZES[0]] = np.full((5, 150), np.nan)
    assert paradox_verdict(kept, losses)["n_seeds"] == 0


def test_missing_documents_and_seeds_are_named_not_zero():
    kept, losses = study(np.random.default_rng(0), (0.9, 0.85, 0.8, 0.7, 0.5))
    kept[SIZES[1]][2, 7] = np.nan
    kept[SIZES[3]] = np.vstack([kept[SIZES[3]], np.full((1, 150), np.nan)])
    losses[SIZES[3]] = np.vstack([losses[SIZES[3]], np.full((1, 150), np.nan)])  # a training that diverged
    found = paradox_verdict(kept, losses)
    assert (found["n_documents"], found["n_seeds"], found["verdict"], found["n_missing"]) == (149, 5, "paradox", 1)
    assert "1 setup without a figure is missing here" in found["words"]


def test_everything_kept_is_no_paradox_only_with_enough_documents():
    losses = {size: np.linspace(0.62, 0.6, 5) - i / 10 for i, size in enumerate(SIZES)}
    few = paradox_verdict({size: np.ones((5, 4)) for size in SIZES}, losses)
    many = paradox_verdict({size: np.ones((5, 100)) for size in SIZES}, losses)
    assert few["verdict"] == "undecided" and few["high"] > 0.1
    assert many["verdict"] == "no paradox" and many["fall"] == pytest.approx(0, abs=1e-9) and many["loss_falls"] is True


def test_holm_corrects_the_further_looks():
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06]) and holm([]) == []
    assert holm([0.9, 0.5]) == [1.0, 1.0] and holm([0.2]) == [0.2]


def test_a_verdict_is_fast():
    kept, losses = study(np.random.default_rng(0), (0.9, 0.9, 0.9, 0.9, 0.6), n_documents=600)
    start = time.process_time()
    for _ in range(20):
        found = paradox_verdict(kept, losses)
    assert time.process_time() - start < 2 and found == paradox_verdict(kept, losses)


def test_a_fall_that_is_a_rise_is_called_one():
    words = fall_in_words(Contrast(-0.003, -0.057, 0.051, 0.02, 5.0))
    assert words == "rises by 0.3 points (95% interval: a rise of 5.7 to a fall of 5.1)"
    assert fall_in_words(Contrast(0.016, 0.003, 0.030, 0.01, 5.0)) == "falls by 1.6 points (95% interval: a fall of 0.3 to a fall of 3.0)"
    assert fall_in_words(Contrast(0.1, -np.inf, np.inf, np.inf, 1.0)) == "falls by 10.0 points"
