"""The report in every form that `tellback report --format` writes."""

import csv
import shutil
import xml.dom.minidom

import pytest
from browser import needs_browser

from tellback.errors import UsageError
from tellback.report import export


@pytest.fixture
def study(pocket, tmp_path):
    shutil.copytree(pocket, tmp_path / "study")
    return tmp_path / "study"


def test_figures_and_their_numbers_are_files(study):
    folder = export.write_as(study, "svg")
    assert export.write_as(study, "csv") == folder
    drawn, written = ({p.stem for p in folder.glob(f"*.{form}")} for form in ("svg", "csv"))
    assert drawn == written and {"faithfulness-against-size", "conditional-entropy-by-size", "loss-by-kind-4x"} <= drawn
    for path in folder.glob("*.svg"):
        xml.dom.minidom.parse(str(path))
    for path in folder.glob("*.csv"):
        with path.open(encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        assert rows and {"setup", "parameters", "rate", "seed"} <= rows[0].keys(), path.name


def test_pages(study):
    assert export.write_as(study, "html").name == "report.html" and export.write_as(study, "md").read_text().startswith(
        "# "
    )


def test_what_cannot_be_written_is_said(study, text_study, monkeypatch):
    with pytest.raises(UsageError, match="svg"):
        export.write_as(study, "svgs")
    monkeypatch.setattr(export, "BROWSERS", ("no-such-browser",))
    with pytest.raises(UsageError, match="printed by a browser"):
        export.write_as(study, "pdf")


@needs_browser
@pytest.mark.slow
def test_pdf(study):
    assert export.write_as(study, "pdf").read_bytes().startswith(b"%PDF-")
