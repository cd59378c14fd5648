"""A stack is many trainings at once: each member ends where its own training would have ended."""

import json
import os

import pytest
import torch

from tellback.config import ModelSpec, SetupSpec
from tellback.errors import UsageError
from tellback.models import pocket
from tellback.models.load import load
from tellback.store import WEIGHTS
from tellback.study import stacked
from tellback.study.pretraining_stacked import PretrainingStack, draw_exercises
from tellback.study.setup import assemble, train_setup
from tellback.training import snapshots

WORLD = {"n_free": 12, "pretraining_steps": 12}
PLAIN = {"steps": 10, "batch_size": 6, "trace_points": 5, "learning_rate": 4e-3, "n_documents": 400, "tail": 0.2, "n_held_out": 8}


def spec(seed=0, train=(), base="pocket-llama-60k", rate=4.0, options=(), decoder="full") -> SetupSpec:
    return SetupSpec.model_validate({
        "study": "s", "corpus": {"name": "pocket", "options": WORLD}, "base_model": {"name": base, "seed": seed},
        "compressor": {"name": "pooling", "options": {"pool": "mean", "adapter": 9000} | dict(options)}, "rate": rate, "seed": seed,
        "decoder": {"model": {"name": "pocket-llama-60k"}, "train": decoder}, "train": PLAIN | dict(train),
        "probes": {"n_documents": 4, "sets": ["pocket-agree"]},
    })  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def cache(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TELLBACK_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


MEMBERS = {
    "seeds": [spec(0), spec(1)],
    "learning rates": [spec(0), spec(0, {"learning_rate": 1e-3})],
    "a frozen decoder": [spec(0), spec(0, decoder="frozen")],
    "values": [spec(0), spec(0, {"values": "uniform"}), spec(0, {"remedy": {"uniform": 0.5, "uniform_kinds": ["colour"]}})],
    "twins": [spec(0), spec(1, {"remedy": {"twins": 0.4, "ramp": 0.5}})],
    "remedies": [spec(0), spec(0, {"remedy": {"belief_weight": 2.0}}), spec(0, {"remedy": {"sharpen": 0.3, "norm": 0.1}})],
    "a contrast": [spec(0, {"remedy": {"contrast": 0.5}}), spec(1, {"remedy": {"contrast": 1.0, "margin": 3.0}})],
    "concatenation": [spec(0, options={"pool": "concat", "adapter": None, "hidden": 32}), spec(1, options={"pool": "concat", "adapter": None, "hidden": 32})],
    "another family": [spec(0, base="pocket-qwen3-60k"), spec(1, base="pocket-qwen3-60k")],
}  # fmt: skip


@pytest.mark.parametrize("which", [pytest.param(name, marks=() if name == "seeds" else pytest.mark.slow) for name in MEMBERS])
def test_each_member_ends_where_it_would_have_ended_alone(which, tmp_path):
    members = MEMBERS[which]
    assert [stacked.why_not(s) for s in members] == [None] * len(members)
    assert len(stacked.groups(members)) == 1
    tables = [stacked.Table(*(t if t is None else torch.from_numpy(t) for t in stacked.draw_table(s.model_dump(mode="json")))) for s in members]
    stacked.Stack(members, tables, torch.device("cpu")).train(lambda s: tmp_path / s.key(), lambda line: None)
    for member in members:
        alone = tmp_path / f"alone-{member.key()}"
        alone.mkdir()
        theirs, _ = train_setup(assemble(member), alone, lambda line: None)
        ours, _ = train_setup(assemble(member), tmp_path / member.key(), lambda line: None)  # of the snapshots
        for a, b in zip(ours.trace, theirs.trace, strict=True):
            assert (a["step"], a["tokens"]) == (b["step"], b["tokens"])
            assert a["loss"] == pytest.approx(b["loss"], abs=2e-4)
            assert a["learning_rate"] == pytest.approx(b["learning_rate"])
            assert a["train_loss"] == pytest.approx(b["train_loss"], abs=2e-4)
        assert "of" in ours.device and not snapshots.there(tmp_path / member.key())
        assert (tmp_path / member.key() / WEIGHTS).is_file()


def test_members_learn_and_differ(tmp_path):
    members = [spec(0), spec(1)]
    tables = [stacked.Table(*map(torch.from_numpy, stacked.draw_table(s.model_dump(mode="json"))[:2])) for s in members]
    stacked.Stack(members, tables, torch.device("cpu")).train(lambda s: tmp_path / s.key(), lambda line: None)
    losses = [train_setup(assemble(s), tmp_path / s.key(), lambda line: None)[0].trace for s in members]
    assert all(trace[-1]["loss"] < trace[0]["loss"] - 0.1 for trace in losses)
    assert losses[0][-1]["loss"] != losses[1][-1]["loss"]


def test_models_pretrained_in_a_stack_are_those_pretrained_alone():
    world = pocket.World(pocket.PocketSettings(**WORLD))
    models = [ModelSpec(name="pocket-llama-60k-uniform", seed=seed) for seed in (3, 4)]
    PretrainingStack(models, world, [draw_exercises(WORLD, m.name, m.seed) for m in models], torch.device("cpu")).train()
    for model in models:
        alone = pocket.build("llama", pocket.SIZES["60k"], world, model.seed)
        pocket.pretrain(alone, pocket.recipe_of(model.name, world), world, model.seed)
        together = load(model, WORLD)
        for (name, a), b in zip(alone.model.named_parameters(), together.model.parameters(), strict=True):
            assert torch.allclose(a, b, atol=2e-4), name


@pytest.mark.parametrize("change", [
    {"compressor": {"name": "memory_tokens"}}, {"compressor": {"name": "pooling", "options": {"pool": "eos"}}},
    {"base_model": {"name": "tiny"}}, {"train": {"dtype": "bfloat16"}}, {"train": {"objectives": {"continuation": 1.0}}},
    {"train": {"remedy": {"rank": 0.1}}}, {"decoder": {"model": {"name": "pocket-llama-60k"}, "train": "lora"}},
])  # fmt: skip
def test_what_is_not_stacked_says_why(change):
    assert stacked.why_not(SetupSpec.model_validate(spec().model_dump(mode="json") | change))


def test_a_broken_file_of_snapshots_is_named(tmp_path):
    (tmp_path / snapshots.FILE).write_bytes(b"{}")
    with pytest.raises(UsageError, match="snapshots"):
        train_setup(assemble(spec()), tmp_path, lambda line: None)


def test_stacks_are_of_one_shape():
    assert len(stacked.groups([spec(0), spec(1), spec(0, rate=2.0), spec(0, base="pocket-llama-120k")])) == 3
    assert len(stacked.groups([spec(0, {"learning_rate": 1 / (i + 1)}) for i in range(stacked.MOST + 1)])) == 2
    assert json.loads(stacked.key(spec()))


CONFIG = """
name: s
corpus: {name: pocket, options: {n_free: 12, pretraining_steps: 12}}
base_models: [pocket-llama-60k]
compressors: [{name: pooling, options: {pool: mean, adapter: 9000}}, truncate]
rates: [4]
seeds: [0, 1]
pretrain_per_seed: true
controls: [no_memory]
decoder: pocket-llama-60k
train: {steps: 6, batch_size: 4, trace_points: 5, n_documents: 100, n_held_out: 8, learning_rate: 2.0e-3}
probes: {n_documents: 3, sets: [pocket-agree, pocket-conflict], answers: false, likelihood: false}
"""


@pytest.mark.slow
def test_a_study_and_a_sweep_in_stacks_are_those_without(tmp_path, capsys):
    from tellback.models.load import DEVICE
    from tellback.study.run import run_study
    from tellback.study.sweep import run_sweep

    (tmp_path / "s.yaml").write_text(CONFIG)
    rows = []
    for name, stacks, workers in (("a", True, 2), ("b", False, 1)):
        run_study(str(tmp_path / "s.yaml"), tmp_path / name, workers, None, stacked=stacks)
        rows.append([json.loads(line) for line in (tmp_path / name / "results.jsonl").read_text().splitlines()])
    assert DEVICE not in os.environ
    assert len(rows[0]) == 5
    for ours, theirs in zip(*rows, strict=True):
        assert ours["setup"] == theirs["setup"] and ours["status"] == theirs["status"]
        if theirs["reconstruction_loss"] is not None:
            assert ours["reconstruction_loss"] == pytest.approx(theirs["reconstruction_loss"], abs=5e-4)
    assert "2 setups like pooling" in capsys.readouterr().out
    assert not list((tmp_path / "a").rglob(snapshots.FILE))
    run_sweep(str(tmp_path / "s.yaml"), tmp_path / "w", "1e-3,2e-3,4e-3", 1, stacked=True)
    assert "learning_rate:" in capsys.readouterr().out
