"""The jobs of the worker: tell a text back as it is watched and judge it; audit a pair or a session into a page."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from tellback.audit import audit
from tellback.audit.compactions import audit_session, survival
from tellback.audit.examine import Options, examine
from tellback.audit.findings import Audit
from tellback.audit.page import render
from tellback.audit.session_page import session_page
from tellback.audit.transcripts.documents import Line as Message
from tellback.audit.transcripts.sessions import Session, sessions
from tellback.display.segments import utf16
from tellback.errors import UsageError
from tellback.language.light import import_spacy
from tellback.serve.choices import Shelf
from tellback.serve.line import Ticket

MOST_PARSED = 200_000  # characters of a pair: the parser takes about ten seconds for them


def tell(shelf: Shelf, name: str, rate: float | None, text: str, ticket: Ticket) -> None:
    """Says: loading, compressed, text (as much as there is of it), told, facts."""
    import torch

    from tellback.models.decode import watching

    if not text.strip():
        raise UsageError("there is no text. Paste one.")
    if name in shelf.choices and name not in shelf:
        ticket.say("loading", name)
    reader = shelf.take(name)
    lm = reader.decoder.lm
    before = 0

    def watch(ids: list[list[int]]) -> None:
        nonlocal before
        if ticket.gone.is_set() or len(ids[0]) > before:
            before = len(ids[0])
            ticket.say("text", lm.text(ids[0]))

    token = watching.set(watch)
    try:
        with torch.inference_mode():
            memory = reader.compress([text], rate=rate)
            ticket.say("compressed", {"n_tokens": memory.n_tokens[0], "n_slots": memory.n_slots[0]})
            before = 0
            told = reader.told(memory)[0].text
    finally:
        watching.reset(token)
    if told is None:
        raise UsageError(f"{name} was never taught to tell back; it can only be asked.")
    ticket.say("told", told)
    ticket.say("facts", facts(audit(text, told)))


def facts(found: Audit) -> dict[str, Any]:
    """Every fact with its places in UTF-16 units, kept ones too, in the order of the source."""
    at, out = utf16(found.source), utf16(found.output)
    rows = [*found.facts, *found.added]
    rows.sort(key=lambda f: f.source_span or (len(found.source), (f.output_span or (0, 0))[0]))
    shown = [
        {"kind": f.kind, "outcome": f.outcome, "source": f.source, "output": f.output, "why": f.why,
         "source_span": f.source_span and [at(x) for x in f.source_span],
         "output_span": f.output_span and [out(x) for x in f.output_span]}
        for f in rows
    ]  # fmt: skip
    return {"facts": shown, "score": found.score, "unread": found.unread}


def pair_page(source: str, output: str, fast: bool) -> str:
    """The page of one audit. Long texts are read without the parser: others wait."""
    if not (source.strip() and output.strip()):
        raise UsageError("an audit needs two texts: a source, and what was made of it.")
    long = len(source) + len(output) > MOST_PARSED
    if not (fast or long):
        import_spacy()
    title = "source and output, so long that they were read without the parser" if long and not fast else ""
    return render(examine(source, output, Options(fast=fast or long)), title)


def session_of(messages: Iterable[Message], name: str) -> list[Session]:
    """The sessions of a file that have compactions. Raises UsageError where there is none."""
    found = sessions(messages)
    with_some = [s for s in found if s.compactions]
    if not with_some:
        words = "no compaction" if any(s.pieces for s in found) else "no session that can be read"
        raise UsageError(f"{name} holds {words}.")
    return with_some


def session_pages(found: list[Session], name: str, fast: bool) -> str:
    """The page of their compactions."""
    if not fast:
        import_spacy()
    audits = [(s.name if len(found) > 1 else "", a) for s in found for a in audit_session(s, Options(fast=fast))]
    return session_page(name, audits, survival([a for _, a in audits]) if len(found) == 1 else {})
