"""The powered experiment: its parts are what its design says, and its page is that of the committed results."""

from pathlib import Path

import numpy as np
import pytest

from benchmarks import powered, powered_page, powered_sections
from tellback.config import read_study
from tellback.errors import UsageError
from tellback.study import stacked
from tellback.study.grid import setups

ROOT = Path(__file__).parents[2]
RESULTS = ROOT / "results" / "powered"
PEAKS = {f"pocket-llama-{size}": 1e-3 * i for i, size in enumerate(("60k", "120k", "250k", "500k", "1m"), 1)}
PEAKS |= {f"{model}-uniform": peak for model, peak in PEAKS.items()}


@pytest.fixture(scope="module")
def base():
    return read_study("pocket-size")


def trained(studies):
    return [s for study in studies for s in setups(study) if not s.is_control]


@pytest.mark.parametrize(("part", "n"), [("primary", 60), ("2x", 40), ("concat", 40), ("remedies", 105), ("prior", 192), ("prior-larger", 96)])
def test_parts_are_the_design_and_can_be_stacked(base, part, n):
    found = trained(powered.studies_of(part, base, PEAKS))
    assert len(found) == n == len({s.key() for s in found})
    assert all(stacked.why_not(s) is None for s in found)
    assert {s.train.learning_rate for s in found} <= set(PEAKS.values())


def test_priors_cross_what_is_believed_with_what_is_read(base):
    found = trained(powered.studies_of("prior", base, PEAKS))
    cells = {(s.base_model.name.endswith("-uniform"), s.train.values, s.decoder.train) for s in found}
    assert len(cells) == 8
    assert len({stacked.key(s) for s in found}) == 3  # one stack a size


def test_an_unknown_part_is_named(base):
    with pytest.raises(UsageError, match="nonsense"):
        powered.studies_of("nonsense", base, {})


@pytest.mark.slow
def test_the_page_is_that_of_the_committed_results(monkeypatch, tmp_path):
    monkeypatch.setattr(powered_sections, "SIMULATED", 10)
    powered_page.main(["--results", str(RESULTS), "--early", str(RESULTS.parent / "early.json"), "--out", str(tmp_path / "study.md")])
    here, shipped = ((path / "study.md").read_text(encoding="utf-8") for path in (tmp_path, ROOT / "docs"))

    def sections(text):
        return {part.partition("\n")[0]: part for part in text.split("\n## ")}

    ours, theirs = sections(here), sections(shipped)
    assert ours.keys() == theirs.keys()
    for name in ours:
        if not name.startswith("How far"):  # of 1,000 simulated studies
            assert ours[name] == theirs[name]
    assert (tmp_path / "study.svg").read_text().startswith("<svg")


def test_a_partial_correlation_holds_its_third_side():
    rng = np.random.default_rng(0)
    z = rng.standard_normal(400)
    x, y = z + 0.3 * rng.standard_normal(400), z + 0.3 * rng.standard_normal(400)
    assert abs(powered_sections.partial(x, y, z)) < 0.15 < np.corrcoef(x, y)[0, 1]
    assert powered_sections.partial(x, x + 0.01 * y, z) > 0.9
    assert np.isnan(powered_sections.partial(x, np.ones(400), z))
