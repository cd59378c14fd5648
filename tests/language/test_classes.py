"""Classes of words that exclude each other: members, spellings of one member, words of two classes."""

import pytest

from tellback.language.classes import classed, exclude
from tellback.language.lexicon import opposite, opposites
from tellback.language.stems import stem


@pytest.mark.parametrize(
    ("a", "b"),
    [("brother", "sister"), ("cello", "piano"), ("medicine", "law"), ("knees", "ankle")]
    + [("comedy", "dramas"), ("ferry", "bus"), ("weekly", "daily"), ("lawyer", "nurse")],
)
def test_two_members_exclude_each_other_either_way_round(a, b):
    assert exclude(stem(a), stem(b)) and exclude(stem(b), stem(a))


@pytest.mark.parametrize(
    ("a", "b"),
    [("mother", "mum"), ("small", "tiny"), ("evening", "night"), ("car", "automobile"), ("mathematics", "math"),
     ("brother", "brother"), ("brother", "piano"), ("letter", "sister"), ("medicine", "medical")],
)  # fmt: skip
def test_words_of_one_member_and_of_no_common_class_do_not(a, b):
    assert not exclude(stem(a), stem(b))


def test_a_word_of_no_class_is_in_none():
    assert classed(stem("window")) == frozenset() and classed(stem("brother"))


def test_opposites_of_a_stem_are_those_that_the_question_of_a_pair_finds():
    for word in ("increase", "open", "fully", "beginning", "win"):
        found = opposites(stem(word))
        assert found and all(opposite(stem(word), other) and opposite(other, stem(word)) for other in found)
    assert opposites(stem("window")) == frozenset()
