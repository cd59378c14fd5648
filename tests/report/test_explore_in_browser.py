"""The study's page in a real browser: from a point to its setup to its documents, filtered, searched, linked, saved."""

from __future__ import annotations

import time

import pytest
from browser import needs_browser, running, settled, tab, too_wide, until, violations

from tellback.report import write_report

pytestmark = needs_browser
SETUP = "pooling-8x-pocket-60k-s0"
CHANGED_TWICE = """(() => { const s = document.getElementById('d-set'), last = s.value, other = [...s.options].find((o) => o.value !== last && o.value !== 'pocket-stress').value;
  for (const value of [other, last]) { s.value = value; s.dispatchEvent(new Event('change')); } })()"""


@pytest.fixture(scope="module")
def browser():
    with running() as found:
        yield found


@pytest.fixture
def opened(browser, pocket):
    with tab(browser, (pocket / "report.html").as_uri()) as (page, problems):
        page.wait_for_selector("html[data-ready]")
        yield page, problems
        assert problems == []


def point(page, name):
    """The middle of a setup's point in the upper plot."""
    page.select_option("#f-setup", name)
    settled(page)
    box = page.locator("#plot circle.ring").first.bounding_box()
    page.select_option("#f-setup", "")
    settled(page)
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def test_from_a_point_to_a_document(opened):
    page, _ = opened
    x, y = point(page, SETUP)
    page.mouse.move(x, y)
    assert SETUP in page.inner_text(".tip") and "kept" in page.inner_text(".tip")
    page.mouse.click(x, y)
    settled(page)
    assert SETUP in page.inner_text("#setup-words") and "setup=" in page.url
    page.locator("#d-list .row").nth(1).click()
    assert "pocket-conflict-1" in page.inner_text("#d-view h3")
    labels = page.locator("#d-view .output .name").all_inner_texts()
    assert labels[0] == "source" and "61.4k" in labels[1] and "1.02M" in labels[-1]  # lite and large beside each other
    fact = page.locator("#d-view .text >> nth=0").locator("a[data-facts]").first
    fact.click()
    n = fact.get_attribute("data-facts").split(" ")[0]
    on = page.locator("#d-view .text a.text-on")
    assert on.count() >= 2 and all(n in each.get_attribute("data-facts").split() for each in on.all())
    assert "belief" in page.inner_text(".about") and page.url.endswith(f"fact={int(n) + 1}")


@pytest.mark.slow
def test_a_link_leads_to_one_fact_and_back(browser, pocket):
    link = f"#setup={SETUP}&set=pocket-stress&doc=pocket-stress-3&fact=2&with=identity-pocket-60k-s0"
    with tab(browser, (pocket / "report.html").as_uri() + link) as (page, problems):
        page.wait_for_selector(".about b")
        assert page.inner_text(".about").startswith("2. ") and "identity" in page.inner_text("#d-view .texts")
        assert 0 <= page.locator("#documents").bounding_box()["y"] < 300
        page.keyboard.press("n")
        assert page.inner_text(".about").startswith("3. ")
        page.keyboard.press("j")
        assert "pocket-stress-4" in page.inner_text("#d-view h3")
        page.go_back()
        until(page, "document.querySelector('#d-view h3').textContent.includes('pocket-stress-3')")
        assert problems == []


@pytest.mark.slow
def test_a_case_study_opens_where_it_can_be_explored(opened):
    page, _ = opened
    page.locator("a.open").first.click()
    page.wait_for_selector("#d-view h3")
    case = page.locator("section.case h3 bdi").first.inner_text()
    assert case in page.inner_text("#d-view h3") and page.locator("#d-view .output").count() == 3
    assert 0 <= page.locator("#documents").bounding_box()["y"] < 300


@pytest.mark.slow
def test_filters_and_search(opened):
    page, _ = opened
    before = page.locator("#plot path").count()
    page.locator("#f-rates input").first.uncheck()
    assert page.locator("#plot path").count() < before
    page.select_option("#f-set", label="pocket-stress · QA(i)")
    settled(page)
    page.select_option("#f-setup", SETUP)
    settled(page)
    assert page.input_value("#d-set") == "pocket-stress"  # the documents are those of the set that is drawn
    page.select_option("#f-set", label="pocket-conflict · QA(ii)")
    settled(page)
    assert page.input_value("#d-set") == "pocket-conflict"
    page.evaluate(CHANGED_TWICE)  # the second while the first is still being unpacked
    settled(page)
    assert page.input_value("#d-set") == "pocket-conflict" and "set=pocket-conflict" in page.url
    page.select_option("#d-outcome", "overwritten")
    rows = page.locator("#d-list .row .squares").all_inner_texts()
    assert rows and all("o" in row for row in rows)
    page.select_option("#d-outcome", "")
    page.keyboard.press("Escape")
    page.locator("#d-view").click()
    page.keyboard.press("/")
    page.keyboard.type("note 7.")
    assert page.locator("#d-list .row").count() == 1 and "1 of 12" in page.inner_text("#d-count")


