"""Staged schedules, many rates and LoRA: what trains when, and that a training that was killed ends as if it had not been."""

import json

import pytest
import torch
from pydantic import ValidationError

from tellback.compressors import build
from tellback.config import CompressorSpec, TrainSpec
from tellback.errors import UsageError
from tellback.models.decoder import Decoder
from tellback.training import checkpoint, trainer
from tellback.training.data import Batches
from tellback.training.pair import Pair, needs_teacher
from tellback.training.trainable import choose_trainable, stages_of, trained_weights
from tellback.training.trainer import Plan, train

LCLM = TrainSpec(
    batch_size=4, trace_points=5, learning_rate=1e-3, checkpoint_seconds=0, rates=(2, 3, 4),
    objectives={"autoencode": 1.0, "continuation": 1.0, "distillation": 0.5}, mix="sample", micro_batch=3,
    stages=[
        {"steps": 4, "learning_rate": 3e-2, "compressor": "frozen", "decoder": "frozen"},
        {"steps": 4, "learning_rate": {"adapter": 1e-2, "compressor": 3e-3}, "decoder": "frozen"},
        {"steps": 4, "learning_rate": 3e-3, "compressor": "lora", "decoder": "full", "objectives": {"autoencode": 1.0}},
    ],
)  # fmt: skip
ALL = {
    "stages": (LCLM, "full"),
    "lora": (TrainSpec(steps=12, batch_size=4, trace_points=5, learning_rate=1e-2, compressor="lora", rates=(2, 4)), "lora"),
    "frozen": (TrainSpec(steps=12, batch_size=4, trace_points=5, learning_rate=1e-2, compressor="frozen"), "frozen"),
}


@pytest.fixture(scope="module")
def ids(world, tiny):
    lm = tiny()
    return [lm.ids(text) for text in world.texts(60, 0)]


def pair_of(tiny, spec, mode):
    decoder = Decoder(tiny(0))
    compressor = build(CompressorSpec(name="pooling", options={"pool": "mean"}), tiny(1), decoder, 2.0, 0)
    choose_trainable(compressor, decoder, spec, mode)
    return Pair(compressor, decoder)


def run(pair, ids, folder, spec, mode, copy=True, evaluate=lambda: {"loss": 0.0}):
    folder.mkdir(exist_ok=True)
    batches = Batches(ids, ids, spec.batch_size, 0)
    spec = spec.model_copy(update={"copy_steps": 3})
    copying = batches if copy and mode != "frozen" and not spec.stages else None
    return train(pair, batches, spec, spec.learning_rate, 2.0, folder, evaluate, lambda line: None, copying, mode)


def state(pair):
    return {n: p.detach().clone() for n, p in pair.named_parameters()}


def trace(folder):
    rows = [json.loads(line) for line in (folder / "trace.jsonl").read_text().splitlines()]
    return [{k: v for k, v in row.items() if k not in ("seconds", "processor_seconds")} for row in rows]


class Killed(Exception):
    pass


@pytest.mark.parametrize("name", [pytest.param(name, marks=() if name == "frozen" else pytest.mark.slow) for name in ALL])
def test_killed_at_any_step_it_ends_as_if_it_had_not_been(tiny, ids, tmp_path, name, monkeypatch):
    spec, mode = ALL[name]
    whole = pair_of(tiny, spec, mode)
    total = run(whole, ids, tmp_path / "whole", spec, mode).step
    expected, rows = state(whole), trace(tmp_path / "whole")
    assert [r["step"] for r in rows] == [0, 2, 4, 6, 8, 10, 12]
    original = checkpoint.save
    for kill in range(1, total):
        n = 0

        def save(*arguments, kill=kill):
            nonlocal n
            original(*arguments)
            n += 1
            if n == kill:
                raise Killed  # a checkpoint was written after `kill` steps, and nothing after it counts

        monkeypatch.setattr(checkpoint, "save", save)
        often = spec.model_copy(update={"checkpoint_seconds": -1.0})
        folder = tmp_path / str(kill)
        with pytest.raises(Killed):
            run(pair_of(tiny, spec, mode), ids, folder, often, mode)
        monkeypatch.setattr(checkpoint, "save", original)
        again = pair_of(tiny, spec, mode)
        assert run(again, ids, folder, spec, mode).step == total
        for weight, p in again.named_parameters():
            assert torch.equal(p, expected[weight]), (kill, weight)
        assert trace(folder) == rows, kill


def test_an_interrupt_in_the_middle_of_an_update_is_not_saved(tiny, ids, tmp_path, monkeypatch):
    spec, mode = ALL["frozen"]
    whole = pair_of(tiny, spec, mode)
    run(whole, ids, tmp_path / "whole", spec, mode)
    calls = []
    original = torch.optim.AdamW.step

    def step(self, *arguments):
        original(self, *arguments)
        calls.append(1)
        if len(calls) == 5:
            raise KeyboardInterrupt  # the weights have moved, the count has not

    monkeypatch.setattr(torch.optim.AdamW, "step", step)
    with pytest.raises(KeyboardInterrupt):
        run(pair_of(tiny, spec, mode), ids, tmp_path / "b", spec.model_copy(update={"checkpoint_seconds": -1.0}), mode)
    monkeypatch.setattr(torch.optim.AdamW, "step", original)
    again = pair_of(tiny, spec, mode)
    run(again, ids, tmp_path / "b", spec, mode)
    assert all(torch.equal(p, q) for p, q in zip(again.parameters(), whole.parameters(), strict=True))


