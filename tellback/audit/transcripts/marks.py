"""What session files note beside messages: where a conversation was compacted, and how many tokens it held.

Claude Code writes a `compact_boundary` and then a message that `isCompactSummary`; Codex a `compacted` line, whose text may
be encrypted; OpenCode a message whose `info` says `summary`.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import NamedTuple

from tellback.audit.transcripts.documents import Json
from tellback.audit.transcripts.shapes import pieces
from tellback.audit.transcripts.voices import is_summary

ENCRYPTED = "it is encrypted: what it kept cannot be read"
_ENCRYPTED_ITEMS = ("compaction", "compaction_summary", "context_compaction")
SHORT = 600  # characters of a refusal or an error text
_REFUSES = re.compile(
    r"[\s#*_>\"'“]*(?:(?:i(?:['’]m| am) (?:sorry|unable|not able|afraid)|sorry\b|i (?:can(?:['’]t|not)|won['’]t|do(?: not|n['’]t) have)|"
    r"as an ai\b|unfortunately,? i|apologies\b|(?:it seems|it looks like) (?:that )?(?:the|there|you|your)\b.{0,60}"
    r"\b(?:empty|missing|no|cut off|blank)\b)|"
    r"(?:there is |there's |there was )?(?:no|nothing)(?: \w+){0,3} (?:to summari[sz]e|available|content|found|history|messages?)\b)",
    re.I,
)
_FAILS = re.compile(
    r"[\s#*_>\[({\"']*(?:(?:api |http |internal |server |model |request )*error\b\s*[:(\d]|error code|exception\b|traceback \(most|"
    r"(?:\w+\.)*\w+(?:Error|Exception)\b|(?:failed|unable|could not|couldn['’]t) (?:to )?(?:generate|summari[sz]e|create|produce|compact)|"
    r"prompt is too long|context[_ ]length[_ ]exceeded|overloaded_error|rate.?limit|request (?:timed out|was aborted)|"
    r"(?:4|5)\d\d (?:bad|too|internal|service|gateway|\{)|insufficient[_ ]quota|connection (?:error|reset|refused))",
    re.I,
)
_PLACEHOLDER = re.compile(
    r"[\s\[(<{*_]*(?:summary|conversation|compaction|todo|tbd|placeholder|none|null|undefined|n/a|no content|\(?empty\)?|\.\.\.|…)"
    r"(?: (?:summary|unavailable|not available|placeholder|omitted|removed|truncated|goes here|here|pending|failed))*[\s\])>}.*_:]*",
    re.I,
)


class Mark(NamedTuple):
    """A compaction as a line notes it: sizes in tokens, None where none is recorded."""

    when: str | None = None
    trigger: str | None = None
    before: int | None = None
    after: int | None = None
    summary: str | None = None
    unreadable: str | None = None


def mark(content: Json) -> Mark | None:
    """The compaction that a line notes; with neither summary nor reason, its summary is the next message."""
    inner = content["payload"] if isinstance(content.get("payload"), dict) else content
    if content.get("subtype") in ("compact_boundary", "microcompact_boundary"):
        about = content.get("compactMetadata") or content.get("compact_metadata") or {}
        if content["subtype"] == "microcompact_boundary":
            return None  # old results are left out there; nothing is summed up
        return Mark(
            when(content), _word(about.get("trigger")), _whole(about.get("preTokens", about.get("pre_tokens"))),
            _whole(about.get("postTokens", about.get("post_tokens"))),
        )  # fmt: skip
    if content.get("type") == "compacted" or inner.get("type") == "compacted":
        return _codex(content, inner)
    if inner.get("type") in _ENCRYPTED_ITEMS and inner.get("encrypted_content"):
        return Mark(when(content), unreadable=ENCRYPTED)
    return None


def _codex(content: Json, inner: Json) -> Mark:
    kept = inner.get("replacement_history")
    listed = [item for item in kept if isinstance(item, dict)] if isinstance(kept, list) else []
    told = [p.text for item in listed for p in pieces(item)]
    message = inner.get("message") if isinstance(inner.get("message"), str) else ""
    if message.strip() and not any(message in text for text in told):
        told.append(message)
    hidden = any(item.get("encrypted_content") for item in [inner, *listed])
    if hidden and not any(map(is_summary, told)) and not message.strip():
        return Mark(when(content), unreadable=ENCRYPTED)
    return Mark(when(content), summary="\n\n".join(told))


def used_tokens(content: Json) -> int | None:
    """How many tokens the conversation held when a line was written: of the last request and its answer."""
    message = content["message"] if isinstance(content.get("message"), dict) else content.get("info")
    if isinstance(message, dict) and not content.get("isSidechain"):
        usage = message.get("usage")
        if isinstance(usage, dict):
            names = ("input_tokens", "cache_read_input_tokens", "cache_creation_input_tokens", "output_tokens")
            return _sum(usage.get(name) for name in names)
        tokens = message.get("tokens")
        if isinstance(tokens, dict):
            cache = tokens.get("cache") if isinstance(tokens.get("cache"), dict) else {}
            return _sum([tokens.get("input"), tokens.get("output"), cache.get("read"), cache.get("write")])
    payload = content.get("payload")
    if isinstance(payload, dict) and payload.get("type") == "token_count" and isinstance(payload.get("info"), dict):
        last = payload["info"].get("last_token_usage")
        return _whole(last.get("total_tokens")) if isinstance(last, dict) else None
    return None


def when(content: Json) -> str | None:
    """The moment that a line notes, as ISO 8601 to the minute, in the zone it is noted in."""
    found = content.get("timestamp")
    info = content.get("info")
    if found is None and isinstance(info, dict) and isinstance(info.get("time"), dict):
        found = info["time"].get("created")
    if isinstance(found, int | float) and 0 < found < 1e14:
        return datetime.fromtimestamp(found / 1000 if found > 1e11 else found, UTC).strftime("%Y-%m-%dT%H:%M")
    return found[:16] if isinstance(found, str) and re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d", found) else None


def no_summary(text: str) -> str | None:
    """Why a text that stands in a summary's place is none: a refusal, an error, a placeholder; None where it may be one."""
    bare = text.strip()
    if not bare:
        return "this is no summary: it is empty"
    if len(bare) > SHORT:
        return None
    said = f"«{' '.join(bare.split())[:80]}»"
    if _FAILS.match(bare):
        return f"this is no summary but an error: {said}"
    if _REFUSES.match(bare):
        return f"this is no summary but a refusal: {said}"
    return f"this is no summary but a placeholder: {said}" if _PLACEHOLDER.fullmatch(bare) else None


def _sum(counts: object) -> int | None:
    numbers = [n for n in counts if isinstance(n, int) and not isinstance(n, bool)]  # type: ignore[attr-defined]
    return sum(numbers) if numbers else None


def _whole(count: object) -> int | None:
    return count if isinstance(count, int) and not isinstance(count, bool) else None


def _word(text: object) -> str | None:
    return text if isinstance(text, str) else None
