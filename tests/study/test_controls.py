import copy
import functools

import pytest

from tellback.metrics.counts import counts
from tellback.study.controls import conclusion, judge_controls

SETTINGS = {"options": {"colour": 12, "city": 12, "roles": 16}, "belief_strength": 0.9}
KINDS = ("colour", "city", "roles")


@functools.cache
def _cell(faithful, n):
    k = round(faithful * n)
    return counts([["faithful"]] * k + [["overwritten"]] * (n - k))


def cell(faithful, n=100):
    return copy.deepcopy(_cell(faithful, n))  # its bootstrap is drawn once; tests spoil what they get


def result(name, compressor, kept, base_model="60k", rate=None, seed=0, gate=None, belief=None, train_tokens=None):
    """`kept`: set -> faithful share, for both kinds of question and each kind of fact."""
    row = {
        "setup": name, "status": "done", "compressor": compressor, "base_model": base_model, "rate": rate, "seed": seed,
        "qa_i": {s: cell(share) for s, share in kept.items()}, "qa_ii": {s: cell(share) for s, share in kept.items()},
        "belief": belief and {"compressor_base": {"mean_probability": belief}}, "train_tokens": train_tokens,
    }  # fmt: skip
    by_kind = {s: {kind: cell(share) for kind in KINDS} for s, share in kept.items() if "@" not in s}
    return {"row": row, "details": {"qa_by_kind": by_kind, "gate": gate}}


def trained(size, rate, seed=0, conflict=0.97, belief=0.9, **gate):
    gate = {"undertrained": False, "fall": 0.002, "lost_kinds": [], "plateau_kinds": [], "why": "fine."} | gate
    kept = {"pocket-agree": 0.99, "pocket-conflict": conflict, "pocket-agree@shuffled": 0.02}
    return result(f"pooling-{size}-{rate}x-{seed}", "pooling", kept, size, rate, seed, gate, belief, 10_000)


def good():
    identity = result("identity", "identity", {"pocket-agree": 1.0, "pocket-conflict": 0.99}, rate=1)
    memories = {"pocket-agree": 0.95, "pocket-conflict": 0.02, "pocket-agree@told": 0.0, "pocket-conflict@told": 0.01}
    # at the higher rate conflicts are lost, which is a finding and no failure of a control
    rest = [trained(size, rate, seed, conflict=0.97 if rate == 2 else 0.3, belief=belief)
            for size, belief in (("60k", 0.90), ("120k", 0.91), ("250k", 0.92)) for rate in (2, 8) for seed in (0, 1)]  # fmt: skip
    return [identity, result("no_memory", "no_memory", memories), *rest]


def find(controls, control, set=None):
    return [c for c in controls if c["control"] == control and (set is None or c["set"] == set)]


def test_a_sound_study_may_conclude():
    controls = judge_controls(good(), SETTINGS)
    assert [c for c in controls if not c["holds"]] == []
    assert conclusion(controls) == (True, f"All {len(controls)} controls hold.")
    assert {tuple(c) for c in controls} == {("control", "setup", "set", "expected", "got", "low", "high", "n", "holds")}
    identity = find(controls, "identity", "pocket-conflict")[0]
    assert (identity["got"], identity["n"]) == (pytest.approx(0.99), 200)
    assert 0.96 < identity["low"] < 0.99 < identity["high"] < 1
    assert len(find(controls, "converged")) == 6  # the lowest rate's setups only
    assert find(controls, "belief_matched")[0]["got"] == pytest.approx(0.02)
    assert "0.920" in find(controls, "belief_matched")[0]["expected"]


def identity_forgets(results):
    results[0]["row"]["qa_ii"]["pocket-agree"] = cell(0.9)


def no_memory_knows(results):
    results[1]["row"]["qa_i"]["pocket-conflict"] = cell(0.2)


def no_memory_has_no_belief(results):
    results[1]["row"]["qa_i"]["pocket-agree"] = cell(0.5)


def no_memory_tells(results):
    results[1]["row"]["qa_i"]["pocket-conflict@told"] = cell(0.1)


def memories_do_not_matter(results):
    results[2]["row"]["qa_i"]["pocket-agree@shuffled"] = cell(0.3)


