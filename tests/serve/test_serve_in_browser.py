"""The served page in a real browser: told back as one watches, audits in a frame, nothing that a text says runs."""

from __future__ import annotations

import json

import pytest
from browser import needs_browser, running, tab, too_wide, until, violations
from server import TEXT, serving

pytestmark = [needs_browser, pytest.mark.slow]


@pytest.fixture(scope="module")
def both():
    with serving() as (client, _), running() as browser:
        yield str(client.base_url), browser


def test_told_back_and_judged(both):
    address, browser = both
    with tab(browser, address + "/") as (page, problems):
        page.wait_for_selector("html[data-ready]")
        assert page.input_value("#tell-text") == TEXT
        page.click("#tell-form [type=submit]")
        page.wait_for_selector("#told .about .tag", timeout=30_000)
        assert "first words after" in page.inner_text("#tell .state")
        page.locator("#told .text a").first.click()
        assert page.locator("#told a.text-on").count() == 2
        assert problems == [] and violations(page) == []


def test_an_audit_of_two_texts_is_shown_and_inert(both):
    address, browser = both
    bad = "It cost 16 marks.</script><script>alert(1)</script><img src=x onerror=alert(2)> </template> \u202edesrever \x1b[31m"
    with tab(browser, address + "/") as (page, problems):
        page.wait_for_selector("html[data-ready]")
        page.fill("#source", "It cost 15 marks.")
        page.fill("#output", bad)
        page.check("#pair-fast")
        page.click("#pair-form [type=submit]")
        frame = page.frame_locator("#pair iframe")
        frame.locator("li[data-outcome=replaced]").wait_for()
        frame.locator(".text >> nth=0").locator("a", has_text="15").click()
        assert "16" in frame.locator("#chosen").inner_text() and problems == []


def test_a_session_file(both, tmp_path):
    address, browser = both
    rows = [{"type": "user", "message": {"role": "user", "content": "Never touch the table ledger-9."}},
            {"type": "assistant", "message": {"role": "assistant", "content": "I will not."}},
            {"type": "user", "isCompactSummary": True, "message": {"role": "user", "content": "The user wants ledger-9 dropped."}}]  # fmt: skip
    (tmp_path / "s.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    with tab(browser, address + "/") as (page, problems):
        page.wait_for_selector("html[data-ready]")
        page.set_input_files("#file", tmp_path / "s.jsonl")
        page.click("#session-form [type=submit]")
        frame = page.frame_locator("#session iframe")
        frame.locator("#findings button").first.click()
        assert "ledger-9" in frame.locator("#both").inner_text() and problems == []


def test_files_that_are_dropped_become_the_texts(both):
    address, browser = both
    drop = """([selector, name, text]) => { const data = new DataTransfer(); data.items.add(new File([text], name));
      document.querySelector(selector).dispatchEvent(new DragEvent('drop', {dataTransfer: data, bubbles: true, cancelable: true})); }"""
    with tab(browser, address + "/") as (page, problems):
        page.wait_for_selector("html[data-ready]")
        page.evaluate(drop, ["[data-drop=source]", "a.txt", "It cost 15 marks."])
        page.evaluate(drop, ["[data-drop=output]", "b.txt", "It cost 15 marks."])
        until(page, "document.getElementById('output').value && document.getElementById('source').value")
        page.click("#pair-form [type=submit]")
        assert "Kept" in page.frame_locator("#pair iframe").locator(".lead").inner_text()
        page.evaluate(drop, ["[data-drop=file]", "s.jsonl", "{}"])
        assert page.evaluate("document.getElementById('file').files[0].name") == "s.jsonl" and problems == []


def test_stopping_frees_the_place(both):
    address, browser = both
    with tab(browser, address + "/") as (page, problems):
        page.wait_for_selector("html[data-ready]")
        page.fill("#tell-text", " ".join(["Mira owns a white boat."] * 12))
        page.evaluate("for (const q of ['#tell-form [type=submit]', '#tell [data-stop]']) document.querySelector(q).click()")
        until(page, "document.querySelector('#tell .state').textContent === 'stopped'")
        assert page.is_enabled("#tell-form [type=submit]") and problems == []


@pytest.mark.parametrize(("width", "scheme"), [(1440, "light"), (390, "dark")])
def test_narrow_and_accessible(both, width, scheme):
    address, browser = both
    with tab(browser, address + "/", viewport={"width": width, "height": 900}, color_scheme=scheme) as (page, problems):
        page.wait_for_selector("html[data-ready]")
        assert page.evaluate("document.documentElement.scrollWidth") <= width and too_wide(page) == []
        assert violations(page) == [] and problems == []


def test_a_page_elsewhere_gets_nothing(both, tmp_path):
    """A page of another origin can send a form or a request; it is refused, and sees nothing of an answer."""
    address, browser = both
    (tmp_path / "evil.html").write_text("<!doctype html><p>elsewhere</p>")
    page = browser.new_page()
    page.goto((tmp_path / "evil.html").as_uri())
    script = "async (url) => { const out = []; for (const how of [{}, {mode: 'no-cors'}]) { try { const r = await fetch(url + '/audit', {method: 'POST', body: '{\"source\": \"a\", \"output\": \"b\"}', ...how}); out.push([r.type, r.status]); } catch (e) { out.push('blocked'); } } return out; }"
    assert page.evaluate(script, address) == ["blocked", "blocked"] or page.evaluate(script, address) == [
        "blocked",
        ["opaque", 0],
    ]
    page.close()
