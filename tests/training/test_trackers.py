"""A training followed in TensorBoard, written and read back for real; nothing asks a network."""

import struct

import pytest

from tellback.compressors import build
from tellback.config import CompressorSpec, StudySpec, TrainSpec
from tellback.errors import UsageError
from tellback.models.decoder import Decoder
from tellback.store import StudyFolder
from tellback.training import checkpoint, trackers
from tellback.training.data import Batches
from tellback.training.pair import Pair
from tellback.training.trainable import choose_trainable
from tellback.training.trainer import train

SPEC = TrainSpec(steps=8, batch_size=4, trace_points=5, learning_rate=1e-2, checkpoint_seconds=1000, copy_steps=2, track="tensorboard")


def run(tiny, world, folder, spec=SPEC):
    decoder = Decoder(tiny(0))
    compressor = build(CompressorSpec(name="pooling"), tiny(1), decoder, 2.0, 0)
    choose_trainable(compressor, decoder, spec, "full")
    ids = [decoder.lm.ids(text) for text in world.texts(40, 0)]
    batches = Batches(ids, ids, 4, 0)
    figures = {"loss": 0.5, "loss_by_kind": {"colour": 0.25}, "effective_rank": None}
    folder.mkdir(exist_ok=True)
    return train(Pair(compressor, decoder), batches, spec, 1e-2, 2.0, folder, lambda: figures, lambda line: None, batches)


def events(folder):
    """(tag, step) -> number of everything in a folder of TensorBoard's files: records with their length before them."""
    protocol = pytest.importorskip("tensorboardX.proto.event_pb2")
    out = {}
    for path in sorted(folder.rglob("events.out.tfevents*")):
        data, at = path.read_bytes(), 0
        while at < len(data):
            (n,) = struct.unpack_from("<Q", data, at)
            event = protocol.Event.FromString(data[at + 12 : at + 12 + n])
            out |= {(value.tag, event.step): value.simple_value for value in event.summary.value}
            at += 16 + n
    return out


def test_every_step_and_every_row_stand_in_the_tracker_once(tiny, world, tmp_path):
    pytest.importorskip("tensorboardX")
    progress = run(tiny, world, tmp_path / "a")
    found = events(tmp_path / "a" / trackers.FOLDER)
    losses = {step: value for (tag, step), value in found.items() if tag == "train/loss"}
    assert sorted(losses) == list(range(1, 11)), "copying counts"
    row = progress.trace[-1]
    assert found["held_out/loss", 10] == 0.5 and found["held_out/loss_by_kind/colour", 10] == 0.25
    assert not any(tag == "held_out/effective_rank" for tag, _ in found), "missing is not zero"
    since = [losses[s] for s in range(progress.step - (row["step"] - progress.trace[-2]["step"]) + 1, progress.step + 1)]
    assert sum(since) / len(since) == pytest.approx(row["train_loss"], abs=1e-6)
    plain = run(tiny, world, tmp_path / "b", SPEC.model_copy(update={"track": None}))
    assert [r["train_loss"] for r in plain.trace] == [r["train_loss"] for r in progress.trace]
    assert not (tmp_path / "b" / trackers.FOLDER).exists()


def test_a_training_that_goes_on_leaves_no_step_out(tiny, world, tmp_path, monkeypatch):
    pytest.importorskip("tensorboardX")
    save, n = checkpoint.save, []

    def killing(*arguments):
        save(*arguments)
        n.append(1)
        if len(n) == 6:
            raise OSError

    monkeypatch.setattr(checkpoint, "save", killing)
    with pytest.raises(OSError):
        run(tiny, world, tmp_path / "a", SPEC.model_copy(update={"checkpoint_seconds": -1.0}))
    monkeypatch.setattr(checkpoint, "save", save)
    run(tiny, world, tmp_path / "a")
    found = events(tmp_path / "a" / trackers.FOLDER)
    assert sorted(step for tag, step in found if tag == "train/loss") == list(range(1, 11))


def test_a_tracker_that_is_not_there_is_said_before_anything_is_trained(monkeypatch):
    import accelerate.tracking

    monkeypatch.setattr(accelerate.tracking, "get_available_trackers", lambda: ["tensorboard"])
    trackers.check_tracker("tensorboard"), trackers.check_tracker(None)
    with pytest.raises(UsageError, match="pip install wandb"):
        trackers.check_tracker("wandb")
    with pytest.raises(UsageError, match="Did you mean 'tensorboard'"):
        trackers.check_tracker("tensorbord")


def test_a_study_may_be_followed_from_its_second_run_on(tmp_path):
    spec = StudySpec.model_validate({"name": "x", "corpus": "pocket", "base_models": ["tiny"]})
    StudyFolder(tmp_path).open(spec)
    StudyFolder(tmp_path).open(spec.model_copy(update={"train": TrainSpec(track="tensorboard")}))
    assert StudyFolder(tmp_path).spec().train.track == "tensorboard"
    with pytest.raises(UsageError, match="differs in train"):
        StudyFolder(tmp_path).open(spec.model_copy(update={"train": TrainSpec(steps=3)}))
