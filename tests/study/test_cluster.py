"""What can be said of `--ray` where there is no cluster, and no Ray."""

import sys

import pytest
from typer.testing import CliRunner

from tellback.cli import app
from tellback.config import StudySpec
from tellback.errors import UsageError
from tellback.planning.gpus import GIB
from tellback.planning.host import PROCESS, host_memory
from tellback.study.grid import setups
from tellback.study.on_ray import Cluster, run_there
from tellback.study.run import run_study
from tellback.version import __version__

NOWHERE = Cluster("local", lambda spec, has_gpu: 0)
CONFIG = "{name: s, corpus: pocket, base_models: [tiny], compressors: [truncate], rates: [4], controls: []}"


@pytest.fixture
def config(tmp_path):
    (tmp_path / "s.yaml").write_text(CONFIG)
    return str(tmp_path / "s.yaml")


def test_without_ray_it_says_how_to_get_it(config, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(UsageError, match=r"pip install 'tellback\[ray\]'"):
        run_study(config, tmp_path / "out", 1, None, cluster=NOWHERE)


def test_the_memory_of_a_node_asks_for_a_cluster(config, tmp_path):
    done = CliRunner().invoke(app, ["study", config, "--out", str(tmp_path / "out"), "--memory", "4"])
    assert isinstance(done.exception, UsageError) and "--memory 4 " in str(done.exception) and "Give --ray ADDRESS" in str(done.exception)
    assert not (tmp_path / "out").exists()


def test_ways_of_one_machine_do_not_go_with_it(config, tmp_path, monkeypatch):
    with pytest.raises(UsageError, match="--stacked and a launcher"):
        run_study(config, tmp_path / "out", 1, None, stacked=True, cluster=NOWHERE)
    monkeypatch.setenv("WORLD_SIZE", "2")
    monkeypatch.setenv("LOCAL_RANK", "0")
    with pytest.raises(UsageError, match="--stacked and a launcher"):
        run_study(config, tmp_path / "out", 1, None, cluster=NOWHERE)


@pytest.mark.parametrize("version, where, says", [("0.0.0", "here", "Install the same version"), (__version__, "nowhere", "does not see")])
def test_a_node_that_is_not_as_this_one(tmp_path, version, where, says):
    (spec,) = setups(StudySpec.model_validate({"name": "s", "corpus": "pocket", "base_models": ["tiny"], "controls": []}))
    kind, said = run_there(spec.model_dump(mode="json"), str(tmp_path / where), str(tmp_path), {}, version, None)
    assert kind == "usage" and says in said and ("node" in said)


def test_memory_grows_with_what_a_node_must_hold():
    specs = setups(StudySpec.model_validate({
        "name": "s", "corpus": "pocket", "base_models": ["Qwen/Qwen3-0.6B"], "compressors": ["pooling"], "rates": [4], "controls": [],
        "decoder": {"model": "Qwen/Qwen3-0.6B", "train": "frozen"}, "train": {"dtype": "float32", "compressor": "full"},
    }))  # fmt: skip
    of = host_memory()
    with_gpu, without = of(specs[0], True), of(specs[0], False)
    weights = 2 * 596_049_920 * 4  # both models, as their configs count
    assert weights < with_gpu - PROCESS < weights * 1.05
    assert 0.7 < (without - with_gpu) / (596_049_920 * 12) < 1.01  # gradients and two moments of the compressor, embeddings left out
    (unknown,) = setups(StudySpec.model_validate({"name": "s", "corpus": "pocket", "base_models": ["tiny"], "controls": []}))
    assert of(unknown, True) == PROCESS == GIB
