import json

import pytest
from chat_server import Server, completion

from tellback.errors import UsageError
from tellback.readers import likelihood, mock
from tellback.readers.judge import ENDPOINT_FILE, JudgeReader
from tellback.readers.likelihood import LikelihoodReader
from tellback.readers.mock import MockReader
from tellback.readers.values import document_of
from tellback.validation.plantings import planted
from tellback.validation.validate import validate

SOURCE = "The bridge over the Orm was opened on 3 May 1931 and cost $14,000. The mayor praised Anna Barker for it."


@pytest.fixture(autouse=True)
def alone(tmp_path, monkeypatch):
    monkeypatch.setenv("TELLBACK_CACHE", str(tmp_path / "cache"))
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)


def test_a_value_of_the_output_is_among_the_options():
    probes = {p.fact.value: p for p in document_of(SOURCE, SOURCE.replace("$14,000", "$9,500")).probes}
    assert {"3 May 1931", "$14,000", "Anna Barker"} <= set(probes)
    assert "$9,500" in probes["$14,000"].options
    for value, probe in probes.items():
        assert probe.question in SOURCE and len(probe.options) == 4 and next(iter(probe.options)) == value


def test_findings_point_at_the_words():
    output = SOURCE.replace("$14,000", "$9,500")
    found = {f.source: f for f in MockReader.for_validation().findings(SOURCE, output)}
    assert found["$14,000"].outcome == "replaced" and output[slice(*found["$14,000"].output_span)] == "$9,500"
    assert found["Anna Barker"].outcome == "faithful" and SOURCE[slice(*found["Anna Barker"].source_span)] == "Anna Barker"


def test_validate_with_a_judge(tmp_path, monkeypatch):
    with Server(lambda body: completion(mock.reply(body))).running() as url:
        path = tmp_path / "judge.yaml"
        path.write_text(json.dumps({"base_url": url, "model": "m"}))
        monkeypatch.setenv(ENDPOINT_FILE, str(path))
        found = validate("judge", limit=4, kinds=["replaced", "untouched"])
    assert found.kinds["replaced"]["recall"][0] >= 0.5
    assert found.harmless["untouched"]["faithful"][0] >= 0.9


def test_validate_with_a_judge_that_talks_rubbish_scores_nothing(tmp_path, monkeypatch):
    with Server(completion("All is well.")).running() as url:
        path = tmp_path / "judge.yaml"
        path.write_text(json.dumps({"base_url": url, "model": "m", "tries": 1}))
        monkeypatch.setenv(ENDPOINT_FILE, str(path))
        (planting,) = planted(["replaced"])[:1]
        rows = JudgeReader.for_validation().findings(planting.source, planting.output)
    assert rows and {f.outcome for f in rows} == {"unscored"}


def test_validate_with_a_model(saved_models, monkeypatch):
    monkeypatch.setattr(likelihood, "MEASURED_WITH", saved_models["llama"])
    rows = LikelihoodReader.for_validation().findings(SOURCE, SOURCE)
    assert {f.outcome for f in rows} <= {"faithful", "replaced", "drifted"} and len(rows) >= 3


def test_a_judge_that_is_nowhere(monkeypatch):
    monkeypatch.delenv(ENDPOINT_FILE, raising=False)
    with pytest.raises(UsageError, match="TELLBACK_JUDGE"):
        JudgeReader.for_validation()
