import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from tellback.analysis import geometry


def noise(n, d, seed=0):
    return np.random.default_rng(seed).normal(size=(n, d))


def test_effective_rank_of_known_spectra():
    assert geometry.effective_rank(np.eye(5), centred=False) == pytest.approx(5)
    s = np.array([3.0, 1.0])
    p = s / 4
    assert geometry.effective_rank(np.diag(s), centred=False) == pytest.approx(np.exp(-(p * np.log(p)).sum()))
    line = np.outer(np.arange(10.0), np.ones(4))
    assert geometry.effective_rank(line) == pytest.approx(1)


def test_effective_rank_of_noise_grows_with_width_as_the_definition_warns():
    narrow, wide = (geometry.effective_rank(noise(2500, d)) for d in (48, 256))
    assert narrow == pytest.approx(47.8, abs=0.2)
    assert wide == pytest.approx(252, abs=3)


@pytest.mark.parametrize("slots", [np.zeros((4, 3)), np.ones((1, 3)), np.zeros((0, 3)), np.full((9, 3), 0.1)])
def test_nothing_to_measure_is_none(slots):
    assert geometry.effective_rank(slots) is None
    assert geometry.share_of_max(slots) is None
    assert geometry.explained_variance(slots, 3) is None


def test_constant_slots_have_rank_one_when_not_centred():
    assert geometry.effective_rank(np.full((9, 3), 0.1), centred=False) == pytest.approx(1)


@settings(max_examples=60, deadline=None)
@given(
    hnp.arrays(np.float64, st.tuples(st.integers(2, 8), st.integers(1, 6)), elements=st.integers(-9, 9)),
    st.floats(0.01, 100),
)
def test_effective_rank_is_bounded_and_blind_to_scale_rotation_and_shift(slots, scale):
    rank = geometry.effective_rank(slots)
    if rank is None:
        return
    n, d = slots.shape
    assert 1 - 1e-9 <= rank <= min(n - 1, d) + 1e-9
    assert 0 < geometry.share_of_max(slots) <= 1 + 1e-9
    turn = np.linalg.qr(noise(d, d))[0]
    assert geometry.effective_rank(slots @ turn * scale + 3) == pytest.approx(rank, rel=1e-6)


def test_explained_variance_is_what_pca_says():
    slots = noise(200, 3) * [3, 2, 1]
    values = np.sort(np.linalg.eigvalsh(np.cov(slots.T)))[::-1]
    shares = geometry.explained_variance(slots, 2)
    assert shares == pytest.approx((values / values.sum())[:2])
    assert sum(geometry.explained_variance(slots, 9)) == pytest.approx(1)


def test_pooled_slots_take_the_same_slots_in_every_space():
    own = [noise(6, 4, i) for i in range(10)]
    decoder = [document * 2 for document in own]
    a, b = (geometry.pooled_slots(x, 20, seed=3) for x in (own, decoder))
    assert a.shape == (20, 4) and np.array_equal(a * 2, b)
    assert not np.array_equal(a, geometry.pooled_slots(own, 20, seed=4))
    assert len(geometry.pooled_slots(own, 1000, seed=3)) == 60


def test_summary_holds_each_figure_of_its_space():
    own = [noise(8, 16, i) for i in range(30)]
    decoder = [document[:, :5] for document in own]
    flat = [np.outer(document[:, 0], np.ones(5)) for document in own]
    found = geometry.summary(own, decoder, flat, n_slots=100, seed=0)
    pool = geometry.pooled_slots(own, 100, 0)
    assert found["own"] == geometry.effective_rank(pool)
    assert found["own_uncentred"] == geometry.effective_rank(pool, centred=False)
    assert found["decoder"] == geometry.effective_rank(pool[:, :5])
    assert found["decoder_untrained"] == pytest.approx(1)
    assert found["share_of_max"] == pytest.approx(found["own"] / 16)
    assert 6 < found["per_document"] < 7  # about n - 1, whatever the width
    assert (found["n_slots"], found["width"], found["decoder_width"]) == (100, 16, 5)
    assert len(found["explained_variance"]) == 5
    assert geometry.summary(own, decoder, None, 100, 0)["decoder_untrained"] is None
    assert geometry.summary(np.stack(own), np.stack(decoder), None, 100, 0)["own"] == found["own"]


