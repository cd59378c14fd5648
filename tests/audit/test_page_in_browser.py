"""The page in a real browser: facts lead to their counterparts, filters filter, and nothing else runs."""

import shutil

import pytest
from browser import tab, too_wide, violations
from stand_in import audit

from tellback.audit import page as pages

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no chromium on the PATH: apt-get install chromium")

LINES = [
    f"In {1800 + i} the builder of Eiffel raised {1000 + 3 * i} stones. It was cold and nobody came." for i in range(60)
]
SOURCE = "\n".join(LINES) + "\n<script>alert('s')</script> by Zed \u202e"
OUTPUT = (
    "\n".join(LINES[:40]).replace("1807", "1707")
    + "\n"
    + "\n".join(LINES[50:])
    + " <img src=x onerror=alert(1)> by Kim and by Tom"
)


@pytest.fixture(scope="module")
def browser():
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with playwright.sync_playwright() as p:
        found = p.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield found
        found.close()


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    found = tmp_path_factory.mktemp("page") / "audit.html"
    found.write_text(pages.render(audit(SOURCE, OUTPUT), "source.txt, output.txt"), encoding="utf-8")
    return found


@pytest.fixture
def opened(browser, path):
    """(page, what went wrong): dialogs, requests, messages of the console."""
    tab = browser.new_page(viewport={"width": 1180, "height": 900})
    problems = []
    tab.on("request", lambda r: problems.append(r.url) if not r.url.startswith((path.as_uri(), "data:")) else None)
    tab.on("dialog", lambda d: (problems.append(d.message), d.dismiss()))
    tab.on("console", lambda m: problems.append(m.text))
    tab.on("pageerror", lambda e: problems.append(str(e)))
    tab.goto(path.as_uri())
    yield tab, problems
    tab.close()


def shown_in(tab, box, text):
    """Whether the chosen piece of text `box` is `text` and lies in its visible part."""
    return tab.evaluate(
        """([n, text]) => { const box = document.querySelectorAll('.text')[n], frame = box.getBoundingClientRect();
        return [...box.querySelectorAll('.text-on')].some(a => { const r = a.getBoundingClientRect();
          return a.textContent === text && r.top >= frame.top && r.bottom <= frame.bottom; }); }""",
        [box, text],
    )


def test_it_opens_and_does_nothing_else(opened):
    tab, problems = opened
    tab.wait_for_timeout(150)
    assert problems == []
    assert "<script>alert('s')</script>" in tab.inner_text(".text >> nth=0")
    assert tab.evaluate("document.documentElement.scrollWidth") <= 1180


def test_a_fact_leads_to_its_counterpart(opened):
    tab, problems = opened
    target = tab.locator(".text >> nth=0").locator("a", has_text="1859")
    target.scroll_into_view_if_needed()
    before = tab.evaluate("document.querySelectorAll('.text')[0].scrollTop")
    assert tab.evaluate("document.querySelectorAll('.text')[1].scrollTop") == 0
    target.click()
    assert shown_in(tab, 1, "1859")
    assert tab.evaluate("document.querySelectorAll('.text')[0].scrollTop") == before  # what was clicked stays
    assert "faithful number" in tab.inner_text("#chosen")
    tab.locator(".text >> nth=1").locator("a", has_text="1707").click()
    assert shown_in(tab, 0, "1807") and "says 1707 for 1807" in tab.inner_text("#chosen")
    tab.locator("li[data-outcome=missing] a").first.click()
    assert "missing" in tab.inner_text("#chosen") and problems == []


def test_filters(opened):
    tab, problems = opened
    assert tab.locator(".text >> nth=0").locator("a.o-faithful").count() > 90
    tab.uncheck("input[value=faithful]")
    assert tab.locator(".text >> nth=0").locator("a.o-faithful").count() == 0
    tab.select_option("#kind", "name")
    visible = tab.evaluate(
        "[...document.querySelectorAll('li[data-fact]')].filter(l => !l.hidden).map(l => l.dataset.kind)"
    )
    assert visible and set(visible) == {"name"}
    assert tab.inner_text("#count") == f"{len(visible)} of {tab.locator('li[data-fact]').count()} shown"
    assert problems == []


