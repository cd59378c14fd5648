"""One message in any of the shapes that agents and chats are stored in -> the pieces that it says.

Claude Code, Codex, OpenAI (chat and responses), Anthropic, Gemini, OpenCode, LangChain, ChatGPT's export and ShareGPT.
Images and what the model thought to itself are left out, and so are the names of arguments and the titles of calls.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from tellback.audit.transcripts.voices import ASSISTANT, PROGRAM, SUMMARY, SYSTEM, TOOL, USER, role, voices

TEXT_BLOCKS = ("text", "input_text", "output_text")
CALLS = ("tool_use", "function_call", "custom_tool_call", "local_shell_call", "server_tool_use", "mcp_call")
RESULTS = ("tool_result", "function_call_output", "custom_tool_call_output", "local_shell_call_output")
COMMAND_KEYS = ("command", "cmd", "script")
PATH_KEYS = ("file_path", "filePath", "notebook_path", "target_file")
#: Arguments that say how a tool is called, not what for.
DULL_KEYS = frozenset(
    "description workdir timeout timeout_ms cwd justification with_escalated_permissions title id".split()
)
WRITERS = tuple("edit write multiedit notebookedit str_replace create_file apply_patch replace patch".split())


class Piece(NamedTuple):
    """What one message says in one place: `role` user, system, assistant, tool, summary or program; `form` text,
    command, call (another argument), edit (the path of a file that is written) or result."""

    role: str
    form: str
    text: str


def pieces(content: Mapping[str, Any]) -> Iterator[Piece]:
    """What a message says, in order; nothing for a line that is no message."""
    inner = next((content[w] for w in ("message", "payload", "data") if isinstance(content.get(w), dict)), None)
    kind = content.get("type")
    if isinstance(content.get("info"), dict) and isinstance(content.get("parts"), list):  # OpenCode
        summary = content["info"].get("summary") is True
        yield from _blocks(SUMMARY if summary else role(content["info"].get("role")), content["parts"])
    elif inner is not None and kind not in RESULTS and "role" not in content:
        yield from pieces(_unwrapped(content, inner))
    elif kind in CALLS or kind in RESULTS:
        yield from _block(ASSISTANT, content)
    elif isinstance(content.get("author"), dict):  # ChatGPT
        yield from _message(role(content["author"].get("role")), content.get("content"))
    elif "from" in content and "value" in content:  # ShareGPT
        yield from _message(role(content["from"]), content["value"])
    elif "role" in content:
        said = content.get("parts") if content.get("content") is None else content["content"]
        yield from _message(role(content["role"]), said)
    elif "content" in content and role(kind) in (USER, ASSISTANT, SYSTEM, TOOL):  # LangChain, Gemini's own files
        yield from _message(role(kind), content["content"])
    for call in _listed(content.get("tool_calls")) + _listed(content.get("toolCalls")):
        yield from _block(ASSISTANT, {**(call.get("function") or {}), **call, "type": "tool_use"})


def _unwrapped(content: Mapping[str, Any], inner: Mapping[str, Any]) -> dict[str, Any]:
    out = dict(inner)
    if "role" not in out and content.get("type") in ("human", "ai", "tool", "function", "system", "developer"):
        out.setdefault("role", content["type"])
    if content.get("isSidechain"):  # a helper's own talk: its "user" is the agent
        out["role"] = ASSISTANT
    elif content.get("isCompactSummary"):
        out["role"] = SUMMARY
    elif content.get("isMeta") and out.get("role") == USER:  # written by the program, not by the person
        out["role"] = SYSTEM
    return out


def _message(speaker: str, said: Any) -> Iterator[Piece]:
    if isinstance(said, dict):  # ChatGPT's {"content_type", "parts"}, or a single block
        said = said["parts"] if isinstance(said.get("parts"), list) else [said]
    yield from _blocks(speaker, said if isinstance(said, list) else [said])


def _blocks(speaker: str, blocks: list[Any]) -> Iterator[Piece]:
    for block in blocks:
        if isinstance(block, str):
            yield from _spoken(speaker, block)
        elif isinstance(block, dict):
            yield from _block(speaker, block)


def _spoken(speaker: str, text: str) -> Iterator[Piece]:
    for who, part in voices(speaker, text):
        yield Piece(who, "result" if who in (TOOL, PROGRAM) else "text", part)


def _block(speaker: str, block: Mapping[str, Any]) -> Iterator[Piece]:
    kind = block.get("type")
    if kind in CALLS:
        given = next((block[k] for k in ("input", "arguments", "args", "action") if block.get(k) is not None), None)
        yield from _call(str(block.get("name") or block.get("tool") or ""), given)
        if block.get("result") is not None:  # Gemini's own files keep it beside the call
            yield Piece(TOOL, "result", plain(block["result"]))
    elif kind in RESULTS:
        yield Piece(TOOL, "result", plain(block.get("content", block.get("output"))))
    elif kind == "tool":  # OpenCode
        state = block.get("state") if isinstance(block.get("state"), dict) else {}
        yield from _call(str(block.get("tool") or ""), state.get("input"))
        if answer := state.get("output") or state.get("error"):
            yield Piece(TOOL, "result", plain(answer))
    elif isinstance(block.get("functionCall"), dict):
        yield from _call(str(block["functionCall"].get("name")), block["functionCall"].get("args"))
    elif isinstance(block.get("functionResponse"), dict):
        yield Piece(TOOL, "result", plain(block["functionResponse"].get("response")))
    elif (kind in TEXT_BLOCKS or kind is None) and not (block.get("thought") or block.get("synthetic")):
        yield from _spoken(speaker, str(block.get("text") or ""))


def _call(tool: str, arguments: Any) -> Iterator[Piece]:
    """What a tool was called with: its command, the file it writes, and each other argument."""
    if isinstance(arguments, str):
        try:
            arguments = json.loads(arguments)
        except ValueError:
            yield from _patch(arguments)
            return
    for key, value in arguments.items() if isinstance(arguments, dict) else ():
        if key in COMMAND_KEYS and isinstance(value, list) and all(isinstance(v, str) for v in value):
            # ["bash", "-lc", "the command"] is a way to say the command
            value = value[-1] if len(value) == 3 and value[1] in ("-c", "-lc") else shlex.join(value)
        if key in COMMAND_KEYS and isinstance(value, str):
            yield Piece(ASSISTANT, "command", value)
        elif key in PATH_KEYS or (key == "path" and tool.casefold() in WRITERS):
            yield Piece(ASSISTANT, "edit" if tool.casefold().startswith(WRITERS) else "call", plain(value))
        elif key not in DULL_KEYS and not (key == "type" and value == "exec"):
            yield from _patch(plain(value))


def _patch(text: str) -> Iterator[Piece]:
    """An argument in words; of a patch also the files that it changes."""
    if text.startswith("*** Begin Patch"):
        for line in text.split("\n"):
            for head in ("*** Update File: ", "*** Add File: ", "*** Delete File: "):
                if line.startswith(head):
                    yield Piece(ASSISTANT, "edit", line[len(head) :].strip())
    yield Piece(ASSISTANT, "call", text)


def plain(value: Any) -> str:
    """The text of a tool's result or argument; blocks that are no text are left out."""
    if value is None:
        return ""
    if isinstance(value, bool | int | float):
        return str(value)
    if isinstance(value, str):
        return _inside(value)
    if isinstance(value, list):
        if all(isinstance(v, dict) and ("type" in v or "functionResponse" in v) for v in value):
            return "\n".join(filter(None, map(_part, value)))
        if all(isinstance(v, str) for v in value):
            return "\n".join(value)
    if isinstance(value, dict):
        return _output(value) or json.dumps(value, ensure_ascii=False)
    return json.dumps(value, ensure_ascii=False)


def _part(block: Mapping[str, Any]) -> str:
    if isinstance(block.get("functionResponse"), dict):
        return plain(block["functionResponse"].get("response"))
    return str(block.get("text") or "") if block.get("type") in TEXT_BLOCKS else ""


def _inside(text: str) -> str:
    """The output of a command that is kept as JSON inside a string, with its failing exit code; other text as it is."""
    if not text.startswith("{") or '"output"' not in text[:4000]:
        return text
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        return text
    return (_output(content) or text) if isinstance(content, dict) else text


def _output(content: Mapping[str, Any]) -> str | None:
    if not isinstance(content.get("output"), str):
        return None
    about = content.get("metadata") if isinstance(content.get("metadata"), dict) else {}
    code = about.get("exit_code")
    return content["output"] + (f"\nexit code {code}" if isinstance(code, int) and code else "")


def _listed(value: Any) -> list[Mapping[str, Any]]:
    return [v for v in value if isinstance(v, dict)] if isinstance(value, list) else []
