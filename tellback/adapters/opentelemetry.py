"""OpenTelemetry: what the compactions in a trace lost. Needs opentelemetry-sdk (`pip install tellback[opentelemetry]`).

Read are inference spans by the GenAI conventions (github.com/open-telemetry/semantic-conventions-genai): the attribute
`gen_ai.conversation.compacted`, and messages in `gen_ai.input.messages` and `gen_ai.output.messages`, which
instrumentations record only where content capture is on.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from opentelemetry.sdk.trace import ReadableSpan

from tellback.adapters.compactions import Message, Rounds
from tellback.audit import Audit

COMPACTED = "gen_ai.conversation.compacted"
CONVERSATION = "gen_ai.conversation.id"
MESSAGES = ("gen_ai.input.messages", "gen_ai.output.messages")


def audit_spans(spans: Iterable[ReadableSpan], *, fast: bool = False) -> Iterator[tuple[str, Audit]]:
    """(conversation, Audit) for each compaction in finished spans, by the time they began.

    The attribute stays true after a compaction. So one is where it is true and something that the span before had is
    gone; it is held against all that was said before. A conversation is its id, or its trace where spans carry none. A
    span without messages says nothing about its history, and is passed over.
    """
    rounds: dict[str, Rounds] = {}
    before: dict[str, list[Message]] = {}
    for span in sorted(spans, key=lambda s: s.start_time or 0):
        attributes = span.attributes or {}
        asked, answered = (_messages(attributes.get(name)) for name in MESSAGES)
        if not asked:
            continue
        name = str(attributes.get(CONVERSATION) or f"{span.context.trace_id:032x}")
        stood = before.get(name, [])
        if attributes.get(COMPACTED) and any(message not in asked for message in stood):
            yield name, rounds.setdefault(name, Rounds()).audit(stood, asked, fast=fast)
        before[name] = [*asked, *answered]


def _messages(recorded: Any) -> list[Message]:
    """The messages of an attribute, which is JSON text on a span; [] where there are none."""
    try:
        found = json.loads(recorded) if isinstance(recorded, str) else recorded
    except ValueError:  # cut by a limit on attributes' length
        return []
    found = found if isinstance(found, list | tuple) else ()
    return [shape for one in found if isinstance(one, dict) for shape in _shapes(one)]


def _shapes(message: dict[str, Any]) -> Iterator[Message]:
    """A message's parts, in order, as transcripts know them. What a model thought, and media, are left out."""
    role = str(message.get("role"))
    for part in message.get("parts") or ():
        kind = part.get("type") if isinstance(part, dict) else None
        if kind == "text":
            yield {"role": role, "content": part.get("content")}
        elif kind == "compaction" and part.get("content") is None:
            yield {"type": "compaction"}
        elif kind == "compaction":  # the model's words, in whoever's turn they stand
            yield {"role": "assistant", "content": part["content"]}
        elif kind == "tool_call":
            yield {"type": "function_call", "arguments": part.get("arguments")}
        elif kind == "tool_call_response":
            yield {"type": "function_call_output", "output": part.get("response")}
