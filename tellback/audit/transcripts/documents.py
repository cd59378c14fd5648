"""Session files as messages: JSON lines and JSON documents, one conversation after another, and lines that are cut short.

A file is read line by line, so its size does not matter. What one message says is the business of `shapes`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from tellback.errors import UsageError

Json = Mapping[str, Any]
LOOK = 10  # lines of an unknown sort in which the first message of a file must stand
#: Lines of session files that hold no message, in any number before the first one.
HOUSEKEEPING = frozenset(
    "summary session_meta turn_context event_msg file-history-snapshot queue-operation custom-title ai-title last-prompt "
    "permission-mode mode attachment progress compacted ghost_snapshot response_item system".split()
)
#: Names under which a JSON object holds its conversation as a list.
LISTS = ("messages", "contents", "conversations", "conversation", "input", "history", "turns", "items")
SPEAKERS = frozenset("user assistant system developer tool function model human ai gemini gpt".split())


class Line(NamedTuple):
    """A message, the number of its line (or its place in a list) from 1, and which conversation of the file it is of."""

    number: int
    content: Json
    conversation: str = ""


def looks_like_one(path: str, text: str) -> bool:
    """Whether a file called `path` that holds `text` is a session: JSON lines with a message, or a JSON document of them."""
    if path.endswith(".jsonl"):
        return _early_message(text)
    if not path.endswith(".json"):
        return False
    try:
        return _shape(json.loads(text)) is not None
    except (ValueError, RecursionError):
        return False


def lines(text: str, name: str) -> Iterator[Line]:
    """The messages of a text: of JSON lines, of a JSON array, or of one object that holds a conversation.

    Raises UsageError that names a line that is no JSON object; a last one that was cut short is left out.
    """
    try:
        whole = json.loads(text)
    except (ValueError, RecursionError):
        yield from of_lines(text.split("\n"), name)
    else:
        yield from document(whole, name)


def of_lines(rows: Iterable[str], name: str) -> Iterator[Line]:
    """The messages of JSON lines, read one at a time."""
    failed: UsageError | None = None
    for number, row in enumerate(rows, 1):
        if not row.strip():
            continue
        if failed:
            raise failed
        try:
            content = json.loads(row)
        except (ValueError, RecursionError) as error:
            failed = UsageError(f"{name}, line {number}: expected a JSON object with a message; {error}.")
            if not row.lstrip().startswith("{"):
                raise failed from None
            continue  # the last line of a session that was killed is cut short; any other such line is a fault
        if not isinstance(content, dict):
            raise UsageError(f"{name}, line {number}: expected a JSON object with a message, got {row.strip()[:40]!r}.")
        if _holder(content) is None:
            yield Line(number, content, _key(content))
        else:  # a conversation a line
            yield from (Line(number, m.content, m.conversation or str(number)) for m in document(content, name))


def document(whole: Any, name: str) -> Iterator[Line]:
    """The messages of one JSON value. Raises UsageError for one that holds no conversation, with the names it has."""
    shape = _shape(whole)
    if isinstance(whole, list):
        if shape == "mapping":
            for i, one in enumerate(whole):
                yield from (m._replace(conversation=str(i)) for m in document(one, name))
        else:
            yield from (Line(i, m) for i, m in enumerate(whole, 1) if isinstance(m, dict))
    elif shape == "mapping":
        yield from (Line(i, m) for i, m in enumerate(_tree(whole), 1))
    elif shape is not None and shape != "message":
        for key in ("system", "systemInstruction", "system_instruction", "instructions"):
            if whole.get(key):
                yield Line(1, {"role": "system", "content": _said(whole[key])})
        listed = whole[shape]
        listed = [{"role": "user", "content": listed}] if isinstance(listed, str) else listed
        yield from (Line(i, m) for i, m in enumerate(listed, 1) if isinstance(m, dict))
    elif isinstance(whole, dict):
        yield Line(1, whole, _key(whole))
    else:
        raise UsageError(
            f"{name}: expected messages, got {type(whole).__name__}. Give a session file, or the text itself."
        )


def unreadable(first: Json) -> str:
    """What a file holds instead of messages, for an error: its shape's type, or the names of its fields."""
    kind = first.get("type") or first.get("format") or first.get("kind")
    fields = ", ".join(sorted(map(str, first))[:8])
    return f"its shape is {str(kind)[:40]!r} with the fields {fields}" if kind else f"its shape has the fields {fields}"


def _early_message(text: str) -> bool:
    unknown = 0
    for row in text.split("\n"):
        if not row.strip():
            continue
        try:
            content = json.loads(row)
        except (ValueError, RecursionError):
            return False
        if not isinstance(content, dict):
            return False
        if is_message(content) or _holder(content) or "message" in content or "payload" in content:
            return True
        if content.get("type") not in HOUSEKEEPING:
            unknown += 1
        if unknown >= LOOK:
            return False
    return False


def is_message(content: Any) -> bool:
    """Whether a JSON object says who speaks, in any of the shapes that are read."""
    if not isinstance(content, dict):
        return False
    info, author = content.get("info"), content.get("author")
    return (
        "role" in content
        or (isinstance(info, dict) and "role" in info and "parts" in content)
        or (isinstance(author, dict) and "role" in author)
        or ("from" in content and "value" in content)
        or (content.get("type") in SPEAKERS and ("content" in content or "data" in content or "message" in content))
        or content.get("type") in ("function_call", "function_call_output", "message", "local_shell_call")
    )


def _holder(content: Json) -> str | None:
    """Under which name an object holds a conversation; None where it is a message itself, or neither."""
    if isinstance(content.get("mapping"), dict):
        return "mapping"
    if is_message(content) or "payload" in content:
        return None
    for key in LISTS:
        listed = content.get(key)
        if isinstance(listed, list) and any(map(is_message, listed)):
            return key
    return None


def _shape(whole: Any) -> str | None:
    """What a document holds: "message", "mapping", or the name of the list that holds the messages; None for another sort of document."""
    if isinstance(whole, dict):
        if holder := _holder(whole):
            return holder
        wrapped = isinstance(whole.get("message"), dict) or isinstance(whole.get("payload"), dict)
        return "message" if is_message(whole) or wrapped else None
    if isinstance(whole, list) and any(isinstance(m, dict) and isinstance(m.get("mapping"), dict) for m in whole):
        return "mapping"
    return "message" if isinstance(whole, list) and any(map(is_message, whole)) else None


def _tree(whole: Json) -> list[Json]:
    """The messages of an export that keeps them in a tree: the branch that was shown last, else all as they stand."""
    nodes = whole["mapping"]
    at, branch = whole.get("current_node"), []
    seen: set[str] = set()
    while isinstance(at, str) and at in nodes and at not in seen:
        seen.add(at)
        branch.append(nodes[at])
        at = nodes[at].get("parent") if isinstance(nodes[at], dict) else None
    ordered = branch[::-1] or list(nodes.values())
    return [n["message"] for n in ordered if isinstance(n, dict) and isinstance(n.get("message"), dict)]


def _said(system: Any) -> Any:
    return system.get("parts", system) if isinstance(system, dict) else system


def _key(content: Json) -> str:
    found = content.get("sessionId") or content.get("session_id") or content.get("sessionID")
    return str(found) if found else ""