def test_layers_are_averaged_and_a_missing_one_is_not_zero():
    layers = [geometry.summary([noise(40, 4, i)], [noise(40, 4, i)], None, 40, 0) for i in range(3)]
    mean = geometry.mean_over_layers(layers)
    assert mean["own"] == pytest.approx(np.mean([layer["own"] for layer in layers]))
    assert mean["decoder_untrained"] is None and mean["width"] == 4 and len(mean["explained_variance"]) == 4
    assert geometry.mean_over_layers([layers[0], layers[1] | {"own": None}])["own"] is None
    assert geometry.mean_over_layers([]) is None


def spread(*shape, seed=0, scale=1.0):
    return geometry.document_spread([scale * document for document in noise(*shape, seed).reshape(shape[0], 1, -1)])


def test_spread_tests_tell_wide_from_narrow_and_equal_from_equal():
    same = geometry.spread_tests({size: spread(80, 8, seed=i) for i, size in enumerate((60, 120, 250))})
    wide = geometry.spread_tests({60: spread(80, 8), 120: spread(80, 8, seed=1, scale=3.0)})
    assert same["spread"]["p"] > 0.01 and same["norm_variance"]["p"] > 0.01
    assert wide["spread"]["p"] < 1e-6 and wide["norm_variance"]["p"] < 1e-6
    assert wide["spread"]["means"][120] > 2 * wide["spread"]["means"][60]
    assert wide["n"] == {60: 80, 120: 80}
    assert geometry.spread_tests({60: spread(80, 8)}) is None
    flat = geometry.document_spread([np.ones((5, 2))] * 3)
    assert geometry.spread_tests({60: flat, 120: flat})["spread"]["p"] is None


def test_a_document_spreads_by_its_mean_slot():
    found = geometry.document_spread([np.array([[0.0, 0], [0, 6]]), np.array([[4.0, 3]]), np.zeros((0, 2))])
    assert found == {"distances": [2.0, 2.0], "norms": [3.0, 5.0]}  # the centre is (2, 3)
    assert geometry.document_spread([np.ones((4, 2))]) is None
    layers = [[np.ones((2, 2)), np.zeros((1, 2))], [np.zeros((2, 2)), np.zeros((1, 2))]]
    assert geometry.spread_over_layers(layers)["norms"] == pytest.approx([2**0.5 / 2, 0])
    assert geometry.spread_over_layers([]) is None


def test_further_measures_on_shapes_that_are_known():
    axes = np.concatenate([np.eye(4), -np.eye(4)])  # four directions that hold alike
    assert geometry.participation_ratio(axes) == pytest.approx(4)
    assert geometry.stable_rank(axes) == pytest.approx(4)
    assert geometry.components_for(axes, 0.5) == 2 and geometry.components_for(axes) == 4
    assert geometry.mean_cosine(axes) == pytest.approx(-1 / 7)  # each has one opposite among seven others
    assert geometry.norm_spread(axes) == pytest.approx(0)
    line = np.outer([1.0, 2.0, 3.0], [3.0, 4.0])
    assert geometry.participation_ratio(line) == geometry.stable_rank(line) == pytest.approx(1)
    assert geometry.components_for(line) == 1 and geometry.mean_cosine(line) == pytest.approx(1)
    assert geometry.norm_spread(line) == pytest.approx((2 / 3) / 4)
    for measure in (geometry.participation_ratio, geometry.stable_rank, geometry.components_for, geometry.mean_cosine, geometry.norm_spread):
        assert measure(np.zeros((0, 3))) is None and measure(np.zeros((4, 3))) is None


def test_participation_ratio_is_that_of_the_covariance():
    slots = noise(60, 5) * [5, 3, 2, 1, 1]
    values = np.linalg.eigvalsh(np.cov(slots.T))
    assert geometry.participation_ratio(slots) == pytest.approx(values.sum() ** 2 / (values**2).sum())
    assert geometry.stable_rank(slots) == pytest.approx(values.sum() / values.max())


def test_the_effect_of_a_group_is_its_share_of_the_variance():
    rng = np.random.default_rng(0)
    same = {k: rng.normal(size=4000) for k in "ab"}
    apart = {k: rng.normal(size=4000) + shift for k, shift in zip("ab", (0.0, 2.0), strict=True)}
    assert abs(geometry.omega_squared(same)) < 0.002
    assert geometry.omega_squared(apart) == pytest.approx(0.5, abs=0.02)  # between 1, within 1
    assert geometry.omega_squared({"a": np.ones(3), "b": np.ones(3)}) is None
