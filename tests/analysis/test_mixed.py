import numpy as np
import pytest

from tellback.analysis.mixed import slopes


def simulated(slope, spread, seed, k=25, d=80):
    rng = np.random.default_rng(seed)
    size = np.linspace(-2, 2, k)
    level = 0.6 + slope * size + spread * rng.standard_normal(k)
    ease = 0.1 * rng.standard_normal(d)
    return (rng.random((k, d)) < np.clip(level[:, None] + ease, 0, 1)).astype(float), size


@pytest.mark.parametrize("slope", [-0.06, 0.0, 0.05])
def test_a_slope_is_found_with_its_interval(slope):
    kept, size = simulated(slope, 0.04, 2)
    found = slopes(kept, {"size": size})
    assert found["size"]["value"] == pytest.approx(slope, abs=0.02)
    assert found["size"]["low"] < slope < found["size"]["high"]
    assert found["n"] == 25


def test_intervals_hold_as_often_as_they_say():
    held = 0
    for seed in range(60):
        kept, size = simulated(0.02, 0.08, seed, k=20, d=40)
        found = slopes(kept, {"size": size})["size"]
        held += found["low"] < 0.02 < found["high"]
    assert 52 <= held <= 60  # 57 of 60 are due


def test_chance_of_trainings_widens_the_interval():
    narrow, wide = (slopes(*(lambda k, s: (k, {"size": s}))(*simulated(0.0, spread, 1)))["size"] for spread in (0.01, 0.15))
    assert wide["high"] - wide["low"] > 1.5 * (narrow["high"] - narrow["low"])


def test_what_another_figure_explains_is_not_sizes():
    rng = np.random.default_rng(3)
    size = np.linspace(-2, 2, 40)
    loss = size + 0.5 * rng.standard_normal(40)
    kept = (rng.random((40, 300)) < np.clip(0.6 + 0.08 * loss, 0, 1)[:, None]).astype(float)
    alone, held = slopes(kept, {"size": size}), slopes(kept, {"size": size, "loss": loss})
    assert alone["size"]["low"] > 0.03
    assert abs(held["size"]["value"]) < 0.03 and held["loss"]["low"] > 0.04


def test_too_few_trainings_have_no_slope():
    assert slopes(np.ones((3, 5)), {"size": [1, 2, 3]})["size"]["value"] is None
