"""Batches that are drawn ahead of their step: the same training to the bit, and a thread that ends with it."""

import threading
import time

import pytest
import torch
from safetensors.torch import load_file

from tellback.compressors import build
from tellback.config import CompressorSpec, StudySpec, TrainSpec
from tellback.models.decoder import Decoder
from tellback.models.rows import Rows, pad_right
from tellback.store import StudyFolder
from tellback.training import trainer
from tellback.training.ahead import WAITING, Ahead, Drawn, laid_out
from tellback.training.data import Batch, Batches
from tellback.training.objective import targets
from tellback.training.pair import AUTOENCODE, Pair, Step
from tellback.training.trainable import choose_trainable, trained_weights
from tellback.training.trainer import train

SPEC = TrainSpec(steps=10, copy_steps=3, batch_size=4, trace_points=5, learning_rate=1e-2, checkpoint_seconds=1000)


@pytest.fixture(scope="module")
def ids(world, tiny):
    lm = tiny()
    return [lm.ids(text)[: 12 + i % 5] for i, text in enumerate(world.texts(60, 0))]


def trained(tiny, ids, folder, spec, method="pooling", rate=2.0, say=lambda line: None):
    """(progress, weights) of a training in `folder`, with copying first."""
    folder.mkdir(exist_ok=True)
    decoder = Decoder(tiny(0))
    compressor = build(CompressorSpec(name=method), tiny(1), decoder, rate, 0)
    choose_trainable(compressor, decoder, spec, "full")
    pair = Pair(compressor, decoder)
    batches, copying = Batches(ids, ids, spec.batch_size, 0, bucket=spec.bucket), Batches(ids, ids, spec.batch_size, 1)
    progress = train(pair, batches, spec, 1e-2, rate, folder, dict, say, copying)
    return progress, {n: p.detach().clone() for n, p in trained_weights(pair).items()}


def threads():
    return [t for t in threading.enumerate() if t.name == "tellback-batches"]


@pytest.mark.parametrize("method, changes", [
    ("pooling", {}), ("memory_tokens", {"micro_batch": 3}), ("interleaved_tokens", {"bucket": 8}), ("kv_slots", {}),
    ("pooling", {"objectives": {"autoencode": 1.0, "continuation": 1.0}, "mix": "sample"}), ("memory_tokens", {"rates": (2.0, 4.0)}),
])  # fmt: skip
def test_the_same_training_to_the_bit(tiny, ids, tmp_path, method, changes):
    found = []
    for prefetch in (False, True):
        found.append(trained(tiny, ids, tmp_path / str(prefetch), SPEC.model_copy(update={"prefetch": prefetch, **changes}), method))
    (plain, weights), (ahead, others) = found
    assert [r["train_loss"] for r in plain.trace] == [r["train_loss"] for r in ahead.trace] and plain.tokens == ahead.tokens
    assert all(torch.equal(weights[n], others[n]) for n in weights) and not threads()


@pytest.mark.parametrize("first, second", [(True, True), (False, True), (True, False)])
def test_an_interrupted_training_goes_on_to_the_same_weights(tiny, ids, tmp_path, monkeypatch, first, second):
    _, wanted = trained(tiny, ids, tmp_path / "whole", SPEC)
    step, n = trainer._Run.step, []

    def interrupted(self, at):
        n.append(at)
        if len(n) == 6:
            raise KeyboardInterrupt
        return step(self, at)

    monkeypatch.setattr(trainer._Run, "step", interrupted)
    with pytest.raises(KeyboardInterrupt):
        trained(tiny, ids, tmp_path / "cut", SPEC.model_copy(update={"prefetch": first}))
    assert not threads()
    checkpoint = tmp_path / "cut" / "checkpoint.safetensors"
    assert checkpoint.is_file() and load_file(checkpoint)
    _, found = trained(tiny, ids, tmp_path / "cut", SPEC.model_copy(update={"prefetch": second}))
    assert all(torch.equal(wanted[n], found[n]) for n in wanted) and not threads()


def test_what_the_thread_raises_is_raised_at_its_step(tiny, ids, tmp_path, monkeypatch):
    draw = trainer.Plan.draw

    def broken(self, at):
        if at.step == 7:
            raise ValueError("no such batch")
        return draw(self, at)

    monkeypatch.setattr(trainer.Plan, "draw", broken)
    with pytest.raises(ValueError, match="no such batch"):
        trained(tiny, ids, tmp_path / "a", SPEC.model_copy(update={"prefetch": True, "trace_points": 10}))
    assert not threads()


def test_a_step_that_fails_ends_the_thread(tiny, ids, tmp_path, monkeypatch):
    monkeypatch.setattr(trainer, "_accumulate", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        trained(tiny, ids, tmp_path / "a", SPEC.model_copy(update={"prefetch": True}))
    assert not threads()


def test_two_are_drawn_ahead_in_order_and_no_more():
    asked = []
    ahead = Ahead(lambda i: asked.append(i) or i * i, 3, 40)
    try:
        for i in range(3, 20):
            assert ahead.take(i) == i * i and asked == list(range(3, 3 + len(asked)))
            assert len(asked) <= i - 2 + WAITING + 1, "those that wait, and the one that is being drawn"
        time.sleep(0.05)
        assert len(asked) == 17 + WAITING + 1
        with pytest.raises(AssertionError, match="step 5 was asked for"):
            ahead.take(5)
    finally:
        started = time.monotonic()
        ahead.close()
    assert time.monotonic() - started < 2 and not ahead.thread.is_alive()


def test_what_is_laid_out_is_what_a_step_would_make(tiny, ids):
    batch = Batch(ids[:3], [row[1:] for row in ids[:3]])
    (part, weight), = laid_out(Drawn(batch, Step(2.0, AUTOENCODE), [(batch, 0.5)]), 2, torch.device("cpu")).parts
    assert weight == 0.5 and part == batch and isinstance(part.source, Rows) and part.source.wanted is None
    assert torch.equal(part.source.padded, pad_right(ids[:3])) and torch.equal(targets(part.target, 2), targets(batch.target, 2))
    assert part.select([1]).target == [batch.target[1]] and not isinstance(part.select([1]).target, Rows)


def test_it_changes_no_key_and_no_study(tmp_path):
    assert TrainSpec(prefetch=True).outcome() == TrainSpec().outcome()
    asked = {"name": "s", "corpus": "pocket", "base_models": ["tiny"]}
    folder = StudyFolder(tmp_path / "out")
    folder.open(StudySpec.model_validate(asked))
    folder.check(StudySpec.model_validate(asked | {"train": {"prefetch": True}}))
    assert folder.spec().train.prefetch is None
