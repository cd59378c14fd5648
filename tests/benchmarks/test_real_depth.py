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
