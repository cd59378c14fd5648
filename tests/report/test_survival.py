"""What survives along a training, in the report: only where it was read."""

import json

import pytest

from tellback.report.canvas import Canvas
from tellback.report.figures import survival_curves
from tellback.report.load import load
from tellback.report.rows import facts_along, share_along


def facts(kept, overwritten):
    return {"pocket-conflict": {"qa_i": {"colour": {"faithful": kept, "overwritten": overwritten}, "city": {"missing": 1}}}}


@pytest.fixture
def read_along(folder, tmp_path):
    path = folder.write_pocket(tmp_path)
    for trace in path.glob("setups/*/trace.jsonl"):
        lines = [json.loads(line) for line in trace.read_text().splitlines()]
        trace.write_text("".join(json.dumps(line | {"facts": facts(i, 20 - i)}) + "\n" for i, line in enumerate(lines)))
    return load(path)


def test_a_figure_a_rate_with_what_is_kept_and_what_is_overwritten(read_along):
    figures = survival_curves(Canvas(read_along))
    assert [f.title for f in figures] == [f"What survives over training {rate:g}x" for rate in read_along.rates]
    assert [words for words, _ in figures[0].panels] == ["kept", "overwritten"] and "21 facts" in figures[0].caption
    rows = facts_along(read_along.compressors, "pocket-conflict")
    assert rows[5]["n"] == 21 and rows[5]["faithful"] == pytest.approx(5 / 21) and rows[5]["missing"] == pytest.approx(1 / 21)


def test_a_study_that_was_not_read_along_has_no_such_figure(pocket):
    study = load(pocket)
    assert survival_curves(Canvas(study)) == []
    assert share_along({"step": 1}, "pocket-conflict", "faithful") is None
