"""What is new in a sentence told in other words may follow from the source: it is doubtful, and accuses nobody."""

import json

import pytest

from tellback.audit.baseline import Baseline, Row
from tellback.audit.examine import Options, examine
from tellback.audit.page import render
from tellback.audit.rows import row
from tellback.audit.texts import audit
from tellback.audit.transcripts import flatten
from tellback.compare.support.claims import Claim
from tellback.compare.support.retold import is_retold

SOURCE = (
    "The ferry left Holm at 07:40 with 212 passengers. Off Skerry Point a mooring line fouled the port propeller, and the master "
    "anchored. A diver from Lunde cut the line. The ferry reached Aske at 11:25, and nobody was hurt."
)
REPEATED = "Off Skerry Point a mooring line fouled the port propeller for 45 minutes, and the master anchored."


def outcomes(output, **more):
    return {(f.kind, f.outcome, f.output) for f in audit(SOURCE, output, **more).findings if f.output}


def test_a_value_that_may_follow_is_doubtful_where_the_words_are_not_the_sources():
    found = audit(SOURCE, "Counting its crew, 424 people had been on board a ship that a diver set free.")
    (one,) = found.doubtful
    assert (one.kind, one.outcome, one.level, one.output) == ("number", "doubtful", "cannot tell", "424")
    assert "other words" in one.why and not found.invented and not found.at("wrong") and found.score is not None
    assert found.counts["doubtful"] == 1 and found.levels["cannot tell"] >= 1
    assert one in found.added and one in found.findings


def test_the_same_value_is_invented_where_the_words_are_the_sources():
    assert ("number", "invented", "45 minutes") in outcomes(REPEATED)


@pytest.mark.parametrize(
    "output",
    [
        "The insurer has since put the harbour's own repair bill at 48,000 euros.",  # no word of the source: made up whole
        "Its screw was freed by divers, says lund-marine@example.org.",  # an identifier follows from nothing
    ],
)
def test_what_follows_from_nothing_stays_invented(output):
    assert [f.outcome for f in audit(SOURCE, output).added] and not audit(SOURCE, output).doubtful


def test_a_value_that_nothing_explains_is_invented_in_any_words():
    assert ("money", "invented", "48,000 euros") in outcomes("Freeing the screw by a diver is said to have cost its owner 48,000 euros that day.")


def test_without_the_parser_nothing_is_doubtful():
    assert not audit(SOURCE, "Altogether the crossing took 225 minutes, an anchored stop for a diver included.", fast=True).doubtful


def test_a_row_a_baseline_and_a_page_know_it():
    output = "Counting its crew, 424 people had been on board a ship that a diver set free."
    silent = "The ferry reached Aske, and nobody was hurt."
    new, old = row(audit(SOURCE, output)), row(audit(SOURCE, silent))
    assert new["doubtful"] == 1 and new["invented"] == 0
    hidden = row(audit(SOURCE, output), redact=True)
    (bare,) = [f for f in hidden["findings"] if f["outcome"] == "doubtful"]
    assert bare["output"].startswith("hash:") and not bare["why"] and "424" not in json.dumps(hidden)
    page = render(audit(SOURCE, output))
    assert "o-doubtful" in page and "424" in page
    baseline = Baseline({None: Row(**old)}, "old.json")
    baseline.add(new)
    assert not [f for f in baseline.finish().worse if f["outcome"] == "doubtful"]


def test_the_share_of_words_decides():
    def claim(words, lacking):
        return Claim((0, 50), (0, 40), tuple(range(words)), tuple(range(lacking)), (), 0, 0)

    assert [is_retold([claim(10, n)], (5, 8)) for n in (0, 3, 4, 9, 10)] == [False, False, True, True, False]
    assert not is_retold([claim(10, 5)], (60, 62)) and not is_retold([], (0, 1))


TURNS = [
    {"role": "user", "content": "The importer drops rows with an empty date. Please fix that, and leave the exporter as it is."},
    {"role": "assistant", "content": "The rows are kept now, with today's date. Shall I also write a changelog entry?"},
    {"role": "user", "content": "Not yet. First show me the rows that changed."},
]


@pytest.mark.parametrize(
    "claim, outcome",
    [
        ("- The user wanted the exporter untouched.", None),
        ("- The user wants the altered rows shown before a changelog entry.", None),
        ("- The user asked to deploy the importer to the Frankfurt cluster and to notify billing.", "invented"),
    ],
)
def test_a_request_told_in_other_words_accuses_nobody_and_a_made_up_one_is_invented(claim, outcome):
    found = examine(flatten(enumerate(TURNS, 1)), f"All user messages:\n{claim}\n", Options())
    told = [f.outcome for f in found.added if f.kind == "instruction"]
    assert ("invented" in told) == (outcome == "invented")


def test_numbers_of_a_sessions_summary_are_invented_as_before():
    found = examine(flatten(enumerate(TURNS, 1)), "Rows without dates are not lost any longer; 1,764 of them were put right.", Options())
    assert "1,764" in {f.output for f in found.invented} and not [f for f in found.doubtful if f.kind == "number"]


def test_the_terminal_shows_it_before_what_is_lost():
    import io

    from rich.console import Console

    from tellback.audit import terminal

    out = Console(file=io.StringIO(), width=100)
    terminal.show_audit(out, audit(SOURCE, "Counting its crew, 424 people had been on board a ship that a diver set free."))
    text = out.file.getvalue()
    assert text.index("\ndoubtful number") < text.index("\nmissing ")
