"""Compiled layers, layers that are made again, and buckets: the same training, otherwise computed."""

import json
import re

import pytest
import torch

from tellback.compressors import build
from tellback.config import CompressorSpec, SetupSpec, TrainSpec
from tellback.errors import UsageError
from tellback.models.decoder import Decoder
from tellback.study.run import run_study
from tellback.study.single import train_into
from tellback.study.sweep import run_sweep
from tellback.training import layers
from tellback.training.data import Batch, Batches
from tellback.training.pair import AUTOENCODE, Pair, Step
from tellback.training.trainable import choose_trainable
from tellback.training.trainer import train

SPEC = TrainSpec(steps=6, batch_size=4, trace_points=6, learning_rate=1e-2, checkpoint_seconds=1000)
METHODS = {"pooling": {}, "memory_tokens": {}, "kv_slots": {}}


@pytest.fixture(scope="module")
def ids(world, tiny):
    lm = tiny()
    return [lm.ids(text)[: 12 + i % 7] for i, text in enumerate(world.texts(60, 0))]


def pair_of(tiny, spec, method="pooling", mode="lora"):
    decoder = Decoder(tiny(0))
    compressor = build(CompressorSpec(name=method), tiny(1), decoder, 2.0, 0)
    choose_trainable(compressor, decoder, spec, mode)
    return Pair(compressor, decoder).train()


def gradients(pair, spec, ids):
    with layers.prepared(pair, spec):
        loss = pair(Batch(ids[:3], ids[:3]), Step(2.0, AUTOENCODE), spec)
        loss.backward()
    return loss.item(), {n: p.grad.clone() for n, p in pair.named_parameters() if p.grad is not None}


@pytest.mark.parametrize("method", METHODS)
def test_layers_that_are_made_again_give_the_same_gradients_and_keep_less(tiny, ids, method):
    again = SPEC.model_copy(update={"gradient_checkpointing": True})
    loss, wanted = gradients(pair_of(tiny, SPEC, method), SPEC, ids)
    pair = pair_of(tiny, again, method)
    other, found = gradients(pair, again, ids)
    assert other == pytest.approx(loss, abs=1e-6) and found.keys() == wanted.keys()
    assert all(torch.allclose(found[n], wanted[n], atol=1e-6) for n in wanted)
    assert not any("forward" in vars(layer) for layer in layers.layers_of(pair.decoder.lm)), "the layers are as they were"
    assert kept(pair, again, ids) < 0.6 * kept(pair, SPEC, ids)


def kept(pair, spec, ids):
    """Bytes that wait for the backward pass."""
    held = {}

    def keep(tensor):
        held[tensor.untyped_storage()._cdata] = tensor.untyped_storage().nbytes(), tensor
        return tensor

    weights = {p.untyped_storage()._cdata for p in pair.parameters()}
    with layers.prepared(pair, spec), torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        pair(Batch(ids[:3], ids[:3]), Step(2.0, AUTOENCODE), spec)
    return sum(n for cdata, (n, _) in held.items() if cdata not in weights)


def test_a_training_with_layers_made_again_is_the_same_training(tiny, ids, tmp_path):
    traces = []
    for again in (False, True):
        spec = SPEC.model_copy(update={"gradient_checkpointing": again})
        folder = tmp_path / str(again)
        folder.mkdir()
        progress = train(pair_of(tiny, spec), Batches(ids, ids, 4, 0), spec, 1e-2, 2.0, folder, dict, lambda line: None)
        traces.append([row["train_loss"] for row in progress.trace[1:]])
    assert traces[0] == pytest.approx(traces[1], abs=1e-5) and traces[0][0] != traces[0][-1]


