"""The support model beside the rules: which sentences it is shown, what its answers change, and what they never change."""

import json
import time
from dataclasses import replace

import pytest

from tellback.audit import Audit, Finding, audit
from tellback.models.support.files import find
from tellback.models.support.model import SupportModel
from tellback.readers.entailment import Bars, EntailmentReader
from tellback.readers.windows import Windows, claims
from tests.support_models import overlap_onnx

pytest.importorskip("onnxruntime")
SOURCE = "It was late. Alice saw the red boat in the yard. The board rejected the plan. The company paid 12 million."
NLI = {"entailment": "supported", "neutral": "neutral", "contradiction": "denied"}


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    """One that judges claims, one that judges their words."""
    root = tmp_path_factory.mktemp("support")
    return {
        "claims": overlap_onnx(root / "claims", NLI),
        "words": overlap_onnx(root / "words", {"supported": "supported", "hallucinated": "unsupported"}, tokens=True),
    }


@pytest.fixture(params=["claims", "words"])
def reader(models, request):
    return EntailmentReader(SupportModel(find(models[request.param])), Bars())


def fact(source, kind="roles", outcome="unscored", words=None, output_span=None):
    start = SOURCE.index(source)
    return Finding(kind, outcome, source, words, (start, start + len(source)), output_span, "told in other words")


def test_a_claim_is_shown_the_sentences_that_its_words_come_from():
    windows = Windows(SOURCE)
    found = claims(
        "In the yard Alice saw a red boat. The plan: the board rejected it, and 12 million was paid.", windows
    )
    shown = [[SOURCE[a:b] for a, b in claim.window] for claim in found]
    assert "Alice saw the red boat in the yard." in shown[0]
    assert shown[1][-2:] == ["The board rejected the plan.", "The company paid 12 million."]


def test_what_the_source_says_is_not_asked():
    windows = Windows(SOURCE)
    assert claims(" the board  REJECTED the plan", windows) == [] and claims("Yes. OK.", windows) == []
    assert [c.window for c in claims("Zebras eat much grass.", windows)] == [()]


def test_sentences_of_detokenised_text_are_claims_of_their_own():
    output = "alice saw the boat in the yard . the board , at once , rejected the u.s. plan ."
    assert [output[slice(*c.span)] for c in claims(output, Windows(SOURCE))] == [
        "alice saw the boat in the yard .", "the board , at once , rejected the u.s. plan ."
    ]  # fmt: skip


def test_windows_stay_short_and_cost_is_linear():
    def seconds(n):
        text = " ".join(f"Item {i} of the long list was checked by worker {i % 97} on day {i % 31}." for i in range(n))
        start = time.process_time()
        found = claims(" ".join(f"Worker {i % 97} looked at item {i} of the list." for i in range(n)), Windows(text))
        assert len(found) == n and all(sum(b - a for a, b in c.window) <= 900 for c in found)
        return time.process_time() - start

    seconds(50)
    assert seconds(1600) < 4 * 3 * seconds(400)


def test_a_sentence_that_nothing_supports_is_a_finding_beside_the_nearest_one(reader):
    output = "In the yard Alice saw the red boat. Bob sold the red boat in the yard."
    found = reader.refine(Audit(SOURCE, output, ()))
    (one,) = found.unsupported
    assert (one.outcome, one.level) == ("unsupported", "wrong") and one.source == "Alice saw the red boat in the yard."
    assert SOURCE[slice(*one.source_span)] == one.source and output[slice(*one.output_span)] == one.output
    assert one.output == ("Bob" if reader.model.of_tokens else "Bob sold the red boat in the yard.")


def test_without_a_word_in_common_there_is_no_nearest_sentence(reader):
    (one,) = reader.refine(Audit(SOURCE, "Nobody bought the old dog.", ())).unsupported
    assert one.source is None and one.source_span is None


def test_a_place_that_the_rules_accuse_is_not_accused_twice(reader):
    output = "The company paid 15 million."
    rules = audit(SOURCE, output)
    assert [f.outcome for f in rules.at("wrong")] == ["replaced"]
    assert reader.refine(rules).at("wrong") == rules.at("wrong")


def test_a_hard_value_is_never_overruled(models):
    """A model that affirms everything takes nothing back of what the rules found of values."""
    reader = EntailmentReader(SupportModel(find(models["claims"])), Bars(denied=0.0, affirmed=0.0))
    output = "The company paid 15 million to alice@example.org, and the board rejected the plan."
    rules = audit(SOURCE, output)
    assert {f.outcome for f in rules.at("wrong")} == {"replaced", "invented"}
    assert reader.refine(rules).at("wrong") == rules.at("wrong")


def test_what_the_rules_call_unsupported_is_taken_back_where_the_model_affirms_it(reader):
    output = "In the yard Alice saw the boat. Bob sold the dog."
    rules = [Finding("claim", "unsupported", None, words, None, (output.index(words), output.index(words) + len(words)), "by rule")
             for words in ("Alice saw the boat", "Bob sold the dog")]  # fmt: skip
    found = reader.refine(Audit(SOURCE, output, (), unsupported=tuple(rules)))
    assert found.unsupported == (rules[1],)


