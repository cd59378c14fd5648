"""Audits as Markdown: worst first, bounded, and nothing of the texts becomes markup or a mention."""

import json

import pytest
from markdown_it import MarkdownIt

from tellback.audit.markdown import MOST, Summary, summary
from tellback.display.progress import Progress, left, lines_in


def row(name, wrong=0, lost=0, words="15", why="says 16 for 15"):
    finding = {"kind": "number", "source": words, "output": words[::-1], "why": why}
    findings = [finding | {"outcome": "replaced", "level": "wrong"}] * wrong + [
        finding | {"outcome": "missing", "level": "lost", "output": None}
    ] * lost
    return {
        "id": name,
        "findings": findings,
        "levels": {"wrong": wrong, "lost": lost, "cannot tell": 0},
        "scores": {"all": 0.5},
        "unread": None,
    }


def test_worst_first_and_the_rest_counted():
    text = summary((row(f"p{i}", lost=i % 3, wrong=i == 7) for i in range(50)), "failed")
    assert text.startswith("## tellback audit: failed") and "1 wrong, 49 lost, 0 cannot tell in 50 pairs" in text
    assert text.index("| p7 |") < text.index("| p2 |") and "30 more pairs" in text
    assert "- **replaced** number «15» → «51»: says 16 for 15" in text


def test_it_never_outgrows_a_comment():
    hostile = "<img src=x> @someone [x](http://evil.example) | ` \u202e" * 400
    text = summary(
        (row(hostile + str(i), wrong=12, lost=5, words=hostile, why=hostile) for i in range(200)), "failed", hostile
    )
    assert len(text) <= MOST and "do not fit here" in text
    tokens = MarkdownIt("commonmark", {"html": True}).enable("table").parse(text)
    inline = [c for t in tokens for c in t.children or []]
    assert not [t for t in tokens + inline if t.type in ("html_block", "html_inline", "link_open", "image")]
    assert "@someone" not in text and "\u202e" not in text


def test_only_what_is_shown_is_held():
    found = Summary()
    for i in range(1_000):
        found.add(row(str(i)))
    assert len(found.worst) == 20 and [r["id"] for *_, r in sorted(found.worst, key=lambda x: -x[2])] == [
        str(i) for i in range(20)
    ]
    assert "No pair to audit" in Summary().text("passed")


@pytest.fixture
def files(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.txt").write_text("It cost 15 marks in 1874.")
    (tmp_path / "b.txt").write_text("It cost 16 marks in 1874.")
    (tmp_path / "p.jsonl").write_text(
        "".join(
            json.dumps({"id": i, "source": "It cost 15 marks.", "output": "It cost 16 marks."}) + "\n" for i in range(3)
        )
    )
    return tmp_path


def test_the_command(files, run):
    code, out, err = run("audit", "a.txt", "b.txt", "--fast", "--markdown")
    assert code == 1 and out.startswith("## tellback audit: failed\n\n1 wrong") and "«15» → «16»" in out
    code, out, err = run("audit", "--pairs", "p.jsonl", "--fast", "--markdown", "--workers", "1")
    assert code == 1 and "3 wrong" in out and out.count("### ") == 3 and "below the bar" in err
    code, _, err = run("audit", "a.txt", "b.txt", "--json", "--markdown")
    assert code == 2 and "not both" in err


def test_a_bar_has_the_time_that_is_left(capsys, tmp_path):
    (tmp_path / "p").write_text("a\nb\n")
    assert lines_in(str(tmp_path / "p")) == 2 and lines_in("-") is None and lines_in(str(tmp_path)) is None
    now = [0.0]
    bar = Progress("pairs", 480, clock=lambda: now[0])
    bar.live = True
    now[0] = 4.0
    bar(120)
    assert capsys.readouterr().err.endswith("[######                  ] 120 of 480 pairs, 30/s, 12 s left")
    log = Progress("pairs", None, clock=lambda: now[0])
    log.live = False
    log(1)  # not yet
    now[0] = 24.0
    log(100)
    assert capsys.readouterr().err == "" and log.line(100, 20.0) == "100 pairs, 5/s"
    assert [left(s) for s in (9, 245, 7200)] == ["9 s", "4:05", "2:00:00"]
