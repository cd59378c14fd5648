"""Every trained method on a pretrained base, as a user who gives no option would train it: bfloat16 weights, LoRA decoder."""

import json
import math

import pytest

from tellback.config import StudySpec, parse
from tellback.methods import COMPRESSORS
from tellback.study.grid import setups
from tellback.study.setup import run_setup

TRAINED = [name for name, method in COMPRESSORS.items() if method.trained]


def test_the_table_says_of_each_method_whether_it_trains():
    from tellback.compressors import compressor_class

    for name in COMPRESSORS:
        if name not in ("llmlingua2", "kvpress"):  # need packages of their own
            assert compressor_class(name).trainable == (name in TRAINED), name


@pytest.mark.slow
@pytest.mark.parametrize("method", TRAINED)
def test_it_trains_and_tells_back(saved_models, tmp_path, method):
    rows = [{"text": f"The boat of Ana has {i} sails and {i + 3} oars."} for i in range(30)]
    (tmp_path / "mine.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    study = parse(StudySpec, {
        "name": "x", "corpus": str(tmp_path / "mine.jsonl"), "base_models": [saved_models["llama"]], "rates": [4], "compressors": [method],
        "train": {"steps": 4, "copy_steps": 2, "batch_size": 4, "n_held_out": 8, "trace_points": 5}, "controls": [],
    }, "test")  # fmt: skip
    assert study.train.dtype == "bfloat16_weights" and study.decoder.train == "lora"
    (spec,) = setups(study)
    said: list[str] = []
    row = run_setup(spec, tmp_path / "out", said.append)["row"]
    assert row["status"] in ("done", "undertrained") and math.isfinite(row["reconstruction_loss"])
    assert any(line.startswith("trains ") for line in said) and row["n_trainable"] > 0
