"""A training that diverges is a failed row with its reason, and a sweep goes on."""

import json

import pytest
import torch
from typer.testing import CliRunner

from tellback.cli import app
from tellback.config import SetupSpec
from tellback.errors import Stopped
from tellback.study.run import run_study
from tellback.study.single import train_into
from tellback.study.sweep import run_sweep
from tellback.training import snapshots
from tellback.training.diverged import Diverged, check

CONFIG = """
name: s
corpus: pocket
base_models: [tiny]
rates: [4]
controls: []
train: {steps: 10, n_documents: 60, n_held_out: 8, trace_points: 5, batch_size: 4, learning_rate: LR, clip: 1.0e+30}
probes: {n_documents: 2, sets: [pocket-agree], likelihood: false, answers: false}
"""


@pytest.mark.parametrize("steps", [10, 1])  # with one step the training's own losses are all finite
def test_a_study_names_it(tmp_path, steps):
    (tmp_path / "s.yaml").write_text(CONFIG.replace("LR", "1.0e+30").replace("steps: 10", f"steps: {steps}"))
    run_study(str(tmp_path / "s.yaml"), tmp_path / "out", 1, None)
    (row,) = (json.loads(line) for line in (tmp_path / "out" / "results.jsonl").read_text().splitlines())
    assert row["status"] == "failed" and row["reconstruction_loss"] is None
    (path,) = (tmp_path / "out" / "setups").glob("*/result.json")
    details = json.loads(path.read_text())["details"]
    assert "diverged" in details["error"] and "1e+30" in details["error"] and not details["traceback"]


def test_a_study_of_which_nothing_is_left_says_so(tmp_path):
    (tmp_path / "s.yaml").write_text(CONFIG.replace("LR", "1.0e+30"))
    out = str(tmp_path / "out")
    done = CliRunner().invoke(app, ["study", str(tmp_path / "s.yaml"), "--out", out, "--workers", "1"])
    assert isinstance(done.exception, Stopped) and "every setup of the study failed (1 of 1)" in str(done.exception)
    assert (tmp_path / "out" / "report.html").is_file()
    (tmp_path / "s.yaml").write_text(CONFIG.replace("LR", "1.0e+30").replace("controls: []", "controls: [no_memory]"))
    assert CliRunner().invoke(app, ["study", str(tmp_path / "s.yaml"), "--out", out, "--workers", "1", "--extend"]).exit_code == 0


def test_one_compressor_says_it_and_leaves_nothing(tmp_path, saved_models):
    (tmp_path / "mine.jsonl").write_text("".join(json.dumps({"text": f"The boat of Ana has {i} sails."}) + "\n" for i in range(30)))
    train = {"steps": 10, "copy_steps": 0, "n_held_out": 8, "trace_points": 5, "batch_size": 4, "learning_rate": 1e30, "clip": 1e30}
    content = {"study": "train", "corpus": str(tmp_path / "mine.jsonl"), "base_model": saved_models["llama"], "compressor": "pooling", "rate": 4,
               "seed": 0, "decoder": saved_models["llama"], "train": train, "probes": {}}  # fmt: skip
    with pytest.raises(Stopped, match="diverged.*1e[+]30"):
        train_into(SetupSpec.model_validate(content), tmp_path / "out", lambda line: None)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.jsonl"]


@pytest.mark.slow
def test_a_sweep_takes_another_peak(tmp_path, capsys):
    (tmp_path / "s.yaml").write_text(CONFIG.replace("LR", "1.0e-3"))
    run_sweep(str(tmp_path / "s.yaml"), tmp_path / "out", "1e-3,1e30", 1)
    said = capsys.readouterr().out
    assert "diverged" in said and '"tiny@4": ' in said and "1e+30" not in said.split("learning_rate:")[-1]


def test_a_stack_says_which_of_its_members(tmp_path):
    p = {"w": torch.nn.Parameter(torch.zeros(2))}
    rows = [{"step": s, "train_loss": 1.0, "learning_rate": 0.5, "tokens": 1, "seconds": 0.1} for s in (0, 5)]
    snapshots.write(tmp_path, ["w"], torch.tensor([[0.0, 1.0], [float("nan"), 1.0]]), rows, "cpu")
    with pytest.raises(Diverged, match="after 5 steps with a peak learning rate of 0.5"):
        snapshots.read(tmp_path, p, dict)
    check(None, 3, 0.1)
