"""A study in an object store: in memory, in a folder, and in a server that speaks S3, on this machine."""

import json
import os
import subprocess
import sys

import fsspec
import pytest

from benchmarks.kills import content, different, timeless
from tellback import object_store
from tellback.errors import UsageError
from tellback.object_store import ObjectStore, local_folder
from tellback.store import finished
from tellback.study.run import run_study

CONFIG = """
name: away
corpus: pocket
base_models: [tiny]
compressors: [truncate, pooling]
rates: [4]
controls: [no_memory]
train: {steps: 5, n_documents: 60, n_held_out: 8, trace_points: 5, batch_size: 2, checkpoint_seconds: 0, copy_steps: 0}
probes: {n_documents: 2, sets: [pocket-agree], likelihood: false, answers: false}
"""


@pytest.fixture
def config(tmp_path):
    (tmp_path / "s.yaml").write_text(CONFIG)
    return str(tmp_path / "s.yaml")


@pytest.fixture
def machine(tmp_path, monkeypatch):
    """Another machine each time: nothing of what was worked at before is there."""

    def other(name):
        monkeypatch.setenv("TELLBACK_CACHE", str(tmp_path / name))

    other("first")
    return other


@pytest.fixture(params=["memory", "file"])
def address(request, tmp_path):
    yield {"memory": "memory://bucket/studies/away", "file": f"file://{tmp_path}/store/away"}[request.param]
    fsspec.filesystem("memory").store.clear()


@pytest.fixture(scope="module")
def s3():
    """A server that speaks S3, and what reaches it."""
    server = pytest.importorskip("moto.server").ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    pytest.importorskip("s3fs")
    server.start()
    host, port = server.get_host_and_port()
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {"AWS_ACCESS_KEY_ID": "nobody", "AWS_SECRET_ACCESS_KEY": "nothing", "AWS_DEFAULT_REGION": "us-east-1",
                            "AWS_ENDPOINT_URL": f"http://{host}:{port}"}.items():  # fmt: skip
            patch.setenv(name, value)
        fs = fsspec.filesystem("s3")
        fs.mkdir("studies")
        yield fs
    server.stop()


def names(address):
    fs, root = fsspec.core.url_to_fs(address, use_listings_cache=False)
    return {path.split(root.rstrip("/") + "/", 1)[-1] for path in fs.find(root)}


def goes_on_elsewhere(config, address, machine):
    run_study(config, address, 1, "truncate*")
    held = names(address)
    assert {n.split("/")[-1] for n in held if "/" in n} == {"spec.json", "result.json", "probes.parquet", "documents.parquet"}
    machine("second")
    folder = run_study(config, address, 1, None)
    assert str(folder).startswith(os.environ["TELLBACK_CACHE"])
    machine("third")
    copy = local_folder(address)
    rows = [json.loads(line) for line in (copy / "results.jsonl").read_text().splitlines()]
    assert [r["status"] for r in rows] != [] and "failed" not in {r["status"] for r in rows} and len(rows) == 3
    assert not [n for n in names(address) if "checkpoint" in n or "/." in n or "shortened" in n]
    assert [n for n in names(address) if n.endswith("weights.safetensors")] and not list(copy.rglob("weights.safetensors"))


def test_a_study_goes_on_where_another_machine_left_it(config, address, machine, capsys):
    goes_on_elsewhere(config, address, machine)
    assert capsys.readouterr().out.count("(already)") == 1


@pytest.mark.slow
def test_the_same_on_a_server_that_speaks_s3(config, s3, machine, capsys):
    goes_on_elsewhere(config, "s3://studies/a/away", machine)
    assert capsys.readouterr().out.count("(already)") == 1


