from __future__ import annotations

import math
import re
from xml.etree import ElementTree

import pytest

from tellback.report.canvas import limits, means, thinned
from tellback.report.charts import Axis, boxes, panel

X = Axis("parameters", (5e4, 2e6), True, (61_440, 1_015_808), "count")
Y = Axis("kept", (0, 1), kind="share")
POINTS = [{"x": 61_440, "y": 0.4, "low": 0.3, "high": 0.5, "line": "a", "colour": "var(--s0)"},
          {"x": 1_015_808, "y": 0.8, "line": "a", "hollow": True, "shape": 2}, {"x": 1e5, "y": None}]  # fmt: skip


def texts(svg: str) -> list[str]:
    return [e.text for e in ElementTree.fromstring(svg).iter("{http://www.w3.org/2000/svg}text")]


def test_a_panel_is_xml_with_its_axes_bars_and_the_page_colours():
    svg = panel(POINTS, X, Y, name="p1", rules=[(0.2, (4, 3))])
    assert {"parameters", "kept", "61.4k", "1.02M", "100%"} <= set(texts(svg))
    assert "var(--s0)" in svg
    assert "stroke-dasharray" in svg
    assert 'fill="white"' not in svg


def test_ids_of_two_panels_do_not_meet():
    ids = [set(re.findall(r'\bid="([^"]+)"', panel(POINTS, X, Y, name=name))) for name in ("p1", "p2")]
    assert ids[0] and ids[1] and not ids[0] & ids[1]


@pytest.mark.parametrize("text", ["</svg><script>alert(1)</script>", 'x" onload="alert(1)', "a & b"])
def test_hostile_axis_titles_stay_text(text):
    svg = panel(POINTS, Axis(text, X.limits, True), Y, name="p")
    assert text in texts(svg)
    names = {e.tag.split("}")[-1] for e in ElementTree.fromstring(svg).iter()}
    assert "script" not in names
    assert not [k for e in ElementTree.fromstring(svg).iter() for k in e.attrib if k.startswith("on")]


def test_boxes_draw_each_row():
    row = {"q05": 0.1, "q25": 0.2, "q50": 0.3, "q75": 0.4, "q95": 0.9, "mean": 0.33, "colour": "var(--s3)"}
    svg = boxes([row | {"x": 61_440}, row | {"x": 1_015_808}], X, Axis("bits", (0, 1)), name="b")
    assert svg.count("var(--s3)") >= 4
    assert "bits" in texts(svg)


def test_limits_hold_all_values_with_room():
    low, high = limits([0.2, None, 0.6, math.inf])
    assert low < 0.2 and high > 0.6
    assert limits([0.5], zero=True)[0] == 0
    assert limits([None]) == limits([])
    assert limits([3.0, 3.0])[0] < 3.0 < limits([3.0, 3.0])[1]


def test_the_line_runs_through_the_means_over_seeds():
    points = [{"x": 10, "y": 0.2}, {"x": 11, "y": 0.4}, {"x": 50, "y": None}, {"x": 52, "y": 0.9}]
    found = means(points, [10, 10, 50, 50])
    assert [(p["x"], round(p["y"], 6)) for p in found] == [(10, 0.3), (50, 0.9)]


def test_thinning_keeps_first_and_last():
    trace = [{"step": i} for i in range(1001)]
    kept = thinned(trace, most=80)
    assert len(kept) <= 81 and kept[0] == trace[0] and kept[-1] == trace[-1]
    assert thinned(trace[:5]) == trace[:5]
