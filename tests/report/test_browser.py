"""The report in a real browser: it opens, asks the network for nothing, and runs nothing of what documents say."""

from __future__ import annotations

import shutil

import pytest

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
ARGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no chromium on the PATH: apt-get install chromium")


@pytest.fixture(scope="module")
def browser():
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with playwright.sync_playwright() as p:
        found = p.chromium.launch(executable_path=CHROMIUM, args=ARGS)
        yield found
        found.close()


@pytest.mark.parametrize(("width", "scheme"), [(1180, "light"), (390, "dark")])
def test_the_page_opens_and_does_nothing_else(browser, pocket, width, scheme):
    page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
    requests, dialogs, problems = [], [], []
    page.on("request", lambda r: requests.append(r.url))
    page.on("dialog", lambda d: (dialogs.append(d.message), d.dismiss()))
    page.on("console", lambda m: problems.append(m.text))
    page.on("pageerror", lambda e: problems.append(str(e)))
    url = (pocket / "report.html").as_uri()
    page.goto(url)
    page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    page.wait_for_timeout(200)

    assert [r for r in requests if r != url and not r.startswith("data:")] == []
    assert dialogs == []
    assert problems == []
    assert page.evaluate("document.documentElement.dataset.ready") == "1"
    text = page.inner_text("body")
    for words in ("Nothing can be concluded", "pocket-conflict", "<script>alert('told-back')</script>", "undertrained"):
        assert words in text
    assert page.locator("mark").first.is_visible()
    assert page.locator(".panel svg").first.is_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= width  # tables scroll by themselves
    ink, paper = page.evaluate("(s => [s.color, s.backgroundColor])(getComputedStyle(document.body))")
    assert (sum(_rgb(ink)) < sum(_rgb(paper))) == (scheme == "light")
    page.close()


def test_drawings_stay_inside_the_page(browser, pocket):
    page = browser.new_page(viewport={"width": 390, "height": 900})
    page.goto((pocket / "report.html").as_uri())
    widths = page.evaluate("[...document.querySelectorAll('.panel svg')].map(s => s.getBoundingClientRect().right)")
    assert len(widths) >= 20
    assert max(widths) <= 390
    page.close()


def _rgb(text: str) -> list[int]:
    return [int(part) for part in text.removeprefix("rgb(").rstrip(")").split(",")]
