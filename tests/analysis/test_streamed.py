import numpy as np
import pytest

from tellback.analysis.geometry import effective_rank
from tellback.analysis.streamed import Spectrum, effective_rank_streamed


def slots(n, d, seed=0, decay=0.0, centre=0.0):
    rng = np.random.default_rng(seed)
    return (rng.standard_normal((n, d)) * np.exp(-decay * np.arange(d)) + centre).astype(np.float32)


@pytest.mark.parametrize("shape", [{}, {"decay": 0.2}, {"centre": 50.0}, {"decay": 0.1, "centre": -3.0}], ids=str)
@pytest.mark.parametrize("cuts", [(), (1,), (3, 700), (512, 1024)], ids=str)
def test_chunks_give_what_all_slots_at_once_give(shape, cuts):
    every = slots(1500, 40, **shape)
    assert effective_rank_streamed(np.split(every, cuts)) == pytest.approx(effective_rank(every), rel=3e-3)
    exact = every.astype(np.float64)
    assert effective_rank_streamed(np.split(exact, cuts)) == pytest.approx(effective_rank(exact), rel=1e-6)


def test_fewer_slots_than_directions_and_slots_on_a_plane():
    few = slots(12, 64)
    assert effective_rank_streamed([few]) == pytest.approx(effective_rank(few), rel=3e-3)
    plane = slots(500, 2, 1) @ slots(2, 30, 2)
    assert effective_rank_streamed(np.array_split(plane.astype(np.float64), 7)) == pytest.approx(effective_rank(plane.astype(np.float64)), rel=1e-4)


def test_what_has_no_rank():
    assert effective_rank_streamed([]) is None and effective_rank_streamed([slots(1, 4)]) is None
    assert effective_rank_streamed([np.full((5, 4), 7.0)] * 3) is None
    with pytest.raises(AssertionError, match="finite"):
        Spectrum(2).add(np.array([[1.0, np.nan]]))
    assert effective_rank_streamed([np.zeros((0, 4)), slots(9, 4)]) == pytest.approx(effective_rank(slots(9, 4)), rel=1e-5)
