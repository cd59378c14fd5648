"""The most and the least that may be, told as each other and told in other words."""

import pytest

from tellback.compare.align import align
from tellback.compare.binding.bounds import turned_bounds
from tellback.facts.extract import extract

CASES = [
    ("The loft holds not more than 210 bales. Carts leave no earlier than noon.", "At most 210 bales fit.", "At least 210 bales fit."),
    ("Rowers may be no older than 27, and boats need no fewer than five of them.",
     "The age limit is 27, and a boat has a minimum of five.", "The age limit is 27, and a boat has a maximum of five."),
    ("A trunk must not weigh over 18 kg.", "Trunks are limited to 18 kg.", "Trunks must weigh 18 kg or more."),
    ("Porters are paid at most 33,000 a year.", "The pay does not go above 33,000.", "The pay does not go below 33,000."),
    ("Up to 14 carts may wait.", "No more than 14 carts may wait.", "There must be 14 carts or more."),
    ("The pledge is at least 60 crowns.", "A pledge of no less than 60 crowns is due.", "A pledge of no more than 60 crowns is due."),
    ("max_carts: 45\nmin_age: 17", "There are at most 45 carts, and one must be 17 or older.",
     "There are at least 45 carts, and one must be 17 or younger."),
    ("Trays may be no deeper than 6 cm.", "Trays are at most 6 cm deep.", "Trays are at least 6 cm deep."),
    ("Wait no longer than 8 minutes.", "Wait up to eight minutes.", "Wait at least eight minutes."),
]  # fmt: skip


@pytest.mark.parametrize(("source", "right", "wrong"), CASES)
def test_the_other_side_of_a_bound_is_seen(source, right, wrong):
    assert not turned_bounds(source, right)
    assert turned_bounds(source, wrong)


def test_what_is_refused_above_is_allowed_up_to():
    assert not turned_bounds("More than 25 calls a second are refused.", "Up to 25 calls a second are let in.")


def test_the_other_side_is_a_drifted_fact():
    rows, _ = align(extract(CASES[1][0], fast=True), extract(CASES[1][2], fast=True))
    assert [said.value for _, outcome, said, _ in rows if outcome == "drifted"] == ["maximum of five"]
