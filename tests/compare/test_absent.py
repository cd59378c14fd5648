"""What is not there or must not be, told as there or allowed, and told in other words."""

import pytest

from tellback.compare.binding.absent import told_as_there

CASES = [
    ("X-ray 9/3: no evidence of a rib fracture.", "The X-ray excluded a rib fracture.", "The X-ray showed a rib fracture."),
    ("He denies back pain and thirst.", "He has no back pain.", "He has back pain."),
    ("The review found no signs of forgery in the deeds.", "No forgery was found in the deeds.", "The review found forgery in the deeds."),
    ("Ring first. Never feed the geese.", "Feeding the geese is not allowed.", "Feeding the geese is fine, ring first."),
    ("Do not park carts on the green.", "Parking carts on the green is forbidden.", "Parking carts on the green is allowed."),
    ("The milk was free of chalk.", "Chalk was not found in the milk.", "Chalk was found in the milk."),
    ("The lab ruled out a fungus as the cause.", "A fungus was ruled out by the lab.", "The lab confirmed a fungus as the cause."),
]  # fmt: skip


@pytest.mark.parametrize(("source", "right", "wrong"), CASES)
def test_what_is_told_as_there_is_seen_and_a_denial_in_other_words_is_not(source, right, wrong):
    assert not told_as_there(source, right)
    assert told_as_there(source, wrong)


@pytest.mark.parametrize(
    "output",
    ["It might be a rib fracture.", "Nobody knows whether he has a rib fracture.", "A rib fracture is painful."],
)
def test_what_leaves_it_open_is_not_accused(output):
    assert not told_as_there(CASES[0][0], output)
