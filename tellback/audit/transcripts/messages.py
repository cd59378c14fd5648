"""Agent transcripts as sources: JSONL of messages, flattened to one text whose offsets lead back to the messages.

Read are the shapes of OpenAI ({"role", "content" | "tool_calls"}, and the items of its Responses API), of Anthropic
({"role", "content": [{"type": "text" | "tool_use" | "tool_result", ...}]}) and lines that wrap such a message
({"type": "user", "message": {...}}, {"payload": {...}}). Images and what the model thought to itself are left out, and
so are lines without a message (summaries, snapshots).
"""

from __future__ import annotations

import bisect
import json
import shlex
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from tellback.audit.inputs import read_text
from tellback.errors import UsageError
from tellback.records import Span

INSTRUCTION, COMMAND, ERROR, DECISION = "instruction", "command", "error", "decision"
#: Kinds of fact that only transcripts have, in the order in which their inventions are shown.
KINDS = (INSTRUCTION, COMMAND, ERROR, DECISION)
LOOK = 10  # lines in which the first message of a transcript must stand
GAP = "\n\n"  # between two pieces of the text
TEXT_BLOCKS = ("text", "input_text", "output_text")
COMMAND_KEYS = ("command", "cmd", "script")


class Piece(NamedTuple):
    """What one message says in one place: `role` user, system, assistant or tool; `form` text, command, call, result."""

    role: str
    form: str
    text: str


@dataclass(frozen=True, slots=True)
class Part:
    """A piece's place in the text of a transcript; `line` is the number of its line in the file, from 1."""

    role: str
    form: str
    span: Span
    line: int


@dataclass(frozen=True)
class Transcript:
    """`text` joins the pieces of all messages, without the names of roles; `parts` say where each of them stands."""

    text: str = field(repr=False)
    parts: tuple[Part, ...]

    def part_at(self, offset: int) -> Part:
        """The part that holds a character of the text; one between two parts belongs to the former."""
        starts = [part.span[0] for part in self.parts]
        return self.parts[max(0, bisect.bisect_right(starts, offset) - 1)]

    def words(self, part: Part) -> str:
        return self.text[slice(*part.span)]


def is_transcript(path: str, text: str) -> bool:
    """Whether a file called `path` that holds `text` is one: a .jsonl of which an early line is a message."""
    if not path.endswith(".jsonl"):
        return False
    for line in text.lstrip().split("\n", LOOK)[:LOOK]:
        try:
            content = json.loads(line)
        except ValueError:
            return False
        if not isinstance(content, dict):
            return False
        if "role" in content or "message" in content or "payload" in content:
            return True
    return False


def read(path: str) -> Transcript:
    """The transcript in a file ("-": standard input); raises UsageError that names a line that is no JSON object."""
    return parse(read_text(path), path)


def parse(text: str, name: str = "transcript") -> Transcript:
    """A transcript from JSONL text, or from one JSON array of messages, or from one object with "messages"."""
    return flatten(_lines(text, name))


def flatten(messages: Iterable[tuple[int, Mapping[str, Any]]]) -> Transcript:
    """A transcript of (line number, message) pairs."""
    texts: list[str] = []
    parts: list[Part] = []
    at = 0
    for line, message in messages:
        for role, form, words in _pieces(message):
            if not words.strip():
                continue
            parts.append(Part(role, form, (at, at + len(words)), line))
            texts.append(words)
            at += len(words) + len(GAP)
    return Transcript(GAP.join(texts), tuple(parts))


def _lines(text: str, name: str) -> Iterator[tuple[int, Mapping[str, Any]]]:
    try:
        whole = json.loads(text)
    except ValueError:
        whole = None
    if isinstance(whole, dict):
        whole = whole.get("messages", [whole])
    if isinstance(whole, list):
        yield from ((i, message) for i, message in enumerate(whole, 1) if isinstance(message, dict))
        return
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            content = json.loads(line)
        except ValueError as error:
            raise UsageError(f"{name}, line {number}: expected a JSON object with a message; {error}.") from None
        if not isinstance(content, dict):
            raise UsageError(
                f"{name}, line {number}: expected a JSON object with a message, got {line.strip()[:40]!r}."
            )
        yield number, content


def _pieces(content: Mapping[str, Any]) -> Iterator[Piece]:
    for wrapper in ("message", "payload"):
        if isinstance(content.get(wrapper), dict):
            inner = dict(content[wrapper])
            role = inner.get("role")
            if content.get("isSidechain"):  # a helper's own talk: its "user" is the agent
                inner["role"] = "assistant"
            elif content.get("isMeta") and role == "user":  # written by the program, not by the person
                inner["role"] = "system"
            yield from _pieces(inner)
            return
    kind = content.get("type")
    if kind == "function_call":
        yield from _call(content.get("arguments"))
    elif kind == "function_call_output":
        yield Piece("tool", "result", _plain(content.get("output")))
    elif "role" in content:
        yield from _message(content)


def _message(content: Mapping[str, Any]) -> Iterator[Piece]:
    role = str(content.get("role"))
    role = {"developer": "system", "function": "tool"}.get(role, role)
    said = content.get("content")
    for block in said if isinstance(said, list) else [said]:
        if isinstance(block, str):
            yield Piece(role, "result" if role == "tool" else "text", block)
        elif not isinstance(block, dict):
            continue
        elif block.get("type") in TEXT_BLOCKS:
            yield Piece(role, "result" if role == "tool" else "text", str(block.get("text") or ""))
        elif block.get("type") == "tool_use":
            yield from _call(block.get("input"))
        elif block.get("type") == "tool_result":
            yield Piece("tool", "result", _plain(block.get("content")))
    for call in content.get("tool_calls") or ():
        function = call.get("function") if isinstance(call, dict) else None
        yield from _call(function.get("arguments") if isinstance(function, dict) else None)


def _call(arguments: Any) -> Iterator[Piece]:
    """What a tool was called with: its command, and each other argument as «name: value»."""
    if isinstance(arguments, str):
        try:
            arguments = json.loads(arguments)
        except ValueError:
            yield Piece("assistant", "call", arguments)
            return
    for key, value in arguments.items() if isinstance(arguments, dict) else ():
        if key in COMMAND_KEYS and isinstance(value, list) and all(isinstance(v, str) for v in value):
            # ["bash", "-lc", "the command"] is a way to say the command
            value = value[-1] if len(value) == 3 and value[1] in ("-c", "-lc") else shlex.join(value)
        if key in COMMAND_KEYS and isinstance(value, str):
            yield Piece("assistant", "command", value)
        else:
            yield Piece("assistant", "call", f"{key}: {_plain(value)}")


def _plain(value: Any) -> str:
    """The text of a tool's result or argument; blocks that are no text are left out."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, list) and all(isinstance(v, dict) and "type" in v for v in value):
        return "\n".join(str(v.get("text") or "") for v in value if v["type"] in TEXT_BLOCKS)
    return json.dumps(value, ensure_ascii=False)
