"""`tellback.audit` is a function for whoever calls it and a module for whoever imports from it, in every order."""

import subprocess
import sys

import pytest

TEXTS = 'found = {}("It cost 1,500 dollars.", "It cost 1,600 dollars.", fast=True)'
CHECK = "assert found.counts['replaced'] == 1 and found.to_dict()['n_facts'] == 1, found"


@pytest.mark.parametrize(
    "code",
    [
        f"import tellback; {TEXTS.format('tellback.audit')}",
        f"from tellback import audit; {TEXTS.format('audit')}",
        f"from tellback.audit import audit, Audit, Finding; {TEXTS.format('audit')}; assert isinstance(found, Audit)",
        f"import tellback.audit as m; {TEXTS.format('m')}",
        f"from tellback.audit import Audit; import tellback; {TEXTS.format('tellback.audit')}",
        f"import tellback.audit.examine; import tellback; {TEXTS.format('tellback.audit')}",
        f"import importlib; m = importlib.import_module('tellback.audit'); {TEXTS.format('m.audit')}; m.Audit",
        f"import tellback, pickle; {TEXTS.format('tellback.audit')}; assert pickle.loads(pickle.dumps(found)) == found",
    ],
)
def test_every_way_to_name_it(code):
    done = subprocess.run([sys.executable, "-c", f"{code}\n{CHECK}"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_importing_the_package_stays_light():
    probe = (
        "import tellback, sys; sys.exit(any(m in sys.modules for m in ('torch', 'spacy', 'transformers', 'jinja2')))"
    )
    assert subprocess.run([sys.executable, "-c", probe]).returncode == 0


def test_a_notebook_shows_the_page():
    import tellback

    text = tellback.audit("It cost 1,500 dollars.", "It cost 1,600 dollars.", fast=True)._repr_html_()
    assert text.startswith("<iframe") and "1,600" in text
