"""What goes wrong around a study ends in a message, and nothing that was done is lost."""

import json
import multiprocessing as mp
import os
import signal
import subprocess
import sys
import threading
import time

import pytest
from small_study import copied, cut, in_a_fork, statuses, study

from tellback.errors import UsageError
from tellback.report.export import write_as
from tellback.store import StudyFolder
from tellback.study import workers
from tellback.study.lock import locked
from tellback.study.run import run_study


def errors(out):
    found = [json.loads(p.read_text()) for p in out.glob("setups/*/result.json")]
    return {r["row"]["setup"].split("-")[0]: r["details"]["error"] for r in found if r["row"]["status"] == "failed"}


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    folder = tmp_path_factory.mktemp("whole")
    run_study(study(folder, "[pooling]"), folder / "out", 1, None)
    return folder


@pytest.fixture
def done(whole, tmp_path):
    return copied(whole, tmp_path)



def test_a_truncated_result(done, whole):
    out, folder = done
    cut(folder / "result.json")
    with pytest.raises(UsageError, match="result.json is broken.*Remove it"):
        run_study(str(whole / "s.yaml"), out, 1, None)
    (folder / "result.json").unlink()
    run_study(str(whole / "s.yaml"), out, 1, None)
    assert "failed" not in statuses(out).values()


@pytest.mark.slow
@pytest.mark.parametrize("name", ["trained.json", "weights.safetensors"])
def test_a_truncated_training(done, whole, name):
    out, folder = done
    cut(folder / name)
    (folder / "result.json").unlink()
    with pytest.raises(UsageError, match=f"{name} is .*broken.* train"):
        run_study(str(whole / "s.yaml"), out, 1, None)


def test_a_truncated_checkpoint(done, whole):
    out, folder = done
    (folder / "weights.safetensors").rename(folder / "checkpoint.safetensors")
    cut(folder / "checkpoint.safetensors")
    (folder / "result.json").unlink()
    with pytest.raises(UsageError, match="cannot be resumed from.*Remove it to train from the start"):
        run_study(str(whole / "s.yaml"), out, 1, None)
    (folder / "checkpoint.safetensors").unlink()
    run_study(str(whole / "s.yaml"), out, 1, None)
    assert "failed" not in statuses(out).values()


@pytest.mark.slow
@pytest.mark.parametrize("name, how", [("probes.parquet", "truncated"), ("documents.parquet", "nonsense")])
def test_a_corrupted_table(done, whole, name, how):
    out, folder = done
    if how == "truncated":
        cut(folder / name)
    else:
        (folder / name).write_bytes(b"PAR1" + bytes(100) + b"PAR1")
    with pytest.raises(UsageError, match=f"{name} is broken.*Remove it and the result.json beside it"):
        write_as(out, "html")
    weights = (folder / "weights.safetensors").stat().st_mtime_ns
    (folder / name).unlink()
    (folder / "result.json").unlink()
    run_study(str(whole / "s.yaml"), out, 1, None)
    write_as(out, "html")
    assert (folder / "weights.safetensors").stat().st_mtime_ns == weights, "it was trained and is not trained again"


@pytest.mark.slow
def test_two_runs_on_one_folder(tmp_path, whole):
    out = tmp_path / "out"
    with locked(out):
        said = in_a_fork(lambda: run_study(str(whole / "s.yaml"), out, 1, None))
    assert f"process {os.getpid()} on " in said and f"since {time.strftime('%Y-%m-%d')}" in said and "another --out" in said
    assert not (out / "study.yaml").exists()
    run_study(str(whole / "s.yaml"), out, 1, None)
    with locked(out):  # what only reads is not kept out
        assert write_as(out, "html").is_file()


