"""A file of a study that was cut off is named, with what to do; and what is said helps."""

import json
import shutil

import pytest
from safetensors import safe_open
from safetensors.torch import save_file
from small_study import copied, cut

from tellback.errors import UsageError
from tellback.loading import load as load_setup
from tellback.report.load import load
from tellback.report.pack import pack
from tellback.store import StudyFolder
from tellback.study.run import run_study
from tellback.study.table import read_rows

CONFIG = """
name: s
corpus: pocket
base_models: [tiny]
compressors: [pooling]
rates: [4]
controls: []
train: {steps: 5, n_documents: 60, n_held_out: 8, trace_points: 5, batch_size: 2, copy_steps: 0}
decoder: {model: tiny, train: frozen}
probes: {n_documents: 2, sets: [pocket-agree], likelihood: false, answers: false}
"""


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    folder = tmp_path_factory.mktemp("whole")
    (folder / "s.yaml").write_text(CONFIG)
    run_study(str(folder / "s.yaml"), folder / "out", 1, None)
    return folder


@pytest.fixture
def done(whole, tmp_path):
    return copied(whole, tmp_path)



def test_a_setups_spec(done, whole):
    out, folder = done
    cut(folder / "spec.json")
    for read in (load_setup, lambda path: StudyFolder(out).find("pooling")):
        with pytest.raises(UsageError, match="spec.json is broken.*Remove the result.json beside it"):
            read(folder)
    (folder / "result.json").unlink()
    run_study(str(whole / "s.yaml"), out, 1, None)
    assert load_setup(folder).training["steps"] == 5


def test_a_trace_is_written_again_without_training(done, whole):
    out, folder = done
    before, weights = (folder / "trace.jsonl").read_text(), (folder / "weights.safetensors").stat().st_mtime_ns
    cut(folder / "trace.jsonl")
    for read in (lambda: load(out).setups[0].trace, lambda: pack(out, out.parent / "packed")):
        with pytest.raises(UsageError, match="trace.jsonl, line .*Remove the result.json beside it"):
            read()
    (folder / "result.json").unlink()
    run_study(str(whole / "s.yaml"), out, 1, None)
    assert (folder / "trace.jsonl").read_text() == before and (folder / "weights.safetensors").stat().st_mtime_ns == weights


def test_what_a_training_says_of_itself(done):
    _, folder = done
    cut(folder / "trained.json")
    with pytest.raises(UsageError, match="trained.json is broken.*Remove it to do without"):
        load_setup(folder)
    (folder / "trained.json").unlink()
    load_setup(folder)


@pytest.mark.parametrize("name, read", [("results.jsonl", read_rows), ("results.jsonl", load), ("controls.json", load)])
def test_what_is_collected(done, whole, name, read):
    out, _ = done
    (out / name).write_text('{"a": 1,')
    with pytest.raises(UsageError, match=f"{name}.*Run the study again to write it anew"):
        read(out)
    run_study(str(whole / "s.yaml"), out, 1, None)
    read(out)


def test_the_study_itself(done, whole):
    out, folder = done
    (out / "study.yaml").write_text("name: s\nrates: [4\n")
    at = (folder / "result.json").stat().st_mtime_ns
    for read in (load, lambda path: run_study(str(whole / "s.yaml"), path, 1, None)):
        with pytest.raises(UsageError, match="put the file that the study was started with in its place|Put the file"):
            read(out)
    shutil.copy(whole / "s.yaml", out / "study.yaml")
    run_study(str(whole / "s.yaml"), out, 1, None)
    assert (folder / "result.json").stat().st_mtime_ns == at


@pytest.mark.parametrize("content", ["[]", "null", "", '{"row": 1}', '{"row": {"status": "done"}, "details": {}}'])
def test_a_result_that_is_none(done, content):
    out, folder = done
    (folder / "result.json").write_text(content)
    for read in (lambda: load(out).setups[0].details, lambda: load_setup(folder)):
        with pytest.raises(UsageError, match="result.json is broken"):
            read()


def test_a_result_that_lacks_what_a_study_reads(done, whole):
    out, folder = done
    content = json.loads((folder / "result.json").read_text())
    for row in ({"status": "done"}, content["row"] | {"qa_i": 3}, {k: v for k, v in content["row"].items() if k != "qa_i"}):
        (folder / "result.json").write_text(json.dumps(content | {"row": row}))
        with pytest.raises(UsageError, match="result.json is broken: its row lacks .*qa_i.*Remove it and run the study again"):
            run_study(str(whole / "s.yaml"), out, 1, None)
    (folder / "result.json").unlink()
    run_study(str(whole / "s.yaml"), out, 1, None)


@pytest.mark.parametrize("name", ["result.json", "probes.parquet"])
def test_a_folder_where_a_file_should_be(done, whole, name):
    out, folder = done
    for gone in {"result.json", name}:
        (folder / gone).unlink()
    (folder / name).mkdir()
    with pytest.raises(UsageError, match=f"{name} is .*a folder.*Remove it"):
        run_study(str(whole / "s.yaml"), out, 1, None)
    (folder / name).rmdir()
    run_study(str(whole / "s.yaml"), out, 1, None)


def test_a_checkpoint_beyond_the_end(done, whole):
    """Would be trained on for ever."""
    out, folder = done
    with safe_open(str(folder / "weights.safetensors"), framework="pt") as file:
        tensors = {f"weight.{name}": file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (not a dict)
    progress = json.dumps(json.loads((folder / "trained.json").read_text()) | {"step": 6})
    save_file(tensors, str(folder / "checkpoint.safetensors"), metadata={"progress": progress})
    for name in ("weights.safetensors", "result.json"):
        (folder / name).unlink()
    with pytest.raises(UsageError, match="is after 6 steps, the training has 5. Remove it"):
        run_study(str(whole / "s.yaml"), out, 1, None)
