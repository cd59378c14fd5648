import pytest

from tellback.analysis.verdict import SEEDS_FOR_A_CLAIM, SIZES_FOR_A_CLAIM
from tellback.config import CompressorSpec, ModelSpec, SetupSpec, StudySpec, parse, read_study, studies
from tellback.errors import UsageError
from tellback.study.grid import setups

MINIMAL = {"name": "x", "corpus": "pocket", "base_models": ["tiny"]}


@pytest.mark.parametrize("name", studies())
def test_every_built_in_study_parses_and_names_what_exists(name):
    from tellback.study.run import check

    study = read_study(name)
    assert study.name == name
    check(study)
    assert setups(study)


def test_the_default_study_is_as_documented():
    study = read_study("pocket")
    assert [m.name for m in study.base_models] == ["pocket-llama-60k", "pocket-llama-120k", "pocket-llama-250k"]
    assert study.rates == (4,) and study.seeds == (0, 1, 2, 3, 4) and set(study.controls) == {"identity", "no_memory", "shuffled"}
    assert len(study.base_models) >= SIZES_FOR_A_CLAIM and len(study.seeds) >= SEEDS_FOR_A_CLAIM  # its verdict can be one
    early = read_study("pocket-early")
    assert early.base_models == study.base_models and early.rates == (2, 8)


def test_the_full_study_is_as_documented():
    grid = [s for s in setups(read_study("pocket-full")) if s.compressor.name == "pooling"]
    llama = [s for s in grid if "llama" in s.base_model.name]
    qwen = [s for s in grid if "qwen3" in s.base_model.name]
    assert len(llama) == 5 * 4 * 5 and {s.rate for s in llama} == {2, 4, 8, 16}
    assert len(qwen) == 5 * 5 and {s.rate for s in qwen} == {4}
    assert all(s.base_model.seed == s.seed for s in grid) and {s.decoder.model.seed for s in grid} == {0}


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"base_modles": ["tiny"]}, "Did you mean 'base_models'"),
        ({"train": {"stepps": 3}}, "Did you mean 'steps'"),
        ({"train": {"steps": "many"}}, "train.steps"),
        ({"train": {"learning_rate": float("nan")}}, "train.learning_rate.*finite"),
        ({"train": {"learning_rate": {"default": float("inf")}}}, "train.learning_rate.*finite"),
        ({"train": {"learning_rate": -1.0}}, "a learning rate is at least 0, got -1"),
        ({"train": {"stages": [{"steps": 3, "learning_rate": {"adapter": -1.0}}]}}, "a learning rate is at least 0, got -1"),
        ({"rates": [float("nan")]}, "finite"),
        ({"rates": [0.5]}, "at least 1"),
        ({"base_models": []}, "base_models"),
        ({"controls": ["identiti"]}, "controls"),
        ({"decoder": {"model": "tiny", "train": "half"}}, "decoder.train"),
    ],
)
def test_wrong_keys_and_values_are_named(change, says):
    with pytest.raises(UsageError, match=says):
        parse(StudySpec, MINIMAL | change, "study.yaml")


def test_key_hashes_what_changes_the_outcome_and_nothing_else():
    study = parse(StudySpec, MINIMAL, "x")
    a = setups(study)[-1]
    assert a.key() == SetupSpec.model_validate(a.model_dump(mode="json")).key()
    assert a.key() == a.model_copy(update={"study": "y"}).key()
    slower = a.train.model_copy(update={"checkpoint_seconds": 99.0})
    assert a.key() == a.model_copy(update={"train": slower}).key()
    for change in (
        {"seed": 1}, {"rate": 8.0}, {"base_model": ModelSpec(name="tiny", seed=3)},
        {"compressor": CompressorSpec(name="pooling", options={"pool": "mean"})},
        {"train": a.train.model_copy(update={"n_threads": 2})},
    ):  # fmt: skip
        assert a.key() != a.model_copy(update=change).key(), change


def test_learning_rates_by_model_and_rate():
    study = parse(StudySpec, MINIMAL | {"rates": [2, 4], "train": {"learning_rate": {"tiny@2": 1e-3, "tiny": 5e-4}}}, "x")
    assert {s.rate: s.train.learning_rate for s in setups(study) if s.compressor.name == "pooling"} == {2: 1e-3, 4: 5e-4}
    with pytest.raises(UsageError, match="names no rate for 'tiny'"):
        setups(parse(StudySpec, MINIMAL | {"train": {"learning_rate": {"other": 1e-3}}}, "x"))


def test_only_takes_a_glob_and_says_what_there_is():
    study = read_study("pocket-early")
    assert {s.rate for s in setups(study, "pooling-8x-*")} == {8}
    with pytest.raises(UsageError, match="pooling-2x-pocket-llama-60k-s0"):
        setups(study, "nothing*")
