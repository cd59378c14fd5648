"""A user's own commands under a launcher: one training, one study, and a process that is killed."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml
from safetensors.torch import load_file
from together_worker import free_port
from typer.testing import CliRunner

from tellback.cli import app, main
from tellback.study.run import run_study

ROOT = Path(__file__).parents[2]
NAMES = "Mira Tomas Ana Lena Hugo Sven Ida Oskar".split()
ENVIRONMENT = os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1", "TELLBACK_DEVICE": "cpu"}


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    path = tmp_path_factory.mktemp("corpus") / "owners.jsonl"
    rows = [f"{a} owns a boat and {b} sold {n} lamps." for a in NAMES for b in NAMES for n in (3, 17) if a != b]
    path.write_text("".join(json.dumps({"text": text}) + "\n" for text in rows))
    return str(path)


def command(saved_models, corpus, out, *more):
    return ["-m", "tellback", "train", "--compressor", "pooling", "--rate", "4", "--base", saved_models["llama"], "--corpus", corpus, "--out",
            str(out), "--batch-size", "4", "--learning-rate", "1e-2", "--set", "copy_steps=2", "--set", "trace_points=5", "--set",
            "n_held_out=8", "--set", "dtype=float32", "--set", "checkpoint_seconds=0", *more]  # fmt: skip


def launch(*arguments):
    launcher = [sys.executable, "-m", "accelerate.commands.launch", "--use_fsdp", "--fsdp_version", "2", "--num_processes", "2", "--num_machines", "1",
                "--mixed_precision", "no", "--dynamo_backend", "no", "--main_process_port", str(free_port())]  # fmt: skip
    return subprocess.Popen([*launcher, *arguments], env=ENVIRONMENT, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def ranks(*arguments, n=2):
    """The processes that a launcher would start, without it: it takes as long as they do."""
    shared = {"WORLD_SIZE": str(n), "LOCAL_WORLD_SIZE": str(n), "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(free_port()),
              "ACCELERATE_USE_FSDP": "true", "FSDP_VERSION": "2"}  # fmt: skip
    return [
        subprocess.Popen(
            [sys.executable, *arguments], env=ENVIRONMENT | shared | {"RANK": str(rank), "LOCAL_RANK": str(rank)}, cwd=ROOT,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )
        for rank in range(n)
    ]  # fmt: skip


@pytest.mark.slow
def test_a_killed_process_ends_the_run_with_a_message_and_one_process_goes_on(saved_models, corpus, tmp_path):
    steps = ("--steps", "40")
    first, second = ranks(*command(saved_models, corpus, tmp_path / "killed", *steps))
    try:
        deadline = time.monotonic() + 240
        while not (tmp_path / "killed.training" / "checkpoint.json").is_file():
            assert time.monotonic() < deadline and first.poll() is None, first.communicate()[0]
            time.sleep(0.02)
        second.kill()
        output = first.communicate(timeout=120)[0]
    finally:
        for process in (first, second):
            process.kill()
            process.communicate()
    assert first.returncode == 1
    assert output.count("one of the 2 processes of this training is gone") == 1 and "Traceback" not in output, output
    done = json.loads((tmp_path / "killed.training" / "checkpoint.json").read_text())["progress"]["step"]
    assert 0 < done < 42
    for out in ("killed", "whole"):
        alone = CliRunner().invoke(app, command(saved_models, corpus, tmp_path / out, *steps)[2:], catch_exceptions=False)
        assert alone.exit_code == 0, alone.output
    cards = [json.loads((tmp_path / out / "tellback.json").read_text())["training"] for out in ("killed", "whole")]
    assert cards[0]["held_out_loss"] == pytest.approx(cards[1]["held_out_loss"], abs=1e-3)
    assert cards[0]["tokens"] == cards[1]["tokens"] and cards[0]["key"] == cards[1]["key"]
    ours, theirs = (load_file(tmp_path / out / "weights.safetensors") for out in ("killed", "whole"))
    assert all((ours[name] - theirs[name]).abs().max() < 5e-2 for name in theirs)
    assert not (tmp_path / "killed.training").exists()


@pytest.mark.slow
def test_a_study_is_trained_by_all_and_written_by_the_first(tmp_path):
    study = {
        "name": "two", "corpus": {"name": "pocket", "options": {"n_value_facts": 2, "n_relation_facts": 1}}, "base_models": ["tiny"],
        "compressors": ["pooling", "memory_tokens"], "rates": [4], "controls": ["no_memory"],
        "train": {"steps": 6, "copy_steps": 2, "batch_size": 4, "n_held_out": 8, "trace_points": 5, "n_documents": 100},
        "probes": {"n_documents": 4, "likelihood": False},
    }  # fmt: skip
    (tmp_path / "two.yaml").write_text(yaml.safe_dump(study))
    arguments = ["-m", "tellback", "study", str(tmp_path / "two.yaml"), "--out"]
    run = launch(*arguments, str(tmp_path / "both"))
    output = run.communicate(timeout=300)[0]
    assert run.returncode == 0, output
    assert output.count("report.html") == 1
    run_study(str(tmp_path / "two.yaml"), tmp_path / "one", 1, None)
    found = [[json.loads(line) for line in (tmp_path / out / "results.jsonl").read_text().splitlines()] for out in ("both", "one")]
    assert [r["setup"] for r in found[0]] == [r["setup"] for r in found[1]] and len(found[0]) == 3
    for ours, theirs in zip(*found, strict=True):
        assert ours["status"] == theirs["status"] != "failed", ours
        assert ours["reconstruction_loss"] == pytest.approx(theirs["reconstruction_loss"], abs=1e-4)


def test_a_command_of_one_process_is_refused_under_a_launcher(monkeypatch, capsys):
    for name, value in {"LOCAL_RANK": "0", "RANK": "0", "WORLD_SIZE": "2"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("TORCH_CPP_LOG_LEVEL", "ERROR")
    monkeypatch.setattr(sys, "argv", ["tellback", "sweep", "pocket"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2 and "`tellback sweep` is one process; train, study can be launched with several" in capsys.readouterr().err
