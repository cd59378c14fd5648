"""The page of a session: its compactions on a line, from a finding to both texts, and no words where it is to be shared."""

import json

import pytest
from browser import needs_browser, running, tab, too_wide, until, violations

from tellback.audit import session_page
from tellback.audit.compactions import audit_session, survival
from tellback.audit.examine import Options
from tellback.audit.share import bare
from tellback.audit.survival_chart import drawn
from tellback.audit.transcripts.documents import lines
from tellback.audit.transcripts.sessions import sessions


def line(kind, text, **more):
    return {"type": kind, "message": {"role": kind, "content": text}, **more}


def boundary(minute, tokens):
    about = {"trigger": "auto", "preTokens": tokens}
    return {
        "type": "system",
        "subtype": "compact_boundary",
        "timestamp": f"2026-03-02T08:{minute}:00Z",
        "compactMetadata": about,
    }


def summary(text):
    return line("user", text, isCompactSummary=True)


LOG = "\n".join(f"08:{i // 60:02}:{i % 60:02} worker {i} wrote {3 * i + 7} rows to shard-{i % 9}" for i in range(400))
ROWS = [
    line("user", "Never push to the branch release-7. The limit is 250 rows a batch. \U0001f333 Use src/loader.py, not src/old_loader.py."),
    line("assistant", "src/loader.py reads 250 rows at a time. <script>alert('x')</script> javascript:alert(1)"),
    line("user", "Run it."),
    line("assistant", f"It ran:\n{LOG}"),
    boundary("10", 120_000),
    summary("Never push to the branch release-7. The limit is 250 rows a batch. src/loader.py is used. The user wants the backups deleted."),
    line("user", "Add a retry with 5 attempts."),
    line("assistant", "The retry has 5 attempts. </script></style><img src=x onerror=alert(1)> \x1b[31mred \u202ededdih"),
    boundary("30", 150_000),
    summary("The limit is 500 rows a batch. A retry with 5 attempts was added to src/loader.py."),
    line("user", "Write the changelog."),
    line("assistant", "CHANGELOG.md has it."),
    boundary("50", 90_000),
    summary("A retry was added. The changelog was written."),
]  # fmt: skip


@pytest.fixture(scope="module")
def audits():
    (session,) = sessions(lines("".join(json.dumps(row) + "\n" for row in ROWS), "s"))
    return audit_session(session, Options(fast=True))


@pytest.fixture(scope="module")
def page(audits):
    return session_page.session_page("work.jsonl", [("", a) for a in audits], survival(audits))


def test_without_scripts_the_line_of_compactions_is_there(page):
    assert page.count('data-c="') == 3 and "120,000 → ~" in page and "2026-03-02T08:30" in page
    assert "after 3" in page and "instruction" in page and 'role="img"' in page
    assert "<script>alert" not in page and "<img" not in page and "\x1b" not in page and "\u202e" not in page


def test_one_text_stands_for_all_that_was_said(audits):
    sources = []
    entries = [session_page._entry("", a, sources) for a in audits]
    assert [e["source"] for e in entries] == [0, 0, 0] and len(sources) == 1
    for entry in entries:
        assert sources[0].startswith("Never push")
        wide = sources[0].encode("utf-16-le")
        spans = [f for f in entry["findings"] if f["source_span"] and f["outcome"] == "missing"]
        assert spans
        for f in spans:
            start, end = f["source_span"]
            assert wide[2 * start : 2 * end].decode("utf-16-le") == f["source"]


def test_a_long_session_has_what_is_around_each_finding(audits, monkeypatch):
    monkeypatch.setattr(session_page, "MOST_CHARACTERS", 100)
    sources = []
    entry = session_page._entry("", audits[1], sources)
    assert sources == [] and entry["source"] is None
    for f in entry["findings"]:
        if f["source_span"]:
            text, start, end = f["around"]
            assert text.encode("utf-16-le")[2 * start : 2 * end].decode("utf-16-le") == f["source"]