def test_an_interrupt_while_the_held_out_batch_is_read_loses_no_row(tiny, ids, tmp_path):
    spec, mode = ALL["frozen"]
    run(pair_of(tiny, spec, mode), ids, tmp_path / "whole", spec, mode)
    seen = []

    def evaluate():
        seen.append(1)
        if len(seen) == 7:  # the last row, after the last step
            raise KeyboardInterrupt
        return {"loss": 0.0}

    with pytest.raises(KeyboardInterrupt):
        run(pair_of(tiny, spec, mode), ids, tmp_path / "b", spec, mode, evaluate=evaluate)
    run(pair_of(tiny, spec, mode), ids, tmp_path / "b", spec, mode)
    assert trace(tmp_path / "b") == trace(tmp_path / "whole")


def test_each_stage_trains_what_it_names(tiny, ids, tmp_path):
    moved = []
    pair = pair_of(tiny, LCLM, "full")
    held = state(pair)

    def evaluate():
        nonlocal held
        now = state(pair)
        moved.append({n for n in now if not torch.equal(now[n], held[n])})
        held = now
        return {"loss": 0.0}

    run(pair, ids, tmp_path / "x", LCLM.model_copy(update={"trace_points": 6}), "full", evaluate=evaluate)

    def parts(names):
        return {("decoder" if n.startswith("decoder") else "compressor" if ".model." in n else "adapter")
                + (" lora" if "lora_" in n else "") for n in names}  # fmt: skip

    assert [parts(m) for m in moved] == [
        set(), {"adapter"}, {"adapter"}, {"adapter", "compressor"}, {"adapter", "compressor"},
        {"adapter", "compressor lora", "decoder"}, {"adapter", "compressor lora", "decoder"},
    ]  # fmt: skip
    assert all(p.requires_grad for p in trained_weights(pair).values())
    assert not any("lora_" in n for n in trained_weights(pair) if n.startswith("decoder"))


def test_learning_rates_of_parts_reach_the_optimizer(tiny, ids):
    stages = stages_of(LCLM, 1e-3, "full")
    assert stages[1].peaks == {"adapter": 1e-2, "compressor": 3e-3, "decoder": 1e-3}
    assert stages[1].modes == {"compressor": "full", "decoder": "frozen"}
    pair = pair_of(tiny, LCLM, "full")
    groups = trainer.optimizer_groups(pair, trained_weights(pair), stages[1])
    named = {id(p): n for n, p in pair.named_parameters()}
    assert {g["peak"]: {named[id(p)].split(".")[1] for p in g["params"]} for g in groups} == {
        1e-2: {"adapter", "pad"}, 3e-3: {"model"},
    }  # fmt: skip


def test_each_stage_runs_a_whole_cycle_and_draws_rates(ids):
    plan = Plan(LCLM, stages_of(LCLM, 1e-3, "full"), 2.0, Batches(ids, ids, 4, 0), None)
    scales = [plan.scale(plan.at(i)) for i in range(12)]
    assert scales[:4] == scales[4:8] == scales[8:] and scales[3] == pytest.approx(1 / 250_000)
    steps = [plan.draw(plan.at(i))[1] for i in range(12)]
    assert {s.rate for s in steps} == {2, 3, 4} and all(set(s.weights) == {"autoencode"} for s in steps[8:])
    assert len({next(iter(s.weights)) for s in steps[:8]}) > 1 and needs_teacher(LCLM)


def test_setups_that_differ_only_in_rate_get_the_same_weights_from_a_training_for_many_rates(tiny, ids, tmp_path):
    spec, mode = ALL["lora"]
    found = []
    for rate in (2.0, 4.0):
        pair, folder = pair_of(tiny, spec, mode), tmp_path / str(rate)
        folder.mkdir()
        pair.compressor.rate = rate
        train(pair, Batches(ids, ids, 4, 0), spec, 1e-2, rate, folder, dict, lambda line: None)
        found.append(state(pair))
    assert all(torch.equal(found[0][n], found[1][n]) for n in found[0])


def test_a_broken_checkpoint_is_said_to_be_broken(tiny, ids, tmp_path):
    spec, mode = ALL["frozen"]
    (tmp_path / "checkpoint.safetensors").write_bytes(b"not safetensors")
    with pytest.raises(UsageError, match="cannot be resumed from"):
        run(pair_of(tiny, spec, mode), ids, tmp_path, spec, mode)


@pytest.mark.parametrize(
    ("train", "says"),
    [
        ({"objectives": {"autoencod": 1}}, "Did you mean 'autoencode'"),
        ({"objectives": {"autoencode": 0}}, "weight above 0"),
        ({"objectives": {"autoencode": -1}}, "at least 0"),
        ({"rates": [0.5]}, "at least 1"),
        ({"steps": 5, "stages": [{"steps": 3}]}, "steps is 5, its stages have 3"),
        ({"stages": [{"steps": 3, "learning_rate": {"head": 1e-3}}]}, "adapter"),
    ],
)
def test_a_training_that_makes_no_sense_is_refused(train, says):
    with pytest.raises(ValidationError, match=says):
        TrainSpec.model_validate(train)


def test_stages_decide_how_many_steps():
    assert LCLM.steps == 12 and TrainSpec.model_validate(LCLM.model_dump(mode="json")) == LCLM
    default, later = TrainSpec(), TrainSpec(rates=(2, 4))
    assert "rates" not in default.outcome() and later.outcome()["rates"] == [2, 4]
