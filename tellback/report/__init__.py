"""A study folder in, report.html and report.md out: `write_report(directory)`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path


def in_a_sentence(directory: Path) -> str:
    """What a study found, in the sentence with which its report begins. Raises UsageError where the folder holds no results."""
    from tellback.report.headline import headline
    from tellback.report.load import load
    from tellback.study.controls import conclusion

    study = load(directory)
    return headline(study, conclusion(study.controls)[0])


def write_report(directory: Path, beside: Sequence[Path] = ()) -> Path:
    """Write DIR/report.html and DIR/report.md from a study folder; the path of the former. See `page.write_report`."""
    from tellback.report import page  # so that `report.diff` can be imported without jinja2, pyarrow and Altair

    return page.write_report(directory, beside)
