"""A study's report in the forms that others take: `tellback report --format`."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from tellback.errors import UsageError
from tellback.registry import choose
from tellback.report.charts import can_draw
from tellback.report.drawing import as_csv, as_svg
from tellback.report.load import load
from tellback.report.page import content, figures_of, write_report
from tellback.store import write_atomically

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge")
PATIENCE = 120  # seconds for a browser to print


def write_as(directory: Path, form: str, beside: Sequence[Path] = ()) -> Path:
    """Write the report of a study folder as html, md, pdf, svg or csv, the last two a file a figure; what was written.

    Studies of the folders `beside` stand beside it. Raises UsageError for another form, a folder without results, and a PDF where there is no browser to print it.
    """
    return choose("format", form, FORMS)(directory, beside)


def _html(directory: Path, beside: Sequence[Path]) -> Path:
    return write_report(directory, beside)


def _markdown(directory: Path, beside: Sequence[Path]) -> Path:
    return write_report(directory, beside).with_suffix(".md")


def _drawings(directory: Path, beside: Sequence[Path]) -> Path:
    return _figures(directory, "svg", as_svg)


def _numbers(directory: Path, beside: Sequence[Path]) -> Path:
    return _figures(directory, "csv", as_csv)


def _figures(directory: Path, suffix: str, make: Callable) -> Path:
    if not can_draw():
        raise UsageError("the figures of a study are drawn by what this needs: pip install 'tellback[figures]'.")
    folder = directory / "figures"
    for figure in figures_of(content(load(directory))):
        folder.mkdir(exist_ok=True)
        write_atomically(folder / f"{figure.slug}.{suffix}", make(figure))
    if not folder.is_dir():
        raise UsageError(f"{directory} holds nothing that could be drawn: its setups have one size and no training.")
    return folder


def _pdf(directory: Path, beside: Sequence[Path]) -> Path:
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        raise UsageError(
            f"a PDF is printed by a browser, and there is none of {', '.join(BROWSERS)}. Install one, or print report.html."
        )
    html, pdf = write_report(directory, beside), directory / "report.pdf"
    with tempfile.TemporaryDirectory() as profile:
        made = Path(profile) / "report.pdf"
        command = [found, "--headless", "--disable-gpu", "--no-pdf-header-footer", f"--user-data-dir={profile}/profile",
                   f"--print-to-pdf={made}", html.resolve().as_uri()]  # fmt: skip
        # a browser that is run by root, as in containers, has no sandbox; the page runs nothing but its own script
        for more in ([], ["--no-sandbox"]):
            try:
                said = subprocess.run(
                    [*command[:1], *more, *command[1:]], capture_output=True, timeout=PATIENCE, check=False
                ).stderr
            except subprocess.TimeoutExpired:
                said = b"it did not end"
            if made.is_file() and made.stat().st_size:
                shutil.move(made, pdf)
                return pdf
    raise UsageError(
        f"{found} printed no PDF: {said.decode('utf-8', 'replace').strip()[-300:]}. Print report.html by hand."
    )


FORMS = {"html": _html, "md": _markdown, "pdf": _pdf, "svg": _drawings, "csv": _numbers}