def a_kind_is_lost(results):
    for r in results[2:]:
        r["details"]["qa_by_kind"]["pocket-conflict"]["roles"] = cell(0.4)


def beliefs_differ(results):
    for r in results[-4:]:
        r["row"]["belief"]["compressor_base"]["mean_probability"] = 0.95


def a_setup_still_learns(results):
    results[2]["details"]["gate"] |= {"undertrained": True, "fall": 0.05, "why": "loss fell by 5%."}


def a_kind_sits_at_its_plateau(results):
    results[2]["details"]["gate"] |= {"lost_kinds": ["roles"], "plateau_kinds": ["roles"]}


@pytest.mark.parametrize("spoil, control", [
    (identity_forgets, "identity"), (no_memory_knows, "no_memory"), (no_memory_has_no_belief, "no_memory"),
    (no_memory_tells, "no_memory"), (memories_do_not_matter, "shuffled"), (a_kind_is_lost, "lowest_rate"),
    (beliefs_differ, "belief_matched"), (a_setup_still_learns, "converged"), (a_kind_sits_at_its_plateau, "converged"),
])  # fmt: skip
def test_each_fault_fails_its_control_and_no_other(spoil, control):
    results = copy.deepcopy(good())
    spoil(results)
    controls = judge_controls(results, SETTINGS)
    assert {c["control"] for c in controls if c["holds"] is not True} == {control}
    failed = next(c for c in controls if c["holds"] is False)
    may, words = conclusion(controls)
    assert not may and words.startswith("Nothing can be concluded: ") and failed["expected"] in words
    assert failed["got"] is not None


def without_identity(results):
    del results[0]


def without_no_memory(results):
    del results[1]


def without_told(results):
    for ask in ("qa_i", "qa_ii"):
        results[1]["row"][ask].pop("pocket-agree@told")


def without_shuffled(results):
    for ask in ("qa_i", "qa_ii"):
        results[2]["row"][ask].pop("pocket-agree@shuffled")


def without_kinds(results):
    for r in results[2:]:
        r["details"]["qa_by_kind"] = {}


def without_belief(results):
    for r in results[2:6]:
        r["row"]["belief"] = None


def without_gate(results):
    results[2]["details"]["gate"] = None


@pytest.mark.parametrize("spoil, control", [
    (without_identity, "identity"), (without_no_memory, "no_memory"), (without_told, "no_memory"),
    (without_shuffled, "shuffled"), (without_kinds, "lowest_rate"), (without_belief, "belief_matched"),
    (without_gate, "converged"),
])  # fmt: skip
def test_what_was_not_measured_is_null_with_the_reason_and_blocks_the_conclusion(spoil, control):
    results = copy.deepcopy(good())
    spoil(results)
    controls = judge_controls(results, SETTINGS)
    absent = [c for c in controls if c["holds"] is not True]
    assert [c["control"] for c in absent] == [control]
    assert absent[0]["holds"] is None and absent[0]["got"] is None and ": " in absent[0]["expected"]
    assert conclusion(controls)[0] is False and "not measured" in conclusion(controls)[1]


def test_unknown_belief_strength_and_options_are_not_guessed():
    controls = judge_controls(good(), {})
    assert {(c["control"], c["set"]) for c in controls if c["holds"] is None} == {
        ("no_memory", "pocket-agree"), ("no_memory", "pocket-conflict"),
    }  # fmt: skip


def test_chance_is_over_values_only():
    bar = find(judge_controls(good(), SETTINGS), "no_memory", "pocket-conflict")[0]["expected"]
    assert "8.3%" in bar  # 1/12; relations have sixteen options and are not asked here


def test_a_failed_setup_says_so():
    results = good()
    results[2]["row"] |= {"status": "failed", "qa_i": None, "qa_ii": None, "belief": None, "train_tokens": None}
    results[2]["details"] = {"error": "out of memory"}
    controls = judge_controls(results, SETTINGS)
    absent = [c for c in controls if c["holds"] is not True]
    assert [(c["control"], c["setup"]) for c in absent] == [("converged", "pooling-60k-2x-0")]
    assert "out of memory" in absent[0]["expected"]
    results[0]["row"] |= {"status": "failed", "qa_i": None, "qa_ii": None}
    results[0]["details"] = {"error": "no such model"}
    assert "no such model" in find(judge_controls(results, SETTINGS), "identity")[0]["expected"]


