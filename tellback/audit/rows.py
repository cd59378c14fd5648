"""An audit as one line of JSON, whole or without the words of the texts."""

from __future__ import annotations

import hashlib
import hmac
import json
import sys
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from tellback.audit.findings import Audit, Finding
from tellback.records import ADDED

COUNTS = ("n_facts", "faithful", "replaced", "overwritten", "drifted", "missing", "unscored", *ADDED)


def row(audit: Audit, id: str | int | None = None, redact: bool = False) -> dict[str, Any]:
    """One object: the counts (integers) by outcome and by level, the findings, what could not be read, the scores by kind,
    and a digest of the source.

    `redact` leaves out the words of both texts (see `redacted`). Two rows of one source can be compared, which
    `source_sha256` decides.
    """
    shown = redacted(audit) if redact else audit
    found = shown.to_dict()
    return {
        "id": id,
        **{name: found[name] for name in COUNTS},
        "findings": found["findings"],
        "levels": found["levels"],
        "unread": found["unread"],
        "risk": found["risk"],
        "doubt": found["doubt"],
        "scores": dict(audit.scores),
        "source_sha256": digest(audit.source),
        "redacted": redact,
    }


def digest(text: str) -> str:
    """Of the text, as hexadecimal digits; lone surrogates count as they are."""
    return hashlib.sha256(_bytes(text)).hexdigest()


def redacted(audit: Audit) -> Audit:
    """The same outcomes, kinds and spans; instead of words, a hash of them, and no `why`, which may quote them.

    The hash is keyed by the source, so that a short number cannot be guessed back by whoever has no source, and equal
    words of one source still have equal hashes.
    """
    key = hashlib.sha256(b"tellback redact\0" + _bytes(audit.source)).digest()

    def hidden(words: str | None) -> str | None:
        return None if words is None else "hash:" + hmac.new(key, _bytes(words), hashlib.sha256).hexdigest()[:12]

    def bare(finding: Finding) -> Finding:
        return replace(finding, source=hidden(finding.source), output=hidden(finding.output), why="")

    facts, invented, unsupported, doubtful = (
        tuple(map(bare, of)) for of in (audit.facts, audit.invented, audit.unsupported, audit.doubtful)
    )
    return Audit("", "", facts, invented, unsupported, audit.unread, audit.novelty, audit.doubt, doubtful)


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def dumps(content: Mapping[str, Any]) -> str:
    """One line of JSON that can be printed: lone surrogates, which no encoding has, are written as escapes."""
    text = json.dumps(content, ensure_ascii=False, allow_nan=False)
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def emit(content: Mapping[str, Any]) -> None:
    """Print one line of JSON, in UTF-8 whatever the terminal's encoding is."""
    sys.stdout.flush()
    sys.stdout.buffer.write(dumps(content).encode("utf-8") + b"\n")
