"""What every browser test needs: Debian's chromium under playwright, and a tab that remembers what went wrong in it."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
needs_browser = pytest.mark.skipif(CHROMIUM is None, reason="no chromium on the PATH: apt-get install chromium")


@contextmanager
def running() -> Iterator:
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with playwright.sync_playwright() as p:
        found = p.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield found
        found.close()


@contextmanager
def tab(browser, url: str, **more) -> Iterator:
    """(page, problems): messages of the console, errors, dialogs, and requests that leave the page's own address."""
    page, problems = browser.new_page(**({"viewport": {"width": 1440, "height": 900}} | more)), []
    own = url.split("#")[0].split("?")[0]
    page.on("request", lambda r: None if r.url.startswith((own, "data:", "blob:")) else problems.append(r.url))
    page.on("dialog", lambda d: (problems.append(d.message), d.dismiss()))
    page.on("console", lambda m: problems.append(m.text))
    page.on("pageerror", lambda e: problems.append(str(e)))
    page.goto(url)
    yield page, problems
    page.close()


def until(page, expression: str, seconds: float = 30) -> None:
    """Wait until the page says so. Asked from outside: a page that forbids `eval` forbids playwright's own waiting too."""
    end = time.monotonic() + seconds
    while not page.evaluate(expression):
        assert time.monotonic() < end, f"not so within {seconds} s: {expression}"
        page.wait_for_timeout(20)


def settled(page) -> None:
    """Wait until the documents that were asked for stand on the study's page."""
    until(page, "document.getElementById('documents').getAttribute('aria-busy') !== 'true'")


def too_wide(page) -> list:
    """What stands out of the window, or out of a box that would have to be scrolled sideways."""
    return page.evaluate(
        """() => [...document.querySelectorAll('main, main *')].filter(n => !n.closest('.text, svg, .unseen, thead, [hidden], .row'))
        .filter(n => n.getBoundingClientRect().right > innerWidth + 1 || (n.matches('.scroll') && n.scrollWidth > n.clientWidth + 1))
        .map(n => n.tagName + ' ' + n.className + ' ' + n.textContent.slice(0, 40))"""
    )


def violations(page, severe=("serious", "critical")) -> list:
    """What axe-core finds of these impacts."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed")
    found = axe.Axe().run(page).response["violations"]
    return [(v["id"], [n["target"] for n in v["nodes"]][:3]) for v in found if v["impact"] in severe]
