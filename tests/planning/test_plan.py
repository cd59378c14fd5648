"""What a plan counts is what real runs take, and what it says fits, fits."""

import json

import pytest
import torch
from peak import Peak
from typer.testing import CliRunner

from tellback.cli import app
from tellback.config import SetupSpec, StudySpec, read_study
from tellback.errors import UsageError
from tellback.models.architectures import config_of, shipped
from tellback.planning import step
from tellback.planning.gpus import GIB, GPUS, Gpu
from tellback.planning.plan import RESERVED, plan, remedy
from tellback.planning.show import show
from tellback.study.grid import setups
from tellback.training.outlook import held

#: Parameters as the models' own cards and files have them.
KNOWN = {
    "Qwen/Qwen3-0.6B": 596_049_920, "Qwen/Qwen3-1.7B": 1_720_574_976, "Qwen/Qwen3-4B": 4_022_468_096, "Qwen/Qwen3-8B": 8_190_735_360,
    "Qwen/Qwen3-14B": 14_768_307_200, "Qwen/Qwen3-32B": 32_762_123_264, "meta-llama/Llama-3.2-1B": 1_235_814_400,
    "meta-llama/Llama-3.2-3B": 3_212_749_824, "meta-llama/Llama-3.1-8B": 8_030_261_248,
}  # fmt: skip


def spec(base, decoder="pocket-llama-250k", train=(), mode="full", compressor="pooling", rate=4.0) -> SetupSpec:
    return SetupSpec.model_validate({
        "study": "s", "corpus": {"name": "pocket"}, "base_model": {"name": base}, "compressor": {"name": compressor}, "rate": rate, "seed": 0,
        "decoder": {"model": {"name": decoder}, "train": mode}, "train": dict(train), "probes": {},
    })  # fmt: skip


@pytest.mark.parametrize("name", shipped())
def test_parameters_are_exact(name):
    assert step.count(spec(name)).compressor == KNOWN[name]


def real(pair):
    """The pair with numbers for its shapes."""
    pair = pair.to_empty(device="cpu")
    for lm in (pair.compressor.lm, pair.decoder.lm):
        lm.model.tie_weights()
    for p in pair.parameters():
        torch.nn.init.normal_(p, std=0.02)
    for module in pair.modules():
        if hasattr(module, "inv_freq"):
            module.inv_freq = torch.ones_like(module.inv_freq)
    return pair


SLOW = pytest.mark.slow


@pytest.mark.parametrize(("base", "train", "mode", "compressor"), [
    pytest.param("pocket-llama-1m", {}, "full", "pooling", marks=SLOW), ("pocket-qwen3-500k", {}, "frozen", "pooling"),
    pytest.param("pocket-llama-1m", {"compressor": "lora"}, "full", "pooling", marks=SLOW), ("pocket-llama-1m", {}, "full", "memory_tokens"),
    pytest.param("pocket-llama-1m", {"compressor": "frozen"}, "full", "memory_tokens", marks=SLOW),
    pytest.param("pocket-llama-1m", {}, "full", "interleaved_tokens", marks=SLOW), ("pocket-qwen3-500k", {}, "frozen", "interleaved_tokens"),
    pytest.param("pocket-llama-1m", {"compressor": "frozen"}, "frozen", "interleaved_tokens", marks=SLOW),
])  # fmt: skip
def test_operations_and_memory_are_those_of_a_real_step(base, train, mode, compressor):
    from torch.utils.flop_counter import FlopCounterMode

    which = spec(base, train=train, mode=mode, compressor=compressor)
    found, parameters = step.measure(which, 16, 96), step.count(which)
    pair, counter = real(step.empty_pair(which, attention="eager")), FlopCounterMode(display=False)
    with counter:
        step._loss(pair, which, 16, 96, which.rate).backward()
    assert found.flops == pytest.approx(counter.get_total_flops(), rel=0.02)

    pair = real(step.empty_pair(which))
    trained = [p for p in pair.parameters() if p.requires_grad]
    assert parameters.trained == sum(p.numel() for p in trained)
    assert parameters.all == sum(p.numel() for p in pair.parameters())
    optimizer = torch.optim.AdamW(trained, lr=1e-3, fused=True)

    def one_step():
        step._loss(pair, which, 16, 96, which.rate).backward()
        optimizer.step()
        optimizer.zero_grad()

    one_step()  # the optimizer's moments are there from now on
    with Peak([*pair.parameters(), *(t for state in optimizer.state.values() for t in state.values())]) as peak:
        one_step()
    own = held(parameters.trained, parameters.all - parameters.trained, which.train)
    assert own.all + found.activations == pytest.approx(peak.bytes, rel=0.10)


def test_a_method_that_needs_numbers_is_said_not_to_be_plannable():
    with pytest.raises(UsageError, match="chunk_encoder.*cannot be planned"):
        step.measure(spec("pocket-llama-60k", compressor="chunk_encoder"), 4, 32)


@pytest.mark.slow
def test_layers_are_counted_one_by_one():
    """Of a model of more layers than are measured, by hand: the step on all of them."""
    which = spec("pocket-llama-1m")
    whole = step._measure(which, 4, 32, (4, 3))  # 1m has four layers, 250k three
    assert step.measure(which, 4, 32).flops == pytest.approx(whole.flops, rel=1e-6)
    assert step.measure(which, 4, 32).activations == pytest.approx(whole.activations, rel=1e-6)


