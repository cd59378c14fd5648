"""Settings whose name is a deed, told in prose as done and as not done."""

import pytest

from tellback.compare.align import align
from tellback.facts.extract import extract

CASES = [
    ("MAX_BOATS=30;\nALLOW_DOGS=false;", "There is a maximum of 30 boats, and dogs are not allowed.", "There is a maximum of 30 boats, and dogs are allowed."),
    ("require_badge: true\nmax_guests: 60", "A badge is required, for at most 60 guests.", "The badge is optional, for at most 60 guests."),
    ("keep_drafts = yes\nkeep_weeks = 7", "Drafts are kept for 7 weeks.", "Drafts are deleted after 7 weeks."),
    ('{"accept_cheques": false, "desks": 14}', "There are 14 desks, and no cheques are accepted.", "There are 14 desks, and cheques are accepted."),
]  # fmt: skip


def drifted(source, output):
    return [
        fact
        for fact, outcome, *_ in align(extract(source, fast=True), extract(output, fast=True))[0]
        if outcome == "drifted"
    ]


@pytest.mark.parametrize(("source", "right", "wrong"), CASES)
def test_a_deed_told_as_not_done_is_a_drift(source, right, wrong):
    assert not drifted(source, right)
    assert [fact.kind for fact in drifted(source, wrong)] == ["boolean"]
