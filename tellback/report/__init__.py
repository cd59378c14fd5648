"""A study folder in, report.html and report.md out: `write_report(directory)`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path


def write_report(directory: Path, beside: Sequence[Path] = ()) -> Path:
    """Write DIR/report.html and DIR/report.md from a study folder; the path of the former. See `page.write_report`."""
    from tellback.report import page  # so that `report.diff` can be imported without jinja2, pyarrow and Altair

    return page.write_report(directory, beside)
