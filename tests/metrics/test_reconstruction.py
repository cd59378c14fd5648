import math
import random
import time

import pytest
from rouge_score.rouge_scorer import RougeScorer
from sacrebleu.metrics import BLEU, CHRF

from tellback.metrics.reconstruction import reconstruction, rouge_l

SOURCES = [
    "Mira owns a white boat. Tom called Ana.",
    "The home of Leo is Oslo, and Nora keeps seven hens.",
    "Finn left before Iris did.",
    "Hugo did not warn Elsa.",
]
TOLD = ["Mira owns a red boat. Tom called Ana.", SOURCES[1], "", None]


def test_rows_and_figures():
    rows, figures = reconstruction(SOURCES, TOLD)
    assert [row["exact_match"] for row in rows] == [0.0, 1.0, 0.0, None]
    assert [row["rouge_l"] for row in rows] == [pytest.approx(7 / 8), 1.0, 0.0, None]
    assert rows[1]["bleu"] == pytest.approx(100) and rows[1]["chrf"] == pytest.approx(100)
    assert rows[2]["bleu"] == rows[2]["chrf"] == 0.0 and rows[3]["bleu"] is None
    assert figures["exact_match"]["value"] == pytest.approx(1 / 3) and figures["exact_match"]["n"] == 3
    assert all(f["low"] <= f["value"] <= f["high"] for f in figures.values() if f["n"])
    assert figures["reconstruction_loss"] == {"value": None, "n": 0, "low": None, "high": None}
    assert list(figures) == ["exact_match", "rouge_l", "bleu", "chrf", "token_accuracy", "reconstruction_loss"]


def test_scores_are_the_libraries_own():
    rows, figures = reconstruction(SOURCES[:3], TOLD[:3])
    bleu, chrf = BLEU(effective_order=True), CHRF()
    for row, source, told in zip(rows, SOURCES, TOLD[:3], strict=False):
        assert row["bleu"] == pytest.approx(bleu.sentence_score(told, [source]).score)
        assert row["chrf"] == pytest.approx(chrf.sentence_score(told, [source]).score)
        theirs = RougeScorer(["rougeL"]).score(source, told)["rougeL"].fmeasure
        assert row["rouge_l"] == pytest.approx(theirs)
    assert figures["bleu"]["value"] == pytest.approx(BLEU().corpus_score(TOLD[:3], [SOURCES[:3]]).score)
    assert figures["chrf"]["value"] == pytest.approx(CHRF().corpus_score(TOLD[:3], [SOURCES[:3]]).score)


def test_losses_and_accuracies_weigh_tokens_and_skip_the_missing():
    rows, figures = reconstruction(SOURCES, TOLD, [1.0, 3.0, None, 2.0], [1.0, 0.0, 1.0, None], n_tokens=[30, 10, 5, 10])
    assert figures["reconstruction_loss"]["value"] == pytest.approx((30 + 30 + 20) / 50)
    assert figures["reconstruction_loss"]["n"] == 3
    assert figures["token_accuracy"]["value"] == pytest.approx(35 / 45)
    assert rows[2]["loss"] is None and rows[3]["token_accuracy"] is None


def test_nothing_told_is_none_and_nothing_is_nan():
    rows, figures = reconstruction(SOURCES, [None] * 4)
    assert all(value is None for row in rows for value in row.values())
    assert all(figure == {"value": None, "n": 0, "low": None, "high": None} for figure in figures.values())
    assert reconstruction([], [])[0] == []
    rows, figures = reconstruction(SOURCES, [""] * 4)
    assert all(row[name] == 0 for row in rows for name in ("exact_match", "rouge_l", "bleu", "chrf"))
    assert figures["rouge_l"]["value"] == 0 and figures["rouge_l"]["high"] > 0.1  # Wilson: four documents
    assert not any(isinstance(v, float) and math.isnan(v) for f in figures.values() for v in f.values())


def test_rouge_reads_any_script():
    assert rouge_l([("Анна живёт в Риме", "Анна живёт в Осло")]) == [pytest.approx(0.75)]
    assert rouge_l([("…", "!")]) == [0.0]


def test_a_few_hundred_documents_take_seconds():
    rng = random.Random(0)
    words = [f"w{i}" for i in range(300)]
    sources = [" ".join(rng.choice(words) for _ in range(60)) for _ in range(300)]
    told = [" ".join(w if rng.random() < 0.9 else "x" for w in source.split()) for source in sources]
    start = time.perf_counter()
    _, figures = reconstruction(sources, told)
    assert time.perf_counter() - start < 8  # about 1 s on an idle core
    for name in ("rouge_l", "bleu", "chrf"):
        assert 0 < figures[name]["low"] < figures[name]["value"] < figures[name]["high"]
    assert figures == reconstruction(sources, told)[1]
