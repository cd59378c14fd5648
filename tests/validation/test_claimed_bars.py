"""What is said of the audit's reliability, against what it does: bars, shipped error rates, and what they measured."""

import ast

import pytest

from tellback.audit import rates
from tellback.facts.kinds.table import named
from tellback.validation import bars
from tellback.validation.bars import FAILS, HOLDS, KNOWN, verdict
from tellback.validation.fingerprint import fingerprint, meaning
from tellback.validation.identifiers import CARRIERS, CHANGED, DROPPED, KEPT, planted_identifiers
from tellback.validation.plantings import RELATIONS
from tellback.validation.validate import validate

IDENTIFIERS = named("identifier")


@pytest.mark.slow
def test_every_claimed_bar_holds_and_no_missed_one_gets_worse():
    found = validate("audit")
    assert len(found.bars) == 13
    said = {bar["what"]: (verdict(bar), bar["value"], bar["bar"]) for bar in found.bars}
    assert not {what: of for what, of in said.items() if of[0] not in (HOLDS, KNOWN)}
    assert {bar["what"] for bar in found.bars} >= set(bars.MISSED["audit"])
    assert found.harmless["untouched"]["alarmed"][0] == 0


def test_a_bar_is_claimed_or_its_figure_is_documented(monkeypatch):
    monkeypatch.setitem(bars.MISSED, "audit", {"free_paraphrase alarmed": 0.062})
    kinds, quiet = {"roles": {"f1": (0.84, None, None)}}, {"free_paraphrase": {"alarmed": (0.0611, None, None)}}
    assert [verdict(bar) for bar in bars.bars("audit", kinds, quiet)] == [FAILS, KNOWN]
    assert [verdict(bar) for bar in bars.bars("likelihood", kinds, quiet)] == [FAILS, FAILS]
    worse = {"free_paraphrase": {"alarmed": (0.0667, None, None)}}
    assert [verdict(bar) for bar in bars.bars("audit", {}, worse)] == [FAILS]
    better = {"free_paraphrase": {"alarmed": (0.04, None, None)}}
    assert [verdict(bar) for bar in bars.bars("audit", {}, better)] == [HOLDS]
    assert [verdict(bar) for bar in bars.bars("audit", {"roles": {"f1": (None, None, None)}}, {})] == [None]


def test_the_shipped_error_rates_are_those_of_this_code():
    assert rates.shipped()["measured"] == fingerprint(), (
        "tellback/audit/error_rates.json was measured on other code or other plantings: run `python -m "
        "benchmarks.error_rates` (two minutes) and commit that file and docs/audit.md"
    )


def test_the_fingerprint_sees_code_and_no_comments():
    code = 'def f(x: int = 3) -> str:\n    """Says it."""\n    return f"{x!r} is" + u"so"\n'
    told = "# why\ndef f(\n    x: int = 3,\n) -> str:\n    'Says it otherwise.'\n\n    return f'{x!r} is' + 'so'  # so\n"
    assert meaning(code) == meaning(told) != meaning(code.replace("3", "4"))
    assert meaning(code) != meaning(code.replace("!r", "!s")) and meaning("f(a, b)") != meaning("f(b, a)")
    assert meaning("x = None") != meaning("x = 0") and meaning("x: str = 'y'") != meaning("x: str")
    assert meaning("'''A file.'''") == "(Module)" and ast.parse(code)


def test_each_kind_of_identifier_has_figures_of_its_own():
    shipped = rates.shipped()["planted"]
    assert set(IDENTIFIERS) <= set(shipped) and "identifier" not in shipped
    assert all(shipped[kind]["n_found"] >= CHANGED + DROPPED for kind in IDENTIFIERS)
    assert all(kind in shipped for kind in (*RELATIONS, "number", "date", "money", "percent", "name"))
    assert {"all", "roles", "name", "number"} <= set(rates.shipped()["told_anew"])


def test_identifiers_are_planted_as_they_are_said_to_be():
    found = planted_identifiers()
    assert found == planted_identifiers() != planted_identifiers(1) and len({p.id for p in found}) == len(found)
    for kind in CARRIERS:
        own = [p for p in found if p.type == kind]
        assert [sum(p.kind == k for p in own) for k in ("replaced", "dropped", "paraphrase")] == [CHANGED, DROPPED, KEPT]
        assert len({p.source for p in own}) > 90
        for p in own:
            (a, b) = (p.targets or p.kept[0])[0]
            value = p.source[a:b]
            assert (value in p.output) == (p.kind == "paraphrase"), p.id
            if p.kind == "replaced":
                (c, d) = p.output_spans[0]
                assert 1 <= sum(x != y for x, y in zip(value, p.output[c:d], strict=True)) <= 2, p.id
                assert p.source[:a] + p.source[b:] == p.output[:c] + p.output[d:], p.id


def test_a_figure_on_planted_errors_stands_beside_one_on_sentences_told_anew():
    found, right, anew = rates.cells("roles")
    assert "[" in found and "[" in right and "%" in anew
    assert rates.cells("instruction") == ("not measured",) * 3
    assert rates.error_rates()["all"].anew[0] > 0
