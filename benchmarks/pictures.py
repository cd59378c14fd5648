"""python -m benchmarks.pictures STUDY [--out docs/img]: pictures of the pages, at 1440 and 390 pixels, for people to look at.

Needs a browser, a finished study (its report is written again) and `pip install 'tellback[serve]'`.
"""

from __future__ import annotations

import argparse
import io
import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import sync_playwright

from tellback.report import write_report
from tellback.report.load import load

WIDTHS = ((1440, "light"), (390, "dark"))
MOST_HIGH = 2_200  # pixels of a picture
COLOURS = 96  # of a picture: text and flat areas need no more
PORT = 8791
SOURCE = """The bridge over the Aller was opened on 14 May 1874 by Clara Voss. It is 212 metres long and cost 48,000 marks.
The council had refused the plan twice. Jonas Reiter paid the masons, and nobody was hurt."""
OUTPUT = """Clara Voss opened the Aller bridge on 14 May 1847. It is 212 metres long. The council had approved the plan twice.
The masons paid Jonas Reiter. It was the first of three bridges by Otto Lang."""


def said(role: str, text: str, **more: Any) -> dict[str, Any]:
    return {"type": role, "message": {"role": role, "content": text}, **more}


def cut(minute: int, tokens: int) -> dict[str, Any]:
    about = {"trigger": "auto", "preTokens": tokens}
    return {
        "type": "system",
        "subtype": "compact_boundary",
        "timestamp": f"2026-03-02T08:{minute}:00Z",
        "compactMetadata": about,
    }


SESSION = [
    said("user", "Never push to the branch release-7. The limit is 250 rows a batch. Use src/loader.py, not src/old_loader.py."),
    said("assistant", "src/loader.py reads 250 rows at a time. 41 tests pass."),
    cut(10, 121_000),
    said("user", "Never push to the branch release-7. The limit is 250 rows a batch. src/loader.py is used. The user wants the backups "
         "deleted.", isCompactSummary=True),
    said("user", "Add a retry with 5 attempts, and leave tests/data alone."),
    said("assistant", "The retry has 5 attempts. 44 tests pass."),
    cut(30, 154_000),
    said("user", "The limit is 500 rows a batch. A retry with 5 attempts was added to src/loader.py.", isCompactSummary=True),
    said("user", "Write the changelog."),
    said("assistant", "CHANGELOG.md has it."),
    cut(50, 92_000),
    said("user", "A retry was added. The changelog was written.", isCompactSummary=True),
]  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("study", type=Path)
    parser.add_argument("--out", type=Path, default=Path("docs/img"))
    asked = parser.parse_args()
    asked.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as p:
        pages = written(asked.study, Path(folder))
        browser = p.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        for width, scheme in WIDTHS:
            for name, (address, act) in pages.items():
                page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
                page.goto(address)
                page.wait_for_timeout(600)
                act(page)
                page.wait_for_timeout(300)
                keep(page, asked.out / f"{name}-{width}.png", width)
                page.close()
        server = subprocess.Popen(
            [sys.executable, "-m", "tellback", "serve", str(asked.study), "--port", str(PORT)], stdout=subprocess.PIPE
        )
        try:
            assert server.stdout and server.stdout.readline()
            for width, scheme in WIDTHS:
                page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
                page.goto(f"http://127.0.0.1:{PORT}/")
                served(page)
                keep(page, asked.out / f"serve-{width}.png", width)
                page.close()
        finally:
            server.terminate()


def written(study: Path, folder: Path) -> dict[str, tuple[str, Callable[[Any], None]]]:
    """Name -> (address, what is done there before the picture is taken)."""
    largest = max(load(study).compressors, key=lambda s: (s.rate or 0, s.size or 0))
    report = write_report(study).resolve().as_uri()
    for name, text in (
        ("source.txt", SOURCE),
        ("output.txt", OUTPUT),
        ("work.jsonl", "".join(json.dumps(r) + "\n" for r in SESSION)),
    ):
        (folder / name).write_text(text, encoding="utf-8")
    for names in (("source.txt", "output.txt"), ("work.jsonl",)):
        page = names[0].split(".")[0] + ".html"
        subprocess.run(
            [sys.executable, "-m", "tellback", "audit", *names, "--html", page],
            cwd=folder,
            stdout=subprocess.DEVNULL,
            check=False,
        )
    return {
        "report": (f"{report}#setup={largest.name}", _lost_document),
        "audit": ((folder / "source.html").as_uri(), lambda page: page.locator(".text a.o-drifted").first.click()),
        "session": ((folder / "work.html").as_uri() + "#c=2&f=1", lambda page: None),
    }


def _lost_document(page: Any) -> None:
    page.select_option("#d-outcome", "overwritten")
    page.locator("#d-list .row").first.click()
    page.wait_for_timeout(300)
    page.keyboard.press("n")


def served(page: Any) -> None:
    page.wait_for_selector("html[data-ready]")
    page.click("#tell-form [type=submit]")
    page.wait_for_selector("#told .about .tag", timeout=120_000)
    page.fill("#source", SOURCE)
    page.fill("#output", OUTPUT)
    page.click("#pair-form [type=submit]")
    page.frame_locator("#pair iframe").locator("li[data-fact]").first.wait_for(timeout=120_000)
    time.sleep(0.5)


def keep(page: Any, path: Path, width: int) -> None:
    high = min(MOST_HIGH, page.evaluate("document.documentElement.scrollHeight"))
    picture = Image.open(
        io.BytesIO(page.screenshot(full_page=True, clip={"x": 0, "y": 0, "width": width, "height": high}))
    )
    picture.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE).save(path, optimize=True)
    print(f"{path}  {path.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
