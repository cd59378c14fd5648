import json
import shutil

import pytest
import yaml

from tellback.errors import UsageError
from tellback.study.merge import merge
from tellback.study.run import run_study

pytestmark = pytest.mark.slow  # a study run in one place and in three parts

CONFIG = """
name: s
corpus: pocket
base_models: [tiny]
compressors: [truncate]
rates: [2, 4]
controls: [no_memory]
decoder: {model: tiny, train: frozen}
probes: {n_documents: 2, sets: [pocket-agree, pocket-conflict], likelihood: false}
"""


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A study run in one place, and in two parts."""
    folder = tmp_path_factory.mktemp("merge")
    (folder / "s.yaml").write_text(CONFIG)
    for name, only in (("whole", None), ("a", "*-2x-*"), ("b", "*[!2]x-*"), ("c", "no_memory*")):
        run_study(str(folder / "s.yaml"), folder / name, 1, only)
    return folder


def rows(folder):
    return [json.loads(line) for line in (folder / "results.jsonl").read_text().splitlines()]


def test_parts_become_what_one_run_would_have_been(whole, tmp_path):
    assert merge([whole / "a", whole / "b", whole / "c"], tmp_path / "m") == (3, 3)
    assert rows(tmp_path / "m") == rows(whole / "whole")
    assert (tmp_path / "m" / "controls.json").read_text() == (whole / "whole" / "controls.json").read_text()
    run_study(str(whole / "s.yaml"), tmp_path / "m", 1, None)  # a study's folder: it goes on, and nothing is left to do


def test_what_both_have_must_agree(whole, tmp_path):
    shutil.copytree(whole / "a", tmp_path / "a")
    assert merge([whole / "a", tmp_path / "a"], tmp_path / "m") == (1, 3)
    (path,) = (tmp_path / "a" / "setups").glob("*/result.json")
    result = json.loads(path.read_text())
    result["row"]["rouge_l"] = 0.123
    path.write_text(json.dumps(result))
    with pytest.raises(UsageError, match="rouge_l"):
        merge([whole / "a", tmp_path / "a"], tmp_path / "n")
    assert not (tmp_path / "n").exists()


def test_other_studies_probes_and_versions_are_refused(whole, tmp_path):
    shutil.copytree(whole / "b", tmp_path / "b")
    spec = yaml.safe_load((tmp_path / "b" / "study.yaml").read_text())
    (tmp_path / "b" / "study.yaml").write_text(yaml.safe_dump(spec | {"probes": spec["probes"] | {"seed": 9}}))
    with pytest.raises(UsageError, match="differ in probes"):
        merge([whole / "a", tmp_path / "b"], tmp_path / "m")
    (tmp_path / "b" / "study.yaml").write_text(yaml.safe_dump(spec))
    (path,) = (tmp_path / "b" / "setups").glob("*/result.json")
    result = json.loads(path.read_text())
    result["details"]["probe_version"] = 99
    path.write_text(json.dumps(result))
    with pytest.raises(UsageError, match="versions"):
        merge([whole / "a", tmp_path / "b"], tmp_path / "m")
    with pytest.raises(UsageError, match="there already"):
        merge([whole / "a"], whole / "b")


@pytest.mark.parametrize(
    ("content", "says"),
    [('{"row": ', "is broken: Expecting value"), ("[]", "it holds no result"), ('{"row": {"status": "done"}}', "it holds no result"),
     ('{"row": {"status": 1}, "details": {}}', "its row lacks setup"), ("other", "is of another setup")],
)  # fmt: skip
def test_a_part_that_is_broken_is_said_and_nothing_is_written(whole, tmp_path, content, says):
    shutil.copytree(whole / "a", tmp_path / "a")
    (path,) = (tmp_path / "a" / "setups").glob("*/result.json")
    other = next((whole / "b" / "setups").glob("*/result.json")).read_text()
    path.write_text(other if content == "other" else content)
    with pytest.raises(UsageError, match=says):
        merge([tmp_path / "a", whole / "b"], tmp_path / "m")
    assert not list(tmp_path.glob("*m*"))


def test_places_that_cannot_be_are_said(whole, tmp_path):
    with pytest.raises(UsageError, match="holds no study"):
        merge([whole / "a", whole], tmp_path / "m")
    with pytest.raises(UsageError, match="is one of the parts"):
        merge([whole / "a", whole / "b"], whole / "a" / "m")
    with pytest.raises(UsageError, match="no setup is finished"):
        shutil.copytree(whole / "a", tmp_path / "bare")
        shutil.rmtree(tmp_path / "bare" / "setups")
        merge([tmp_path / "bare"], tmp_path / "m")
    assert not (tmp_path / "m").exists()


def test_grids_are_united(whole, tmp_path):
    (tmp_path / "s.yaml").write_text(CONFIG.replace("[2, 4]", "[8]"))
    run_study(str(tmp_path / "s.yaml"), tmp_path / "d", 1, "*-8x-*")
    assert merge([whole / "a", tmp_path / "d"], tmp_path / "m") == (2, 4)
