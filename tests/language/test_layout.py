"""Cells of tables and values of named fields, each with what it is called."""

import time

import pytest

from tellback.language.layout import layout
from tellback.language.sentences import sentences


def fields(text):
    return [(cell.key, text[cell.start : cell.end]) for cell in layout(text).cells if cell.key]


@pytest.mark.parametrize(
    "text, expected",
    [
        ("city,rain\nOslo,12\nRiga,7", [("city", "Oslo"), ("rain", "12"), ("city", "Riga"), ("rain", "7")]),
        ('name,sum\n"Lund, A.","1,200"\nBo,7', [("name", "Lund, A."), ("sum", "1,200"), ("name", "Bo"), ("sum", "7")]),
        ("a\tb c\nx\t1", [("a", "x"), ("b c", "1")]),
        ("| City | Rain |\n|---|--:|\n| Oslo | 12 |", [("City", "Oslo"), ("Rain", "12")]),
        ('{"a": 1, "b": {"c": "x y"}}', [("a", "1"), ("c", "x y")]),
        ("server:\n  port: 80\n  host: db # main\n", [("port", "80"), ("host", "db")]),
        ("[one]\nport = 80", [("port", "80")]),
        ('took=34ms msg="all well"', [("took", "34ms"), ("msg", "all well")]),
        ("limits: {cpu: 750m, memory: 512Mi}", [("cpu", "750m"), ("memory", "512Mi")]),
    ],
)
def test_what_is_a_field(text, expected):
    assert fields(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "She came, saw, and won.\nHe went, sat, and lost.", "Note: this is a sentence.", "1,204,300\n2,408,600", "if x == 1:\n    return y",
        "http://a.example\nhttp://b.example", "See https://a.example/x?y for more, please.", "", "f(a,b);\ng(c,d);",
    ],
)  # fmt: skip
def test_what_is_none(text):
    assert not fields(text)


def test_delimiters_of_a_row_are_told_from_commas_in_numbers():
    text = 'sum,n\n"1,200",7\n"3,400",8'
    assert [text[at - 1 : at + 2] for at in layout(text).delimiters] == ["m,n", '",7', '",8']


def test_a_cell_is_found_by_an_offset():
    found = layout("a=10 b=20")
    assert found.at(3).key == "a" and found.at(7).key == "b" and found.at(4) is None and found.at(0) is None


@pytest.mark.parametrize("piece", ["a,b\n", "a=b ", '{"a":1},', "| x |\n", "x: y\n", "word, and more.\n", '"'])
def test_it_is_read_in_linear_time(piece):
    def seconds(n):
        start = time.process_time()
        layout(piece * n)
        return time.process_time() - start

    layout(piece * 100)
    # the least of several, for a loaded machine slows single runs; a square would be 16 times as much
    assert min(seconds(40_000) for _ in range(3)) < 12 * min(seconds(10_000) for _ in range(3)) + 0.05


def test_each_row_and_each_record_is_a_sentence_of_its_own():
    rows = "Lindholm,Maja Sorensen,terminal manager,Aldeby North,4800\nOslo,Berta Klein,warehouse clerk,Bergen,51"
    assert len(sentences(rows)) == 2
    assert len(sentences('[{"a": 1}, {"a": 2}, {"a": 3}]')) == 3
