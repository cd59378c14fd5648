"""Trainings that stop early: the program is what its design says, and its figures are what was read."""

import json

import numpy as np
import pytest

from benchmarks import early, early_sections, early_trainings
from tellback.config import read_study
from tellback.study.grid import setups


@pytest.fixture(scope="module")
def base():
    return early.early(read_study("pocket-size"))


def test_its_studies_are_the_design(base):
    screening, confirming, priors = early.screening(base), early.confirming(base) + early.more(base), early.priors(base)
    count = [sum(len(setups(study)) for study in part) for part in (screening, confirming, priors)]
    assert count == [11, 4 * 2 * 5 + 3 * 5, 3 * 5]
    others = [study for decoder in early.OTHER_DECODERS for study in early.decoders(base, decoder)]
    assert [study.decoder.train for study in others] == ["frozen"] * 4 + ["full"] * 4 and sum(len(setups(study)) for study in others) == 2 * 4 * 5
    assert {spec.train.steps for spec in setups(early.whole(base))} == {6_000}
    specs = [spec for part in (screening, confirming, priors, others) for study in part for spec in setups(study)]
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
    assert early_sections.page(tmp_path / "early.json") == ""


def training(seed, size, kept, study="confirm-plain", loss=0.1):
    facts = "f" * kept + "o" * (10 - kept)
    trace = [{"step": step, "loss": loss, "facts": {"qa_i": f"f{kept}o{10 - kept}"}} for step in (0, 2000)]
    return {"study": study, "model": "pocket-llama", "seed": seed, "size": size, "status": "done", "rouge_l": 0.9, "loss": loss, "seconds": 1.0,
            "lost_kinds": [] if kept > 5 else ["colour", "city", "job"], "outcomes": {k: facts for k in ("colour", "city", "job", "number", "roles", "negation", "order")},
            "trace": trace}  # fmt: skip


def test_its_section_says_what_was_read(tmp_path):
    rows = [training(seed, size, kept, loss=loss) for seed in (2, 3, 4, 5, 6) for size, kept, loss in ((60_000, 9, 0.05), (250_000, 2, 0.1))]
    rows += [training(seed, size, 10, "confirm-uniform", 0.05) for seed in (2, 3, 4, 5, 6) for size in (60_000, 250_000)]
    rows += [training(seed, 250_000, 9, "prior-believes-uniform") for seed in (2, 3)]
    rows += [training(seed, size, 9, "confirm-curriculum", 0.05) for seed in (2, 3, 4, 5, 6) for size in (60_000, 250_000)]
    (tmp_path / "early.json").write_text(json.dumps(rows))
    text = early_sections.page(tmp_path / "early.json")
    assert "With the first quarter of its steps at 2x it overwrites, of the values, at 250k 10%" in text
    assert "The larger one overwrites 80%" in text and "the smaller 10%" in text and "further from done" in text
    assert "**The remedy reaches its goal.**" in text and "overwrites 100% [100, 100] less" in text
    assert "| plain | 250k | 5 | 0.100 | 20%" in text and "| 5 of 5 | 0 of 5 |" in text
    assert "20% / 80%; 0.10" in text
    assert "| trained along | pretrained on uniform values | uniform | not run |" in text
    assert "Not run: the decoder frozen and four times larger" in text and "at the primary study's length" not in text


