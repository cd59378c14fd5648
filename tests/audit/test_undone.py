"""What the agent said was not done is told as done only where a later turn may have done it."""

import pytest

from tellback.audit import transcripts
from tellback.audit.examine import Options, examine

TURNS = [
    {"role": "user", "content": "Move the tide tables to the new host: the importer, the plots and the glossary. Write to Ruben for the old keys."},
    {"role": "assistant", "content": "The importer is moved. The plots are moved too, but I couldn't test them on a phone."},
    {"role": "tool", "content": "sent mail to ruben@example.org"},
    {"role": "assistant", "content": "I wrote to Ruben. No reply so far. The glossary is not begun, and nothing has been pushed."},
    {"role": "user", "content": "I'll try the plots on my phone tonight and push on Friday. Delete the old cache."},
    {"role": "assistant", "content": "The cache folder is gone. The backup bucket hasn't been emptied."},
]
RIGHT = [
    "The importer and the plots have been moved; the glossary has not been begun.",
    "The plots still have to be tested on a phone, which the user will do tonight.",
    "Ruben was written to and has not replied. The cache was deleted.",
    "- [x] importer\n- [x] plots\n- [ ] glossary",
    "Once the user has pushed on Friday the move is complete.",
    "The backup bucket is to be emptied. A mail was sent to Ruben.",
]
WRONG = [
    "The importer, the plots and the glossary have been moved.",
    "The plots were tested on a phone.",
    "A mail was sent to Ruben; he has replied.",
    "- [x] importer\n- [x] plots\n- [x] glossary",
    "The importer is moved and has been pushed.",
    "The cache was deleted and the backup bucket has been emptied.",
]


def told_done(output, turns=TURNS):
    found = examine(transcripts.flatten(enumerate(turns, 1)), output, Options(fast=True)).at("wrong")
    return [f for f in found if f.kind == "state"]


@pytest.mark.parametrize("output", RIGHT)
def test_what_was_done_and_what_was_not_may_be_told_so(output):
    assert told_done(output) == []


@pytest.mark.parametrize("output", WRONG)
def test_what_was_not_done_may_not_be_told_as_done(output):
    assert [f.outcome for f in told_done(output)] == ["drifted"]


def test_a_later_turn_may_have_done_it():
    turns = [*TURNS, {"role": "user", "content": "Push it now."}, {"role": "tool", "content": "main -> main"}, {"role": "assistant", "content": "Done."}]
    assert told_done("The importer is moved and has been pushed.", turns) == []
