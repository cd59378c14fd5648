"""What is installed is what is here: every file that the package reads is in it."""

import tomllib
from fnmatch import fnmatch
from pathlib import Path

import tellback

ROOT = Path(tellback.__file__).parent


def test_every_file_that_is_no_code_is_packaged():
    pyproject = tomllib.loads((ROOT.parent / "pyproject.toml").read_text(encoding="utf-8"))
    packed = pyproject["tool"]["setuptools"]["package-data"]
    patterns = [f"{'/'.join(package.split('.')[1:])}/{pattern}".lstrip("/") for package, of in packed.items() for pattern in of]
    files = [p.relative_to(ROOT).as_posix() for p in ROOT.rglob("*") if p.is_file() and p.suffix not in (".py", ".pyc")]
    assert files and [f for f in files if not any(fnmatch(f, pattern) for pattern in patterns)] == []
