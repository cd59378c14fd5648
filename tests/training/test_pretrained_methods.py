"""Every trained method on a pretrained base, as a user who gives no option would train it: bfloat16 weights, LoRA decoder."""

import json
import math

import pytest

from tellback.config import StudySpec, parse, read_study
from tellback.methods import COMPRESSORS
from tellback.study.grid import setups
from tellback.study.setup import run_setup

TRAINED = [name for name, method in COMPRESSORS.items() if method.trained]


def test_the_table_says_of_each_method_whether_it_trains():
    from tellback.compressors import compressor_class

    for name in COMPRESSORS:
        if name not in ("llmlingua2", "kvpress"):  # need packages of their own
            assert compressor_class(name).trainable == (name in TRAINED), name


@pytest.fixture(scope="module")
def table(saved_models, tmp_path_factory):
    """The study that puts them side by side, on a tiny model and for three steps."""
    folder = tmp_path_factory.mktemp("methods")
    rows = [{"text": f"The boat of Ana has {i} sails and {i + 3} oars."} for i in range(30)]
    (folder / "mine.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    tiny, content = saved_models["llama"], read_study("smollm2-methods").model_dump(mode="json")
    content |= {"corpus": str(folder / "mine.jsonl"), "base_models": [f"{tiny}@1"], "decoder": {"model": tiny, "train": "lora"}, "controls": []}
    content["also"][0]["base_models"] = [tiny]
    content["probes"] |= {"sets": None, "n_documents": 8}  # one's own sentences have no probes of others
    content["train"] |= {"steps": 3, "stages": [{"steps": 3}], "copy_steps": 2, "batch_size": 4, "n_held_out": 8, "trace_points": 5}
    for compressor in [*content["compressors"], *content["also"][0]["compressors"]]:
        compressor["options"].pop("adapter", None)  # four million parameters are many for a model of some thousand
    return folder, {spec.compressor.label: spec for spec in setups(parse(StudySpec, content, "test"))}


def test_every_trained_method_stands_in_the_table_and_nothing_else(table):
    specs = table[1].values()
    assert {spec.compressor.name for spec in specs} == set(TRAINED)
    assert len({(spec.rate, spec.train.steps, spec.train.batch_size, spec.seed) for spec in specs}) == 1  # one budget


def test_what_a_pretrained_base_trains_with_where_nothing_is_said(saved_models):
    study = parse(StudySpec, {"name": "x", "corpus": "passages", "base_models": [saved_models["llama"]]}, "test")
    assert study.train.dtype == "fastest" and study.decoder.train == "lora"


@pytest.mark.slow
@pytest.mark.parametrize("method", [*sorted(set(TRAINED) - {"pooling", "memory_tokens", "kv_slots"}), "pooling-mean", "pooling-concat", "memory_tokens-16", "kv_slots-16"])
def test_it_trains_and_tells_back(table, method):
    folder, specs = table
    said: list[str] = []
    row = run_setup(specs[method], folder / method, said.append)["row"]
    assert row["status"] in ("done", "undertrained") and math.isfinite(row["reconstruction_loss"])
    assert any(line.startswith("trains ") for line in said) and row["n_trainable"] > 0