@pytest.mark.slow
def test_the_papers_grid_is_planned():
    study = read_study("paper27")
    lines = plan(study, GPUS["h100"], 8, 512, price=2.0)
    assert len(lines) == 27
    by_name = {line.spec.name: line for line in lines}
    small, large = (next(v for k, v in by_name.items() if f"-4x-{name}-" in k) for name in ("Qwen3-0.6B", "Qwen3-32B"))
    assert small.way(GPUS["h100"]) == "plain" and large.way(GPUS["h100"]) != "plain"
    assert large.flops > 15 * small.flops and large.cost == pytest.approx(large.hours * 8 * 2.0)
    assert large.sharded.peak < large.plain.peak and large.checkpointed.peak < large.sharded.peak
    # the compressor alone, 6 operations a parameter and token, is below what is counted, and not far below
    tokens = 512 * study.train.steps * study.train.batch_size
    assert 6 * (large.parameters.compressor - large.parameters.embedding) * tokens < large.flops < 12 * large.parameters.compressor * tokens


@pytest.mark.slow
def test_what_does_not_fit_says_what_would():
    line = plan(read_study("paper27"), GPUS["rtx4090"], 1, 512, only="*-4x-Qwen3-32B-*")[0]
    assert line.way(GPUS["rtx4090"]) is None
    assert "of them" in remedy(line, GPUS["rtx4090"], 1) or "LoRA" in remedy(line, GPUS["rtx4090"], 1)
    assert line.plain.peak > 32e9 * 2 + 32e9 * 12 and line.plain.peak < 40e9 * 16 + 200 * GIB


def test_on_one_accelerator_nothing_is_divided(capsys):
    study = StudySpec.model_validate({"name": "s", "corpus": "pocket", "base_models": ["pocket-llama-60k"], "rates": [4], "train": {"batch_size": 8}})
    for n, expected in ((1, "checkpointing"), (8, "fsdp + checkpointing")):
        (plenty,) = plan(study, GPUS["h100"], n, 96)
        gpu = Gpu("small", RESERVED + 1.01 * plenty.checkpointed.peak / GIB, 1, 1)
        (line,) = plan(study, gpu, n, 96)
        assert line.way(gpu) == expected and line.flops == pytest.approx(4 / 3 * plenty.flops)
        show("s", [line], gpu, n, 96, 0.4, None)
        assert ("FSDP" in (said := capsys.readouterr().out)) is (n > 1) and "checkpointing" in said


@pytest.mark.slow
def test_the_command(tmp_path):
    found = CliRunner().invoke(app, ["plan", "paper27", "--only", "*-4x-Qwen3-0.6B-*", "--price", "2", "--count", "2"], env={"COLUMNS": "200"})
    assert found.exit_code == 0, found.output
    assert "1 of 1 setups fit" in found.output and "596M" in found.output
    found = CliRunner().invoke(app, ["plan", "paper27", "--only", "*-4x-Qwen3-32B-*", "--gpu", "a10g", "--json"])
    assert found.exit_code == 1 and json.loads(found.output)["fits"] is None
    with pytest.raises(UsageError, match="h1000"):
        CliRunner().invoke(app, ["plan", "paper27", "--gpu", "h1000"], catch_exceptions=False)
    with pytest.raises(UsageError, match="trains no compressor"):
        plan(read_study("smollm2"), GPUS["h100"], 1, 512)


def test_an_unknown_architecture_is_named():
    with pytest.raises(UsageError, match=r"Qwen3-0\.6B"):
        config_of("Qwen/Qwen3-0.6")
    assert config_of("Qwen/Qwen3-0.6B@6").num_hidden_layers == 6


@pytest.mark.slow
def test_the_papers_grid_runs_on_stand_ins(tmp_path):
    from tellback.study.result import FIELDS
    from tellback.study.run import run_study

    dry, whole = read_study("paper27-dry"), read_study("paper27")
    assert [m.name.split("/")[1] for m in dry.base_models] == [m.name.split("/")[1] for m in whole.base_models]
    assert dry.rates == whole.rates and len([s for s in setups(dry) if not s.is_control]) == 27
    run_study("paper27-dry", tmp_path / "out", 1, None)
    rows = [json.loads(line) for line in (tmp_path / "out" / "results.jsonl").read_text().splitlines()]
    trained = [r for r in rows if r["compressor"] == "pooling"]
    assert len(trained) == 27 and {r["status"] for r in trained} <= {"done", "undertrained"}
    for row in trained:
        assert set(row) == set(FIELDS)
        assert all(row[f] is not None for f in ("reconstruction_loss", "rouge_l", "effective_rank", "conditional_entropy_bits", "train_tokens"))
        assert sum(row[asks].get("pocket-conflict", {"n": 0})["n"] for asks in ("qa_i", "qa_ii")) > 0
    sizes = {r["base_model"]: r["n_parameters_compressor"] for r in trained}
    assert len(set(sizes.values())) == 9 and {r["family"] for r in trained} == {"qwen3", "llama"}


@pytest.mark.slow
@pytest.mark.parametrize(("train", "mode"), [({}, "full"), ({}, "lora"), ({"compressor": "lora"}, "frozen")])
def test_the_first_line_of_a_training_counts_as_a_plan_does(tmp_path, train, mode):
    from transformers import LlamaConfig

    from tellback.training.outlook import operations

    LlamaConfig(vocab_size=4000, hidden_size=512, intermediate_size=1408, num_hidden_layers=6, num_attention_heads=8, eos_token_id=2).save_pretrained(tmp_path)
    which = spec(str(tmp_path), str(tmp_path), train, mode)
    assert 16 * operations(step.empty_pair(which), 48, 4.0) == pytest.approx(step.measure(which, 16, 48).flops, rel=0.15)
