"""Trainings that stop early: the program is what its design says, and its figures are what was read."""

import numpy as np
import pytest

from benchmarks import early, early_sections
from tellback.config import read_study
from tellback.study.grid import setups


@pytest.fixture(scope="module")
def base():
    return early.early(read_study("pocket-size"))


def test_its_studies_are_the_design(base):
    screening, confirming, priors = early.screening(base), early.confirming(base) + early.more(base), early.priors(base)
    count = [sum(len(setups(study)) for study in part) for part in (screening, confirming, priors)]
    assert count == [10, 3 * 2 * 5 + 2 * 5, 3 * 5]
    specs = [spec for part in (screening, confirming, priors) for study in part for spec in setups(study)]
    assert len({spec.key() for spec in specs}) == len(specs)
    assert {spec.train.steps for spec in specs} == {early.STEPS} and {spec.probes.along for spec in specs} == {60}
    seen = {spec.seed for study in screening for spec in setups(study)}
    assert not seen & {spec.seed for study in confirming + priors for spec in setups(study)}
    assert {spec.train.learning_rate for study in confirming for spec in setups(study)} == {0.008, 0.004}  # what the sweep chose


def test_a_reduction_is_of_shares_and_its_interval_of_seeds_and_facts():
    rng = np.random.default_rng(0)
    before, after = (rng.random((5, 66)) < 0.5).astype(float), (rng.random((5, 66)) < 0.05).astype(float)
    value, low, high = early_sections._reduction(before, after)
    assert low < value < high and 0.8 < value < 1.0 and value == pytest.approx(1 - after.mean() / before.mean())
    assert np.isnan(early_sections._reduction(np.zeros((2, 9)), after[:2, :9])[0])  # nothing was overwritten: nothing to remove


def test_without_results_the_page_has_no_such_section(tmp_path):
    assert early_sections.page(tmp_path) == ""
