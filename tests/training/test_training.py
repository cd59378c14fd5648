import json

import pytest
import torch

from tellback.compressors import build
from tellback.config import CompressorSpec, TrainSpec
from tellback.models.decoder import Decoder
from tellback.training import trainer
from tellback.training.data import Batches
from tellback.training.gate import gate, plateaus
from tellback.training.objective import autoencode, targets, token_figures
from tellback.training.trainer import TAIL_SCALE, Pair, choose_trainable, learning_rate_scale, train

SPEC = TrainSpec(steps=12, batch_size=4, trace_points=5, learning_rate=3e-3, checkpoint_seconds=0)


@pytest.fixture(scope="module")
def ids(world, tiny):
    lm = tiny()
    return [lm.ids(text) for text in world.texts(60, 0)]


def pair_of(tiny, decoder_mode="full", spec=SPEC):
    decoder = Decoder(tiny(0))
    compressor = build(CompressorSpec(name="pooling"), tiny(0), decoder, 2.0, 0)
    choose_trainable(compressor, decoder, spec, decoder_mode)
    return Pair(compressor, decoder)


def run(pair, ids, folder, spec=SPEC, copy=None, say=lambda line: None):
    batches = Batches(ids, ids, spec.batch_size, 0)
    return train(pair, batches, spec, spec.learning_rate, 2.0, folder, lambda: {"loss": 0.0}, say, copy)


def test_schedule_is_torchs_one_cycle():
    p = torch.nn.Parameter(torch.zeros(1))
    optimizer = torch.optim.AdamW([p], lr=1.0)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 1.0, total_steps=50, cycle_momentum=False)
    for step in range(50):
        assert learning_rate_scale(step, 50) == pytest.approx(schedule.get_last_lr()[0], abs=1e-9)
        optimizer.step()
        if step < 49:
            schedule.step()


@pytest.mark.parametrize("dtype", ["float32", "bfloat16_weights"])
def test_stopped_training_goes_on_to_the_same_weights(tiny, ids, tmp_path, dtype):
    spec = SPEC.model_copy(update={"dtype": dtype})
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    whole = pair_of(tiny)
    run(whole, ids, tmp_path / "a", spec)

    class Stop(Exception):
        pass

    calls = []

    def stop_midway(line):
        calls.append(line)
        if len(calls) == 1:
            raise KeyboardInterrupt

    first = pair_of(tiny)
    original, trainer.time = trainer.time, _Clock()
    try:
        with pytest.raises(KeyboardInterrupt):
            run(first, ids, tmp_path / "b", spec, say=stop_midway)
    finally:
        trainer.time = original
    assert (tmp_path / "b" / "checkpoint.safetensors").is_file()
    again = pair_of(tiny)
    progress = run(again, ids, tmp_path / "b", spec)
    assert progress.step == 12
    for (name, p), q in zip(whole.named_parameters(), again.parameters(), strict=True):
        assert p.dtype == torch.float32 and torch.equal(p, q), name
    steps = [json.loads(line)["step"] for line in (tmp_path / "b" / "trace.jsonl").read_text().splitlines()]
    assert steps == sorted(set(steps)) and steps[-1] == 12


class _Clock:
    """A clock on which the trainer speaks after a few steps."""

    def __init__(self):
        self.now = 0.0

    def monotonic(self):
        self.now += 1.0
        return self.now

    process_time = monotonic


@pytest.mark.parametrize("mode", ["full", "lora", "frozen"])
def test_what_trains_is_what_was_asked(tiny, ids, tmp_path, mode):
    pair = pair_of(tiny, mode)
    before = {n: p.detach().clone() for n, p in pair.named_parameters()}
    run(pair, ids, tmp_path)
    moved = {n for n, p in pair.named_parameters() if not torch.equal(p, before[n])}
    decoder = {n for n in moved if n.startswith("decoder.")}
    assert any(n.startswith("compressor.") for n in moved)
    if mode == "frozen":
        assert not decoder
    elif mode == "lora":
        assert decoder and all("lora_" in n for n in decoder)
    else:
        assert any("q_proj" in n for n in decoder)


def test_a_decoder_without_marks_is_first_taught_to_copy(saved_models, tmp_path):
    from tellback.models.load import from_pretrained

    decoder = Decoder(from_pretrained(saved_models["llama"]))
    compressor = build(CompressorSpec(name="pooling"), from_pretrained(saved_models["llama"]), decoder, 2.0, 0)
    pair = Pair(compressor, decoder)
    spec = SPEC.model_copy(update={"copy_steps": 5})
    ids = [decoder.lm.ids(f"Mira owns {i} white boats.") for i in range(10, 30)]
    before = compressor.adapter[1].weight.detach().clone()
    seen = []
    original = Pair.memory

    def memory(self, batch, rate, copying=False):
        seen.append(copying)
        return original(self, batch, rate, copying)

    Pair.memory = memory
    try:
        progress = run(pair, ids, tmp_path, spec, Batches(ids, ids, 4, 0))
    finally:
        Pair.memory = original
    assert seen == [True] * 5 + [False] * 12 and progress.step == 17
    assert not torch.equal(before, compressor.adapter[1].weight)