@pytest.mark.slow
def test_what_documents_say_stays_words(opened):
    page, problems = opened
    page.select_option("#f-setup", SETUP)
    settled(page)
    for i in range(7):
        page.locator("#d-list .row").nth(i).click()
    text = page.inner_text("#d-view")
    assert problems == [] and page.locator("#d-view script, #d-view img").count() == 0
    page.locator("#d-list .row").nth(3).click()
    text = page.inner_text("#d-view")
    assert "⟨U+202E⟩" in text and "\u202e" not in page.content()


@pytest.mark.slow
def test_drawings_and_numbers_are_saved(opened):
    page, _ = opened
    with page.expect_download() as saved:
        page.click("#plot-svg")
    text = saved.value.path().read_text(encoding="utf-8")
    assert text.startswith("<svg") and "var(" not in text and "reconstruction loss" in text
    with page.expect_download() as saved:
        page.locator("button[data-save$='.csv']").first.click()
    assert saved.value.suggested_filename == "faithfulness-against-size.csv"
    assert saved.value.path().read_text(encoding="utf-8").startswith("setup,series,parameters")


@pytest.mark.slow
def test_the_table_is_sorted(opened):
    page, _ = opened
    table = page.locator(".wide table").first
    kept = "[...document.querySelector('.wide table').tBodies[0].rows].map(r => r.cells[2].dataset.v).filter(v => v).map(Number)"
    table.locator("thead button", has_text="token accuracy").click()
    values = page.evaluate(kept)
    assert len(values) >= 5 and values == sorted(values, reverse=True)
    table.locator("thead button", has_text="token accuracy").click()
    assert page.evaluate(kept) == values[::-1] and table.locator("[aria-sort=ascending]").count() == 1


@pytest.mark.slow
def test_a_browser_that_cannot_unpack_says_so(browser, pocket):
    page = browser.new_page()
    page.add_init_script("delete window.DecompressionStream")
    errors = []
    page.on("pageerror", lambda e: errors.append(str(e)))
    page.goto((pocket / "report.html").as_uri())
    assert "cannot unpack" in page.inner_text("main") and page.locator("#explore [data-script]").first.is_hidden()
    assert page.locator(".panel svg").first.is_visible() and errors == []
    page.close()


@pytest.mark.slow
def test_a_study_of_one_size_is_drawn_over_its_rates(browser, text_study):
    with tab(browser, (text_study / "report.html").as_uri() + "#setup=selective_context-4x-smollm2-135m-s0") as (page, problems):
        page.wait_for_selector("#plot circle.ring")
        words = page.locator("#plot svg").first.text_content()
        assert "2x" in words and "rate" in words and "loss" not in words and problems == []  # nothing was trained


@pytest.mark.parametrize("width", [pytest.param(1440, marks=pytest.mark.slow), pytest.param(1024, marks=pytest.mark.slow), 390])
def test_nothing_is_wider_than_the_window(browser, pocket, width):
    url = (pocket / "report.html").as_uri() + f"#setup={SETUP}&doc=pocket-conflict-4"
    with tab(browser, url, viewport={"width": width, "height": 900}) as (page, _):
        page.wait_for_selector("#d-view h3")
        page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert too_wide(page) == []


@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(browser, pocket, scheme):
    url = (pocket / "report.html").as_uri() + f"#setup={SETUP}&doc=pocket-conflict-1"
    with tab(browser, url, color_scheme=scheme) as (page, _):
        page.wait_for_selector("#d-view h3")
        assert violations(page) == []


@pytest.mark.slow
def test_ten_thousand_probes_answer_at_once(browser, folder, tmp_path):
    """First paint under 1 s, and every action under 100 ms, with 2,000 documents of five probes."""
    path = folder.write_pocket(tmp_path, n_documents=2_000, hostile=False)
    html = write_report(path)
    assert html.stat().st_size < 8_000_000
    started = time.monotonic()
    with tab(browser, html.as_uri()) as (page, problems):
        until(page, "performance.getEntriesByName('first-contentful-paint').length")  # noted after it has happened
        paint = page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime")
        page.wait_for_selector("html[data-ready]")
        assert paint < 1_000 and time.monotonic() - started < 10
        page.select_option("#f-setup", SETUP)
        settled(page)
        page.wait_for_selector("#d-list .row")
        assert "2,000 of 2,000" in page.inner_text("#d-count")
        took = {}
        for name, action in ACTIONS.items():
            took[name] = min(
                page.evaluate(
                    f"async () => {{ const t = performance.now(); {action}; document.body.offsetHeight; await 0; return performance.now() - t; }}"
                )
                for _ in range(3)
            )
        assert max(took.values()) < 100, took
        assert page.locator("#d-list .row").count() < 40 and problems == []


ACTIONS = {
    "search": "const s = document.getElementById('d-search'); s.value = s.value ? '' : 'glass'; s.dispatchEvent(new Event('input'))",
    "outcome": "const o = document.getElementById('d-outcome'); o.value = o.value ? '' : 'overwritten'; o.dispatchEvent(new Event('change'))",
    "scroll": "const l = document.getElementById('d-list'); l.scrollTop += 30000; l.dispatchEvent(new Event('scroll'))",
    "open": "document.querySelector('#d-list .row').click()",
    "rate": "document.querySelector('#f-rates input').click()",
}
