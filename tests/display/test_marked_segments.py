from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from tellback.display.segments import Mark, segments, span

marks = st.builds(
    Mark,
    st.integers(-2, 40),
    st.integers(-2, 40),
    st.integers(1, 9),
    st.tuples(st.sampled_from(["faithful", "overwritten"])),
)


@given(st.text(max_size=30), st.lists(marks, max_size=6))
def test_segments_joined_give_the_text_and_every_valid_mark_ends_once(text, found):
    pieces = segments(text, found)
    assert "".join(p.text for p in pieces) == text
    ended = [m for p in pieces for m in p.ends]
    assert sorted(ended, key=str) == sorted((m for m in found if 0 <= m.start < m.end <= len(text)), key=str)
    for mark in ended:
        assert "".join(p.text for p in pieces if mark in p.marks) == text[mark.start : mark.end]


def test_overlapping_marks_cut_the_text_where_they_start_and_end():
    pieces = segments("a white boat", [Mark(2, 7, 1, ("overwritten",), "one"), Mark(2, 12, 2, ("faithful",), "two")])
    assert [p.text for p in pieces] == ["a ", "white", " boat"]
    assert [[m.number for m in p.marks] for p in pieces] == [[], [2, 1], [2]]
    assert [[m.number for m in p.ends] for p in pieces] == [[], [1], [2]]


def test_outcomes_that_differ_between_outputs_are_several():
    (piece,) = segments("white", [Mark(0, 5, 1, ("faithful", "overwritten"))])
    assert piece.outcome == "several"
    (piece,) = segments("white", [Mark(0, 5, 1, ("missing", "missing"))])
    assert piece.outcome == "missing"


def test_null_spans_have_no_place():
    assert span(None, 3) is None
    assert span(2.0, math.nan) is None
    assert span(2.0, 5) == (2, 5)
