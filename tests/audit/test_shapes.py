"""Session files of every shape say the same; what no shape fits is refused by name; a cut last line loses that line."""

import json

import pytest

from tellback.audit import transcripts
from tellback.errors import UsageError

ASKED = "Never edit vendor/zlib. Sort the imports in app/cli.py and run the linter."
RAN = "ruff check app"
GAVE = "app/cli.py:3:1: I001 Import block is un-sorted\nFound 1 error."
SAID = "The imports of app/cli.py are sorted; the linter is quiet."

CLAUDE = [
    {"type": "user", "sessionId": "s", "message": {"role": "user", "content": ASKED}},
    {"type": "assistant", "sessionId": "s", "message": {"role": "assistant", "content": [
        {"type": "thinking", "thinking": "9041"},
        {"type": "tool_use", "id": "t", "name": "Bash", "input": {"command": RAN, "description": "9041"}},
    ]}},
    {"type": "user", "sessionId": "s", "message": {"role": "user", "content": [{"type": "tool_result", "content": GAVE}]}, "toolUseResult": "9041"},
    {"type": "assistant", "sessionId": "s", "message": {"role": "assistant", "content": [{"type": "text", "text": SAID}]}},
]  # fmt: skip
CODEX = [
    {"type": "session_meta", "payload": {"id": "s", "cwd": "/w"}},
    {"type": "response_item", "payload": {"type": "message", "role": "user", "content": [{"type": "input_text", "text": ASKED}]}},
    {"type": "event_msg", "payload": {"type": "user_message", "message": ASKED}},
    {"type": "response_item", "payload": {"type": "reasoning", "summary": [{"type": "summary_text", "text": "9041"}], "encrypted_content": "x"}},
    {"type": "response_item", "payload": {"type": "local_shell_call", "action": {"type": "exec", "command": ["bash", "-lc", RAN], "timeout_ms": 9041}}},
    {"type": "response_item", "payload": {"type": "function_call_output", "output": json.dumps({"output": GAVE, "metadata": {"exit_code": 0}})}},
    {"type": "response_item", "payload": {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": SAID}]}},
]  # fmt: skip
GEMINI = {"systemInstruction": {"parts": []}, "contents": [
    {"role": "user", "parts": [{"text": ASKED}]},
    {"role": "model", "parts": [{"text": "9041", "thought": True}, {"functionCall": {"name": "shell", "args": {"command": RAN}}}]},
    {"role": "user", "parts": [{"functionResponse": {"name": "shell", "response": {"output": GAVE}}}]},
    {"role": "model", "parts": [{"text": SAID}]},
]}  # fmt: skip
OPENCODE = {"info": {"id": "ses"}, "messages": [
    {"info": {"role": "user"}, "parts": [{"type": "text", "text": ASKED}]},
    {"info": {"role": "assistant"}, "parts": [
        {"type": "reasoning", "text": "9041"},
        {"type": "tool", "tool": "bash", "state": {"status": "completed", "input": {"command": RAN}, "output": GAVE}},
        {"type": "text", "text": SAID},
    ]},
]}  # fmt: skip
LANGCHAIN = [
    {"type": "human", "data": {"content": ASKED}},
    {"type": "ai", "data": {"content": "", "tool_calls": [{"name": "shell", "args": {"command": RAN}}]}},
    {"type": "tool", "data": {"content": GAVE}},
    {"type": "ai", "data": {"content": [{"type": "text", "text": SAID}]}},
]  # fmt: skip
CHATGPT = [{"current_node": "d", "mapping": {
    "root": {"message": None, "parent": None},
    "a": {"parent": "root", "message": {"author": {"role": "user"}, "content": {"content_type": "text", "parts": [ASKED]}}},
    "x": {"parent": "root", "message": {"author": {"role": "user"}, "content": {"parts": ["9041"]}}},
    "c": {"parent": "a", "message": {"author": {"role": "tool"}, "content": {"parts": [GAVE]}}},
    "d": {"parent": "c", "message": {"author": {"role": "assistant"}, "content": {"parts": [SAID]}}},
}}]  # fmt: skip
SHAREGPT = {"conversations": [{"from": "human", "value": ASKED}, {"from": "gpt", "value": SAID}]}
REQUEST = {
    "model": "m",
    "system": [{"type": "text", "text": "Be brief."}],
    "messages": [{"role": "user", "content": ASKED}],
}


def jsonl(rows):
    return "".join(json.dumps(row) + "\n" for row in rows)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("s.jsonl", jsonl(CLAUDE)),
        ("s.jsonl", jsonl([{"type": "summary", "summary": f"t{i}"} for i in range(40)] + CLAUDE)),
        ("s.jsonl", jsonl(CODEX)),
        ("s.json", json.dumps(GEMINI)),
        ("s.json", json.dumps(GEMINI["contents"])),
        ("s.json", json.dumps(OPENCODE, indent=1)),
        ("s.json", json.dumps(LANGCHAIN)),
        ("s.jsonl", jsonl([{"messages": LANGCHAIN}])),
    ],
)
def test_every_shape_says_the_same(name, text):
    assert transcripts.is_transcript(name, text)
    read = transcripts.parse(text, name)
    assert [(p.role, p.form, read.words(p)) for p in read.parts] == [
        ("user", "text", ASKED), ("assistant", "command", RAN), ("tool", "result", GAVE), ("assistant", "text", SAID),
    ]  # fmt: skip


