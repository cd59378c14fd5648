"""promptfoo and DeepEval: what passes, what fails and why; the real packages where they are installed."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tellback.adapters.gate import gated
from tellback.adapters.promptfoo import get_assert
from tellback.audit import audit
from tellback.errors import UsageError

SOURCE = "Marta Kovacs paid 1500 dollars on 14 March 1879. The port is 8443 and the file is src/app.py."
SHORT = "Marta Kovacs paid 1500 dollars on 14 March 1879."
WRONG = "Marta Kovacs paid 1700 dollars on 14 March 1879. The port is 8443 and the file is src/app.py."


def test_what_is_wrong_fails_and_what_is_lost_only_where_that_is_asked():
    assert gated(audit(SOURCE, SOURCE), "lost", 1.0)[0]
    assert gated(audit(SOURCE, SHORT))[0] and not gated(audit(SOURCE, SHORT), "lost")[0]
    passed, why = gated(audit(SOURCE, WRONG))
    assert not passed and "at most 0 allowed" in why and "1700" in why
    assert gated(audit(SOURCE, WRONG), "nothing")[0] and not gated(audit(SOURCE, SHORT), "nothing", 0.9)[0]
    assert gated(audit("Well.", "Well.")) == (
        False,
        "the source holds no facts that could be scored; no facts were found in the source",
    )
    with pytest.raises(UsageError, match="level to fail on"):
        gated(audit(SOURCE, SOURCE), "wrng")


def asked(output, **config):
    return get_assert(output, {"vars": {"document": SOURCE}, "config": {"source": "document"} | config})


def test_promptfoo_gets_its_grading_result():
    good, bad = asked(SHORT), asked(WRONG)
    assert good["pass"] is True and 0 < good["score"] < 1 and good["named_scores"]["date"] == 1.0
    assert bad["pass"] is False and "1700" in bad["reason"]
    assert not asked(SHORT, fail_on="lost")["pass"] and not asked(SHORT, at_least=0.9)["pass"]
    told = {"summary": SHORT, "more": [{"port": 8443}, "The file is src/app.py.", None]}
    assert asked(told, fail_on="lost", fast=True)["pass"], "an object is read as its values"
    nothing = get_assert("Well.", {"vars": {"source": ""}})
    assert (nothing["pass"], nothing["score"]) == (False, 0.0) and "the source is empty" in nothing["reason"]
    json.dumps(bad)
    with pytest.raises(UsageError, match=r"no variable 'text'.*\['document'\]"):
        asked(SHORT, source="text")
    with pytest.raises(UsageError, match="config: expected some of source, fail_on, at_least, fast; got atleast"):
        asked(SHORT, atleast=1)
    assert "⟨U+202E⟩" in asked(SOURCE.replace("1500", "1700\u202e"))["reason"]


@pytest.mark.slow
@pytest.mark.skipif(not shutil.which("promptfoo"), reason="promptfoo is not installed")
def test_promptfoo_itself_runs_the_assertion(tmp_path):
    (tmp_path / "faithful.py").write_text("from tellback.adapters.promptfoo import get_assert\n")
    config = {
        "prompts": ["{{summary}}"], "providers": ["echo"],
        "defaultTest": {"assert": [{"type": "python", "value": "file://faithful.py", "config": {"source": "document"}}]},
        "tests": [{"vars": {"document": SOURCE, "summary": summary}} for summary in (SHORT, WRONG)],
    }  # fmt: skip
    (tmp_path / "promptfooconfig.json").write_text(json.dumps(config))
    root = str(Path(__file__).parents[2])
    environment = {**os.environ, "PYTHONPATH": root, "PROMPTFOO_PYTHON": sys.executable, "HOME": str(tmp_path),
                   "PROMPTFOO_DISABLE_TELEMETRY": "1", "PROMPTFOO_DISABLE_UPDATE": "1", "PROMPTFOO_CONFIG_DIR": str(tmp_path)}  # fmt: skip
    command = ["promptfoo", "eval", "-c", "promptfooconfig.json", "-o", "out.json", "--no-cache"]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert (tmp_path / "out.json").exists(), done.stdout + done.stderr
    found = json.loads((tmp_path / "out.json").read_text())["results"]["results"]
    by_summary = {one["vars"]["summary"]: one["gradingResult"] for one in found}
    assert by_summary[SHORT]["pass"] is True, by_summary[SHORT]
    assert by_summary[WRONG]["pass"] is False and "1700" in by_summary[WRONG]["reason"]
    assert by_summary[SHORT]["namedScores"]["date"] == 1.0


def test_deepeval(monkeypatch):
    monkeypatch.setenv("DEEPEVAL_TELEMETRY_OPT_OUT", "YES")
    pytest.importorskip("deepeval", reason="deepeval is not installed")
    import asyncio

    from deepeval.errors import MissingTestCaseParamsError
    from deepeval.test_case import LLMTestCase

    from tellback.adapters.deepeval import FaithfulMetric

    metric = FaithfulMetric(threshold=0.3)
    assert 0.3 < metric.measure(LLMTestCase(input=SOURCE, actual_output=SHORT)) < 1 and metric.is_successful()
    assert metric.score_breakdown["date"] == 1.0 and metric.audit.counts["missing"]
    assert asyncio.run(metric.a_measure(LLMTestCase(input=SOURCE, actual_output=WRONG))) > 0.3
    assert not metric.is_successful() and "1700" in metric.reason, "the share is high, but a value is wrong"
    strict = FaithfulMetric(fail_on="lost")
    strict.measure(LLMTestCase(input=SOURCE, actual_output=SHORT))
    assert not strict.is_successful()

    context = FaithfulMetric(source="retrieval_context")
    context.measure(LLMTestCase(input="What was paid?", actual_output=SOURCE, retrieval_context=SOURCE.split(". ")))
    assert context.score == 1.0 and context.is_successful()
    with pytest.raises(MissingTestCaseParamsError):
        context.measure(LLMTestCase(input="What was paid?", actual_output=SOURCE))
    with pytest.raises(UsageError, match="the source is empty"):
        metric.measure(LLMTestCase(input="", actual_output=SHORT))


def test_deepeval_itself_runs_the_metric(monkeypatch, tmp_path):
    pytest.importorskip("deepeval", reason="deepeval is not installed")
    monkeypatch.chdir(tmp_path)
    from deepeval import evaluate
    from deepeval.evaluate import DisplayConfig, ErrorConfig
    from deepeval.test_case import LLMTestCase

    from tellback.adapters.deepeval import FaithfulMetric

    cases = [
        LLMTestCase(input=source, actual_output=text)
        for source, text in ((SOURCE, SHORT), (SOURCE, WRONG), ("Well.", SHORT))
    ]
    quiet = DisplayConfig(show_indicator=False, print_results=False)
    found = evaluate(cases, [FaithfulMetric()], display_config=quiet, error_config=ErrorConfig(ignore_errors=True))
    by_output = {(r.input, r.actual_output): r.metrics_data[0] for r in found.test_results}
    assert by_output[SOURCE, SHORT].success and not by_output[SOURCE, WRONG].success
    assert "1700" in by_output[SOURCE, WRONG].reason
    assert not by_output["Well.", SHORT].success and "no facts" in by_output["Well.", SHORT].error