def test_open_facts_are_answered_where_the_output_supports_their_sentence(reader):
    facts = (
        fact("The board rejected the plan"),
        fact("Alice saw the red boat"),
        fact("12 million", "money"),
        fact("It was late", outcome="missing"),
    )
    output = "The plan the board rejected. 12 million the company paid. Bob saw the dog."
    found = reader.refine(Audit(SOURCE, output, facts))
    assert [f.outcome for f in found.facts] == ["faithful", "unscored", "faithful", "missing"]
    assert "told in other words; " in found.facts[0].why and found.facts[1] == facts[1]


def test_a_model_of_three_classes_can_say_that_the_output_denies_it(models):
    reader = EntailmentReader(SupportModel(find(models["claims"])))
    source = "The board has not approved the plan."
    one = Finding("negation", "unscored", "has not approved", None, (10, 26), None, "open")
    assert reader.refine(Audit(source, "The board has approved the plan.", (one,))).facts[0].outcome == "drifted"


def test_between_the_bars_nothing_changes(models):
    reader = EntailmentReader(SupportModel(find(models["claims"])), Bars(denied=0.0, affirmed=1.1))
    before = Audit(SOURCE, "Bob sold the red boat in the yard.", (fact("Alice saw the red boat"),))
    found = reader.refine(before)
    assert found.facts == before.facts and found.findings == before.findings and found.doubt > 0.9


@pytest.mark.parametrize(("source", "output"), [("", "Bob sold it."), (SOURCE, ""), (SOURCE, "\n \n"), (" ", " ")])
def test_empty_texts(reader, source, output):
    before = Audit(source, output, ())
    assert reader.refine(before) == before and reader.doubt(SOURCE, output) >= 0


def test_doubt_is_that_of_the_worst_sentence(reader):
    assert reader.doubt(SOURCE, "The board rejected the plan.") == 0.0
    fair, bad = (
        reader.doubt(SOURCE, "The plan the board rejected."),
        reader.doubt(SOURCE, "The plan the board rejected. Bob sold the dog."),
    )
    assert fair < 0.1 < 0.9 < bad


def test_the_risk_of_an_output_rises_with_the_doubt(reader):
    fair, bad = (audit(SOURCE, output) for output in ("The plan the board rejected.", "The plan the board sold."))
    assert fair.doubt is None and reader.refine(fair).risk < fair.risk + 0.05
    refined = reader.refine(bad)
    assert refined.risk == (replace(refined, doubt=None).risk + refined.doubt) / 2 > bad.risk


def test_hostile_text_stays_text(reader):
    output = "Alice saw \x1b[31mthe boat\u202e <script>. \ud800 Bob sold the dog."
    found = reader.refine(Audit(SOURCE, output, ())).unsupported
    assert found and all(output[slice(*f.output_span)] == f.output for f in found)


@pytest.fixture
def run(tmp_path, capsys, monkeypatch):
    """`tellback audit` of SOURCE and an output, in this process: (exit code, stdout, stderr)."""
    import sys

    from tellback import cli

    def call(output, *arguments):
        (tmp_path / "a.txt").write_text(SOURCE)
        (tmp_path / "b.txt").write_text(output)
        monkeypatch.setattr(
            sys, "argv", ["tellback", "audit", str(tmp_path / "a.txt"), str(tmp_path / "b.txt"), *arguments]
        )
        with pytest.raises(SystemExit) as end:
            cli.main()
        out, err = capsys.readouterr()
        return end.value.code or 0, out, err

    return call


@pytest.mark.parametrize("fast", [[], ["--fast"]])
def test_the_command_takes_a_model(run, models, fast):
    output = "It was late. The dog left the old house."
    code, out, _ = run(output, "--entail", models["claims"], "--json", *fast)
    found = [f for f in json.loads(out)["findings"] if f["outcome"] == "unsupported"]
    assert code == 1 and [models["claims"] in f["why"] for f in found] == [True]
    assert models["claims"] not in run(output, "--json", *fast)[1]


def test_a_wrong_model_is_a_fault_of_use(run, tmp_path):
    code, _, err = run("It was late.", "--entail", str(tmp_path / "none"))
    assert code == 2 and "there is no such folder" in err and "Traceback" not in err


def test_without_torch(tmp_path, models):
    """An ONNX model needs no torch: none is imported on the way."""
    import subprocess
    import sys

    (tmp_path / "a.txt").write_text(SOURCE)
    (tmp_path / "b.txt").write_text("Bob sold the red boat in the yard.")
    code = (
        "import sys; sys.modules['torch'] = sys.modules['transformers'] = None\n"
        "from tellback.cli import main; sys.argv = ['tellback', 'audit', *sys.argv[1:]]; main()"
    )
    found = subprocess.run([sys.executable, "-c", code, str(tmp_path / "a.txt"), str(tmp_path / "b.txt"), "--entail", models["words"], "--fast"],
                           capture_output=True, text=True)  # fmt: skip
    assert found.returncode == 1, found.stderr
    assert "unsupported" in found.stdout