@pytest.mark.slow
def test_compiled_layers_give_the_same_gradients(tiny, ids):
    loss, wanted = gradients(pair_of(tiny, SPEC), SPEC, ids)
    compiled = SPEC.model_copy(update={"compile": True})
    other, found = gradients(pair_of(tiny, compiled), compiled, ids)
    assert other == pytest.approx(loss, abs=1e-5) and found.keys() == wanted.keys()
    assert all(torch.allclose(found[n], wanted[n], atol=1e-5) for n in wanted)


@pytest.mark.parametrize("device, variable, compiler", [("cpu", "CXX", "g++"), ("cuda:0", "CC", "gcc")])
def test_a_compiler_that_is_not_there_is_asked_for(monkeypatch, tmp_path, device, variable, compiler):
    compiled = TrainSpec(compile=True)
    monkeypatch.setattr(layers.sys, "platform", "linux")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv(variable, raising=False)
    layers.check_compiler(TrainSpec(), device)
    with pytest.raises(UsageError, match=rf"needs a C.* compiler; got no {re.escape(compiler)} .*Install .* or leave train.compile out"):
        layers.check_compiler(compiled, device)
    (tmp_path / "mine").write_text("")
    (tmp_path / "mine").chmod(0o755)
    monkeypatch.setenv(variable, "mine")
    layers.check_compiler(compiled, device)
    monkeypatch.setenv(variable, "yours")
    with pytest.raises(UsageError, match=f"{variable}=yours"):
        layers.check_compiler(compiled, device)


def test_a_compiler_is_asked_for_before_anything_is_loaded(monkeypatch, tmp_path):
    monkeypatch.setenv("TELLBACK_DEVICE", "cpu")
    monkeypatch.setenv("CXX", "nothing-that-is-there")
    asked = {"name": "s", "corpus": "pocket", "base_models": ["tiny"], "rates": [4], "controls": ["no_memory"], "train": {"compile": True}}
    (tmp_path / "s.yaml").write_text(json.dumps(asked))
    with pytest.raises(UsageError, match="train.compile needs"):
        run_study(str(tmp_path / "s.yaml"), tmp_path / "out", 1, None)
    with pytest.raises(UsageError, match="train.compile needs"):
        run_sweep(str(tmp_path / "s.yaml"), tmp_path / "out", "1e-3", 1)
    spec = {"study": "train", "corpus": "pocket", "base_model": "tiny", "compressor": "pooling", "rate": 4, "seed": 0, "decoder": "tiny",
            "train": {"compile": True}, "probes": {}}  # fmt: skip
    with pytest.raises(UsageError, match="train.compile needs"):
        train_into(SetupSpec.model_validate(spec), tmp_path / "out", lambda line: pytest.fail(line))
    assert not (tmp_path / "out").exists()


def test_a_bucket_makes_batches_of_like_length_by_seed_and_step_alone():
    ids = [[1] * (20 + i % 40) for i in range(200)]
    plain, bucket = Batches(ids, ids, 8, 3), Batches(ids, ids, 8, 3, bucket=16)
    again = Batches(ids, ids, 8, 3, bucket=16)
    assert [bucket[i] for i in range(60)] == [again[i] for i in range(60)] and again[7] == bucket[7]
    spread = [max(map(len, b.target)) - min(map(len, b.target)) for b in (bucket[i] for i in range(20))]
    assert 0 < max(spread) < 16
    assert len({tuple(sorted(map(len, bucket[i].target))) for i in range(20)}) > 15, "documents of many lengths meet"
    assert plain[0] == Batches(ids, ids, 8, 3, bucket=1)[0]
    seen = [row for i in range(len(bucket._order)) for row in bucket[i].target]
    assert len(seen) <= 200 and len(seen) > 180


def test_what_is_new_in_a_training_changes_no_key_where_it_is_not_used():
    new = {"bucket": 8, "gradient_checkpointing": True, "compile": True}
    assert not new.keys() & TrainSpec().outcome().keys()
    assert all(TrainSpec(**{name: value}).outcome()[name] == value for name, value in new.items())
    assert TrainSpec(track="tensorboard").outcome() == TrainSpec().outcome()
