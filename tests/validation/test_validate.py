"""The count of `validate`: an oracle scores 1, a liar 0, and a finding that only points at the sentence is none."""

import json

import pytest

from tellback.audit import Finding
from tellback.errors import UsageError
from tellback.readers.base import PLANTED
from tellback.validation.plantings import HARMLESS, RELATIONS, VALUES, Planting, planted
from tellback.validation.rows import SILENT, TOO_WIDE, alarmed, kappa, read
from tellback.validation.validate import render, validate

OUTCOME = {"dropped": "missing"} | dict.fromkeys(RELATIONS, "drifted") | dict.fromkeys(("replaced", "replaced_belief"), "replaced")


def finding(outcome, source_span, output_span=None):
    return Finding("any", outcome, "", None, source_span, output_span, "test")


def oracle(planting: Planting, widen: int = 0, outcome: str | None = None):
    """Findings that are right about one planting, their spans made longer by `widen` characters on either side."""
    said = outcome or OUTCOME.get(planting.kind)
    bad = [finding(said, (max(0, a - widen), b + widen)) for a, b in planting.targets] if said else []
    return bad + [finding("faithful", span) for mentions in planting.kept for span in mentions]


class Oracle:
    name, measured_on = "oracle", PLANTED

    def __init__(self):
        self.by_texts = {(p.source, p.output): p for p in planted()}

    def findings(self, source, output):
        return oracle(self.by_texts[source, output])


def test_an_oracle_passes_every_bar():
    v = validate(Oracle(), limit=12)
    assert v.passed and len(v.bars) == 13, [b for b in v.bars if not b["passed"]]
    for kind in (*VALUES, *RELATIONS, "kept"):
        assert v.kinds[kind]["f1"][0] == 1, kind
        assert 0.5 < v.kinds[kind]["f1"][1] < 1, "a perfect score has an interval too"
    assert v.alarms["n"] == 0 and v.alarms["values_kept"][0] == 1
    assert all(not ids for ids in v.missed.values())


def test_a_reader_that_always_says_faithful_fails():
    v = validate("always-faithful", limit=8)
    assert not v.passed
    assert all(v.kinds[kind]["recall"][0] == 0 for kind in (*VALUES, *RELATIONS))
    assert v.kinds["kept"]["recall"][0] == 1 and v.kinds["kept"]["f1"][0] < 0.8
    assert v.confusion["replaced"] == {"faithful": 8}


def test_a_reader_that_always_alarms_fails():
    v = validate("always-replaced", limit=8)
    assert not v.passed
    assert v.kinds["replaced"]["recall"][0] == 1 and v.kinds["replaced"]["precision"][0] < 0.05
    assert v.kinds["roles"]["recall"][0] == 0, "replaced is no detection of a role swap"
    assert all(v.harmless[kind]["alarmed"][0] == 1 for kind in HARMLESS)
    assert v.alarms["per_1000_facts"] == 1000


@pytest.mark.parametrize("kind", [*VALUES, *RELATIONS])
def test_a_finding_wider_than_twice_the_change_is_no_detection(kind):
    one = [p for p in planted([kind]) if len(p.targets) == 1]
    for planting in one[:20]:
        a, b = planting.targets[0]
        half = (b - a) // 2
        near = finding(OUTCOME[kind], (max(0, a - half), b + min(half, a, (b - a) - half)))
        wide = finding(OUTCOME[kind], (max(0, a - (b - a)), b + 2 * (b - a) + 1))
        assert read(planting, [near]).detected == 1, planting.id
        row = read(planting, [wide])
        assert row.detected == 0 and row.verdicts[0] == TOO_WIDE and row.alarms == 0, planting.id


