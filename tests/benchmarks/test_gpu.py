"""The rehearsal of `benchmarks.gpu`: the same code on a tiny model, in seconds, on a CPU."""

import json
import time

import numpy as np
import pytest

from benchmarks import gpu, gpu_pack
from benchmarks.gpu_plan import SCALES, Plan, Point, points


def row(point, loss, seconds=1.0, status="done"):
    return {"name": point.name, "point": {"layers": point.layers}, "status": status, "whole_seconds": seconds, "trace": [{"loss": loss}]}


def test_each_depth_goes_on_at_the_peak_that_its_own_sweep_chose():
    plan = Plan(points([2, 6], 10))
    sweep = [plan.next(1e9) for _ in range(2 * len(SCALES))]
    assert {(p.layers, p.scale) for p in sweep} == {(n, s) for n in (2, 6) for s in SCALES} and sweep[0].layers == 6
    assert plan.next(1e9).scale == 2 * SCALES[-1]  # what waits for the sweep is passed over
    for point in sweep:
        best = 2.0 if point.layers == 2 else 1.0
        plan.done(row(point, 0.1 if point.scale == best else 0.2))
    assert [(p.layers, p.rate, p.seed, p.scale) for p in (plan.next(1e9) for _ in range(2))] == [(6, 2.0, 1, 1.0), (2, 2.0, 1, 2.0)]


def test_a_point_that_would_not_end_in_time_is_not_begun_and_a_cheaper_one_is():
    plan = Plan([Point(2, 2.0, 0, 1.0, 5), Point(30, 2.0, 0, 1.0, 5), Point(30, 2.0, 1, 1.0, 5), Point(2, 2.0, 1, 1.0, 5)])
    plan.done(row(plan.next(1e9), 0.1, seconds=3.0))
    plan.done(row(plan.next(1e9), 0.1, seconds=30.0))
    assert plan.next(10.0) == Point(2, 2.0, 1, 1.0, 5) and plan.next(10.0) is None
    assert plan.n_done == 2


def test_what_was_stopped_is_tried_again_and_what_is_done_is_not():
    plan = Plan([Point(2, 2.0, 0, 1.0, 5)])
    point = plan.next(1e9)
    plan.done(row(point, 1.0, status="stopped"))
    assert plan.next(1e9) == point
    plan.done(row(point, 1.0))
    assert plan.next(1e9) is None


@pytest.mark.parametrize("kind", ["Q4_1", "Q8_0"])
def test_blocks_become_the_weights_that_the_gguf_package_reads(kind):
    gguf = pytest.importorskip("gguf")
    rows = np.random.default_rng(0).normal(size=(3, 64)).astype(np.float32)
    blocks = gguf.quants.quantize(rows, gguf.GGMLQuantizationType[kind])
    assert np.array_equal(gpu_pack.dense(blocks.view(np.uint8), kind), gguf.quants.dequantize(blocks, gguf.GGMLQuantizationType[kind]))
    assert np.abs(gpu_pack.dense(blocks.view(np.uint8), kind) - rows).max() < 0.3


@pytest.mark.slow
def test_a_rehearsal_trains_tells_back_and_goes_on(tmp_path, saved_models):
    words = ["the boat is red .", "the dog is white and old .", "Ana hit Bob .", "Bob owns a blue boat ."]
    documents = [{"id": str(i), "text": t, "contrary": words[0] if i else None} for i, t in enumerate(words)]
    corpus = {"training": words * 40, "sets": {"ordinary": documents, "twins": documents[1:]}}
    gpu_pack.write(tmp_path / "carry" / "a" / gpu_pack.SENTENCES, json.dumps(corpus).encode())
    command = [str(tmp_path / "out"), "--carry", str(tmp_path / "carry"), "--model", saved_models["llama"], "--work", str(tmp_path / "work"),
               "--layers", "1,2", "--steps", "12", "--batch", "4", "--copy-steps", "5", "--workers", "2", "--adapter", "5000"]  # fmt: skip
    started = time.monotonic()
    gpu.main([*command, "--seconds", "35"])
    assert time.monotonic() - started < 60
    rows = {r["name"]: r for r in map(json.loads, (tmp_path / "out" / "points.jsonl").read_text().splitlines())}
    assert rows["copy"]["status"] == "done" and len(rows["copy"]["sets"]["ordinary"]["told"]) == len(words)
    assert all(rows["copy"]["belief"]["twins"]["against"])
    done = [r for r in rows.values() if r["status"] == "done" and r["name"] != "copy"]
    assert done, rows
    for r in done:
        assert len(r["trace"]) > 5 and r["trace"][-1]["loss"] < r["trace"][0]["loss"] and r["steps"] == 12
        twins = r["sets"]["twins"]
        assert all(isinstance(t, str) for t in twins["told"]) and None not in twins["against"] and 0 <= r["shuffled"] <= 1
        assert len(twins["loss"]) == len(twins["right"]) == 3
    command[0] = str(tmp_path / "emptied")
    gpu.main([*command, "--seconds", "9"])  # no time for another point: nothing is done twice, nothing is lost
    names = [json.loads(line)["name"] for line in (tmp_path / "emptied" / "points.jsonl").read_text().splitlines()]
    assert len(names) == len(set(names)) and set(names) >= set(rows)
