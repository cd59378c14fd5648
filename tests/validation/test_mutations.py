"""Every digit, negator, comparison, unit and name changed one at a time is seen; the same in another form raises no alarm."""

import json
from collections import Counter

import pytest

from tellback.audit import Finding
from tellback.readers.base import PLANTED
from tellback.validation.mutation_rates import WIDEST, alarms, mutation_rates, render, seen
from tellback.validation.mutations import FORMATS, KINDS, FormText, mutations, texts
from tellback.validation.retold import retold


def changes(text, kind, form="prose", names=()):
    return [m.output for m in mutations(FormText("t", form, text, names)) if m.kind == kind]


def test_there_are_thousands_of_every_kind_and_form():
    counted = Counter((m.kind, m.format) for text in texts() for m in mutations(text))
    assert sum(counted.values()) >= 2000
    assert all(counted["digit", form] >= 50 for form in FORMATS)
    assert all(sum(counted[kind, form] for form in FORMATS) >= 100 for kind in KINDS)
    assert mutations(texts()[0]) == mutations(texts()[0])


def test_every_name_listed_stands_in_its_text():
    assert all(name in text.text for text in texts() for name in text.names)


@pytest.mark.parametrize(
    "text, kind, form, expected",
    [
        ("It rained.", "digit", "prose", []),
        ("1. Tag it.\n2. Wait 5 h.", "digit", "markdown", 1),
        ("x = 10", "digit", "code", 2),
        ("It did not help.", "negator", "prose", ["It did help."]),
        ("She is here.", "negator", "prose", ["She is not here."]),
        ("Not only she came, it is not only rain.", "negator", "prose", []),
        ('{"a": true}', "negator", "json", ['{"a": false}']),
        ("on:\n  ssl: on", "negator", "yaml", ["on:\n  ssl: off"]),
        ("if (!ok) x();", "negator", "code", ["if (ok) x();"]),
        ("a < b -> c => d <e@f>", "comparison", "code", ["a <= b -> c => d <e@f>", "a > b -> c => d <e@f>"]),
        ("if a == 1:", "comparison", "code", ["if a != 1:"]),
        ("At most 5.", "comparison", "prose", ["At least 5."]),
        ("It took 5 ms.", "unit", "log", ["It took 5 s."]),
        ("$5", "unit", "prose", ["€5"]),
        ("echo $5", "unit", "code", []),
        ("A mean of 5.2 m wide", "unit", "prose", ["A mean of 5.2 h wide"]),
    ],
)
def test_what_is_changed(text, kind, form, expected):
    found = changes(text, kind, form)
    assert len(found) == expected if isinstance(expected, int) else found == expected


def test_a_changed_number_never_begins_with_a_new_nought():
    for m in (m for text in texts() for m in mutations(text) if m.kind == "digit"):
        start = m.span[0]
        assert m.new != m.text[start] and m.new.isdigit() and len(m.new) == 1
        assert m.new != "0" or m.text[start - 1].isdigit()


def test_a_name_is_changed_at_each_of_its_places():
    found = changes("Ada Byrne met Ruiz. Byrne left.", "name", names=("Ada Byrne", "Byrne", "Ruiz"))
    assert len(found) == 3 and all(new != "Ada Byrne met Ruiz. Byrne left." for new in found)
    assert "Ada Byrne" in found[1] and "Ada Byrne" not in found[0]


def test_a_finding_must_stand_on_the_place_and_be_an_error():
    m = mutations(FormText("t", "prose", "We saw 7 of them there."))[0]

    def says(outcome, source_span=None, output_span=None):
        return seen(m, [Finding("number", outcome, None, None, source_span, output_span, "test")])

    assert says("missing", (7, 8)) and says("invented", None, (7, 8))
    assert not says("faithful", (7, 8)) and not says("unscored", (7, 8)) and not says("replaced", (0, 6))
    assert not says("replaced", (0, WIDEST + 1)), "the whole sentence is no place"
    assert not alarms([Finding("number", "missing", None, None, (7, 8), None, "test")])


class Says:
    name, measured_on = "says", PLANTED

    def __init__(self, findings):
        self.findings = findings


def test_a_reader_that_says_nothing_sees_nothing():
    rates = mutation_rates(Says(lambda source, output: []), every=50)
    assert len(rates.unseen) == rates.n > 40 and not rates.alarmed and not rates.passed
    assert json.loads(json.dumps(rates.to_dict()))["n_unseen"] == rates.n


@pytest.mark.slow
def test_a_reader_that_always_accuses_is_alarmed(capsys):
    liar = Says(lambda s, o: [Finding("x", "invented", None, o, None, (i, i + 1), "") for i in range(len(o))])
    rates = mutation_rates(liar, every=50)
    assert len(rates.alarmed) == rates.n_retold and not rates.passed
    render(rates)
    assert "fails" in capsys.readouterr().out


def test_the_same_in_another_form_is_told_in_many_forms():
    pairs = retold()
    assert len(pairs) >= 300 and len({p.form for p in pairs}) >= 12
    assert len({p.id for p in pairs}) == len(pairs) and all(p.source != p.output for p in pairs)


@pytest.mark.slow
def test_a_sample_is_seen():
    rates = mutation_rates("audit", every=61)
    assert rates.n >= 50 and len(rates.unseen) <= 1, rates.unseen
    assert len(rates.alarmed) <= 1, rates.alarmed


@pytest.mark.slow
def test_every_mutation_is_seen_and_the_mirror_is_quiet():
    rates = mutation_rates("audit", workers=2)
    assert rates.n >= 2000 and rates.n_retold >= 300
    assert len(rates.unseen) <= 0.01 * rates.n, rates.unseen
    assert len(rates.alarmed) <= 0.01 * rates.n_retold, rates.alarmed
