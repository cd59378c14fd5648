"""The report in every form that `tellback report --format` writes."""

import csv
import importlib
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


@pytest.mark.slow
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


@pytest.mark.slow
def test_studies_stand_side_by_side(study, folder, tmp_path):
    import yaml

    other = folder.write_pocket(tmp_path / "other", hostile=False)
    spec = yaml.safe_load((other / "study.yaml").read_text())
    spec["train"] = (spec.get("train") or {}) | {"remedy": {"uniform": 0.5, "twins": 0.0, "margin": 2.0}}
    (other / "study.yaml").write_text(yaml.safe_dump(spec | {"name": "mended"}))
    assert export.write_as(study, "html", [other]).name == "report.html"
    for text in ((study / "report.html").read_text(), (study / "report.md").read_text()):
        assert "Side by side" in text and "mended · uniform 0.5" in text and "twins 0" not in text
    assert "Side by side" not in export.write_as(study, "md").read_text()


def test_a_notebook_shows_results(study):
    import tellback

    found = tellback.results(str(study))
    assert len(found) == 8 and found.rows[0]["setup"].startswith("identity")
    text = found._repr_html_()
    assert "pooling-8x-pocket-60k-s0" in text and "<script>" not in text


def test_without_what_draws_the_report_stands_and_says_how(study, monkeypatch):
    from tellback.report import canvas, charts

    assert charts.NOT_DRAWN not in (study / "report.html").read_text()
    for module in (charts, export, importlib.import_module("tellback.report.figures")):
        monkeypatch.setattr(module, "can_draw", lambda: False)
    page = export.write_as(study, "html").read_text()
    assert "pip install &#39;tellback[figures]&#39;" in page and "<svg" not in page.split('id="explore"')[0]
    twin = (study / "report.md").read_text()
    assert "tellback\\[figures\\]" in twin and "| rate" in twin.replace("rate, status", "rate")
    for form in ("svg", "csv"):
        with pytest.raises(UsageError, match=r"pip install 'tellback\[figures\]'"):
            export.write_as(study, form)
    assert canvas.Figure("a", missing="why").caption == ""
