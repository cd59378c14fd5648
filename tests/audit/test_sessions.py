"""Sessions with compactions: each is held against what stood before it, never against itself or an earlier one."""

import json
from pathlib import Path

import pytest

from tellback.audit.compactions import NOTHING_BEFORE, audit_session, survival
from tellback.audit.examine import Options
from tellback.audit.session_view import compaction_line
from tellback.audit.tally import Tally
from tellback.audit.transcripts import marks, stores
from tellback.audit.transcripts.documents import lines
from tellback.audit.transcripts.sessions import sessions

FAST = Options(fast=True)


def user(text, **more):
    return {"type": "user", "message": {"role": "user", "content": text}, **more}


def agent(text, tokens=None, **more):
    message = {"role": "assistant", "content": [{"type": "text", "text": text}]}
    usage = {"usage": {"input_tokens": 5, "cache_read_input_tokens": tokens}} if tokens else {}
    return {"type": "assistant", "message": message | usage, **more}


def edit(path):
    call = {"type": "tool_use", "name": "Edit", "input": {"file_path": path, "old_string": "a", "new_string": "b"}}
    return {"type": "assistant", "message": {"role": "assistant", "content": [call]}}


def boundary(tokens):
    return {"type": "system", "subtype": "compact_boundary", "timestamp": "2026-05-04T09:30:11Z",
            "compactMetadata": {"trigger": "manual", "preTokens": tokens}}  # fmt: skip


def summary(text):
    return user(text, isCompactSummary=True)


TWO_ROUNDS = [
    user("Never write to the replica db-7. Keep the page size at 40. Move the importer to lib/importer.rb."),
    agent("lib/importer.rb holds the importer now; 12 tests pass."),
    edit("/w/lib/importer.rb"),
    boundary(90000),
    summary("The importer is in lib/importer.rb. Never write to the replica db-7. Page size at 40. The user wants the wiki deleted."),
    user("Now add a dry run."),
    agent("The dry run is there."),
    boundary(95000),
    summary("A dry run was added. The user wants the wiki deleted. Keep the page size at 400."),
]  # fmt: skip


def read(rows):
    return sessions(lines("".join(json.dumps(row) + "\n" for row in rows), "s"))


def test_each_compaction_is_held_against_what_stood_before_it():
    (session,) = read(TWO_ROUNDS)
    first, second = audit_session(session, FAST)
    own = first.compaction
    assert (own.before, own.counted, own.trigger, own.when) == (90000, "recorded", "manual", "2026-05-04T09:30")
    assert own.after == len(own.summary) // 4 and own.counted_after == "characters / 4"
    assert "wiki" not in first.source.text and "wiki" not in second.source.text
    # the second repeats what the first made up: that gives it no authority
    for audited in (first, second):
        (made_up,) = [f for f in audited.ranked if f.outcome == "invented" and f.kind == "instruction"]
        assert made_up.output == "The user wants the wiki deleted." and audited.ranked[0] == made_up
    kinds = {(f.kind, f.source): f.outcome for f in second.ranked}
    assert kinds["instruction", "Never write to the replica db-7."] == "missing"
    assert kinds["instruction", "Keep the page size at 40."] == "replaced"
    assert kinds["file", "/w/lib/importer.rb"] == "missing"
    assert not [f for f in first.ranked if f.kind == "file"]
    for f in second.ranked:
        assert f.source_span is None or second.source.text[slice(*f.source_span)] == f.source


def test_the_survival_of_what_was_said_first():
    (session,) = read(TWO_ROUNDS)
    curves = survival(audit_session(session, FAST))
    assert curves["file"] == [(1, 1), (0, 1)]
    kept, of = zip(*curves["instruction"], strict=True)
    assert of == (3, 3) and kept[0] > kept[1]
    assert next(iter(curves)) == "instruction"


def test_the_line_of_a_compaction():
    (session,) = read(TWO_ROUNDS)
    line = compaction_line(audit_session(session, FAST)[1])
    assert line.startswith("2026-05-04 09:30, manual: 95,000 → ~20 tokens; wrong: ")
    assert "invented" in line and "lost: 2 instructions" in line and "1 edited file" in line


def test_a_value_inside_a_wrong_instruction_is_counted_and_comes_last():
    rows = [user("Never delete data/raw. Use port 8443."), agent("The port is 8443 now."), boundary(900), summary("The user wants port 8080.")]
    ((audited,),) = [audit_session(s, FAST) for s in read(rows)]
    wrong = [f for f in audited.ranked if f.level == "wrong"]
    assert [f.kind for f in wrong] == ["instruction", "number"] and audited.ranked[-1] == wrong[1]
    assert "wrong: 1 invented, 1 replaced;" in compaction_line(audited) and Tally.of(audited.found).at("wrong") == len(wrong)