def test_what_counts_as_a_false_alarm():
    planting = next(p for p in planted(["replaced"]) if len(p.source_spans) == 1 and p.source_spans[0][0] > 40)
    (a, b), (c, d) = planting.source_spans[0], planting.output_spans[0]
    outside, right = (a - 30, a - 20), finding("replaced", (a, b), (c, d))
    assert read(planting, [right]).alarms == 0
    assert read(planting, [right, finding("missing", outside)]).alarms == 1
    assert read(planting, [right, finding("faithful", outside), finding("unscored", outside)]).alarms == 0
    assert read(planting, [right, finding("invented", None, (c, d))]).alarms == 0, "the new words are invented in a way"
    assert read(planting, [right, finding("invented", None, (c - 30, c - 20))]).alarms == 1
    assert read(planting, [finding("replaced", None, (c, d))]).detected == 1, "the output's side counts as well"
    assert read(planting, [finding("missing", (a, b))]).verdicts == ("missing",), "a wrong class is in the matrix"
    assert read(planting, []).verdicts == (SILENT,)


def test_each_dropped_value_is_asked_for():
    planting = next(p for p in planted(["dropped"]) if len(p.targets) > 1)
    row = read(planting, [finding("missing", planting.targets[0])])
    assert len(row.verdicts) == len(planting.targets) and row.detected == 1


def test_a_harmless_text_is_alarmed_by_anything(monkeypatch):
    planting = planted(["passive"])[0]
    assert not alarmed(read(planting, [finding("faithful", (0, 5))]))
    assert alarmed(read(planting, [finding("drifted", planting.source_spans[0])]))
    assert alarmed(read(planting, [finding("drifted", (0, len(planting.source)))]))
    assert alarmed(read(planting, [finding("invented", None, planting.output_spans[0])]))


def test_seed_limit_and_kinds():
    one, two = validate("contains", limit=5, seed=1), validate("contains", limit=5, seed=1)
    assert one.to_dict() | {"seconds": 0} == two.to_dict() | {"seconds": 0}
    assert one.missed != validate("contains", limit=5, seed=2).missed
    v = validate("contains", kinds=["order", "dative"], limit=7)
    assert v.n_texts == 14 and set(v.kinds) == {"order"} and set(v.harmless) == {"dative"}
    json.dumps(v.to_dict(), allow_nan=False)


def test_unknown_names_are_the_users_fault():
    with pytest.raises(UsageError, match="Did you mean 'audit'"):
        validate("audits")
    with pytest.raises(UsageError, match="kind of planting"):
        validate("mock", kinds=["colour"])
    with pytest.raises(UsageError, match="kind of planting in values of the shipped passages"):
        validate("cues", kinds=["passive"])
    with pytest.raises(UsageError, match="one after the other"):
        validate("cues,audit")


def test_the_name_before_is_understood():
    one, two = validate("span", limit=1, kinds=["roles"]), validate("audit", limit=1, kinds=["roles"])
    assert one.reader == "audit" and one.to_dict() | {"seconds": 0} == two.to_dict() | {"seconds": 0}


def test_cues_is_measured_on_its_own_passages(capsys):
    v = validate("cues")
    assert set(v.kinds) == {*VALUES, *RELATIONS, "kept"} and set(v.harmless) == {"untouched"}
    assert all(of["n"] >= 7 and of["f1"][0] > 0.9 for of in v.kinds.values()), v.kinds
    assert v.harmless["untouched"]["alarmed"][0] == 0 and v.n_passages == 45
    render(v)
    assert "nothing is told anew" in " ".join(capsys.readouterr().out.split())


def test_agreement_between_readers():
    v = validate("contains,always-faithful,contains", limit=10)
    assert v.agreement["contains"] == pytest.approx(1)
    assert v.agreement["always-faithful"] == pytest.approx(0, abs=0.05), "one of them always says the same"
    rows = [read(p, oracle(p)) for p in planted(["roles"])[:3]]
    assert kappa(rows, rows) is None, "a single verdict: agreement and chance are both 1"


def test_the_tables_print(capsys):
    render(validate("contains,always-faithful", limit=4))
    out = capsys.readouterr().out
    for words in ("planted changes", "Detection by kind", "Texts that say the same", "F1 of roles", "fails", "kappa"):
        assert words in out


@pytest.mark.slow
def test_the_naive_check_is_told_apart_from_a_reader():
    v = validate("contains")
    assert v.kinds["dropped"]["f1"][0] > 0.8 and v.kinds["roles"]["recall"][0] == 0 and not v.passed
