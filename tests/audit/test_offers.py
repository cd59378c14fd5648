"""What the agent offered and no user took up is no instruction; what users put off, refuse or mean to do themselves may be told so."""

import pytest

from tellback.audit import transcripts
from tellback.audit.examine import Options, examine

TURNS = [
    {"role": "user", "content": "The importer in jobs/feed.py crashes since we took on the Basel shop. Find the cause. Keep parse() as it is, no rebase, no force push."},
    {"role": "assistant", "content": "It runs out of disk. I could add Geneva and Lausanne to the table in the same go."},
    {"role": "user", "content": "No, just Basel, the others are closed."},
    {"role": "assistant", "content": "Done for Basel. No docs yet. Shall I archive the old feed?"},
    {"role": "user", "content": "I'll ask Tomas about that tomorrow. The docs I'll write myself."},
    {"role": "assistant", "content": "Noted. I can publish the package now, if you like."},
    {"role": "user", "content": "Not now."},
]  # fmt: skip

RIGHT = [
    "Primary request: find why jobs/feed.py runs out of disk since the Basel shop was added; parse() unmodified.",
    "Rejected: rows for Geneva and Lausanne, which the user doesn't want because those are closed.",
    "Open: the docs; the user intends to write them personally.",
    "Publishing the package was offered; the user said not at this time.",
    "Basel was added, without rebase or force push as the user demanded.",
    "The user has not agreed to archive the old feed.",
    "Archiving the old feed was offered; the user asked for time to talk to Tomas.",
]  # fmt: skip
WRONG = [
    ("The user told the agent to archive the old feed.", "archive"),
    ("Next, per the user: publish the package.", "publish"),
    ("The user agreed that the agent publishes the package once Basel is done.", "publish"),
    ("The user forbade a rebase and asked the assistant to archive the old feed.", "archive"),
    ("At the user's request: archive the old feed.", "archive"),
]


def wrong(output, turns=TURNS):
    return list(examine(transcripts.flatten(enumerate(turns, 1)), output, Options()).at("wrong"))


@pytest.mark.parametrize("output", RIGHT)
def test_faithful_words_on_offers_and_refusals_are_not_accused(output):
    assert [f for f in wrong(output) if f.kind in ("instruction", "decision")] == []


@pytest.mark.parametrize(("output", "deed"), WRONG)
def test_an_offer_that_was_put_off_is_no_instruction(output, deed):
    assert any(f.outcome in ("invented", "drifted") and deed in f.output for f in wrong(output) if f.output)


MORE = [
    *TURNS,
    {"role": "user", "content": "One more thing: sort the price list by shop."},
    {"role": "assistant", "content": "Sorted. I could write a weekly report of crashed imports and mail it to the shop managers. Should I also drop the index?"},
    {"role": "user", "content": "Drop the index, yes. Leave the report for now, Petra has to say what she needs."},
]  # fmt: skip


@pytest.mark.parametrize("output", [
    "Weekly report of crashed imports: left for now, since Petra has to say what she needs.",
    "The user would like only Basel, as the other shops are closed.",
    "The old feed is to be archived only if Tomas agrees; the user asks him tomorrow.",
])  # fmt: skip
def test_an_offer_may_be_told_as_open(output):
    assert [f for f in wrong(output, MORE) if f.kind in ("instruction", "decision")] == []


@pytest.mark.parametrize("output", [
    "The user wants a weekly report of crashed imports that is mailed to the shop managers.",
    "A weekly report of crashed imports is to be mailed to the shop managers.",
    "Geneva and Lausanne are to be added to the table as well.",
    "The user would also like a dashboard of all shops.",
    "It is the user's wish that the feed be moved to Kafka.",
])  # fmt: skip
def test_an_offer_left_open_is_no_task_even_where_the_answer_asks_for_something_else(output):
    assert any(f.outcome == "invented" for f in wrong(output, MORE))


@pytest.mark.parametrize("answer", ["Yes, do that.", "Move it to the archive.", "Let me think. Ok, archive it."])
def test_an_offer_that_was_taken_is_one(answer):
    turns = [*TURNS[:4], {"role": "user", "content": answer}]
    assert [f for f in wrong("The user told the agent to archive the old feed.", turns) if f.outcome == "invented"] == []
