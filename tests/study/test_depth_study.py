"""The study of depth, whole, on a tiny model: real sentences, conflicting twins, depths by name."""

import pytest

from tellback.config import StudySpec, parse, read_study
from tellback.study.grid import setups
from tellback.study.setup import run_setup


@pytest.mark.slow
def test_the_study_of_depth_runs_on_any_model(saved_models, tmp_path):
    built_in = read_study("smollm2-depth")
    tiny = saved_models["llama"]
    content = built_in.model_dump(mode="json") | {"base_models": [f"{tiny}@1", tiny], "rates": [2], "seeds": [0], "primary_rate": None}
    content["decoder"] = {"model": tiny, "train": "lora"}
    content["compressors"] = [{"name": "pooling", "options": {"pool": "mean"}}]
    content["train"] |= {"steps": 4, "stages": [{"steps": 4}], "copy_steps": 2, "batch_size": 4, "n_held_out": 8, "trace_points": 5}
    content["probes"] |= {"n_documents": 6, "max_new_tokens": 2}
    rows = {}
    for spec in setups(parse(StudySpec, content, "test")):
        result = run_setup(spec, tmp_path / "setups" / spec.key())
        assert result["row"]["status"] != "failed", result["details"].get("traceback")
        rows[spec.name] = result["row"]
    depths = [row for name, row in rows.items() if name.startswith("pooling")]
    assert len(depths) == 2 and depths[0]["n_parameters_compressor"] < depths[1]["n_parameters_compressor"]
    for row in depths:
        assert row["qa_i"]["told-values"]["n"] == 6 and row["qa_ii"]["told-relations"]["n"] == 6
        assert row["qa_ii"]["told-relations"]["unscored"] == 0 and row["effective_rank"] is not None
