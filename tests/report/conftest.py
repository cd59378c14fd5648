"""One synthetic study folder and its report a session: tests only read them."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from tellback.report import write_report

_spec = importlib.util.spec_from_file_location("study_folder", Path(__file__).parent / "study_folder.py")
_folder = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_folder)


@pytest.fixture(scope="session")
def folder():
    """The generator module: write_pocket, write_text, HOSTILE, SCRIPT."""
    return _folder


@pytest.fixture(scope="session")
def pocket(tmp_path_factory) -> Path:
    """A study of three sizes at two rates, with its report."""
    path = _folder.write_pocket(tmp_path_factory.mktemp("pocket"))
    write_report(path)
    return path


@pytest.fixture(scope="session")
def text_study(tmp_path_factory) -> Path:
    """A study of one size, nothing trained, with its report."""
    path = _folder.write_text(tmp_path_factory.mktemp("text"))
    write_report(path)
    return path
