"""Two processes on gloo train what one process trains: the same curve, the same weights, each other's checkpoints."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import together_worker
import torch
from safetensors.torch import load_file

from tellback.config import TrainSpec
from tellback.errors import Stopped, UsageError
from tellback.training import checkpoint
from tellback.training.data import Batch
from tellback.training.diverged import Diverged
from tellback.training.processes import ALONE, Together
from tellback.training.shards import check_launch

pytest.importorskip("accelerate")
WORKER = Path(__file__).with_name("together_worker.py")
ROOT = Path(__file__).parents[2]
LCLM = {
    "rates": [2, 3, 4], "mix": "sample", "micro_batch": 2, "objectives": {"autoencode": 1.0, "continuation": 1.0, "distillation": 0.5},
    "stages": [{"steps": 3, "compressor": "frozen", "decoder": "frozen"}, {"steps": 3, "compressor": "lora", "decoder": "full"}],
}  # fmt: skip
TRAINED = {
    "full": {"mode": "full"},
    "lora": {"mode": "lora", "train": {"compressor": "lora", "micro_batch": 1}},
    "frozen": {"mode": "frozen", "train": {"embeddings": False}},
    "stages": {"mode": "full", "train": LCLM, "compressor": {"name": "pooling", "options": {"pool": "mean"}}},
    "cache": {"mode": "lora", "compressor": {"name": "kv_slots"}},
    "again": {"mode": "lora", "train": {"gradient_checkpointing": True}},
    "bfloat16": {"mode": "full", "train": {"dtype": "bfloat16"}},
    "bfloat16_weights": {"mode": "full", "train": {"dtype": "bfloat16_weights"}},
}

KILLED = {"full": "shards", "stages": "copies"}  # and how they go on


def together(folder, cases, n=2):
    """Run `cases` (folder below `folder` -> case) one after another in `n` processes, each with what a launcher gives it."""
    port = str(together_worker.free_port())
    started = [
        subprocess.Popen(
            [sys.executable, str(WORKER), str(folder), json.dumps(cases)], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            env=os.environ | {"PYTHONPATH": str(ROOT), "RANK": str(rank), "LOCAL_RANK": str(rank), "WORLD_SIZE": str(n), "FSDP_VERSION": "2",
                              "LOCAL_WORLD_SIZE": str(n), "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port, "OMP_NUM_THREADS": "1"},
        )
        for rank in range(n)
    ]  # fmt: skip
    try:
        output = [process.communicate(timeout=400)[0] for process in started]
    finally:
        for process in started:
            process.kill()
    assert [process.returncode for process in started] == [0] * n, "\n\n".join(output)


def rows(folder):
    return [json.loads(line) for line in (folder / "trace.jsonl").read_text().splitlines()]


def assert_same_curve(one, other, name, within=1e-4):
    ours, theirs = rows(one / name), rows(other / name)
    assert [r["step"] for r in ours] == [r["step"] for r in theirs] == list(range(together_worker.BASE["steps"] + 1))
    for a, b in zip(ours, theirs, strict=True):
        assert a["loss"] == pytest.approx(b["loss"], abs=within), (name, a["step"])
        assert a["train_loss"] == pytest.approx(b["train_loss"], abs=within), (name, a["step"])
        assert a["tokens"] == b["tokens"]
    assert ours[0]["loss"] - ours[-1]["loss"] > 10 * within, "nothing was learned, so equal curves show nothing"


def assert_same(one, other, name):
    assert_same_curve(one, other, name)
    weights = [load_file(folder / name / "weights.safetensors") for folder in (one, other)]
    assert weights[0].keys() == weights[1].keys()
    for key, tensor in weights[0].items():
        assert torch.allclose(tensor, weights[1][key], atol=1e-3), (name, key)


@pytest.fixture(scope="module")
def trained(tmp_path_factory, one_thread):
    """All trainings below one folder: HOW/NAME for each, and killed ones in from-shards and from-one. Two processes are started once."""
    folder = tmp_path_factory.mktemp("trained")
    by = {how: {f"{how}/{name}": case | {"how": how} for name, case in TRAINED.items()} for how in ("alone", "copies", "shards")}
    killed = {name: TRAINED[name] | {"kill": 4} for name in KILLED}
    together_worker.main(folder, by["alone"] | {f"from-one/{name}": case | {"how": "alone"} for name, case in killed.items()})
    go_on = {f"from-one/{name}": TRAINED[name] | {"how": how} for name, how in KILLED.items()}
    whole = (folder / "from-one" / "full" / "checkpoint.safetensors").stat().st_size
    together(folder, by["copies"] | by["shards"] | {f"from-shards/{name}": case | {"how": "shards"} for name, case in killed.items()} | go_on)
    return folder, whole


@pytest.mark.slow
@pytest.mark.parametrize("how", ["copies", "shards"])
def test_two_processes_train_what_one_does(trained, how):
    folder, _ = trained
    for name in TRAINED:
        if name.startswith("bfloat16"):  # Adam makes a whole step of a rounded gradient's sign, so single weights may part
            assert_same_curve(folder / "alone", folder / how, name, 2e-3)
        else:
            assert_same(folder / "alone", folder / how, name)


@pytest.mark.slow
def test_a_checkpoint_goes_on_in_any_number_of_processes(trained):
    folder, whole = trained
    for name in KILLED:
        shards = sorted(p.name for p in (folder / "from-shards" / name).glob("checkpoint*"))
        assert shards == ["checkpoint-4-0-of-2.safetensors", "checkpoint-4-1-of-2.safetensors", "checkpoint.json"]
    halves = [p.stat().st_size for p in (folder / "from-shards" / "full").glob("checkpoint-*")]
    assert max(halves) < 0.6 * whole, "each process holds half of the weights and of the optimizer"
    together_worker.main(folder, {f"from-shards/{name}": TRAINED[name] | {"how": "alone"} for name in KILLED})
    for name in KILLED:
        assert_same(folder / "alone", folder / "from-shards", name)
        assert_same(folder / "alone", folder / "from-one", name)


class Rank(Together):
    def __init__(self, rank, n):
        self.rank, self.n = rank, n


@pytest.mark.parametrize(("n", "size", "documents"), [(2, None, 6), (2, 2, 7), (3, 1, 5), (4, None, 3), (2, None, 1)])
def test_shares_are_the_batch_and_every_process_has_as_many(n, size, documents):
    ids = [[i] * (i + 1) for i in range(documents)]
    shares = [Rank(rank, n).parts(Batch(ids, ids), size) for rank in range(n)]
    assert len({len(share) for share in shares}) == 1
    found = [row for share in shares for part, weight in share if weight for row in part.target]
    assert sorted(found) == ids
    assert all(part.target for share in shares for part, _ in share)
    assert all(len(part.target) <= (size or documents) for share in shares for part, _ in share)
    lengths = [sum(len(row) for part, w in share if w for row in part.target) for share in shares]
    assert max(lengths) - min(lengths) <= documents
    assert ALONE.parts(Batch(ids, ids), None)[0][0].target == ids


class Store:
    """What a launcher keeps for its processes."""

    def __init__(self):
        self.n = 0

    def add(self, key, n):
        self.n += n
        return self.n


def test_what_ends_the_processes_is_said_by_one_of_them():
    first, second, store = Rank(0, 2), Rank(1, 2), Store()
    first.store = second.store = store
    first.dist = second.dist = torch.distributed
    with pytest.raises(UsageError, match="no such corpus"), second.one_voice():
        raise UsageError("no such corpus")
    with pytest.raises(SystemExit) as silent, first.one_voice():
        raise UsageError("no such corpus")
    assert silent.value.code == 2 and store.n == 2
    with pytest.raises(Stopped, match="process 1 of 2 stopped: ValueError: too large. The same command goes on"), second.as_one():
        raise ValueError("too large")
    with pytest.raises(Stopped, match="one of the 2 processes of this training is gone"), second.as_one():
        raise RuntimeError("[gloo/transport/tcp/pair.cc] Connection closed by peer")
    with pytest.raises(Diverged), second.as_one():
        raise Diverged("its loss is no number")


class Shard(torch.Tensor):
    """As FSDP's tensors are: a whole's shape and an own part."""

    @staticmethod
    def of(whole, rank, n):
        out = torch.empty_like(whole).as_subclass(Shard)
        parts = whole.chunk(n)
        out.own = parts[rank].clone() if rank < len(parts) else whole[:0].clone()
        out.device_mesh = type("Mesh", (), {"size": lambda self: n, "get_local_rank": lambda self: rank})()
        return out

    def to_local(self):
        return self.own

    def detach(self):
        return self


class Optimizer:
    state = {}


def test_shards_of_three_are_read_by_two_and_by_one(tmp_path):
    from tellback.training import checkpoint_shards

    whole = {"a": torch.arange(14.0).reshape(7, 2), "b": torch.arange(2.0)}  # of b the third process has nothing
    progress = checkpoint.Progress(step=4, recent=[0.5])
    for rank in (2, 1, 0):
        own = {name: Shard.of(t, rank, 3) for name, t in whole.items()}
        checkpoint_shards.save(tmp_path, own, Optimizer(), progress, rank, 3, lambda: None)
    one = {name: torch.zeros_like(t) for name, t in whole.items()}
    assert checkpoint.resume(tmp_path, one) == progress
    assert all(torch.equal(one[name], whole[name]) for name in whole)
    for rank in range(2):
        own = {name: Shard.of(t, rank, 2) for name, t in whole.items()}
        for tensor in own.values():
            tensor.own.zero_()
        checkpoint.resume(tmp_path, own)
        assert all(torch.equal(own[name].own, whole[name].chunk(2)[rank]) for name in whole)
    later = checkpoint.Progress(step=8)  # two processes have written it when all are killed
    for rank in (1, 2):
        own = {name: Shard.of(t + 1, rank, 3) for name, t in whole.items()}
        checkpoint_shards.save(tmp_path, own, Optimizer(), later, rank, 3, lambda: None)
    assert checkpoint.resume(tmp_path, one) == progress and torch.equal(one["a"], whole["a"])
    with pytest.raises(UsageError, match="cannot be resumed from"):
        checkpoint.resume(tmp_path, {"a": torch.zeros(7, 3)})
    (tmp_path / "checkpoint-4-1-of-3.safetensors").unlink()
    with pytest.raises(UsageError, match="cannot be resumed from"):
        checkpoint.resume(tmp_path, one)
    checkpoint.drop_checkpoint(tmp_path)
    assert not checkpoint.there(tmp_path) and not list(tmp_path.glob("checkpoint*"))


def test_what_a_launcher_asks_and_is_not_done_is_said():
    check_launch({"FSDP_VERSION": "2", "FSDP_OFFLOAD_PARAMS": "false"})
    for asked in ({}, {"FSDP_VERSION": "2", "FSDP_OFFLOAD_PARAMS": "true"}, {"FSDP_VERSION": "2", "FSDP_ACTIVATION_CHECKPOINTING": "true"}):
        with pytest.raises(UsageError, match="the launcher asks for"):
            check_launch(asked)


def test_spec_of_the_slow_cases_is_what_a_user_can_write():
    assert all(TrainSpec(**case.get("train", {})) for case in TRAINED.values())