def test_every_size_must_recover_every_kind_at_the_lowest_rate_and_seeds_are_pooled():
    results = good()
    for r in results[2:]:
        if r["row"]["base_model"] == "120k" and r["row"]["seed"] == 0:
            r["details"]["qa_by_kind"]["pocket-conflict"]["roles"] = cell(0.84)
    by_size = {c["setup"].split()[-1]: c for c in find(judge_controls(results, SETTINGS), "lowest_rate")}
    pooled = by_size.pop("120k")
    assert pooled["holds"] is True and pooled["n"] == 200 and pooled["got"] == pytest.approx((0.84 + 0.97) / 2)
    assert by_size and all(c["holds"] for c in by_size.values())
    for r in results[2:]:
        if r["row"]["base_model"] == "120k":
            r["details"]["qa_by_kind"]["pocket-conflict"]["roles"] = cell(0.4)
    assert [c["holds"] for c in find(judge_controls(results, SETTINGS), "lowest_rate")].count(False) == 1


def test_a_kind_that_was_asked_too_seldom_shows_nothing_at_the_lowest_rate():
    results = good()
    for r in results[2:]:
        r["details"]["qa_by_kind"]["pocket-conflict"]["roles"] |= {"n": 10}
    controls = find(judge_controls(results, SETTINGS), "lowest_rate")
    assert {c["holds"] for c in controls} == {None} and "asked too seldom to say, 50 are needed: roles 20" in controls[0]["expected"]


def test_a_study_of_one_size_has_no_belief_to_match():
    controls = judge_controls([r for r in good() if r["row"]["base_model"] == "60k"], SETTINGS)
    assert not find(controls, "belief_matched") and conclusion(controls)[0]


def test_without_trained_compressors_the_size_controls_are_left_out():
    text = result("selective_context-4x", "selective_context", {"passages-conflict": 0.6}, "smollm2", 4)
    identity = result("identity", "identity", {"passages-conflict": 1.0}, "smollm2", 1)
    controls = judge_controls([identity, text], {})
    assert [c["control"] for c in controls] == ["identity"]
    may, words = conclusion(controls)
    assert may and "nothing about the size" in words
    no_memory = result("no_memory", "no_memory", {"passages-conflict": 0.02}, "smollm2")
    controls = judge_controls([identity, no_memory, text], {"options": {"colour": 4, "city": 4}})
    assert [(c["control"], c["holds"]) for c in controls] == [("identity", True), ("no_memory", True)]
    assert conclusion(judge_controls([text], {}))[0] is False  # no identity
    assert conclusion([]) == (False, "Nothing can be concluded: no control was measured.")


def by_options(with_source, with_another):
    """A set whose reader always chooses an option: `identity` on it, and on another document's source."""
    found = result("identity", "identity", {"squad": 1.0, "faith": with_source, "faith@shuffled": with_another}, rate=1)
    found["details"]["corpus"] = {"by_options": ["faith"]}
    return found


def test_a_reader_of_options_must_tell_a_source_from_another():
    controls = judge_controls([by_options(0.75, 0.25)], {})
    (control,) = find(controls, "reader_tells", "faith")
    assert control["holds"] and control["got"] == 0.75 and "(0.25)" in control["expected"]
    assert [c["set"] for c in find(controls, "identity")] == ["squad"]  # of such a set nobody expects 98%
    assert find(controls, "shuffled", "faith@shuffled") == []  # nor next to nothing of another's


def test_a_reader_that_cannot_tell_silences_its_own_set_alone():
    controls = judge_controls([by_options(0.3, 0.25)], {})
    (control,) = find(controls, "reader_tells")
    assert control["holds"] is False
    may, words = conclusion(controls)
    assert may and "Of faith nothing can be said" in words
    unmeasured = by_options(0.9, 0.2)
    for asks in ("qa_i", "qa_ii"):
        del unmeasured["row"][asks]["faith@shuffled"]
    (control,) = find(judge_controls([unmeasured], {}), "reader_tells")
    assert control["holds"] is None