def test_training_lowers_the_loss(tiny, ids, tmp_path):
    spec = SPEC.model_copy(update={"steps": 80, "batch_size": 8, "learning_rate": 1e-2})
    pair = pair_of(tiny)
    sample = ids[:8]
    with torch.no_grad():
        before = autoencode(pair.compressor.encode(sample, [len(r) for r in sample], 2.0), pair.decoder, sample).item()
    run(pair, ids, tmp_path, spec)
    with torch.no_grad():
        after = autoencode(pair.compressor.encode(sample, [len(r) for r in sample], 2.0), pair.decoder, sample).item()
    assert after < 0.7 * before


def test_bf16_trains(tiny, ids, tmp_path):
    spec = SPEC.model_copy(update={"dtype": "bfloat16", "steps": 5})
    progress = run(pair_of(tiny), ids, tmp_path, spec)
    assert progress.step == 5 and torch.isfinite(torch.tensor(progress.trace[-1]["train_loss"]))


def test_ragged_loss_is_the_mean_over_all_tokens(tiny, ids):
    pair = pair_of(tiny)
    rows = [ids[0], ids[1][:5], ids[2][:9]]
    with torch.no_grad():
        memory = pair.compressor.encode(rows, [len(r) for r in rows], 2.0)
        together = autoencode(memory, pair.decoder, rows).item()
        each = token_figures(memory, pair.decoder, rows)
    assert [len(f["loss"]) for f in each] == [len(r) + 1 for r in rows]
    assert together == pytest.approx(torch.cat([f["loss"] for f in each]).mean().item(), abs=1e-5)
    assert targets([[5], [6, 7]], 2).tolist() == [[-100, 5, 2], [6, 7, 2]]


def test_batches_are_of_one_length_and_seekable(ids):
    a, b = Batches(ids, ids, 4, 0), Batches(ids, ids, 4, 0)
    assert len({len(r) for r in a[3].target}) == 1
    assert b[40].target == [*[a[i] for i in range(41)]][40].target
    assert a[0].target != Batches(ids, ids, 4, 1)[0].target


def _trace(losses, kinds=None):
    return [{"step": i, "loss": x, "loss_by_kind": kinds or {}} for i, x in enumerate(losses)]


def test_gate():
    falling = gate(_trace([1, 0.9, 0.8, 0.7, 0.6, 0.5]), 2.0, {}, {})
    assert falling["undertrained"] and falling["fall"] == pytest.approx(1 / 6)
    flat = gate(_trace([1, 0.5, 0.3, 0.3, 0.3, 0.299]), 2.0, {}, {})
    assert not flat["undertrained"]
    near_zero = gate(_trace([1, 0.5, 0.1, 0.05, 0.01, 0.001]), 2.0, {}, {})
    assert not near_zero["undertrained"] and near_zero["fall"] > 0.5
    lost = gate(_trace([0.3] * 6, {"colour": 0.55, "city": 0.01}), 2.0, {"colour": 2.5, "city": 2.5}, {"colour": 0.56})
    assert lost["lost_kinds"] == ["colour"]


def test_a_rising_loss_is_not_done_and_a_tail_is_judged_by_itself():
    rising = gate(_trace([1, 0.5, 0.3, 0.3, 0.3, 0.33]), 2.0, {}, {})
    assert rising["undertrained"] and rising["fall"] < 0 and "rose by 10.0%" in rising["why"]
    assert gate(_trace([1, 0.5, 0.3, 0.3, 0.3, float("nan")]), 2.0, {}, {})["undertrained"]
    steep = [1 - 0.08 * i for i in range(10)] + [0.2795]  # the cycle's own slope until the tail, which is flat
    assert gate(_trace(steep), 2.0, {}, {})["undertrained"]
    assert not gate(_trace([*steep[:9], 0.28, 0.2799]), 2.0, {}, {}, tail=0.1)["undertrained"]


def test_a_kind_that_still_moves_is_not_done_however_little_it_weighs():
    trace = _trace([0.3] * 6)
    for row, loss in zip(trace, (2.0, 2.0, 2.0, 1.9, 1.5, 1.0), strict=True):
        row["loss_by_kind"] = {"order": loss, "colour": 0.001 * loss}
    found = gate(trace, 2.0, {"order": 2.1, "colour": 2.5}, {})
    assert found["moving_kinds"] == ["order"] and found["undertrained"] and "order still moved" in found["why"]


def test_the_tail_of_a_schedule_is_low_and_constant():
    scales = [learning_rate_scale(i, 100, 10) for i in range(100)]
    assert max(scales) == pytest.approx(1.0) and scales[90:] == [pytest.approx(TAIL_SCALE)] * 10
    assert scales[:90] != [learning_rate_scale(i, 90) for i in range(90)] and scales[89] == pytest.approx(TAIL_SCALE)


def test_plateaus_are_entropies():
    import math

    chance, belief = plateaus({"colour": 12, "roles": 16}, {"colour": 1.0, "roles": 4.0}, 0.9)
    assert chance == {"colour": pytest.approx(math.log(12)), "roles": pytest.approx(math.log(16) / 4)}
    expected = -(0.9 * math.log(0.9) + 0.1 * math.log(0.1 / 11))
    assert belief["colour"] == pytest.approx(expected)
