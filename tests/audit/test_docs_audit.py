"""docs/audit.md says what the program does: its example is run, its options and fields are the real ones."""

import re
from pathlib import Path

import pytest

from benchmarks import error_rates

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "audit.md").read_text(encoding="utf-8")


@pytest.mark.slow
def test_the_example_prints_what_the_page_shows():
    """Where it does not: `python -m benchmarks.error_rates` writes the page anew."""
    assert len(error_rates.FILES.findall(TEXT)) == 2
    assert "drifted roles" in error_rates.EXAMPLE.search(TEXT)[3]
    assert error_rates.with_output(TEXT) == TEXT


def test_bars_of_the_page_are_read(tmp_path):
    from tellback.audit.bars import read_bars

    (tmp_path / "bars.yaml").write_text(re.search(r"```yaml\n(all: .*?)```", TEXT, re.S)[1])
    assert read_bars(tmp_path / "bars.yaml") == {"all": 0.95, "number": 1.0, "date": 1.0, "invented": 0, "drifted": 2, "wrong": 3}


def test_fields_and_imports_of_the_page_are_there():
    from tellback.audit import Audit
    from tellback.audit.rows import row

    for name in row(Audit("", "", ())):
        assert f"`{name}`" in TEXT, name
    for module, names in re.findall(r"^from (tellback\.\S+) import ([\w, ]+)", TEXT, re.M):
        source = (ROOT / (module.replace(".", "/") + ".py")).read_text()
        for name in names.replace(" ", "").split(","):
            assert re.search(rf"^(async )?(def|class) {name}\b", source, re.M), (module, name)
