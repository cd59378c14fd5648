"""The share of findings that are right: each finding beside what was marked, and beside the faithful twin."""

import json
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2]))  # benchmarks is a folder of scripts, not an installed package

from benchmarks import findings_right
from benchmarks.findings_right import judged, line, pairs_of

SOURCE = "Alice Miller paid 40 dollars to Bob Smith in Paris on Monday. The bridge was closed in 1998."
TRUE = "Alice Miller paid 40 dollars to Bob Smith."
FALSE = "Alice Miller paid 70 dollars to Bob Smith."
STRANGE = "Alice Miller paid 40 dollars to Bob Smith. It took 9 hours."  # what no marks name


@pytest.fixture
def folder(tmp_path):
    def write(name, *rows):
        (tmp_path / name).write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")

    truth = {"old": "40 dollars", "new": "70 dollars", "edit_span": [18, 28], "out_span": [18, 20]}
    write(
        "compactions.jsonl",
        {"id": "A1-ok", "kind": "faithful", "source": SOURCE, "messages": None, "output": TRUE, "truth": None},
        {"id": "A1-number", "kind": "number", "source": SOURCE, "messages": None, "output": FALSE, "truth": truth},
    )
    row = {"source": SOURCE, "pair": "b1", "types": [], "spans": []}
    write(
        "bump_quarter.jsonl",
        row | {"id": "b1-r", "output": STRANGE, "label": 0},
        row | {"id": "b1-e", "output": f"{FALSE} It took 9 hours.", "label": 1, "spans": [[18, 20, "replace", False]]},
    )
    return tmp_path


def test_a_planted_error_that_is_found_is_right_in_all_three_ways(folder):
    found = judged(pairs_of(folder, ["compactions"], None, 0)["compactions"])
    assert found and all(j.in_unfaithful and j.twin_lacks and j.on_marked for j in found)


def test_a_finding_of_both_twins_is_no_hit(folder):
    found = judged(pairs_of(folder, None, None, 0)["BUMP"])
    of_strange = [j for j in found if not j.twin_lacks]
    assert len(of_strange) == 2 and not any(j.on_marked for j in of_strange)
    assert {j.in_unfaithful for j in of_strange} == {True, False}
    assert [j.on_marked for j in found if j.twin_lacks] == [True]
    cells = line("BUMP", found, 0)
    assert cells[1] == "3" and cells[2].startswith("66.7%") and cells[3].startswith("33.3%") and cells[4].startswith("33.3%")


def test_a_set_without_marks_has_no_share_of_them(folder):
    row = {"source": SOURCE, "types": [], "half": "xsum"}
    (folder / "frank_val.jsonl").write_text(json.dumps(row | {"id": "f", "output": FALSE, "label": 1}) + "\n")
    cells = line("FRANK", judged(pairs_of(folder, ["FRANK"], None, 0)["FRANK"]), 0)
    assert cells[3:] == ["-", "-"] and cells[2].startswith("100.0%")


def test_the_command_replaces_its_block_and_nothing_else(folder, capsys):
    page = folder / "page.md"
    page.write_text("# Own\n\nwords\n")
    findings_right.main(["--data", str(folder), "--out", str(page)])
    text = page.read_text()
    assert text.startswith("# Own\n\nwords") and "compactions (2 outputs, 1 unfaithful)" in text and "| - replaced |" in text
    with pytest.raises(SystemExit):
        findings_right.main(["--data", str(folder / "nowhere")])
    assert "no such folder" in capsys.readouterr().err
