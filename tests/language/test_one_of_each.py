"""The one stemmer, the one list of small words, and the words that say the contrary."""

import subprocess
import sys

import pytest

from tellback.language.lexicon import opposite
from tellback.language.sentences import sentences
from tellback.language.stems import stem
from tellback.language.words import SMALL


@pytest.mark.parametrize(
    "forms",
    ["paint paints painted painting", "study studies studied studying", "stop stops stopped stopping", "house houses", "buy purchase buys", "match matches matched"],
)  # fmt: skip
def test_forms_of_a_word_meet(forms):
    assert len({stem(word) for word in forms.split()}) == 1


@pytest.mark.parametrize("pair", ["rise rose", "north northern", "east west", "approve disapprove", "ten tenth"])
def test_other_words_do_not(pair):
    one, two = map(stem, pair.split())
    assert one != two


def test_contraries():
    assert opposite(stem("long"), stem("short")) and opposite(stem("happy"), stem("unhappy"))
    assert opposite(stem("increased"), stem("decreases")) and not opposite(stem("increased"), stem("increases"))
    for whole, rest in (("inform", "form"), ("instance", "stance"), ("display", "play"), ("discover", "cover")):
        assert not opposite(stem(whole), stem(rest))


def test_small_words_are_in_lower_case_and_say_nothing_of_their_own():
    assert all(word == word.lower() for word in SMALL)
    assert not SMALL & {"before", "after", "name", "move", "third", "first", "most"}


def test_words_and_sentences_come_without_the_parser():
    probe = (
        "import sys, tellback.language.words, tellback.language.stems, tellback.language.lexicon, tellback.language.sentences\n"
        "sys.exit('spacy' in sys.modules or 'numpy' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", probe]).returncode == 0


def test_sentences_end_at_stops_items_and_short_lines():
    text = "Mr. Lee paid 4.5 dollars. He left!\n- never push\n- always run the tests\nThe end"
    assert [text[a:b] for a, b in sentences(text)] == [
        "Mr. Lee paid 4.5 dollars.", "He left!", "- never push", "- always run the tests", "The end",
    ]  # fmt: skip
