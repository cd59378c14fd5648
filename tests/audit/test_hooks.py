"""Hooks of agents: they answer in the form that each agent reads, end well on anything, and undo their installation."""

import io
import json
import time

import pytest

from tellback.audit.hooks import events, install

ROWS = [
    {"type": "user", "message": {"role": "user", "content": "Never restart the gateway. Fix the parser in lib/p.rb."}},
    {"type": "assistant", "message": {"role": "assistant", "content": [{"type": "text", "text": "The parser is fixed."}]}},
    {"type": "system", "subtype": "compact_boundary", "compactMetadata": {"trigger": "auto", "preTokens": 9000}},
    {"type": "user", "isCompactSummary": True, "message": {"role": "user", "content": "Fix the parser in lib/p.rb: done. The user wants a release on Friday."}},
]  # fmt: skip


@pytest.fixture
def session(tmp_path):
    path = tmp_path / "s.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in ROWS))
    return path


def hooked(run, monkeypatch, agent, content):
    text = content if isinstance(content, bytes) else json.dumps(content).encode()
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(text)))
    return run("hook", agent)


@pytest.mark.parametrize("agent", ["claude-code", "codex"])
def test_what_a_compaction_lost_is_said_and_given_back(run, monkeypatch, session, agent):
    event = {"transcript_path": str(session), "session_id": "x", "cwd": "/", "trigger": "auto", "new_field": [1]}
    code, out, err = hooked(run, monkeypatch, agent, event | {"hook_event_name": "PostCompact"})
    said = json.loads(out)["systemMessage"]
    assert code == 0 and not err and "9,000 →" in said and "- Never restart the gateway." in said
    code, out, _ = hooked(run, monkeypatch, agent, event | {"hook_event_name": "SessionStart", "source": "compact"})
    given = json.loads(out)["hookSpecificOutput"]
    assert given["hookEventName"] == "SessionStart"
    assert given["additionalContext"].splitlines()[1:] == [
        "- Never restart the gateway.", "The summary says these, and no user did:", "- The user wants a release on Friday."
    ]  # fmt: skip
    code, out, _ = hooked(run, monkeypatch, agent, event | {"hook_event_name": "PreCompact"})
    assert out.splitlines() == ["Keep word for word what the user said must hold:", "- Never restart the gateway."]
    _, out, err = hooked(run, monkeypatch, agent, event | {"hook_event_name": "SessionStart", "source": "startup"})
    assert (out, err) == ("", "")


def test_the_summary_of_the_event_counts_where_the_file_has_none_yet(run, monkeypatch, session):
    session.write_text("".join(json.dumps(row) + "\n" for row in ROWS[:2]))
    event = {
        "hook_event_name": "PostCompact",
        "transcript_path": str(session),
        "compact_summary": "The parser is fixed.",
    }
    _, out, _ = hooked(run, monkeypatch, "claude-code", event)
    assert "Never restart the gateway." in json.loads(out)["systemMessage"]


@pytest.mark.parametrize(
    "content",
    [
        b"", b"\xff\xfe\x00", b"[]", b"7", b"{", b'{"hook_event_name": 3}', b"[" * 100_000,
        {"hook_event_name": "Stop"}, {"hook_event_name": "PostCompact"},
        {"hook_event_name": "PostCompact", "transcript_path": "/nowhere/x.jsonl"},
        {"hook_event_name": "PostCompact", "transcript_path": "/"},
        {"hook_event_name": "PostCompact", "transcript_path": ["a"]},
        {"hook_event_name": "PreCompact", "session_id": "\x1b[31mx"},
    ],
)  # fmt: skip
def test_rubbish_ends_well_and_in_one_line(run, monkeypatch, content):
    code, out, err = hooked(run, monkeypatch, "claude-code", content)
    assert code == 0 and out == "" and err.count("\n") <= 1 and "\x1b" not in err and "Traceback" not in err


def test_a_damaged_session_ends_well(run, monkeypatch, session):
    session.write_text('{"a"\n{"b"\n')
    event = {"hook_event_name": "PostCompact", "transcript_path": str(session)}
    code, out, err = hooked(run, monkeypatch, "claude-code", event)
    assert code == 0 and out == "" and err.count("\n") == 1


@pytest.mark.parametrize("agent", events.AGENTS)
@pytest.mark.parametrize("before", [None, '{"hooks": {"Stop": []},\n   "model": "m"}', "{}\n"])
def test_installing_shows_its_change_and_removing_undoes_it(run, monkeypatch, tmp_path, agent, before):
    for name in ("HOME", "CLAUDE_CONFIG_DIR", "CODEX_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.setenv(name, str(tmp_path))
    path = install.installing(agent, False).path
    assert tmp_path in path.parents
    if before is not None and agent != "opencode":
        path.write_text(before)
    monkeypatch.setattr("sys.stdin", io.StringIO("n\n"))
    _, out, _ = run("hook", "install", agent)
    assert "nothing was changed" in out and f"hook{'' if agent == 'opencode' else ' ' + agent}" in out
    assert (path.read_text() if path.exists() else None) == (before if agent != "opencode" else None)
    code, out, _ = run("hook", "install", agent, "--yes")
    assert code == 0 and out.startswith("---") and path.exists()
    _, out, _ = run("hook", "install", agent, "--yes")
    assert "nothing to change" in out
    _, out, _ = run("hook", "uninstall", agent, "--yes")
    assert out.startswith("---")
    assert (path.read_text() if path.exists() else None) == (before if agent != "opencode" else None)
    assert [p for p in path.parent.iterdir() if p != path] == []
    _, out, _ = run("hook", "uninstall", agent, "--yes")
    assert "nothing to change" in out


def test_what_others_changed_since_stays(run, monkeypatch, tmp_path):
    monkeypatch.setenv("CLAUDE_CONFIG_DIR", str(tmp_path))
    path = tmp_path / "settings.json"
    path.write_text('{"hooks": {"PreCompact": [{"matcher": "", "hooks": [{"type": "command", "command": "backup"}]}]}}')
    run("hook", "install", "claude-code", "--yes")
    settings = json.loads(path.read_text())
    assert len(settings["hooks"]["PreCompact"]) == 2
    path.write_text(json.dumps(settings | {"theme": "dark"}))
    run("hook", "uninstall", "claude-code", "--yes")
    left = json.loads(path.read_text())
    assert left["theme"] == "dark" and list(left["hooks"]) == ["PreCompact"] and len(left["hooks"]["PreCompact"]) == 1
    path.write_text("{broken")
    code, _, err = run("hook", "install", "claude-code", "--yes")
    assert code == 2 and "is not JSON" in err and path.read_text() == "{broken"


def test_only_the_end_of_a_very_long_session_is_read(run, monkeypatch, session):
    monkeypatch.setattr(events, "TAIL", 700)
    session.write_text(
        json.dumps({"type": "user", "message": {"role": "user", "content": "x" * 5000}}) + "\n" + session.read_text()
    )
    event = {"hook_event_name": "PostCompact", "transcript_path": str(session)}
    started = time.perf_counter()
    _, out, _ = hooked(run, monkeypatch, "claude-code", event)
    assert "systemMessage" in out and time.perf_counter() - started < 20
