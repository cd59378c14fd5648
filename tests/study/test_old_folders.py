"""A study folder from before readers were renamed: it is gone on with, its setups are found, its rows are reported."""

import json

import pyarrow
import pyarrow.parquet
import pytest
import yaml

from tellback.config import ProbeSpec, StudySpec, parse
from tellback.report import write_report
from tellback.report.load import load
from tellback.store import StudyFolder, read_setup_spec
from tellback.study.grid import setups

#: Of setups as they were hashed when the reader `cues` was called `span`.
KEYS = {
    (): ["139f902eccdaac7c", "bb9171088171df6a", "8e42b3e1a8156a08"],
    ("span", "mock"): ["0db3f5f55e5f430d", "0378c685a9fee74e", "347028323294fe4b"],
    ("mock",): ["fefd14513edbc3af", "398ae8b72a156a88", "d5d77f4856e7947c"],
}
PROBE = {
    "set": "pocket-conflict", "reading": "told", "probe_id": "pocket-conflict-0/0", "document_id": "pocket-conflict-0",
    "asks": "qa_i", "kind": "colour", "key": "colour:Mira", "value": "white", "question": "Which colour is the boat of Mira ?",
    "n_options": 8, "believed": "red", "conflicts": True, "outcome": "overwritten", "said": "red",
    "why": "says 'red', which the model believes", "probability": None, "entropy_bits": None, "source_start": 12,
    "source_end": 17, "output_start": 12, "output_end": 15,
}  # fmt: skip


def study(*readers):
    probes = {"probes": {"readers": list(readers)}} if readers else {}
    return parse(StudySpec, {"name": "x", "corpus": "pocket", "base_models": ["tiny"]} | probes, "x")


@pytest.mark.parametrize("readers", KEYS, ids=str)
def test_setups_keep_their_keys(readers):
    assert [s.key() for s in setups(study(*readers))] == KEYS[readers]
    assert [s.key() for s in setups(study(*("cues" if r == "span" else r for r in readers)))] == KEYS[readers]


@pytest.fixture
def folder(tmp_path):
    """What `tellback study` wrote of one setup, every reader by its name of then."""
    spec = study()
    setup = setups(spec)[-1]
    (tmp_path / "setups" / setup.key()).mkdir(parents=True)
    here = tmp_path / "setups" / setup.key()

    def before(content):
        return json.loads(json.dumps(content).replace('"cues"', '"span"'))

    (tmp_path / "study.yaml").write_text(yaml.safe_dump(before(spec.model_dump(mode="json"))))
    (here / "spec.json").write_text(json.dumps({"name": setup.name, "spec": before(setup.model_dump(mode="json"))}))
    counts = {"n": 1, "faithful": 0.0, "overwritten": 1.0, "replaced": 0.0, "drifted": 0.0, "missing": 0.0, "unscored": 0}
    row = {"key": setup.key(), "setup": setup.name, "compressor": "pooling", "rate": 4.0, "status": "done",
           "seed": 0, "base_model": "tiny", "n_parameters_compressor": 1000, "reconstruction_loss": 0.1, "rouge_l": 0.9,
           "qa_i": {"pocket-conflict": counts}, "qa_ii": {}}  # fmt: skip
    (here / "result.json").write_text(json.dumps({"row": row, "details": {"readers": [{"reader": "span", "cost": None}]}}))
    (tmp_path / "results.jsonl").write_text(json.dumps(row) + "\n")
    rows = [PROBE | {"reader": "span"}, PROBE | {"reader": "likelihood", "reading": "likelihood", "probability": 0.2}]
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows), here / "probes.parquet")
    documents = [{"set": "pocket-conflict", "document_id": "pocket-conflict-0", "source": "Mira owns a white boat .",
                  "told": "Mira owns a red boat ."}]  # fmt: skip
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(documents), here / "documents.parquet")
    assert "cues" not in (tmp_path / "study.yaml").read_text() + (here / "spec.json").read_text()
    return tmp_path


def test_the_same_study_goes_on_in_it(folder):
    held = StudyFolder(folder)
    held.open(study())  # it would refuse a folder that differs in its probes
    setup = setups(study())[-1]
    assert held.spec() == study() and held.result(setup.key())["row"]["setup"] == setup.name
    assert read_setup_spec(held.setup(setup.key())) == setup
    assert read_setup_spec(held.setup(setup.key())).probes == ProbeSpec()


def test_its_rows_are_reported(folder):
    (setup,) = load(folder).setups
    (row,) = setup.probes("pocket-conflict", "told")
    assert row["reader"] == "span" and row["outcome"] == "overwritten"
    page = write_report(folder).read_text(encoding="utf-8")
    assert "<!doctype html>" in page and "0% (100% overwritten, n 1)" in (folder / "report.md").read_text(encoding="utf-8")
