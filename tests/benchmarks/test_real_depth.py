"""The judge and the page of the study of depth, on rows whose outcome is known."""

import json

import numpy as np
import pytest

from benchmarks import gpu_pack, real_depth, real_depth_page
from benchmarks.real_depth import same
from benchmarks.real_depth_words import expected_more, lost_words, word_counts, words_of

POINTS = [(n, rate, seed, scale) for n in (2, 30) for rate in (2.0, 4.0) for seed in (0, 1) for scale in ((1.0, 2.0) if rate == 2 and not seed else (1.0,))]


def test_the_same_words_are_the_same_text():
    assert same("The boat, she said, is red.", "the boat she said is red") and not same("The boat is red.", "The boat is not red.")


def test_words_that_are_not_told_in_their_place_are_lost():
    source, told = "The complexity classes of Ana Holm cost 299 euros.", "The classes complexity of Ana Helm cost 290 euros."
    lost = [w for w, x in zip(words_of(source), lost_words(source, told), strict=True) if x]
    assert {"Holm", "299"} < set(lost) and len(lost) == 3  # one of the two that changed places
    counts = word_counts([(source, told), ("A b c.", "C a b."), ("Same as it was.", "same AS it was")])
    assert counts["name"] == [1, 2] and counts["number"] == [1, 1] and counts["moved"] == 1 and counts["sentences"] == 3
    assert counts["first"][1] == 9 and counts["later"] == [2, 7]


def test_what_a_model_expects_is_likelier(monkeypatch, saved_models):
    found = expected_more([("aaaa", "aaaa aaaa aaaa"), ("abc abc abc", "abc")], saved_models["llama"])
    assert found == [False, True]  # any text is likelier than one that goes on


@pytest.fixture(scope="module")
def judged(tmp_path_factory):
    """A depth of 2 tells everything back; 30 layers tell the contrary where there is one."""
    folder = tmp_path_factory.mktemp("depth")
    corpus = gpu_pack.carried(None, 8)
    gpu_pack.write(folder / "carry" / "a" / gpu_pack.SENTENCES, json.dumps(corpus).encode())

    def sets(wrong):
        return {name: {"told": [d["contrary"] if wrong and d["contrary"] else d["text"] for d in documents],
                       "loss": [2.0 if wrong else 1.0] * len(documents), "against": [d["contrary"] and 1.5 for d in documents],
                       "right": [9] * len(documents), "tokens": [10] * len(documents)} for name, documents in corpus["sets"].items()}  # fmt: skip

    rows = [{"name": "copy", "status": "done", "sets": sets(False), "belief": sets(True), "device": "a card", "torch": "2", "transformers": "5"}]
    for n, rate, seed, scale in POINTS:
        loss = 0.1 * rate + (scale - 1) + seed / 100
        rows.append({"name": f"{n}-{rate}-{seed}-{scale}", "status": "done", "device": "a card", "torch": "2", "transformers": "5", "steps": 7,
                     "point": {"layers": n, "rate": rate, "seed": seed, "scale": scale, "pool": "mean"}, "shuffled": 0.1,
                     "trace": [{"loss": x, "accuracy": 0.5, "effective_rank": 40.0, "bits": 1.0} for x in (3.0, loss)], "tokens_per_second": 900.0,
                     "sets": sets(n == 30)})  # fmt: skip
    rows.append(rows[-1] | {"name": "x", "status": "stopped"})
    (folder / "points.jsonl").write_text("".join(json.dumps(r) + "\n" for r in rows))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(real_depth, "believed", lambda c: {p.id: p.believed for ds in c.sets.values() for d in ds for p in d.probes if p.asks == "qa_i"})
        patch.setattr(real_depth, "expected_more", lambda pairs: [len(told) > len(source) for source, told in pairs])
        real_depth.main(["judge", str(folder / "points.jsonl"), "--carry", str(folder / "carry"), "--out", str(folder / "found.json")])
    return json.loads((folder / "found.json").read_text())


@pytest.mark.slow
def test_outcomes_are_one_letter_a_document(judged):
    by_name = {p["name"]: p["sets"] for p in judged["points"]}
    kept, lost = by_name["2-2.0-0-1.0"]["passages-conflict"], by_name["30-2.0-0-1.0"]["passages-conflict"]
    assert set(kept["told"]) == {"f"} and set(lost["told"]) <= {"o", "d", "r", "f"} and lost["told"].count("o") > 3
    assert "1" in kept["speaks"] and "1" not in lost["speaks"] and len(judged["points"]) == len(POINTS) + 1
    relations = by_name["30-2.0-0-1.0"]["told-relations"]["told"]
    assert set(relations) <= {"d", "f"} and "d" in relations
    assert kept["shuffled"].count("f") < len(kept["told"]) / 2


@pytest.mark.slow
def test_the_page_takes_each_depths_best_peak_and_says_what_does_not_hold(judged):
    for p in judged["points"]:
        for name in ("known-conflict", "known-agree"):
            p["sets"][name] = p["sets"]["passages-conflict"]
    judged["beliefs"]["known-conflict"] = judged["beliefs"]["passages-conflict"]
    judged["no_memory"]["known-conflict"] = "01-"
    text = real_depth_page.page(judged)
    main = real_depth_page.chosen([p for p in judged["points"] if p["point"]])
    assert {k: len(rows) for k, rows in main.items()} == {(n, r): 2 for n in (2, 30) for r in (2.0, 4.0)}
    row = next(line for line in text.splitlines() if line.startswith("| 2x | 2 | 2 |"))
    assert "1.00 [" in row and "0.21 (0.20 to 0.21)" in row
    assert "**0.20 (0.90)**" in text and "1.20 (0.90)" in text and "in 0.50 of 2" in text
    kept = np.mean([c == "f" for c in main[30, 2.0][0]["sets"]["known-conflict"]["told"]])
    assert f"conflicting values kept {kept - 1:+.2f} [" in text
    for p in judged["points"]:
        p["ordinary"]["accuracy"] = 0.5
    text = real_depth_page.page(judged)
    assert "nothing can be concluded about them" in text and "The time was up for" in text