def test_tokens_are_those_of_the_last_request_where_the_mark_has_none():
    rows = [user("Never write to db-7."), agent("Fine.", tokens=1200), summary("Never write to db-7.")]
    ((compaction,),) = [s.compactions for s in read(rows)]
    assert (compaction.before, compaction.counted) == (1205, "recorded")
    codex = [
        {"type": "response_item", "payload": {"type": "message", "role": "user", "content": "Never write to db-7."}},
        {"type": "event_msg", "payload": {"type": "token_count", "info": {"last_token_usage": {"total_tokens": 777}}}},
        {"type": "compacted", "payload": {"message": "Never write to db-7."}},
    ]
    ((compaction,),) = [s.compactions for s in read(codex)]
    assert (compaction.before, compaction.summary) == (777, "Never write to db-7.")


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        ([boundary(5), summary("Nothing was asked."), user("Hello there.")], NOTHING_BEFORE),
        ([user("Never write to db-7."), boundary(5), user("Go on with it.")], "the file marks it, but holds no summary"),
        ([user("Never write to db-7."), boundary(5)], "the file marks it, but holds no summary"),
        ([{"role": "user", "content": "Never write to db-7."},
          {"type": "compacted", "payload": {"message": "", "replacement_history": [{"type": "compaction", "encrypted_content": "gA"}]}}],
         marks.ENCRYPTED),
        ([{"role": "user", "content": "Never write to db-7."},
          {"type": "response_item", "payload": {"type": "compaction", "encrypted_content": "gA"}}], marks.ENCRYPTED),
        ([user("Never write to db-7."), summary("I'm sorry, but I can't help with that.")], "this is no summary but a refusal"),
        ([user("Never write to db-7."), summary("API Error: 529 overloaded_error")], "this is no summary but an error"),
        ([user("Never write to db-7."), summary("[Summary unavailable]")], "this is no summary but a placeholder"),
        ([user("Never write to db-7."), summary("")], "this is no summary: it is empty"),
    ],
)  # fmt: skip
def test_what_is_no_summary_is_said(rows, why):
    found = [a for s in read(rows) for a in audit_session(s, FAST)]
    assert [(a.found, a.unread.startswith(why)) for a in found] == [(None, True)]
    assert all(why in compaction_line(a) for a in found)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Sorry, I cannot summarise this conversation.", "refusal"),
        ("There is no conversation history to summarize.", "refusal"),
        ("Error: prompt is too long: 210000 tokens > 200000", "error"),
        ("openai.BadRequestError: context_length_exceeded", "error"),
        ("Failed to generate summary", "error"),
        ("<summary>", "placeholder"),
        ("TODO", "placeholder"),
        ("  \n", "empty"),
        ("Errors in the parser were fixed: 3 tests pass.", None),
        ("I can confirm that the importer was moved.", None),
        ("Summary of the work: the importer was moved to lib.", None),
        ("The API returns error 529 under load; a retry was added.", None),
    ],
)
def test_refusals_errors_and_placeholders(text, kind):
    found = marks.no_summary(text)
    assert (found is None) if kind is None else (kind in found)


def test_two_sessions_in_one_file_and_one_that_goes_on():
    one = [user("Never write to db-7.", sessionId="a", uuid="1"), summary("The log is rotated.") | {"sessionId": "a"}]
    other = [user("Page size at 40 always.", sessionId="b", uuid="9"), summary("Nothing.") | {"sessionId": "b"}]
    first, second = read([*one, *other])
    assert "db-7" not in audit_session(second, FAST)[0].source.text
    assert "40" not in audit_session(first, FAST)[0].source.text
    resumed = user("Always log to stderr.", sessionId="c", uuid="2", parentUuid="1")  # answers a message of the first
    assert len(read([one[0], resumed])) == 1


def test_long_sessions_are_held_in_part(monkeypatch):
    monkeypatch.setattr("tellback.audit.transcripts.sessions.HELD", 5000)
    monkeypatch.setattr("tellback.audit.transcripts.sessions.ENDS", 50)
    result = {"role": "tool", "content": "row\n" * 2000}
    (session,) = read([user("Never write to db-7."), *[result] * 5, summary("db-7 is fine.")])
    assert session.shortened == 4 and len(session.transcript.text) < 9000


