"""What docs/results-real.md concludes of its own tables."""

import random
import re
from pathlib import Path

from benchmarks.real_words import correlations, few, overwriting_in_words

PAGE = Path(__file__).parents[2] / "docs" / "results-real.md"


def rows(text, head):
    block = text[text.index(head) :].split("\n\n")[0]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in block.splitlines()[2:]]


def value(cell):
    return None if cell.startswith("–") else float(cell.split()[0])


def test_the_pages_correlations_are_those_of_its_table():
    text = PAGE.read_text(encoding="utf-8")
    shown = rows(text, "| memory | set | ROUGE-L")
    figures = [(r[1], float(r[0].split()[-1][:-1]), value(r[2]), {"QA(i)": value(r[4]), "values": value(r[5]), "relations": value(r[6])}) for r in shown]
    assert len(figures) == 75 and correlations(figures) in text


def test_the_pages_conclusion_is_that_of_its_table():
    text = PAGE.read_text(encoding="utf-8")
    found = []
    for _, share, chance in rows(text, "| memory | overwritten / (overwritten + replaced) | chance |"):
        v, low, high, n = re.fullmatch(r"([\d.]+) \[([\d.]+), ([\d.]+)\] n=(\d+)†?", share).groups()
        found.append(((float(v), float(low), float(high)), int(n), float(chance)))
    assert len(found) == 16 and overwriting_in_words(found) in text


def test_a_rate_that_both_follow_is_no_correlation():
    rng = random.Random(0)
    figures = [(f"set{s}", rate, 1 / rate + 0.03 * rng.random(), {"kept": 1 / rate + 0.03 * rng.random()})
               for s in range(5) for rate in (2.0, 4.0) for _ in range(8)]  # fmt: skip
    pooled = float(re.search(r"\| kept \| (-?[\d.]+) \| 80 \|", correlations(figures)).group(1))
    assert abs(pooled) < 0.3  # over rates it would be near 1
    true = [(name, rate, overlap, {"kept": overlap}) for name, rate, overlap, _ in figures]
    assert "| kept | 1.00 | 80 |" in correlations(true)


def test_few_methods_and_sides_that_do_not_vary_give_none():
    figures = [("a", 2.0, x / 10, {"kept": 0.5, "rare": None if x else 0.1}) for x in range(5)]
    text = correlations(figures)
    assert "| 2x | kept | – | – | 0 | 5 |" in text and "| kept | – | 5 |" in text
    assert "| 2x | rare" not in text and "| rare | – | 0 |" in text


def test_the_conclusion_says_what_the_intervals_say():
    holds, above = ((0.4, 0.2, 0.6), 12, 0.33), ((0.8, 0.6, 0.9), 20, 0.33)
    assert "no overwriting was shown" in overwriting_in_words([holds]) and "1 intervals" in overwriting_in_words([holds])
    assert "of 2 intervals 1 lie above chance" in overwriting_in_words([holds, above])
    assert "No conclusion" in overwriting_in_words([((None, None, None), 0, None)])


def test_an_interval_of_few_answers_is_marked():
    assert few((0.2, 0.0, 0.6), 5) == "0.20 [0.00, 0.60] n=5†" and not few((0.2, 0.0, 0.6), 10).endswith("†")
