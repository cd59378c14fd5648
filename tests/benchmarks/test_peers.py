"""The peers beside the audit: each tool's findings in one form, planted errors met or not, the judge, the page."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2]))  # benchmarks is a folder of scripts, not an installed package
sys.path.insert(0, str(Path(__file__).parents[1]))

from chat_server import Server, completion

from benchmarks.blocks import with_block
from benchmarks.peers import __main__ as command
from benchmarks.peers import figures, judge, ours, page, tools
from benchmarks.peers.tools import Answer, Peer, Said
from benchmarks.real_errors.rows import Row, Set
from tellback.errors import UsageError

SOURCE = "Ada Moreau paid 40 dollars to Ben Falk on Monday. The bridge was closed in 1998."
TRUE = "Ada Moreau paid 40 dollars to Ben Falk."
FALSE = "Ada Moreau paid 70 dollars to Ben Falk."


def answer(*found, seconds=0.5):
    return Answer(tuple(Said(*one) for one in found), seconds)


def rows():
    """One faithful summary, one with a number, one with a sentence added, one with a sentence dropped."""
    text = f"{TRUE} The bridge was closed in 1998."
    edits = {
        "n": ("number", "paid 40 dollars", "paid 70 dollars"), "i": ("invented", "1998.", "1998. Call the office."),
        "d": ("dropped", " The bridge was closed in 1998.", ""),
    }  # fmt: skip
    out = [{"id": "T1-ok", "kind": "faithful", "source": SOURCE, "output": text, "truth": None, "messages": None}]
    for name, (kind, old, new) in edits.items():
        truth = {"old": old, "new": new}
        out.append(out[0] | {"id": f"T1-{name}", "kind": kind, "output": text.replace(old, new), "truth": truth})
    return out


def test_an_error_is_met_where_the_twin_has_no_such_finding():
    whole = ("wrong", None, TRUE)  # a sentence that the tool flags for another reason
    flagged = ("wrong", None, FALSE)
    told = [
        answer(whole),
        answer(flagged),
        answer(whole, ("wrong", None, "Call the office.")),
        answer(whole, ("lost", "1998", None)),
    ]
    found = figures.compactions(rows(), told)
    assert found["kinds"] == {"number": (0, 1), "invented": (1, 1), "dropped": (1, 1)} and found["met"] == (2, 3)
    assert (found["accused"], found["alarmed"], found["n_faithful"], found["ms"]) == (1, 1, 1, 500)
    told = [answer(("lost", "x", None)), answer(("wrong", "40", "70")), None, answer(("lost", "x", None))]
    found = figures.compactions(rows(), told)
    assert found["kinds"] == {"number": (1, 1), "invented": (0, 1), "dropped": (0, 1)}
    assert (found["accused"], found["alarmed"], found["n_failed"]) == (0, 1, 1)


def test_only_what_calls_an_output_wrong_scores_on_labelled_sets():
    of = Set(
        "S",
        tuple(Row(str(i), f"s{i // 2}", "o", i % 2) for i in range(8)) + (Row("x", "s", "o", None),),
        False,
        "by hand",
    )
    bad, good = answer(("wrong", None, "x")), answer(("lost", "x", None))
    found = figures.on_set(of, [good, bad] * 3 + [None, bad, bad], seed=0)
    assert (found["n"], found["n_unfaithful"], found["n_failed"]) == (8, 4, 1)
    assert found["auc"][0] == 1 and found["found"][0] == 1 and found["false_alarms"][0] == 0
    risky = [Answer(good.found, None, risk) for risk in (0.1, 0.7)]
    found = figures.on_set(of, risky * 4 + [bad], seed=0)
    assert found["auc"][0] == 1 and found["found"][0] == 0, "a risk ranks and raises no alarm"


def test_the_audit_in_the_peers_form():
    found = ours.audited(
        [
            {"source": SOURCE, "output": FALSE},
            {"source": "", "output": TRUE, "messages": [{"role": "user", "content": SOURCE}]},
        ]
    )
    assert any(said.level == "wrong" and "70" in said.output for said in found[0].found)
    assert found[1].found and not found[1].count("wrong"), "messages are read in place of the source"
    assert found[0].seconds > 0


def test_a_peer_that_answers_too_little_is_refused_and_one_that_fails_is_counted(tmp_path):
    script = tmp_path / "peer.py"
    script.write_text('import sys\nfor line in sys.stdin: print(\'{"failed": "ValueError: no"}\')\n')
    assert tools.run([sys.executable, str(script)], [{"source": "a", "output": "b"}] * 2) == [None, None]
    script.write_text('print(\'{"findings": [], "seconds": 0}\')')
    with pytest.raises(UsageError, match="answered 1 of 2 pairs"):
        tools.run([sys.executable, str(script)], [{"source": "a", "output": "b"}] * 2)


def test_what_runs_inside_needs_only_the_standard_library_and_names_its_peers(tmp_path):
    inside = tools.INSIDE.read_text(encoding="utf-8")
    for peer in tools.PEERS:
        assert f"def {peer.function}(pair):" in inside
    (tmp_path / "corroborate.py").write_text(
        "class F: spans = ('70',)\nclass R: findings = [F()]\ndef check_answer(query, retrieved_chunks, answer): return R()\n"
    )
    asked = json.dumps({"source": SOURCE, "output": FALSE}) + "\n"
    run = [sys.executable, "-S", str(tools.INSIDE), "corroborate"]
    done = subprocess.run(
        run, input=asked, capture_output=True, text=True, check=True, env={"PYTHONPATH": str(tmp_path)}
    )
    assert json.loads(done.stdout)["findings"] == [{"level": "wrong", "source": None, "output": "70"}]
    done = subprocess.run([*run[:-1], "ctxdrift"], input=asked, capture_output=True, text=True, check=True)
    assert "ModuleNotFoundError" in json.loads(done.stdout)["failed"]


@pytest.fixture
def endpoint(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))

    def at(url):
        path = tmp_path / "judge.yaml"
        path.write_text(f"base_url: {url}\nmodel: m\ntries: 1\ncache: false\nconcurrency: 1\n")
        return path

    return at


def test_the_judges_words_must_stand_in_the_output_and_rubbish_is_no_answer(endpoint):
    said = [
        json.dumps({"errors": [{"words": "70 dollars"}, {"words": "never said"}]}),
        json.dumps({"errors": []}),
        "no JSON",
        '{"errors": 3}',
    ]
    server = Server(*map(completion, said))
    with server.running() as url:
        found = judge.judged(judge.endpoint(endpoint(url)), [{"source": SOURCE, "output": FALSE}] * 4)
    assert found == [answer(("wrong", None, "70 dollars"), seconds=None), answer(seconds=None), None, None]
    asked = server.seen[0]
    assert FALSE in asked["messages"][1]["content"] and asked["response_format"]["type"] == "json_schema"


def test_the_command_beside_a_judge_and_a_peer_that_cannot_be_had(tmp_path, endpoint, monkeypatch, capsys):
    monkeypatch.setattr(command, "PEERS", (Peer("gone", "1.0", True, "not to be had"),))
    monkeypatch.setattr(
        tools, "environment", lambda peer, folder: (_ for _ in ()).throw(UsageError("gone cannot be installed"))
    )
    data = tmp_path / "data"
    data.mkdir()
    (data / "compactions.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows()))
    row = {"source": SOURCE, "types": [], "spans": [], "half": "a"}
    labelled = [
        row | {"id": str(i), "source": f"{SOURCE} {i}", "output": text, "label": label}
        for i in range(4)
        for text, label in ((TRUE, 0), (FALSE, 1))
    ]
    (data / "frank_val.jsonl").write_text(
        "".join(json.dumps(r | {"id": f"{r['id']}-{r['label']}"}) + "\n" for r in labelled)
    )
    out = tmp_path / "page.md"
    out.write_text(with_block("", "planted errors", "below"))
    with Server(completion(json.dumps({"errors": [{"words": "70"}]}))).running() as url:
        command.main(
            ["--data", str(data), "--cache", str(tmp_path), "--judge", str(endpoint(url)), "--out", str(out), "--json"]
        )
    found = json.loads(capsys.readouterr().out)
    assert found["left_out"] == {"gone 1.0": "gone cannot be installed"} and "BUMP" in found["absent"]
    assert found["compactions"]["tellback audit"]["kinds"]["number"] == [1, 1]
    assert found["sets"]["FRANK"]["judge: m"]["auc"][0] == 1 and found["sets"]["FRANK"]["tellback audit"]["auc"][0] == 1
    text = out.read_text()
    assert text.index("Beside other tools") < text.index("below") and "gone cannot be installed" in text
    assert page.block(found) in text
    with pytest.raises(SystemExit):
        command.main(["--data", str(tmp_path / "none")])