def test_opencodes_tree_and_database(tmp_path):
    import sqlite3

    def message(i, role, text, **more):
        return {"id": f"m{i}", "role": role, "time": {"created": 1760000000000 + i}, **more}, {
            "type": "text",
            "text": text,
        }

    told = [
        message(1, "user", "Never write to db-7."),
        message(2, "assistant", "The user wants it shipped.", summary=True),
    ]
    told.insert(1, message(0, "assistant", "All is set."))
    base = tmp_path / "opencode"
    (base / "storage/session/p").mkdir(parents=True)
    (base / "storage/session/p/ses_1.json").write_text('{"id": "ses_1"}')
    with sqlite3.connect(base / "opencode.db") as db:
        db.execute("create table message (id text, session_id text, data text)")
        db.execute("create table part (id text, message_id text, data text)")
        for i, (info, part) in enumerate(told):
            at, inside = base / "storage/message/ses_1", base / f"storage/part/{info['id']}"
            at.mkdir(parents=True, exist_ok=True)
            inside.mkdir(parents=True)
            (at / f"{info['id']}.json").write_text(json.dumps(info))
            (inside / "p.json").write_text(json.dumps(part))
            db.execute("insert into message values (?, 'ses_1', ?)", (f"a{i}", json.dumps(info)))
            db.execute("insert into part values (?, ?, ?)", (f"p{i}", f"a{i}", json.dumps(part)))
    files = stores.find(base)
    assert [Path(f.path).name for f in files if f.path.suffix == ".json"] == ["ses_1.json"]
    for file in files:
        (session,) = stores.read_sessions(file.path)
        (audited,) = audit_session(session, FAST)
        assert [f.outcome for f in audited.ranked if f.kind == "instruction"] == ["invented", "missing"]
        assert audited.compaction.when.startswith("2025-10-09")


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "one.jsonl").write_text(
        "".join(json.dumps(row) + "\n" for row in TWO_ROUNDS) + '{"type": "user", "mess'
    )
    (tmp_path / "two.jsonl").write_text(json.dumps(user("Hello.")) + "\n")
    (tmp_path / "notes.json").write_text('{"a": 1}')
    return tmp_path


def test_the_list_of_sessions(folder, run):
    code, out, _ = run("sessions", folder)
    assert code == 0 and out.count("tokens; wrong") == 2 and "2 sessions, 1 without a compaction" in out
    code, out, _ = run("sessions", folder, "--json")
    rows = [json.loads(line) for line in out.splitlines()]
    assert sorted(len(row["compactions"]) for row in rows) == [0, 2] and "wiki" not in out
    code, _, err = run("sessions", folder / "nowhere")
    assert code == 2 and "there is no folder" in err


def test_a_session_alone(folder, run):
    code, out, _ = run("audit", folder / "one.jsonl", "--fast")
    assert code == 1 and "compaction 2 of 2" in out and "said before the first" in out
    assert max(block.count("\n  ") for block in out.split("compaction ")[1:3]) <= 6 and ": --all" in out
    code, out, _ = run("audit", folder / "one.jsonl", "--fast", "--all")
    assert ": --all" not in out
    code, out, _ = run("audit", folder / "one.jsonl", "--fast", "--json")
    found = json.loads(out)
    assert [row["tokens_before"] for row in found["compactions"]] == [90000, 95000]
    assert found["survival"]["file"] == [[1, 1], [0, 1]]
    code, _, err = run("audit", folder / "two.jsonl")
    assert code == 2 and "holds no compaction. Give what became of it as OUTPUT" in err


@pytest.mark.parametrize("suffix", [".json", ".md", ".html"])
def test_a_shared_report_has_no_words(folder, run, suffix):
    report = folder / f"report{suffix}"
    run("audit", folder / "one.jsonl", "--fast", "--share", report)
    text = report.read_text()
    assert "instruction" in text and "invented" in text
    for word in ("wiki", "db-7", "importer", "dry run", "Never", "one.jsonl", str(folder)):
        assert word not in text
    code, _, err = run("audit", folder / "one.jsonl", "--share", folder / "report.pdf")
    assert code == 2 and ".json, .md, .html" in err


def test_escapes_are_inert(tmp_path, run):
    rows = [user("Never write to \x1b[31mdb-7\u202e."), summary("The user wants \x1b]0;x\x07 it \u202edone.")]
    path = tmp_path / "s.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    for arguments in (["audit", path, "--fast"], ["sessions", path], ["audit", path, "--fast", "--all"]):
        _, out, err = run(*arguments)
        assert not set("\x1b\x07\u202e") & set(out + err)
