"""The command line over an audit whose facts can be counted: exit codes, files, formats."""

import json

import pytest
from stand_in import audit as stand_in_audit

SOURCE = "The bridge by Eiffel cost 1500 in 1889, and Hugo sold it for 20."
GOOD = SOURCE
BAD = "The bridge by Eiffel cost 1700 in 1889."


@pytest.fixture(autouse=True)
def _simple(simple):
    pass


@pytest.fixture
def files(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name, text in (("source.txt", SOURCE), ("good.txt", GOOD), ("bad.txt", BAD)):
        (tmp_path / name).write_text(text)
    return tmp_path


def test_terminal_and_exit_codes(files, run):
    code, out, err = run("audit", "source.txt", "bad.txt", "--fail-on", "nothing")
    assert code == 0 and err == ""
    assert out.startswith("kept 2 of 5 facts (40%); wrong: 1 replaced; lost: 2 missing\n") and "«1500» became «1700»" in out
    code, out, _ = run("audit", "source.txt", "bad.txt", "--fail-under", 0.5)
    assert code == 1 and "below the bar: all: 40% kept, at least 50% wanted" in out
    code, out, _ = run("audit", "source.txt", "good.txt", "--fail-under", 1)
    assert code == 0 and "every bar is reached (all)" in out


def test_what_is_wrong_gates_and_what_is_lost_informs(files, run):
    (files / "short.txt").write_text("The bridge by Eiffel cost 1500.")
    code, out, _ = run("audit", "source.txt", "bad.txt")
    assert code == 1 and out.rstrip().endswith("below the bar: wrong: 1 found, at most 0 allowed")
    code, out, _ = run("audit", "source.txt", "short.txt")
    assert code == 0 and "lost: 3 missing" in out and "bar" not in out
    assert run("audit", "source.txt", "short.txt", "--fail-on", "lost")[0] == 1
    assert run("audit", "source.txt", "bad.txt", "--fail-on", "nothing")[0] == 0
    assert run("audit", "source.txt", "bad.txt", "--fail-under", 0.1)[0] == 0, "a bar of one's own stands alone"
    assert run("audit", "source.txt", "bad.txt", "--fail-under", 0.1, "--fail-on", "wrong")[0] == 1
    (files / "bars.yaml").write_text("wrong: 1\nlost: 1\n")
    code, out, _ = run("audit", "source.txt", "bad.txt", "--bars", "bars.yaml")
    assert code == 1 and "lost: 2 found, at most 1 allowed" in out and "wrong: 1 found" not in out
    code, _, err = run("audit", "source.txt", "bad.txt", "--fail-on", "missing")
    assert code == 2 and "Known: lost, nothing, wrong" in err


def test_json_goes_alone_to_standard_output(files, run):
    code, out, err = run("audit", "source.txt", "bad.txt", "--json", "--fail-under", 0.9)
    row = json.loads(out)
    assert code == 1 and "below the bar" in err and out.count("\n") == 1
    assert row["id"] == "source.txt" and (row["n_facts"], row["faithful"], row["replaced"], row["missing"]) == (
        5,
        2,
        1,
        2,
    )
    assert row["scores"]["all"] == 0.4 and row["findings"][0]["why"] == "says 1700 for 1500"


def test_bars_file(files, run):
    (files / "bars.yaml").write_text("names: 0.5\nnumbers: 0.5\n")
    from tellback.audit import bars

    assert "name" in bars.known_kinds() and "instruction" in bars.known_kinds()
    code, out, _ = run("audit", "source.txt", "bad.txt", "--bars", "bars.yaml")
    assert code == 1 and "number: 33% kept" in out and "name:" not in out
    code, _, err = run("audit", "source.txt", "bad.txt", "--bars", "none.yaml")
    assert code == 2 and "there is no file none.yaml" in err


def test_required_facts(files, run):
    (files / "must.txt").write_text("# these\nHugo\nEiffel\n")
    code, out, _ = run("audit", "source.txt", "bad.txt", "--require", "must.txt")
    assert code == 1 and "1 of 2 required facts did not survive" in out
    code, out, _ = run("audit", "source.txt", "good.txt", "--require", "must.txt")
    assert code == 0


def test_ignore_may_be_repeated(files, run):
    _, out, _ = run("audit", "source.txt", "bad.txt", "--ignore", "^1500$", "--ignore", "Hugo", "--json")
    assert json.loads(out)["n_facts"] == 3
    code, _, err = run("audit", "source.txt", "bad.txt", "--ignore", "(")
    assert code == 2 and "no regular expression" in err


def test_redact(files, run):
    for extra in (["--json"], ["--html", "p.html"]):
        _, out, _ = run("audit", "source.txt", "bad.txt", "--redact", *extra)
        assert "hash:" in out
        for word in ("Eiffel", "Hugo", "1700"):
            assert word not in out
    page = (files / "p.html").read_text()
    assert "hash:" in page and "Eiffel" not in page and "1700" not in page


def test_html(files, run):
    code, out, _ = run("audit", "source.txt", "bad.txt", "--html", "p.html")
    assert code == 1 and out.rstrip().endswith("p.html")
    assert "The bridge by" in (files / "p.html").read_text()
    code, _, err = run("audit", "source.txt", "bad.txt", "--html", "no/such/folder/p.html")
    assert code == 2 and "cannot be written" in err


def test_baseline_and_diff(files, run):
    (files / "old.json").write_text(run("audit", "source.txt", "good.txt", "--json")[1])
    code, out, _ = run("audit", "source.txt", "bad.txt", "--baseline", "old.json")
    assert code == 1 and "since old.json: 3 facts got worse, 0 better" in out
    assert (
        "replaced number «1500» [26–30]: faithful before, now «1700»" in out
        and "number kept: 100% before, 33% now" in out
    )
    assert run("audit", "source.txt", "good.txt", "--baseline", "old.json")[0] == 0
    (files / "new.json").write_text(run("audit", "source.txt", "bad.txt", "--json")[1])
    code, out, _ = run("diff", "old.json", "new.json")
    assert code == 1 and "3 facts got worse" in out
    code, out, _ = run("diff", "new.json", "old.json", "--json")
    assert code == 0 and json.loads(out)["n_better"] == 3
    code, _, err = run("audit", "good.txt", "bad.txt", "--baseline", "old.json", "--ignore", "Hugo")
    assert code == 2 and "read with other options" in err


def test_pairs(files, run):
    rows = [{"id": i, "source": SOURCE, "output": out} for i, out in enumerate((GOOD, BAD, GOOD, "¿"))]
    (files / "pairs.jsonl").write_text("".join(json.dumps(r) + "\n" for r in rows))
    code, out, err = run("audit", "--pairs", "pairs.jsonl", "--workers", 1, "--json", "--fail-under", 0.9)
    found = [json.loads(line) for line in out.splitlines()]
    assert code == 1 and [r["id"] for r in found] == [0, 1, 2, 3] and [r["faithful"] for r in found] == [5, 2, 5, 0]
    assert (
        "4 pairs: kept 12 of 20 facts (60%)" in err
        and "all: 60% kept" in err
        and "kept least: 3 (5 facts not kept)" in err
    )
    code, out, err = run("audit", "--pairs", "pairs.jsonl", "--workers", 1)
    assert code == 1 and "below the bar: wrong: 1 found, at most 0 allowed" in out
    assert "1: kept 2 of 5 facts (40%); wrong: 1 replaced; lost: 2 missing" in out.splitlines()
    assert err == ""


def test_pairs_against_a_baseline(files, run):
    def pairs(*outputs):
        rows = [{"id": f"p{i}", "source": SOURCE, "output": out} for i, out in enumerate(outputs)]
        (files / "pairs.jsonl").write_text("".join(json.dumps(r) + "\n" for r in rows))

    pairs(GOOD, BAD, GOOD)
    (files / "old.jsonl").write_text(run("audit", "--pairs", "pairs.jsonl", "--workers", 1, "--json")[1])
    pairs(GOOD, BAD)
    code, out, _ = run("audit", "--pairs", "pairs.jsonl", "--workers", 1, "--baseline", "old.jsonl")
    assert code == 0 and "nothing changed" in out and "1 id only in old.jsonl, not compared: p2" in out
    pairs(BAD, BAD, GOOD)
    code, out, _ = run("audit", "--pairs", "pairs.jsonl", "--workers", 1, "--baseline", "old.jsonl")
    assert code == 1 and "3 facts got worse" in out and "p0: replaced number" in out


def test_a_bad_line_is_a_fault_of_the_call(files, run):
    (files / "pairs.jsonl").write_text(json.dumps({"id": 1, "source": SOURCE, "output": BAD}) + "\n{oops\n")
    code, out, err = run("audit", "--pairs", "pairs.jsonl", "--json")
    assert (code, out) == (2, "") and "pairs.jsonl, line 2: no JSON" in err
    (files / "empty.jsonl").write_text("\n")
    assert run("audit", "--pairs", "empty.jsonl")[0] == 2


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "expected SOURCE and OUTPUT"),
        (["source.txt"], "expected SOURCE and OUTPUT"),
        (["-", "-"], "cannot both be standard input"),
        (["source.txt", "bad.txt", "--pairs", "p.jsonl"], "not both"),
        (["--pairs", "p.jsonl", "--html", "x.html"], "--html shows one pair"),
        (["--pairs", "p.jsonl"], "cannot be read"),
        (["source.txt", "none.txt"], "there is no file none.txt"),
        (["source.txt", "bad.txt", "--source-format", "txt"], "Did you mean 'text'"),
        (["source.txt", "bad.txt", "--reader", "audits"], "Did you mean 'audit'"),
        (["source.txt", "bad.txt", "--reader", "judge"], "--reader-model"),
        (["source.txt", "bad.txt", "--belief", "nomodel"], "unknown model"),
        (["source.txt", "bad.txt", "--baseline", "none.json"], "there is no file"),
        (["source.txt", "bad.txt", "--fail-under", "95"], "Invalid value for '--fail-under'"),
        (["source.txt", "bad.txt", "--require", "empty.txt"], "lists no facts"),
    ],
)
def test_faults_of_the_call(files, run, arguments, words):
    (files / "empty.txt").write_text("\n# nothing\n")
    code, out, err = run("audit", *arguments)
    assert code == 2 and out == "" and words in err, err