def test_a_shared_page_holds_no_word_of_it(audits):
    rows = [bare(a.to_dict(redact=True)) for a in audits]
    text = session_page.shared_page(rows, survival(audits))
    assert "No words of the session" in text and "120,000" in text
    assert session_page.packed({}) not in text
    import base64
    import gzip
    import re

    data = re.search(r'id="session">([^<]+)<', text)[1]
    whole = text + gzip.decompress(base64.b64decode(data)).decode()
    for word in ("release-7", "loader", "backups", "shard", "hash:", "work.jsonl", "batch"):
        assert word not in whole


def test_the_command_writes_it(tmp_path, run):
    path, out = tmp_path / "work.jsonl", tmp_path / "page.html"
    path.write_text("".join(json.dumps(row) + "\n" for row in ROWS))
    code, said, _ = run("audit", path, "--fast", "--html", out)
    assert code == 1 and str(out) in said and out.read_text().count('data-c="') == 3
    run("audit", path, "--fast", "--html", out, "--redact")
    assert "No words of the session" in out.read_text()


def test_curves():
    assert drawn({"file": [(1, 1)]}) is None and drawn({}) is None
    svg = drawn({"a<b>": [(1, 2), None, (1, 4)], "path": [(2, 2), (1, 2)]})
    assert svg.count("<path") == 2 and "<b>" not in svg and "after 3" in svg


@pytest.mark.slow
@needs_browser
def test_from_a_finding_to_both_texts(page, tmp_path):
    path = tmp_path / "session.html"
    path.write_text(page, encoding="utf-8")
    with running() as browser, tab(browser, path.as_uri()) as (shown, problems):
        shown.wait_for_selector("html[data-ready]")
        shown.locator("button[data-c]").nth(1).click()  # one
        shown.locator("#findings button", has_text="250").first.click()  # two: both texts stand there
        assert "replaced" in shown.inner_text(".about") or "turned" in shown.inner_text(".about")
        on = shown.locator("#both .text a.text-on")
        assert on.count() == 2 and shown.url.endswith("#c=2&f=" + shown.url.split("=")[-1])
        for i in range(2):  # in sight in each text
            assert on.nth(i).evaluate(
                "n => { const r = n.getBoundingClientRect(), f = n.closest('.text').getBoundingClientRect(); return r.top >= f.top && r.bottom <= f.bottom; }"
            )
        before = shown.inner_text(".about")
        shown.keyboard.press("n")
        assert shown.inner_text(".about") != before
        shown.keyboard.press("k")
        assert "of 1" in shown.inner_text("#count").replace(",", "") and shown.locator("#findings li").count() == 100  # the list grows
        grown = "() => { const b = document.querySelector('#findings'); b.scrollTop = 1e6; return b.querySelectorAll('li').length >= 200; }"
        until(shown, grown)  # scrolled again where a slow machine put the chosen one back into sight
        shown.keyboard.press("j")
        shown.keyboard.press("j")
        assert "Compaction 3" in shown.inner_text("#one-head")
        shown.fill("#search", "release-7")
        assert shown.locator("#findings li").count() == 1
        assert problems == [] and shown.locator("#both img, #both script").count() == 0


@needs_browser
@pytest.mark.slow
@pytest.mark.parametrize(("width", "scheme"), [(1440, "light"), (390, "dark")])
def test_the_page_is_accessible_and_narrow(page, tmp_path, width, scheme):
    path = tmp_path / "session.html"
    path.write_text(page, encoding="utf-8")
    with (
        running() as browser,
        tab(browser, path.as_uri() + "#c=2&f=1", viewport={"width": width, "height": 900}, color_scheme=scheme) as (
            shown,
            problems,
        ),
    ):
        shown.wait_for_selector(".about .tag")
        assert violations(shown) == [] and problems == []
        assert shown.evaluate("document.documentElement.scrollWidth") <= width and too_wide(shown) == []
