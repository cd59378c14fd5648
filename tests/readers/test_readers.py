import math

import pytest

from tellback.corpora.grammar import Statement, extract, sentence
from tellback.corpora.pocket import World
from tellback.readers import cues, likelihood
from tellback.records import Corpus, Document, Fact
from tellback.study.evaluate import facts_in_answer

WORLD = World()


def asked(kind, about, value, *others):
    """A document that holds one probed fact (and others), and its probe."""
    statements = [Statement(kind, about, value), *others]
    document = WORLD.document("d", statements, [sentence(s).split() for s in statements], "pocket-stress")
    return document, document.probes[0]


def outcome(document, told, belief=None):
    corpus = Corpus("pocket", {}, extract)
    return cues.read(document, told, corpus, {p.id: belief for p in document.probes})[0]


BOAT = ("colour", ("Mira",), "white")
CALL = ("roles", ("Ana", "Tom"), "Tom called Ana")


@pytest.mark.parametrize(
    ("fact", "told", "belief", "expected"),
    [
        (BOAT, "Mira owns a white boat.", "red", "faithful"),
        (BOAT, "The boat of Mira is white.", "red", "faithful"),
        (BOAT, "There is a red boat that Mira owns.", "red", "overwritten"),
        (BOAT, "Mira owns a blue boat.", "red", "replaced"),
        (BOAT, "Mira owns a red boat.", None, "replaced"),
        (BOAT, "Tom owns a white boat.", "red", "missing"),
        (BOAT, "", "red", "missing"),
        (BOAT, "Mira owns a white boat. The boat of Mira is red.", "red", "overwritten"),
        (CALL, "Tom called Ana.", None, "faithful"),
        (CALL, "Ana was called by Tom.", None, "faithful"),
        (CALL, "Ana called Tom.", "Ana called Tom", "drifted"),
        (CALL, "Tom was called by Ana.", None, "drifted"),
        (CALL, "Tom met Ana.", "Tom met Ana", "overwritten"),
        (CALL, "Ana met Tom.", None, "replaced"),
        (("negation", ("Tom", "Ana"), "Tom did not help Ana"), "Ana was not helped by Tom.", None, "faithful"),
        (("negation", ("Tom", "Ana"), "Tom did not help Ana"), "Tom helped Ana.", "Tom helped Ana", "drifted"),
        (("order", ("Ana", "Tom"), "Tom left before Ana"), "Ana left after Tom.", None, "faithful"),
        (("order", ("Ana", "Tom"), "Tom left before Ana"), "Ana left before Tom.", None, "drifted"),
        (("order", ("Ana", "Tom"), "Tom left before Ana"), "Tom woke before Ana.", None, "replaced"),
    ],
)
def test_cues_outcomes(fact, told, belief, expected):
    document, _ = asked(*fact)
    assert outcome(document, told, belief).outcome == expected


def test_a_value_that_the_source_gives_to_another_subject_is_drift():
    document, _ = asked(*BOAT, Statement("colour", ("Tom",), "green"))
    assert outcome(document, "Mira owns a green boat.", "green").outcome == "drifted"


def test_cues_point_at_the_words():
    document, _ = asked(*BOAT)
    told = "Tom left before Ana. The boat of Mira is red."
    verdict = outcome(document, told, "red")
    assert told[slice(*verdict.output_span)] == "red" and "believes" in verdict.why


def test_likelihood_outcomes():
    document, probe = asked(*BOAT)
    options = list(probe.options)

    def judged(best, belief=None):
        return likelihood.judge(probe, document, [0.0 if o == best else -3.0 for o in options], belief)

    assert judged("white").outcome == "faithful"
    assert judged("red", "red").outcome == "overwritten"
    assert judged("red", "blue").outcome == "replaced"
    assert judged("white").probability == pytest.approx(1 / (1 + 7 * math.exp(-3)))
    broken = likelihood.judge(probe, document, [math.nan] * len(options), None)
    assert broken.outcome == "unscored" and broken.said is None


def test_answers_name_options_whole():
    _, probe = asked("number", ("Mira",), "seven")
    assert [f.value for f in facts_in_answer(probe, "Seven")] == ["seven"]
    assert facts_in_answer(probe, "seventy") == []
    _, probe = asked(*CALL)
    assert [f.value for f in facts_in_answer(probe, "Ana called Tom")] == ["Ana called Tom"]


def test_a_fact_is_found_whatever_the_spacing():
    (fact,) = extract("  Mira   owns a white\nboat . ")
    assert isinstance(fact, Fact) and fact.value == "white"


def test_hostile_text_states_nothing():
    document, _ = asked(*BOAT)
    assert isinstance(document, Document)
    assert outcome(document, "<script>alert(1)</script>\x00\u202e Mira owns").outcome == "missing"
