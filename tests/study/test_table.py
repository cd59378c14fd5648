"""Rows of a study in the terminal."""

from tellback.study.table import results_tables


def test_a_study_of_which_nothing_was_asked_says_so():
    row = {"setup": "pooling-4x-tiny-s0", "status": "done", "rate": 4, "reconstruction_loss": 5.2, "rouge_l": 0.0}
    (table,) = results_tables([row | {"qa_i": {}, "qa_ii": {}}])
    assert "no facts were asked" in table.caption
    one = {"told": {"n": 2, "faithful": 0.5, "drifted": 0.0, "overwritten": 0.0, "replaced": 0.5, "missing": 0.0, "unscored": 0.0}}
    (table,) = results_tables([row | {"qa_i": one, "qa_ii": None}])
    assert table.caption.startswith("faithful share of facts")
