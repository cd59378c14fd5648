"""A study that is killed at any moment, and run again, comes to what it would have come to; `benchmarks.kills` at length."""

import json
import shutil

import pytest

from benchmarks import kills

SMALLEST = """
name: smallest
corpus: pocket
base_models: [tiny]
compressors: [pooling]
rates: [4]
controls: []
train: {steps: 5, n_documents: 60, n_held_out: 8, trace_points: 5, batch_size: 2, checkpoint_seconds: 1000, copy_steps: 0}
probes: {n_documents: 2, sets: [pocket-agree], likelihood: false, answers: false}
"""


@pytest.mark.slow
def test_killed_at_twenty_random_moments(tmp_path):
    found = list(kills.at_random(20, 0, tmp_path))
    assert len(found) == 20 and [x for x in found if x[1]] == []


@pytest.mark.slow
def test_killed_before_and_after_each_file_that_it_writes(tmp_path):
    found = list(kills.at_writes(tmp_path, SMALLEST))
    assert len(found) >= 2 * 8 and [x for x in found if x[1]] == []


def test_what_is_lost_or_changed_would_be_seen(tmp_path):
    one, other = tmp_path / "a", tmp_path / "b"
    one.mkdir()
    (one / "result.json").write_text(json.dumps({"row": {"rouge_l": 0.5, "train_seconds": 1}}))
    (one / "weights").write_bytes(b"12")
    shutil.copytree(one, other)
    (other / "result.json").write_text(json.dumps({"row": {"rouge_l": 0.5, "train_seconds": 2}}))
    assert kills.different(kills.content(one), kills.content(other)) == []
    (other / "result.json").write_text(json.dumps({"row": {"rouge_l": 0.4, "train_seconds": 1}}))
    (other / "weights").unlink()
    assert kills.different(kills.content(one), kills.content(other)) == ["result.json", "weights"]
