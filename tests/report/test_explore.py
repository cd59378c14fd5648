"""The data that a page carries: what is packed says what the study's files say, and stays within its bounds."""

from __future__ import annotations

import base64
import csv
import gzip
import io
import json
import re
import xml.dom.minidom

import pytest

from tellback.report.canvas import Canvas, Figure, Key
from tellback.report.drawing import as_csv, as_svg
from tellback.report.explore import document_set, documents, overview, units
from tellback.report.figures import faithfulness_by_size, kind_curves
from tellback.report.load import load
from tellback.view.page import packed


def unpacked(text):
    return json.loads(gzip.decompress(base64.b64decode(text)))


def test_packed_is_the_same_each_time_and_plain_ascii():
    value = {"a": ["</script>\u202e\ud800", None, 1.5]}
    assert packed(value) == packed(value) and re.fullmatch("[A-Za-z0-9+/=]+", packed(value))
    assert unpacked(packed(value)) == value
    with pytest.raises(ValueError):
        packed(float("nan"))


def test_spans_count_as_browsers_count():
    assert units("a \U0001f333 boat", 4, 8) == [5, 9]
    assert units("plain boat", 6, 10.0) == [6, 10]
    assert units("x", None, float("nan")) == [None, None]


def test_documents_say_what_the_files_say(pocket):
    study = load(pocket)
    found = document_set(study, "pocket-conflict")
    assert found["ids"][:3] == ["pocket-conflict-0", "pocket-conflict-1", "pocket-conflict-2"]  # not -0, -1, -10
    setup = study.setups[found["setups"][2]]
    wanted = {(p["document_id"], p["value"]): p for p in setup.probes("pocket-conflict", "told")}
    seen = 0
    for d, name in enumerate(found["ids"]):
        text = found["told"][d][2]
        text = found["sources"][d] if text is None else text
        wide = text.encode("utf-16-le")
        for fact, read in zip(found["facts"][d], found["read"][d][2], strict=True):
            probe = wanted[name, fact[3]]
            assert overview(study)["outcomes"][int(read[0])] == probe["outcome"] and read[1] == probe["said"]
            if read[2] is not None:
                assert wide[2 * read[2] : 2 * read[3]].decode("utf-16-le") == probe["said"]
                seen += 1
    assert seen > 20


def test_a_page_holds_as_many_documents_as_fit(pocket):
    study = load(pocket)
    whole, small = documents(study, 5_000_000), documents(study, 6_000)
    assert [p["set"] for p in whole][0] == "pocket-conflict" and all(p["kept"] == p["of"] for p in whole)
    assert sum(len(p["packed"]) for p in small) <= 6_000 + 4 * 1_500  # one document of a set stays, whatever it takes
    assert all(1 <= p["kept"] <= p["of"] for p in small) and any(p["kept"] < p["of"] for p in small)
    cut = unpacked(small[0]["packed"])
    assert (
        len(cut["ids"]) == len(cut["told"]) == small[0]["kept"]
        and cut["setups"] == unpacked(whole[0]["packed"])["setups"]
    )


def test_lines_hold_their_setups_and_intervals(folder, tmp_path):
    study = load(folder.write_pocket(tmp_path, seeds=(0, 1, 2), n_documents=6, hostile=False))
    found = overview(study)
    line = next(line for line in found["lines"] if line["rate"] == 4.0)
    assert [p["size"] for p in line["points"]] == study.sizes
    assert {found["setups"][i]["seed"] for i in line["points"][0]["setups"]} == {0, 1, 2}
    low, high = line["points"][0]["ends"]["pocket-conflict"]
    assert 0 <= low < high <= 1
    json.dumps(found, allow_nan=False)


def test_a_figure_goes_out_whole(pocket):
    canvas = Canvas(load(pocket))
    figure = faithfulness_by_size(canvas)
    text = as_svg(figure)
    root = xml.dom.minidom.parseString(text).documentElement
    assert "var(" not in text and len(root.getElementsByTagName("svg")) == len(figure.panels) == 2
    assert "4x" in text and "pocket-conflict" in text
    rows = list(csv.DictReader(io.StringIO(as_csv(figure))))
    row = next(r for r in rows if r["set"] == "pocket-conflict" and r["rate"] == "4.0")
    setup = next(s for s in canvas.study.setups if s.name == row["setup"])
    assert float(row["kept"]) == setup.share("pocket-conflict") and row["status"] == setup.status
    slugs = [f.slug for f in (figure, *kind_curves(canvas))]
    assert len(slugs) == len(set(slugs)) == 3


def test_foreign_names_do_nothing_in_a_figure_of_their_own():
    name = '=HYPERLINK("http://evil.example")<script>\u202e'
    figure = Figure(
        name,
        panels=[(name, '<svg width="10" height="10"></svg>')],
        legend=[Key(name, "var(--c0)", 0)],
        data=[{"setup": name, "x": -1.5}],
    )
    assert "<script>" not in as_svg(figure) and "\u202e" not in as_svg(figure) + as_csv(figure)
    xml.dom.minidom.parseString(as_svg(figure))
    (row,) = csv.DictReader(io.StringIO(as_csv(figure)))
    assert row["setup"].startswith("'=") and row["x"] == "-1.5"