def test_keyboard(opened):
    tab, problems = opened
    tab.keyboard.press("n")
    first = tab.inner_text("#chosen")
    assert first.startswith("invented")
    tab.keyboard.press("n")
    assert tab.inner_text("#chosen") != first
    tab.keyboard.press("p")
    assert tab.inner_text("#chosen") == first
    tab.keyboard.press("Escape")
    assert "Choose a fact" in tab.inner_text("#chosen")
    # one fact of a text can be tabbed to, the arrows go on from there, Enter chooses
    assert tab.evaluate("document.querySelectorAll('.text')[0].querySelectorAll('a[tabindex=\"0\"]').length") == 1
    tab.evaluate("document.querySelector('.text a[tabindex=\"0\"]').focus()")
    tab.keyboard.press("ArrowRight")
    assert tab.evaluate("document.activeElement.textContent") == "Eiffel"
    tab.keyboard.press("Enter")
    assert "«Eiffel»" in tab.inner_text("#chosen") and problems == []


@pytest.mark.parametrize(("width", "scheme"), [(1180, "light"), (390, "dark")])
def test_light_dark_and_narrow(browser, path, width, scheme):
    tab = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
    tab.goto(path.as_uri())
    assert tab.evaluate("document.documentElement.scrollWidth") <= width
    ink, paper = tab.evaluate("(s => [s.color, s.backgroundColor])(getComputedStyle(document.body))")
    assert (sum(_rgb(ink)) < sum(_rgb(paper))) == (scheme == "light")
    tab.close()


@pytest.mark.slow
@pytest.mark.parametrize(("width", "scheme"), [(1440, "light"), (390, "dark")])
def test_axe_finds_nothing_serious_and_nothing_is_too_wide(browser, path, width, scheme):
    with tab(browser, path.as_uri(), viewport={"width": width, "height": 900}, color_scheme=scheme) as (page, problems):
        assert violations(page) == [] and too_wide(page) == [] and problems == []


def test_a_text_that_is_scrolled_takes_the_other_along(opened):
    """To the twin of what is in sight, though a sixth of the lines are not in the output; a chosen fact moves its twin alone."""
    page, problems = opened
    box = page.locator(".text >> nth=0")
    box.scroll_into_view_if_needed()
    page.mouse.move(*(box.bounding_box()[k] + 60 for k in ("x", "y")))
    for _ in range(6):
        page.mouse.wheel(0, 260)
        page.wait_for_timeout(60)
    page.wait_for_timeout(200)
    tops = page.evaluate(
        """() => { const first = [...document.querySelectorAll('.text')].map(t => { const y = t.getBoundingClientRect().top;
        return [...t.querySelectorAll('a[data-facts]')].filter(a => a.getBoundingClientRect().bottom >= y).slice(0, 6).map(a => a.textContent); });
        return [document.querySelectorAll('.text')[1].scrollTop, first]; }"""
    )
    assert tops[0] > 300 and set(tops[1][0]) & set(tops[1][1]) and problems == []


def test_a_link_to_a_finding_chooses_it(browser, path):
    with tab(browser, path.as_uri() + "#r3") as (page, problems):
        third = page.inner_text("#chosen")
        page.keyboard.press("n")
        assert page.inner_text("#chosen") != third and page.url.endswith("#r4") and problems == []


def test_search(opened):
    page, problems = opened
    page.keyboard.press("/")
    page.keyboard.type("1707")
    assert page.inner_text("#count").startswith("1 of") and problems == []


def test_without_scripts_everything_is_there(browser, path):
    context = browser.new_context(java_script_enabled=False)
    tab = context.new_page()
    tab.goto(path.as_uri())
    assert tab.locator("form.filters").is_hidden() and tab.locator("li[data-outcome=missing]").first.is_visible()
    assert tab.locator(".text a").first.get_attribute("href").startswith("#r")
    context.close()


def test_in_a_notebook(browser, tmp_path):
    """The frame works by itself: its own origin, no access to what is around it."""
    (tmp_path / "book.html").write_text(f"<!doctype html><p>cell</p>{pages.notebook(audit(SOURCE, OUTPUT))}")
    tab = browser.new_page()
    problems = []
    tab.on("dialog", lambda d: (problems.append(d.message), d.dismiss()))
    tab.on("pageerror", lambda e: problems.append(str(e)))
    tab.goto((tmp_path / "book.html").as_uri())
    frame = tab.frame_locator("iframe")
    frame.locator(".text >> nth=1").locator("a", has_text="1707").click()
    assert "says 1707 for 1807" in frame.locator("#chosen").inner_text()
    assert problems == []
    tab.close()


def _rgb(text):
    return [int(part) for part in text.removeprefix("rgb(").rstrip(")").split(",")]
