"""Errors and exit codes of a transcript: which an output names as they were, changes, loses, or makes up."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tellback.audit.findings import INVENTED, Finding
from tellback.audit.transcripts.messages import ERROR, Transcript
from tellback.language.stems import stem
from tellback.records import Span

Found = tuple[str, Span]  # words and where they stand

_EXCEPTION = re.compile(r"\b(?:[A-Za-z_]\w*\.)*[A-Z]\w*(?:Error|Exception|Warning|Interrupt|Exit)\b")
_ERROR_LINE = re.compile(
    r"^[ \t>]*(?:E[ \t]{2,})?((?:[A-Za-z_][\w.]*(?:Error|Exception)|(?:[\w./-]+: )?(?:fatal|panic|error)(?:\[\w+\])?|npm ERR!)"
    r"(?: in [\w./-]+)?:?[ \t]+\S.*|FAILED[ \t]+\S+.*)$",
    re.M | re.I,
)
_EXIT = re.compile(
    r"\b(?:exit(?:ed)?|return(?:ed)?|status)(?:[ \t]+(?:with|code|status|value|was|of))*[ \t:=]+(\d{1,3})\b(?!\.\d)",
    re.I,
)


def errors(transcript: Transcript, output: str) -> tuple[list[Finding], list[Finding]]:
    """(one finding an error message or failing exit code of the transcript, each once; those that the output invents)."""
    source: dict[str, Found] = {}
    for match in _ERROR_LINE.finditer(transcript.text):
        source.setdefault(" ".join(match[1].split()), (match[1].strip(), match.span(1)))
    lines = [(m[0], m.span()) for m in re.finditer(r"[^\n.!?]+(?:[.!?](?!\s)[^\n.!?]*)*", output)]
    facts = [_error(words, span, lines) for words, span in source.values()]
    codes, strange = _exit_codes(transcript, output)
    return [*facts, *codes], [*strange, *_strange_names(transcript, output)]


def _exit_codes(transcript: Transcript, output: str) -> tuple[list[Finding], list[Finding]]:
    """(one finding a failing exit code of the transcript; the codes that only the output has, and that replace none)."""
    codes: dict[str, Found] = {}
    for match in _EXIT.finditer(transcript.text):
        if match[1] != "0":
            codes.setdefault(match[1], (match[0], match.span()))
    told = {m[1]: (m[0], m.span()) for m in _EXIT.finditer(output)}
    known = {m[1] for m in _EXIT.finditer(transcript.text)}
    strange = {code: found for code, found in told.items() if code not in known and not re.search(rf"\b{code}\b", transcript.text)}
    facts = []
    for code, (words, span) in codes.items():
        if code in told:
            said, place = told[code]
            facts.append(Finding(ERROR, "faithful", words, said, span, place, f"gives exit code {code}"))
        elif strange:
            said, place = strange.pop(next(iter(strange)))
            facts.append(Finding(ERROR, "replaced", words, said, span, place, "gives another exit code"))
        else:
            facts.append(Finding(ERROR, "missing", words, None, span, None, f"does not give exit code {code}"))
    why = "the transcript holds no such exit code"
    return facts, [Finding(ERROR, INVENTED, None, said, None, place, why) for said, place in strange.values()]


def _strange_names(transcript: Transcript, output: str) -> Iterator[Finding]:
    """Exceptions that only the output names, each once."""
    # an exception's last name is what people write: requests.exceptions.ReadTimeout is named ReadTimeout
    seen = {m[0].rsplit(".", 1)[-1] for m in _EXCEPTION.finditer(transcript.text)}
    for match in _EXCEPTION.finditer(output):
        name = match[0].rsplit(".", 1)[-1]
        if name not in seen and name not in transcript.text:
            seen.add(name)
            yield Finding(ERROR, INVENTED, None, match[0], None, match.span(), "the transcript names no such error")


def _error(words: str, span: Span, lines: list[Found]) -> Finding:
    """An error is kept where one sentence names it (its class or program) with half of its words, or with what it quotes."""
    content = _stems(words)
    name = _EXCEPTION.search(words)
    short = name[0].rsplit(".", 1)[-1] if name else None
    quoted = {q for pair in re.findall(r"'([^'\n]+)'|\"([^\"\n]+)\"|`([^`\n]+)`", words) for q in pair if q}
    best, share, place = None, 0.0, None
    for said, where in lines:
        held = len(content & _stems(said)) / len(content) if content else 0.0
        if short and short in said and quoted and all(q in said for q in quoted):
            held = 1.0
        if held > share:
            best, share, place = said, held, where
    if best is not None and share >= 0.5 and (short is None or short in best or share >= 0.75):
        lead = len(best) - len(best.lstrip())
        where = (place[0] + lead, place[0] + len(best.rstrip()))
        return Finding(ERROR, "faithful", words, best.strip(), span, where, f"holds {share:.0%} of its words")
    return Finding(ERROR, "missing", words, None, span, None, "no sentence gives this error")


def _stems(text: str) -> frozenset[str]:
    return frozenset(stem(w.casefold()) for w in re.findall(r"\w+", text) if len(w) > 1)