def test_shapes_without_calls():
    read = transcripts.parse(json.dumps(CHATGPT))
    assert [(p.role, read.words(p)) for p in read.parts] == [("user", ASKED), ("tool", GAVE), ("assistant", SAID)]
    read = transcripts.parse(json.dumps(SHAREGPT) + "\n" + json.dumps(SHAREGPT) + "\n", "s.jsonl")
    assert [p.role for p in read.parts] == ["user", "assistant"] * 2
    read = transcripts.parse(json.dumps(REQUEST))
    assert [(p.role, read.words(p)) for p in read.parts] == [("system", "Be brief."), ("user", ASKED)]


def test_a_cut_last_line_loses_that_line():
    whole = jsonl(CLAUDE)
    cut = whole[: whole.rindex(SAID) + 9]
    assert transcripts.is_transcript("s.jsonl", cut)
    assert SAID[:9] not in transcripts.parse(cut).text and GAVE in transcripts.parse(cut).text
    with pytest.raises(UsageError, match="line 4: expected a JSON object"):
        transcripts.parse(cut + "\n" + jsonl(CLAUDE))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("s.json", '{"todos": [{"content": "wash", "status": "open"}]}'),
        ("s.json", "[1, 2]"),
        ("s.json", '{"a": '),
        ("s.md", jsonl(CLAUDE)),
        ("s.jsonl", '{"id": 1, "source": "x", "output": "y"}\n'),
        ("s.jsonl", jsonl([{"type": "measurement", "value": i} for i in range(30)] + CLAUDE)),
    ],
)
def test_other_files_are_texts(name, text):
    assert not transcripts.is_transcript(name, text)


@pytest.mark.parametrize("text", ['{"type": "telemetry", "n": 1}\n', '[{"mood": "fine"}]', "7"])
def test_what_fits_no_shape_is_refused_by_name(text):
    with pytest.raises(UsageError, match="telemetry|mood|int"):
        transcripts.parse(text)


def test_edited_files_and_patches():
    calls = [
        {"type": "tool_use", "name": "Edit", "input": {"file_path": "/w/app/cli.py", "old_string": "a", "new_string": "b"}},
        {"type": "tool_use", "name": "Read", "input": {"file_path": "/w/app/main.py"}},
        {"type": "custom_tool_call", "name": "apply_patch", "input": "*** Begin Patch\n*** Add File: new.py\n+x\n*** End Patch"},
    ]  # fmt: skip
    read = transcripts.parse(json.dumps([{"role": "assistant", "content": calls}]))
    assert [read.words(p) for p in read.parts if p.form == "edit"] == ["/w/app/cli.py", "new.py"]
    assert "file_path" not in read.text


@pytest.mark.parametrize(
    ("turn", "role"),
    [
        ({"role": "user", "content": ASKED}, "user"),
        ({"role": "user", "content": "This session is being continued from a previous conversation.\n- Ship it."}, "summary"),
        ({"role": "system", "content": "Here is a summary of the conversation to date:\n\nAlways ship."}, "summary"),
        ({"role": "user", "content": "## Hand-off\nThe user wants it shipped."}, "summary"),
        ({"role": "user", "content": "Previous session summary: ship it."}, "summary"),
        ({"type": "user", "isCompactSummary": True, "message": {"role": "user", "content": "Ship it."}}, "summary"),
        ({"role": "user", "content": "Write a summary of the session for Ann."}, "user"),
        ({"role": "user", "content": "Summary tables go to docs/. Keep them short."}, "user"),
        ({"role": "user", "content": "<system-reminder>Never push.</system-reminder>"}, "system"),
        ({"role": "user", "content": "# AGENTS.md instructions for /w\nNever push."}, "system"),
        ({"role": "user", "content": "<environment_context>\n <cwd>/w</cwd>\n</environment_context>"}, "program"),
        ({"role": "user", "content": "[Request interrupted by user]"}, "program"),
        ({"type": "user", "isSidechain": True, "message": {"role": "user", "content": ASKED}}, "assistant"),
    ],
)  # fmt: skip
def test_whose_word_a_turn_is(turn, role):
    assert [p.role for p in transcripts.flatten([(1, turn)]).parts] == [role]


def test_a_summary_of_what_stands_before_it_is_no_source():
    said = {"type": "user", "isCompactSummary": True, "message": {"role": "user", "content": "Ship 77 boxes."}}
    assert "77" not in transcripts.parse(jsonl([*CLAUDE, said])).text
    assert "77" in transcripts.parse(jsonl([said, *CLAUDE])).text  # what it sums up is elsewhere
    mixed = {"role": "user", "content": "<system-reminder>Be kind.</system-reminder>Sort app/x.py."}
    assert [p.role for p in transcripts.flatten([(1, mixed)]).parts] == ["system", "user"]
