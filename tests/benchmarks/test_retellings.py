"""The sets of retellings, and how the audit is counted on them."""

import json

import pytest

from benchmarks import retellings

ROWS = [
    {"id": "a-right", "kind": "value", "source": "The bridge cost 40 million euros.", "output": "For the bridge 40 million euros were paid.", "right": True, "expect": []},
    {"id": "a-wrong", "kind": "value", "source": "The bridge cost 40 million euros.", "output": "The bridge cost 60 million euros.", "right": False, "expect": ["60"]},
    {"id": "b-wrong", "kind": "value", "source": "The bridge cost 40 million euros.", "output": "The bridge cost 60 million euros.", "right": False, "expect": ["bridge of Ulm"]},
    {"id": "c-right", "kind": "table", "file": "list.csv", "source": "place,seats\nUlm,40\nLund,60\n", "output": "Ulm has 40 seats, Lund 60.", "right": True, "expect": []},
    {"id": "K1-ok", "kind": "faithful", "session": "K1", "right": True, "output": "The user asked for a list of birds.",
     "messages": [{"role": "user", "content": "Please write a list of birds into birds.md."}]},
    {"id": "K1-bad", "kind": "invented", "session": "K1", "right": False, "output": "The user asked for a list of birds. The user also asked to delete the old server.",
     "messages": [{"role": "user", "content": "Please write a list of birds into birds.md."}]},
]  # fmt: skip


def test_rows_are_counted():
    found = retellings.tally(ROWS)
    assert found.of == {"alarmed": 2, "found": 2, "accused": 1, "met": 1, "invented": 1}
    assert found.hits == {"alarmed": 0, "found": 1, "accused": 0, "met": 1, "invented": 1}


def test_each_set_is_whole_and_has_its_first_figures():
    first = json.loads((retellings.DATA / "first.json").read_text())
    sets = retellings.sets()
    assert sets.keys() == first.keys() and len(sets) >= 5
    for name, rows in sets.items():
        assert len({row["id"] for row in rows}) == len(rows)
        plain = [row for row in rows if "session" not in row]
        assert first[name]["alarmed"][1] == sum(row["right"] for row in plain)
        for row in plain:
            assert row["right"] == (not row["expect"])
            for words in row["expect"]:
                assert words.lower() in (row["source"] + row["output"]).lower(), row["id"]
        right = {row["session"] for row in rows if "session" in row and row["right"]}
        assert all(row["session"] in right for row in rows if "session" in row)


@pytest.mark.slow
def test_what_was_mended_stays_mended():
    """The counts of each set may not fall back behind those of the page."""
    page = (retellings.DATA.parent.parent / "docs" / "audit-benchmark.md").read_text(encoding="utf-8")
    for name, rows in retellings.sets().items():
        line = next(line for line in page.splitlines() if line.startswith(f"| {name}, now"))
        told = retellings.tally(rows)
        for cell, what in zip(line.split("|")[2:], retellings.COUNTS, strict=False):
            assert (cell.strip() == "-") if what not in told.of else cell.strip().startswith(f"{told.hits[what]} of {told.of[what]} "), (name, what)
