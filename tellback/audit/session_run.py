"""`tellback sessions` and `tellback audit SESSION` in order: find, read, hold each compaction against what stood before it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from tellback.audit import session_view, share, terminal
from tellback.audit.compactions import Audited, audit_each, audit_session, survival
from tellback.audit.examine import Options
from tellback.audit.rows import emit
from tellback.audit.run import Request, passes, print_markdown, write_whole
from tellback.audit.tally import Tally
from tellback.audit.transcripts import stores
from tellback.audit.transcripts.sessions import Session
from tellback.display.progress import watched
from tellback.display.words import visible
from tellback.errors import UsageError
from tellback.language.light import import_spacy

NEWEST = 30  # session files that are read where not all are asked for


def audit_file(path: str, request: Request) -> bool:
    """Audit every compaction of a session file; True where every bar is reached."""
    if request.share:
        share.check(request.share)
    found = stores.read_sessions(Path(path)) if path != "-" else _standard_input()
    with_some = [s for s in found if s.compactions]
    if not with_some:
        raise UsageError(_without(path, found))
    if not request.options.fast and any(c.summary for s in with_some for c in s.compactions):
        import_spacy()
    out = terminal.console(stderr=request.printed)
    rows, tally = [], Tally()
    named: list[tuple[str, Audited]] = []
    curves: dict[str, Any] = {}
    for session in with_some:
        audits = [_refined(a, request) for a in watched(audit_each(session, request.options), len(session.compactions), "compactions")]
        curve = survival(audits) if len(audits) > 1 else {}
        curves |= curve if len(with_some) == 1 else {f"{session.name}: {kind}": c for kind, c in curve.items()}
        named += [(session.name if len(with_some) > 1 else "", a) for a in audits]
        rows += [a.to_dict(request.redact) | {"id": session.name or None} for a in audits]
        for audited in audits:
            tally.add(Tally.of(audited.found).by_kind if audited.found else {})
        if not request.printed:
            name = session.name if len(with_some) > 1 else ""
            session_view.show_compactions(out, audits, request.whole, name)
            _show_curve(out, curve, session)
    if request.as_json:
        emit({"session": path, "compactions": rows, "survival": curves})
    if request.html:
        _page(request.html, path, named, rows if request.redact else None, curves)
        out.print(f"{request.html}", markup=False, soft_wrap=True)
    if request.share:
        share.write(request.share, rows, curves if len(with_some) == 1 else {})
        out.print(f"{request.share}", markup=False, soft_wrap=True)
    passed = passes(request, tally, out)
    if request.as_markdown:
        print_markdown([_labelled(n, row) for n, row in enumerate(rows, 1)], passed)
    return passed


def _labelled(n: int, row: dict[str, Any]) -> dict[str, Any]:
    when = f", {row['when']}" if row.get("when") else ""
    return row | {"id": f"{row['id'] + ', ' if row['id'] else ''}compaction {n}{when}"}


def _refined(audited: Audited, request: Request) -> Audited:
    if request.refine is None or audited.found is None:
        return audited
    return replace(audited, found=request.refine(audited.found))


def _show_curve(out: Any, curve: Any, session: Session) -> None:
    if curve:
        out.print(session_view.survival_table(curve))
    if session.shortened:
        n = session.shortened
        out.print(
            f"{n} long piece{'s' * (n != 1)} of the session {'was' if n == 1 else 'were'} read at both ends only",
            style="dim",
        )


def _page(path: Path, title: str, audits: list[tuple[str, Audited]], redacted: list[Any] | None, curves: Any) -> None:
    from tellback.audit.session_page import session_page, shared_page

    if redacted is not None:
        write_whole(path, shared_page([share.bare(row) for row in redacted], curves))
    else:
        write_whole(path, session_page(Path(title).name, audits, curves))


def _standard_input() -> list[Session]:
    from tellback.audit.inputs import STDIN, read_text
    from tellback.audit.transcripts.documents import lines
    from tellback.audit.transcripts.sessions import sessions

    return sessions(lines(read_text(STDIN), "standard input"))


def _without(path: str, found: list[Session]) -> str:
    if not any(s.pieces for s in found):
        return f"{path} holds no session that can be read. Give SOURCE and OUTPUT, or a session file of an agent."
    return f"{path} holds no compaction. Give what became of it as OUTPUT: tellback audit {path} SUMMARY."


def list_sessions(folder: Path | None, as_json: bool, every: bool) -> bool:
    """Print a line for each session file that holds a compaction, and one for each compaction; True where there is a file."""
    files = stores.find(folder)
    out = terminal.console(stderr=as_json)
    n = skipped = without = 0
    some = files if every else files[:NEWEST]
    for file in watched(some, len(some), "files") if as_json else some:
        try:
            found = stores.read_sessions(file.path)
        except UsageError as error:
            skipped += 1
            if file.path.suffix == ".jsonl":
                out.print(f"not read: {visible(str(error))}", style="dim", markup=False)
            continue
        for session in found:
            n += 1
            audits = audit_session(session, Options(fast=True))
            without += not audits
            if as_json:
                emit(_listed(file, session, audits))
            elif audits:
                out.print(f"{visible(str(file.path))}  {visible(file.agent)}".rstrip(), style="bold", markup=False)
                for audited in audits:
                    out.print(f"  {session_view.compaction_line(audited)}", markup=False, soft_wrap=True)
    left = len(files) - NEWEST if not every and len(files) > NEWEST else 0
    parts = [f"{n} session{'s' * (n != 1)}, {without} without a compaction"]
    parts += [f"{skipped} other file{'s' * (skipped != 1)}"] if skipped else []
    parts += [f"{left} older file{'s' * (left != 1)} not looked at: --all"] if left else []
    out.print("; ".join(parts), style="dim", markup=False)
    return n > 0


def _listed(file: stores.Stored, session: Session, audits: list[Audited]) -> dict[str, Any]:
    rows = []
    for audited in audits:
        about = audited.to_dict(redact=True)
        rows.append(
            {k: v for k, v in about.items() if k not in ("findings", "id", "redacted")} | {"lost": audited.lost()}
        )
    return {"path": str(file.path), "agent": file.agent, "session": session.name, "compactions": rows}