def test_a_lock_goes_with_a_killed_process(tmp_path):
    def hold():
        with locked(tmp_path):
            time.sleep(100)

    process = mp.get_context("fork").Process(target=hold)
    process.start()
    while not (tmp_path / ".lock").is_file() or not (tmp_path / ".lock").read_text():
        time.sleep(0.01)
    with pytest.raises(UsageError, match=f"process {process.pid} "), locked(tmp_path):
        pass
    said = []
    threading.Timer(0.2, lambda: os.kill(process.pid, signal.SIGKILL)).start()
    with locked(tmp_path, said.append):  # whoever may wait does
        assert json.loads((tmp_path / ".lock").read_text())["pid"] == os.getpid()
    process.join()


def test_a_clock_that_goes_backwards(tmp_path, monkeypatch):
    hour = iter(range(10_000_000, 0, -3600))
    monkeypatch.setattr(time, "time", lambda: float(next(hour)))
    run_study(study(tmp_path, "[pooling]"), tmp_path / "out", 1, None)
    rows = [json.loads(line) for line in (tmp_path / "out" / "results.jsonl").read_text().splitlines()]
    assert 0 <= max(r["train_seconds"] or 0 for r in rows) < 600
    (trace,) = (tmp_path / "out").glob("setups/*/trace.jsonl")
    seconds = [json.loads(line)["seconds"] for line in trace.read_text().splitlines()]
    assert seconds == sorted(seconds) and seconds[0] >= 0


def test_a_setup_that_finds_no_memory(tmp_path):
    config = study(tmp_path, "[{name: pooling, options: {adapter: 100000000000000}}, truncate]")
    run_study(config, tmp_path / "out", 1, None)
    assert statuses(tmp_path / "out") == {"no_memory": "done", "pooling": "failed", "truncate": "done"}
    assert "can't allocate memory" in errors(tmp_path / "out")["pooling"]


@pytest.mark.slow
def test_a_killed_worker_takes_nothing_with_it(tmp_path, monkeypatch):
    monkeypatch.setattr(workers, "START", "fork")  # one thread, everything imported: that is quick
    config = study(tmp_path, "[{name: pooling, options: {pool: mean}}, truncate, random_drop]")
    text = (tmp_path / "s.yaml").read_text()
    (tmp_path / "s.yaml").write_text(text.replace("steps: 5", "steps: 100000, checkpoint_seconds: 0.1"))
    out = tmp_path / "out"

    def kill():
        while not (found := list(out.glob("setups/*/checkpoint.safetensors"))):
            time.sleep(0.02)
        os.kill(json.loads((found[0].parent / ".lock").read_text())["pid"], signal.SIGKILL)

    killer = threading.Thread(target=kill)
    killer.start()
    run_study(config, out, 2, None)
    killer.join()
    assert statuses(out) == {"no_memory": "done", "pooling": "failed", "truncate": "done", "random_drop": "done"}
    assert "ended by SIGKILL" in errors(out)["pooling"] and "memory is short" in errors(out)["pooling"]
    assert list(out.glob("setups/*/checkpoint.safetensors")), "the next run goes on from it"
    assert StudyFolder(out).spec().name == "s"


@pytest.mark.slow
def test_nothing_is_unpickled(tmp_path):
    """Every unpickling of more than plain numbers and words asks for a class, which an audit hook sees."""
    program = """
import sys
asked = []
sys.addaudithook(lambda event, args: asked.append(args) if event == "pickle.find_class" else None)
from pathlib import Path
from tellback.report.export import write_as
from tellback.study.run import run_study
out = Path(sys.argv[2])
for _ in range(2):
    run_study(sys.argv[1], out, 1, None)
    write_as(out, "html")
    for path in out.glob("setups/*/result.json"):
        path.unlink()
assert not asked, asked
import pickle
pickle.loads(pickle.dumps(Path))
assert asked, "the hook sees nothing"
"""
    done = subprocess.run([sys.executable, "-c", program, study(tmp_path, "[pooling, truncate]"), str(tmp_path / "out")],
                          capture_output=True, text=True)  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