def test_whose_prior_at_other_sizes(base, tmp_path):
    sized = {size: [spec for study in early.priors_at(base, size) for spec in setups(study)] for size in early.OTHER_SIZES}
    assert {size: len(specs) for size, specs in sized.items()} == {"60k": 15, "1m": 20}  # of the smaller one `plain` is the fourth cell
    assert all(f"-{size}" in spec.base_model.name for size, specs in sized.items() for spec in specs)
    rows = [training(seed, 60_000, 8) | {"model": "pocket-llama-60k"} for seed in (2, 3)]
    rows += [training(seed, 60_000, 9, "prior-60k-believes-uniform") for seed in (2, 3)]
    rows += [training(seed, 1_000_000, kept, f"prior-1m-{lm}") for seed in (2, 3) for lm, kept in (("believes-corpus", 4), ("believes-uniform", 7), ("free-corpus", 5))]
    rows += [training(seed, 250_000, 6, "prior-believes-uniform") for seed in (2, 3)]
    (tmp_path / "early.json").write_text(json.dumps(rows))
    text = early_sections.page(tmp_path / "early.json")
    assert "| trained along, 1M | believes the usual | as the corpus | 2 | 0.100 | 40%" in text and "| trained along, 60k | believes the usual | as the corpus | 2 | 0.100 | 80%" in text
    assert "at 60k 20% [" in text and "at 1M 60% [" in text and "| trained along, 1M | pretrained on uniform values | uniform |" not in text


def test_other_decoders_and_the_whole_length_have_tables_of_their_own(tmp_path):
    rows = [training(seed, 250_000, 3, f"prior-believes-{values}-frozen") for seed in (2, 3) for values in ("corpus", "uniform")]
    rows += [training(seed, 250_000, 9, "whole-curriculum", 0.004) for seed in (0, 1)]
    (tmp_path / "early.json").write_text(json.dumps(rows))
    text = early_sections.page(tmp_path / "early.json")
    assert "| frozen | believes the usual | as the corpus | 2 | 0.100 | 30%" in text and "| frozen | pretrained on uniform values | uniform | not run |" in text
    assert "| trained along |" not in text and "Not run: the decoder four times larger, trained along." in text
    assert "250k, 2 of 5 seeds wanted" in text and "| order | -, lost by 0 of 0 | 90%, lost by 0 of 2 |" in text and "| *ordinary loss* | - | 0.0040 |" in text
    assert "of the values that go against that, 70% [" in text and "4 of these 4 trainings sit on the plateau of values." in text
    assert "4 trainings" in text  # those of the whole length are not among them


def test_what_the_file_holds_is_neither_done_again_nor_lost(tmp_path, base):
    file = tmp_path / "early.json"
    study = early.decoders(base, "frozen")[0]
    spec = setups(study)[0]
    file.write_text(json.dumps([training(spec.seed, 250_000, 9, study.name) | {"model": spec.base_model.name}]))
    program = early.Program(tmp_path / "runs", file, minutes=1)
    program.run([study.model_copy(update={"seeds": (spec.seed,)})])
    assert not (tmp_path / "runs").exists()
    program.finish([study])
    (row,) = json.loads(file.read_text())
    assert (row["study"], row["seed"]) == (study.name, spec.seed)


def test_a_remedy_that_helps_some_seeds_is_not_shown(tmp_path):
    rows = [training(seed, size, 2) for seed in (2, 3, 4, 5, 6) for size in (60_000, 250_000)]
    rows += [training(seed, size, kept, "confirm-uniform") for seed, kept in ((2, 10), (3, 10), (4, 2), (5, 10), (6, 10)) for size in (60_000, 250_000)]
    (tmp_path / "early.json").write_text(json.dumps(rows))
    assert "**A remedy was not shown.**" in early_sections.page(tmp_path / "early.json")


def test_what_was_read_along_the_way_is_short_in_the_file_and_whole_when_read():
    kinds = {"qa_i": {"job": {"faithful": 3, "missing": 1}, "city": {"faithful": 2, "overwritten": 4}}, "qa_ii": {"roles": {"drifted": 12}}}
    short = early._together({"pocket-conflict": kinds, "pocket-agree": {"qa_i": {"job": {"missing": 9}}}})
    assert short == {"qa_i": "f5m1o4", "qa_ii": "d12"}
    assert early_trainings._counted(short) == {
        "pocket-conflict": {"qa_i": {"all": {"faithful": 5, "missing": 1, "overwritten": 4}}, "qa_ii": {"all": {"drifted": 12}}}
    }
    assert early_trainings._counted({}) == {}
