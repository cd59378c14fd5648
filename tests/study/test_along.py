"""What survives along a training: the trace holds what the told-back texts of a few documents say."""

import json
from dataclasses import replace

import pytest
import yaml

from tellback.compressors.memory import Told
from tellback.config import read_study
from tellback.config.study import ProbeSpec
from tellback.study import along, setup
from tellback.study.grid import setups
from tellback.study.reading import SetReading

STUDY = {
    "name": "s", "corpus": "pocket", "base_models": ["tiny"], "compressors": ["pooling"], "rates": [4], "controls": [], "decoder": "tiny",
    "train": {"steps": 10, "trace_points": 5, "copy_steps": 0, "n_documents": 100},
    "probes": {"n_documents": 12, "sets": ["pocket-agree", "pocket-conflict"], "likelihood": False, "answers": False, "along": 9},
}  # fmt: skip


@pytest.fixture
def assembled(tmp_path):
    (tmp_path / "s.yaml").write_text(yaml.safe_dump(STUDY))
    return setup.assemble(setups(read_study(str(tmp_path / "s.yaml")))[0])


def test_every_place_of_the_trace_holds_the_facts_of_the_first_documents(assembled, tmp_path):
    setup.run_setup(assembled.spec, tmp_path / "setup")
    trace = [json.loads(line) for line in (tmp_path / "setup" / "trace.jsonl").read_text().splitlines()]
    assert len(trace) == 6 and all(set(row["facts"]) == {"pocket-conflict"} for row in trace)
    for row in trace:
        assert sum(n for kinds in row["facts"]["pocket-conflict"].values() for counts in kinds.values() for n in counts.values()) == 9


@pytest.mark.parametrize(("tell", "outcome"), [
    (lambda d, usual: d.text, "faithful"),
    (lambda d, usual: d.text.replace(d.probes[0].fact.value, usual), "overwritten"),
    (lambda d, usual: "", "missing"),
])  # fmt: skip
def test_what_is_told_back_is_what_is_counted(assembled, monkeypatch, tell, outcome):
    values = [d for d in assembled.corpus.sets["pocket-conflict"] if d.probes[0].asks == "qa_i"][:4]
    usual = {p.id: p.believed for d in values for p in d.probes}
    corpus = replace(assembled.corpus, sets={"pocket-conflict": tuple(values), "pocket-agree": tuple(values)})
    told = [Told(tell(d, usual[d.probes[0].id]), "stopped") for d in values]
    monkeypatch.setattr(along, "read_whole", lambda reader, documents, tell: SetReading(told=told[: len(documents)]))
    found = along.Along(assembled.reader, corpus, 4, usual).figures()["facts"]["pocket-conflict"]["qa_i"]
    assert {k for counts in found.values() for k in counts} == {outcome} and sum(n for c in found.values() for n in c.values()) == 4


def test_a_study_without_it_keeps_its_keys():
    assert "along" not in ProbeSpec().outcome() and ProbeSpec(along=3).outcome()["along"] == 3
