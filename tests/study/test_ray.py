"""Setups as tasks of a Ray cluster of two nodes on this machine: whatever is lost on the way, the study comes to what it would have
come to. `make test-scale` has Ray; elsewhere these are skipped."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest

from benchmarks.kills import at_random, content, different
from tellback.errors import UsageError
from tellback.study.on_ray import Cluster
from tellback.study.run import run_study

ray = pytest.importorskip("ray")
pytestmark = pytest.mark.slow

STUDY = """
name: on_ray
corpus: pocket
base_models: [tiny]
compressors: [pooling, truncate]
rates: [2, 4]
controls: []
train: {steps: 200, n_documents: 60, n_held_out: 8, trace_points: 5, batch_size: 2, checkpoint_seconds: 0, copy_steps: 0}
probes: {n_documents: 2, sets: [pocket-agree], likelihood: false, answers: false}
"""


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    folder = tmp_path_factory.mktemp("on_ray")
    (folder / "s.yaml").write_text(STUDY)
    run_study(str(folder / "s.yaml"), folder / "out", 1, None)
    return folder / "s.yaml", content(folder / "out")


@pytest.fixture(scope="module")
def cluster():
    from ray.cluster_utils import Cluster as Nodes

    nodes = Nodes(initialize_head=True, head_node_args={"num_cpus": 1, "num_gpus": 0})
    nodes.add_node(num_cpus=1, num_gpus=0)
    yield nodes
    nodes.shutdown()


def begun(config, out, address):
    command = [sys.executable, "-m", "tellback", "study", str(config), "--out", str(out), "--ray", address]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def at_work(out, n):
    """Pids of those that train `n` setups, when all have a checkpoint."""
    deadline = time.monotonic() + 240
    while time.monotonic() < deadline:
        found = list(out.glob("setups/*/checkpoint.safetensors"))
        if len(found) >= n:
            return [json.loads((path.parent / ".lock").read_text())["pid"] for path in found]
        time.sleep(0.02)
    pytest.fail("no setup began to train")


@pytest.mark.parametrize("lost", ["a worker", "the driver", "a node"])
def test_what_is_lost_is_made_good(undisturbed, cluster, tmp_path, lost):
    config, expected = undisturbed
    out = tmp_path / "out"
    process = begun(config, out, cluster.address)
    pids = at_work(out, 2 if lost == "a node" else 1)
    if lost == "a worker":
        os.kill(pids[0], signal.SIGKILL)
    elif lost == "a node":
        cluster.remove_node(next(iter(cluster.worker_nodes)), allow_graceful=False)
    else:
        process.kill()
        process.wait()
        done = {p: p.stat().st_mtime_ns for p in out.glob("setups/*/result.json")}
        process = begun(config, out, cluster.address)
    said, _ = process.communicate(timeout=300)
    assert process.returncode == 0, said
    if lost == "the driver":
        assert {p: p.stat().st_mtime_ns for p in done} == done
    left = content(out)
    assert different(expected, {name: it for name, it in left.items() if not name.startswith("report.")}) == []


def test_a_setup_for_which_this_machine_is_too_small(undisturbed, tmp_path):
    with pytest.raises(UsageError, match="asks for 1 CPUs, 0 GPUs and 1000000.0 GiB"):
        run_study(str(undisturbed[0]), tmp_path / "out", 1, None, cluster=Cluster("local", lambda spec, has_gpu: 10**6 * 2**30))


def test_an_object_store_holds_what_tasks_have_done(undisturbed, cluster, tmp_path, monkeypatch):
    monkeypatch.setenv("TELLBACK_CACHE", str(tmp_path / "here"))
    config, expected = undisturbed
    run_study(str(config), f"file://{tmp_path}/store", 2, None, cluster=Cluster(cluster.address, lambda spec, has_gpu: 0))
    kept = {name: it for name, it in content(tmp_path / "store").items() if name.startswith("setups/")}
    assert different(kept, {name: it for name, it in expected.items() if name.startswith("setups/")}) == []


def test_killed_at_twenty_random_moments(cluster, tmp_path):
    if not cluster.worker_nodes:  # another test has killed it
        cluster.add_node(num_cpus=1, num_gpus=0)
    found = list(at_random(20, 0, tmp_path, 2, cluster.address))
    assert len(found) == 20 and [x for x in found if x[1]] == []


def test_a_cluster_that_is_not_there(undisturbed, tmp_path):
    with pytest.raises(UsageError, match="--ray 127.0.0.1:1: .*Give the address of a running cluster"):
        run_study(str(undisturbed[0]), tmp_path / "out", 1, None, cluster=Cluster("127.0.0.1:1", lambda spec, has_gpu: 0))


def test_memory_is_no_place_for_several_processes(undisturbed):
    with pytest.raises(UsageError, match="this process's own memory"):
        run_study(str(undisturbed[0]), "memory://study", 1, None, cluster=Cluster("local", lambda spec, has_gpu: 0))