def test_without_points_the_page_says_so():
    assert "No point has been run yet" in real_depth_page.page({"points": [], "cases": []})


def counts(kept, wrong=0.1, n=50):
    left = round(1 - kept - wrong, 6)
    return {"n": n, "faithful": kept, "overwritten": wrong, "drifted": wrong, "replaced": 0.0, "missing": left, "unscored": 0.0,
            "low": {"faithful": kept - 0.1}, "high": {"faithful": kept + 0.1}}  # fmt: skip


def packed(folder, accuracies):
    """A packed study of one training beside its controls."""
    rows = []
    for name, kept in (("identity", 1.0), ("no_memory", 0.0), ("pooling", 0.6)):
        sets = {"qa_i": {"c4": counts(kept), "c4@shuffled": counts(0.0)}, "qa_ii": {"c4-relations": counts(kept)}}
        rows.append({"compressor": name, "key": name, "status": "done", "base_model": "m@6", "rate": 2, "token_accuracy": accuracies[-1], **sets})
        trained = {"steps": 90, "batch_size": 16}
        there = {"kinds": {"name": {"n": 30, "there": 0.8, "shuffled": 0.2}, "time": {"n": 10, "there": 0.4, "shuffled": 0.2}}}
        details = {"train": trained, "where_lost": {"c4": there}, "chance_by_set": {"c4": 0.25, "c4-relations": 0.5},
                   "accuracy_by_set": {"c4": {"value": 0.7, "low": 0.6, "high": 0.8, "n": 30}}}  # fmt: skip
        (folder / "setups" / name).mkdir(parents=True)
        (folder / "setups" / name / "result.json").write_text(json.dumps({"row": {}, "details": details}))
    trace = [{"step": 10 * i, "seconds": 1200.0 * i, "processor_seconds": 600.0 * i, "tokens": 3000 * i, "loss": 1.0, "token_accuracy": x} for i, x in enumerate(accuracies)]
    (folder / "setups" / "pooling" / "trace.jsonl").write_text("".join(json.dumps(t) + "\n" for t in trace))
    (folder / "results.jsonl").write_text("".join(json.dumps(r) + "\n" for r in rows))
    held = [{"control": "identity", "set": "c4", "expected": "all", "got": 1.0, "holds": True}, {"control": "shuffled", "set": "c4", "expected": "none", "got": 0.3, "holds": False}]
    (folder / "controls.json").write_text(json.dumps(held))


def test_what_one_core_reached_and_the_papers_table_are_taken_from_packed_studies(tmp_path):
    packed(tmp_path / "smollm2-point", [0.1, 0.5, 0.92, 0.93])
    packed(tmp_path / "paper-mini", [0.1, 0.93])
    (tmp_path / "paper-mini" / "note.md").write_text("Stopped early.\n")
    text = real_depth_page.page({"points": [], "cases": []}, tmp_path)
    assert "reached by step 20, after 20.0 minutes of the processor, the first 0.0 of which" in text and "(40.0 minutes of the clock)" in text and "met by the processor, **missed** by the clock" in text
    assert "5 tokens a second of the processor from step 0 to 30" in text and "1 of 2 controls hold. Not so: shuffled on web pages (C4)" in text
    assert "| web pages (C4) | 0.60 [0.50, 0.70] n=50 | 0.10 | 0.00 | 1.00 | 0.70 of 40 (another's memory 0.20) |" in text
    assert "| web pages (C4), relations | 0.60" in text and "Stopped early." in text
    assert "0.60 [0.50, 0.70] n=50; overwritten 0.10; chance 0.25, floor 0.00, ceiling 1.00" in text and "QA(ii) web pages (C4), relations |" in text
    packed(tmp_path / "slow" / "smollm2-point", [0.1, 0.5])
    assert "**not reached**: 0.500 at the most" in real_depth_page.page({"points": [], "cases": []}, tmp_path / "slow")
    trace = tmp_path / "smollm2-point" / "setups" / "pooling" / "trace.jsonl"
    rows = [json.loads(line) for line in trace.read_text().splitlines()]
    trace.write_text("".join(json.dumps(r | ({"processor_seconds": None} if r["step"] < 20 else {})) + "\n" for r in rows))
    text = real_depth_page.page({"points": [], "cases": []}, tmp_path)
    assert "after 40 minutes of the clock of a shared machine" in text and "**not shown**" in text and "| 10 | - | 20.0 |" in text
    going_on = tmp_path / "begun" / "smollm2-point-trace"
    going_on.mkdir(parents=True)
    (going_on / "trace.jsonl").write_text(trace.read_text())
    text = real_depth_page.page({"points": [], "cases": []}, tmp_path / "begun")
    assert "| 20 | 20.0 | 40.0 | 1.00 | 0.920 |" in text and "told nothing back yet" in text and "0.90 was reached at step 20" in text
    assert "On one core" not in real_depth_page.page({"points": [], "cases": []}, tmp_path / "none")
