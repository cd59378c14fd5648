"""What may follow from a source, generously: two or three of its numbers, its times, its days."""

import pytest

from tellback.compare.values.follows import may_follow
from tellback.facts.extract import extract
from tellback.facts.kinds.table import read

SOURCE = (
    "Birchfield gave 36 tonnes, Old Mill 35 and Sandpit 19; £18,500 was paid, two fifths of it by the Friends. The dough rises for an hour "
    "and rests for 25 minutes. The ferry left at 07:40 and arrived at 11:25. The library is closed from 5 to 16 August."
)


@pytest.mark.parametrize(
    "told", ["90", "71", "17", "£7,400", "£11,100", "85 minutes", "225 minutes", "11:50 am", "8:40", "12 days", "7 August", "September", "53%", "72"]
)
def test_what_may_be_reckoned(told):
    read_ = extract(SOURCE, fast=True)
    assert may_follow(read(told), read_.values, SOURCE), told


@pytest.mark.parametrize("told", ["48,000 euros", "£6,150", "1,764", "13:07", "2 November", "December", "3.7%"])
def test_what_may_not(told):
    assert not may_follow(read(told), extract(SOURCE, fast=True).values, SOURCE), told


def test_of_many_numbers_nothing_is_said_to_follow():
    text = ", ".join(str(n) for n in range(100, 200, 2)) + "."
    assert not may_follow(read("204"), extract(text, fast=True).values, text)


def test_nothing_follows_from_nothing():
    assert not may_follow(read("12"), (), "") and not may_follow(read("the third"), (), "") if read("the third") else True
