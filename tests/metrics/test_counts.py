import pytest
from hypothesis import given
from hypothesis import strategies as st

from tellback.analysis.statistics import wilson
from tellback.metrics import drift, overwriting
from tellback.metrics.counts import counts, unscored_bounds
from tellback.records import OUTCOMES


def row(document, outcome, asks="qa_i", kind="colour", name="pocket-conflict", reading="told", conflicts=True):
    return {
        "set": name, "reading": reading, "document_id": document, "asks": asks, "kind": kind, "outcome": outcome,
        "conflicts": conflicts, "believed": "red", "value": "white",
    }  # fmt: skip


def test_counts_are_shares_of_n_with_intervals():
    found = counts([["faithful", "overwritten"], ["faithful"], [], ["unscored"]] * 5)
    assert found["n"] == 20 and found["faithful"] == 0.5 and found["overwritten"] == 0.25 and found["unscored"] == 0.25
    assert found["drifted"] == found["replaced"] == found["missing"] == 0
    assert 0 < found["low"]["faithful"] < 0.5 < found["high"]["faithful"] < 1
    assert set(found) == {"n", "low", "high", *OUTCOMES}
    assert found == counts([["faithful", "overwritten"], ["faithful"], [], ["unscored"]] * 5, seed=0)


def test_counts_use_wilson_at_0_and_1():
    found = counts([["faithful"] * 4] * 10)
    assert (found["low"]["faithful"], found["high"]["faithful"]) == wilson(40, 40)
    assert (found["low"]["overwritten"], found["high"]["overwritten"]) == wilson(0, 40)


@pytest.mark.parametrize("nothing", [[], [[], []]])
def test_nothing_asked_is_none_not_zero(nothing):
    found = counts(nothing)
    assert found["n"] == 0 and all(found[outcome] is None for outcome in OUTCOMES)
    assert found["low"] == found["high"] == {"faithful": None, "overwritten": None}
    assert unscored_bounds(found)["faithful"] == {"worst": None, "best": None}


def test_an_unknown_outcome_is_our_fault():
    with pytest.raises(AssertionError, match="kept"):
        counts([["kept"]])


@given(st.lists(st.lists(st.sampled_from(OUTCOMES), max_size=4), max_size=8))
def test_shares_add_up_and_unscored_bounds_hold_the_share(documents):
    found = counts(documents)
    if not found["n"]:
        return
    assert sum(found[outcome] for outcome in OUTCOMES) == pytest.approx(1)
    bounds = unscored_bounds(found)
    assert bounds["faithful"]["worst"] <= found["faithful"] <= bounds["faithful"]["best"] <= 1 + 1e-9
    assert bounds["overwritten"]["best"] <= found["overwritten"] <= bounds["overwritten"]["worst"] <= 1 + 1e-9


def test_each_metric_takes_the_rows_that_ask_it():
    rows = [
        row("a", "faithful"), row("a", "overwritten", kind="city"), row("b", "faithful"),
        row("a", "drifted", asks="qa_ii", kind="roles"), row("a", "missing", reading="shuffled"),
        row("c", "faithful", name="pocket-agree", reading="asked"),
    ]  # fmt: skip
    values, relations = overwriting.by_set(rows), drift.by_set(rows)
    assert set(values) == {"pocket-conflict", "pocket-conflict@shuffled", "pocket-agree@asked"}
    assert values["pocket-conflict"]["n"] == 3 and values["pocket-conflict"]["overwritten"] == pytest.approx(1 / 3)
    assert values["pocket-conflict@shuffled"]["missing"] == 1
    assert set(relations) == {"pocket-conflict"} and relations["pocket-conflict"]["drifted"] == 1
    kinds = overwriting.by_kind(rows)
    assert set(kinds) == {"pocket-conflict"}
    assert {kind: c["n"] for kind, c in kinds["pocket-conflict"].items()} == {"colour": 2, "city": 1}
    assert drift.by_kind(rows)["pocket-conflict"]["roles"]["n"] == 1
    asked = overwriting.by_set(rows, primary="asked")
    assert set(asked) == {"pocket-conflict@told", "pocket-conflict@shuffled", "pocket-agree"}


def test_belief_share_stands_against_random_errors():
    rows = [row("a", "overwritten")] * 30 + [row("b", "replaced")] * 10 + [row("c", "faithful")] * 50
    found = overwriting.belief_share(rows, {"colour": 12})
    assert found["share"] == 0.75 and found["n"] == 40 and found["chance"] == pytest.approx(1 / 11)
    assert (found["low"], found["high"]) == wilson(30, 40) and found["above_chance"] is True
    random_errors = [row("a", "overwritten")] * 1 + [row("b", "replaced")] * 10
    assert overwriting.belief_share(random_errors, {"colour": 12})["above_chance"] is False


def test_belief_share_leaves_out_what_cannot_tell():
    rows = [row("a", "overwritten", kind="few"), row("a", "overwritten", conflicts=False), row("a", "overwritten", "qa_ii")]
    found = overwriting.belief_share(rows, {"few": 3, "colour": 12})
    assert found["n"] == 0 and found["share"] is None and found["chance"] is None and found["above_chance"] is None


def test_drifted_relations_that_say_the_belief_are_counted_beside_the_others():
    def row(outcome, said, conflicts=True, asks="qa_ii"):
        return {"asks": asks, "outcome": outcome, "said": said, "believed": "Ana hit Tom", "conflicts": conflicts}

    rows = [
        row("drifted", "Ana hit Tom"), row("drifted", "Ana met Tom"), row("faithful", "Tom hit Ana"),
        row("drifted", "Ana hit Tom", conflicts=False), row("drifted", "Ana hit Tom", asks="qa_i"),
    ]  # fmt: skip
    found = drift.belief_share(rows)
    assert (found["n"], found["drifted"], found["believed"], found["share"]) == (3, 2, 1, 0.5)
    assert found["low"] < 0.5 < found["high"] and drift.belief_share([])["share"] is None