def test_a_transcript_is_known_by_its_first_line(files, run):
    lines = [{"role": "user", "content": "Never push to main. It cost 15."}]
    (files / "talk.jsonl").write_text("".join(json.dumps(m) + "\n" for m in lines))
    (files / "summary.txt").write_text("Always push to main. It cost 15. Never tell Zed.")
    _, out, _ = run("audit", "talk.jsonl", "summary.txt", "--json")
    found = [(f["kind"], f["outcome"]) for f in json.loads(out)["findings"]]
    assert found[0] == ("instruction", "invented") and ("instruction", "drifted") in found
    _, out, _ = run("audit", "talk.jsonl", "summary.txt", "--json", "--source-format", "text")
    assert not [f for f in json.loads(out)["findings"] if f["kind"] == "instruction"]


def test_long_texts_are_refused_with_a_way_out(files, run):
    (files / "long.txt").write_text("It was cold. " * 1_700_000)
    code, _, err = run("audit", "long.txt", "bad.txt")
    assert code == 2 and "--fast" in err and "--pairs" in err
    code, _, err = run("audit", "long.txt", "bad.txt", "--fast", "--html", "p.html")
    assert code == 2 and "a page can show 2,000,000" in err and not (files / "p.html").exists()


def test_the_stand_in_is_used(files):
    assert stand_in_audit(SOURCE, BAD).counts["n_facts"] == 5
