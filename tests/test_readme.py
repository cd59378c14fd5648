"""What README.md shows is what the project does."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_links_and_pictures_exist():
    for target in re.findall(r"\]\((?!https?:)([^)#]+)\)", README):
        assert (ROOT / target).exists(), target


def python(words: str) -> str:
    """The example in Python that holds `words`."""
    (example,) = [code for code in re.findall(r"```python\n(.*?)```", README, re.DOTALL) if words in code]
    return example


@pytest.mark.parametrize("command", sorted(set(re.findall(r"(?:\$ |`)tellback ([a-z-]+)", README))))
def test_commands_exist(command):
    done = subprocess.run([sys.executable, "-m", "tellback", command, "--help"], capture_output=True, text=True)
    assert done.returncode == 0, command


def test_every_compressor_is_in_the_table():
    from tellback.compressors import COMPRESSORS

    for name in COMPRESSORS:
        assert f"| `{name}` |" in README


def test_the_map_names_every_folder():
    for folder in (ROOT / "tellback").iterdir():
        if folder.is_dir() and (folder / "__init__.py").exists():
            assert f"{folder.name}/" in README, folder.name


def section(title):
    return README.split(f"## {title}\n")[1].split("\n## ")[0]


def test_adding_a_drift_is_as_it_says():
    from tellback.compare.rules import base, table

    text = section("Add a drift")
    for path in re.findall(r"`(tellback/[\w/]+\.py)`", text):
        assert (ROOT / path).exists() or path.endswith("my_drift.py"), path
    parts = [base, table, base.Rule, table.Line]
    for name in re.findall(r"`@?([A-Za-z_]+)(?:\(pair\))?`", text):
        known = any(hasattr(part, name) or name in getattr(part, "__annotations__", ()) for part in parts)
        assert known, name


def test_the_yaml_example_parses():
    import yaml

    from tellback.config import StudySpec, parse

    (example,) = re.findall(r"```yaml\n(.*?)```", README, re.DOTALL)
    assert parse(StudySpec, yaml.safe_load(example), "README").rates == (4, 16)


def test_the_python_example_runs(tmp_path, monkeypatch, world):
    """On a tiny setup of the same name."""
    from tellback.config import read_study
    from tellback.store import StudyFolder
    from tellback.study.grid import setups
    from tellback.study.setup import run_setup

    example = python("tellback.load(")
    study = read_study("smoke")
    spec = next(s for s in setups(study) if s.name == "pooling-2x-tiny-s0")
    monkeypatch.chdir(tmp_path)
    folder = StudyFolder(Path("runs/pocket"))
    folder.open(study)
    run_setup(spec, folder.setup(spec.key()))
    exec(example.replace("pooling-2x-pocket-llama-60k-s0", spec.name), {})


@pytest.mark.slow
def test_a_kind_of_fact_is_one_file_and_one_line(tmp_path):
    """The file and the line of «Add a kind of fact», in a copy of the package: the contract test runs over them."""
    shutil.copytree(ROOT / "tellback", tmp_path / "tellback", ignore=shutil.ignore_patterns("data", "*.safetensors", "__pycache__"))
    kinds = tmp_path / "tellback" / "facts" / "kinds"
    (kinds / "levels.py").write_text(python("class Level("), encoding="utf-8")
    table = (kinds / "table.py").read_text(encoding="utf-8")
    table = table.replace("\nfrom tellback.facts.kinds.marked", "\nfrom tellback.facts.kinds.levels import LEVEL\nfrom tellback.facts.kinds.marked")
    (kinds / "table.py").write_text(table.replace("    NUMBER,\n", "    NUMBER,\n    LEVEL,\n"), encoding="utf-8")
    shutil.copy(ROOT / "tests" / "facts" / "test_kinds.py", tmp_path)
    audit = "from tellback.audit import audit\nprint(*(f.outcome for f in audit('ERROR: it is full', 'INFO: it is full', fast=True).findings))"
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    said = subprocess.run([sys.executable, "-c", audit], cwd=tmp_path, env=environment, capture_output=True, text=True, check=True)
    assert said.stdout.split() == ["replaced"]
    run = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_kinds.py", "-k", "level or made_of_all"]
    done = subprocess.run(run, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0 and "6 passed" in done.stdout, done.stdout
