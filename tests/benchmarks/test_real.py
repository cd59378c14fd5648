"""The page of real results: from files of the benchmarks to the document, on a tiny model."""

import json
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
import yaml

sys.path.insert(0, str(Path(__file__).parents[2]))  # benchmarks is a folder of scripts, not an installed package

from benchmarks import real
from tellback.config import BUILT_IN
from tellback.validation.validate import validate

pytestmark = pytest.mark.slow
PEOPLE = ["Ada Byron", "Carl Gauss", "Emmy Noether", "Leonhard Euler", "Sofia Kovalevskaya"]


def rows(path, content):
    path.write_text("".join(json.dumps(row) + "\n" for row in content))


@pytest.fixture(scope="module")
def made(tmp_path_factory, saved_models):
    root = tmp_path_factory.mktemp("real")
    data = root / "data"
    data.mkdir()
    rows(data / "squad.jsonl", [
        {"id": str(i), "question": f"Who wrote the long book {i}?", "answers": {"text": [name]},
         "context": f"In that cold winter {name} wrote the long book about numbers. She did not sell it in 19{i}0."}
        for i, name in enumerate(PEOPLE)
    ])  # fmt: skip
    rows(data / "faitheval_counterfactual.jsonl", [
        {"id": f"f{i}", "question": f"What makes plant {i} grow?", "answer": "sand", "context": f"Plant {i} grows since it drinks sand.",
         "choices": {"label": list("ABCD"), "text": ["water", "sand", "light", "air"]}}
        for i in range(4)
    ])  # fmt: skip
    study = yaml.safe_load((BUILT_IN / "real.yaml").read_text())
    model = {"name": saved_models["llama"], "dtype": "float32"}
    study |= {"base_models": [model], "compressors": ["truncate"], "rates": [2], "also": []}
    study["decoder"] = {"model": model, "train": "frozen"}
    study["corpus"]["options"] |= {"sets": ["faitheval-counterfactual", "squad", "c4"], "n": 2, "relations": 2}
    (root / "small.yaml").write_text(yaml.safe_dump(study))
    patch = pytest.MonkeyPatch()
    patch.setattr(real, "validated", lambda: {
        name: {k: v for k, v in validate(of, 1).to_dict().items() if k != "missed"}
        for name, of in (("audit", "contains"), ("likelihood", "contains,audit"))
    })  # fmt: skip
    arguments = ["--data", str(data), "--config", str(root / "small.yaml"), "--study", str(root / "study"),
                 "--out", str(root / "page.md"), "--workers", "1"]  # fmt: skip
    real.main(arguments)
    yield root, arguments
    patch.undo()


def test_the_page_has_every_section_and_names_what_is_absent(made):
    root, _ = made
    text = (root / "page.md").read_text()
    for heading in ("What was asked", "What the reader believes", "Which reader can tell", "QA(i): knowledge overwriting", "Surface overlap", "Every fact",
                    "QA(ii) as a question", "How far the instrument", "What this does not say"):
        assert f"## {heading}" in text
    assert "**Left out:** c4: " in text and "holds no file" in text
    assert "| squad | identity | 1.00 [" in text and "| squad | truncate 2x |" in text
    assert "*another document's source*" in text and "nan" not in text and "None" not in text
    assert "| values | identity | 1.00" in text and "llmlingua2` was not run" in text


def test_readers_are_compared_on_rows_that_are_not_asked(made):
    root, _ = made
    found = json.loads((root / "study" / "readers.json").read_text())
    assert {name: of["likelihood-gain"]["source"]["n"] for name, of in found.items()} == {"squad": 3, "faitheval-counterfactual": 2}
    assert found["squad"]["likelihood-gain"]["no text"]["unscored"] == 3


def test_beliefs_are_checked_on_rows_that_are_not_asked(made):
    root, _ = made
    found = json.loads((root / "study" / "beliefs.json").read_text())
    assert set(found) == {"squad"} and found["squad"]["exists"]["n"] + found["squad"]["does not"]["n"] == 3


def test_the_figure_is_one_svg_with_a_panel_a_set(made):
    root, _ = made
    drawn = (root / "page.svg").read_text()
    assert ET.fromstring(drawn).tag.endswith("svg") and "squad" in drawn and "ROUGE-L" in drawn


def test_again_it_only_writes_the_page(made, capsys):
    root, arguments = made
    before = (root / "page.md").read_text()
    real.main(arguments)
    assert "done (already)" in capsys.readouterr().out and (root / "page.md").read_text() == before