@pytest.mark.slow
def test_from_the_command_line(config, s3, machine, tmp_path):
    """The report of it too; and the results are those of a folder."""
    run_study(config, tmp_path / "here", 1, None)
    say = [sys.executable, "-m", "tellback"]
    done = subprocess.run([*say, "study", config, "--out", "s3://studies/b", "--workers", "1"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.splitlines()[-1] == "s3://studies/b/report.html" and {"report.html", "report.md"} <= names("s3://studies/b")
    machine("second")
    done = subprocess.run([*say, "results", "s3://studies/b", "--json"], capture_output=True, text=True)
    mine = [json.loads(line) for line in (tmp_path / "here" / "results.jsonl").read_text().splitlines()]
    assert [timeless(json.loads(line)) for line in done.stdout.splitlines()] == [timeless(row) for row in mine], done.stderr[-2000:]
    done = subprocess.run([*say, "report", "s3://studies/b", "--format", "csv"], capture_output=True, text=True)
    assert done.returncode == 0 and done.stdout.strip() == "s3://studies/b/figures", done.stderr[-2000:]
    assert [n for n in names("s3://studies/b") if n.startswith("figures/")]
    done = subprocess.run([*say, "report", "s3://studies/nothing"], capture_output=True, text=True)
    assert done.returncode == 2 and "s3://studies/nothing holds no study" in done.stderr and "Traceback" not in done.stderr


def test_the_result_is_written_last_and_half_of_one_is_none(config, address, machine, monkeypatch):
    put = []
    monkeypatch.setattr(ObjectStore, "put", lambda self, name, put_=ObjectStore.put: (put.append(name), put_(self, name))[1])
    run_study(config, address, 1, "truncate*")
    last = max(i for i, name in enumerate(put) if name.startswith("setups/"))
    assert put[last].endswith("result.json") and sum(n.endswith("result.json") for n in put) == 1
    fs, root = fsspec.core.url_to_fs(address)
    result = next(path for path in fs.find(root) if path.endswith("result.json"))
    whole = fs.cat_file(result)
    fs.pipe_file(result, whole[: len(whole) // 2])  # a store that writes no object whole, and a kill
    machine("second")
    folder = run_study(config, address, 1, "truncate*")
    assert timeless(json.loads(fs.cat_file(result))) == timeless(json.loads(whole))
    assert finished(folder / "setups" / result.split("/")[-2]) is not None


def test_what_was_finished_and_not_written_is_written_by_the_next_run(config, address, machine, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(ObjectStore, "put_setup", lambda self, key: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            run_study(config, address, 1, "truncate*")
    assert not [n for n in names(address) if n.startswith("setups/")]
    folder = run_study(config, address, 1, "truncate*")
    kept = {n: it for n, it in content(folder).items() if n.startswith("setups/")}
    fs, root = fsspec.core.url_to_fs(address)
    there = folder.parent / "there"
    fs.get(f"{root}/setups", str(there / "setups"), recursive=True)
    assert kept and different(kept, content(there)) == []


def test_a_failed_setup_is_tried_again_elsewhere(config, address, machine):
    folder = run_study(config, address, 1, "truncate*")
    fs, root = fsspec.core.url_to_fs(address)
    result = next(path for path in fs.find(root) if path.endswith("result.json"))
    found = json.loads(fs.cat_file(result))
    found["row"]["status"] = "failed"
    fs.pipe_file(result, json.dumps(found).encode())
    machine("second")
    folder = run_study(config, address, 1, "truncate*")
    assert json.loads(fs.cat_file(result))["row"]["status"] == "done"
    assert [json.loads(x)["status"] for x in (folder / "results.jsonl").read_text().splitlines()] == ["done"]


def test_another_study_there_is_refused(config, address, machine, tmp_path):
    run_study(config, address, 1, "truncate*")
    machine("second")
    (tmp_path / "t.yaml").write_text(CONFIG.replace("n_documents: 2", "n_documents: 3"))
    with pytest.raises(UsageError, match="holds the study 'away', which differs in probes"):
        run_study(str(tmp_path / "t.yaml"), address, 1, None)


def test_addresses_that_lead_nowhere(config, machine, s3, tmp_path):
    with pytest.raises(UsageError, match="Give a folder, or an address such as s3://"):
        run_study(config, "nosuch://bucket/x", 1, None)
    with pytest.raises(UsageError, match="s3://no-such-bucket/x could not be reached"):
        run_study(config, "s3://no-such-bucket/x", 1, None)
    assert not object_store.is_address("runs/x") and not object_store.is_address(tmp_path) and not object_store.is_address(None)
