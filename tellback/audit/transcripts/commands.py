"""Commands of a transcript: which an output gives as they were, changes, loses, or makes up."""

from __future__ import annotations

import bisect
import re
from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple

from tellback.audit.findings import INVENTED, Finding
from tellback.audit.transcripts.messages import COMMAND, Transcript
from tellback.records import Span

_FENCE = re.compile(r"^```(bash|sh|shell|console|zsh|shell-session)[ \t]*\n(.*?)(?:^```|\Z)", re.M | re.S)
_PROMPT = re.compile(r"^[ \t]*\$[ \t]+(\S.*)$", re.M)
_INLINE = re.compile(r"`([^`\n]+)`")
_APART = re.compile(r"\s*(?:&&|\|\||;)\s*")
_NAMES = """
    git npm npx yarn pnpm bun node deno python python3 pip pip3 pytest uv poetry tox ruff mypy make cmake cargo rustc go mvn gradle
    docker kubectl helm terraform ansible aws gcloud az gh curl wget ssh scp rsync sed awk grep rg find rm mv cp mkdir chmod chown
    tar psql mysql sqlite3 redis-cli systemctl journalctl apt apt-get brew bash sh sudo java javac ruby bundle rails rake php
    composer dotnet swift flutter jest vitest eslint prettier tsc alembic celery flask django-admin uvicorn tellback"""
_PROGRAMS = frozenset(_NAMES.split())
_DULL = ("cd", "echo", "true", "exit", "set", "export", "source", "pwd", "clear", "sleep")


class Command(NamedTuple):
    words: str  # with single spaces
    span: Span

    @property
    def head(self) -> tuple[str, ...]:
        """The program and, where it has one, its subcommand: what makes two commands versions of one."""
        parts = self.words.split()
        return tuple(parts[:2]) if len(parts) > 1 and re.fullmatch(r"[a-z][\w-]*", parts[1]) else tuple(parts[:1])


def commands(transcript: Transcript, output: str) -> tuple[list[Finding], list[Finding]]:
    """(one finding a command of the transcript, each once; the commands of the output that it does not hold)."""
    source: dict[str, Command] = {}
    for part in transcript.parts:
        start, end = part.span
        if part.form == "command":
            found = _split(transcript.text, start, end)
        else:
            found = _written(transcript.text, start, end) if part.form == "text" else ()
        for command in found:
            source.setdefault(command.words, command)
    told = {c.words: c for c in _written(output, 0, len(output), inline=True)}
    by_head: dict[tuple[str, ...], list[Command]] = defaultdict(list)
    for command in told.values():
        if command.words not in source:
            by_head[command.head].append(command)
    flat = _Flat(output)
    used: set[str] = set()
    facts = [_command(c, told, by_head, flat, used) for c in source.values()]
    whole = _Flat(transcript.text)
    invented = [
        Finding(COMMAND, INVENTED, None, c.words, None, c.span, "the transcript holds no such command")
        for c in told.values()
        if c.words not in source and c.words not in used and not whole.holds(c.words)
    ]
    return facts, invented


def _command(source: Command, told: dict, by_head: dict, flat: _Flat, used: set[str]) -> Finding:
    def finding(outcome: str, span: Span | None, words: str | None, why: str) -> Finding:
        return Finding(COMMAND, outcome, source.words, words, source.span, span, why)

    if same := told.get(source.words):
        return finding("faithful", same.span, same.words, "the same command")
    other = next((c for c in by_head[source.head] if c.words not in used), None)
    place = flat.holds(source.words)
    if place and not any(c.span[0] <= place[0] < c.span[1] for c in by_head[source.head]):
        return finding("faithful", place, source.words, "the same command, in running text")
    if other and f"{source.words} ".startswith(f"{other.words} "):
        used.add(other.words)
        return finding("faithful", other.span, other.words, "the same command, told by its beginning")
    if other:
        used.add(other.words)
        return finding("replaced", other.span, other.words, f"another command of {' '.join(source.head)}")
    return finding("missing", None, None, "the output does not give this command")


class _Flat:
    """A text with single spaces and without backticks, that leads back to the offsets of the original."""

    def __init__(self, text: str):
        pieces = [(m.start(), m[0]) for m in re.finditer(r"[^\s`]+", text)]
        self.starts = [start for start, _ in pieces]
        self.text = " ".join(piece for _, piece in pieces)
        self.ends: list[int] = []
        self.at: list[int] = []
        at = 0
        for start, piece in pieces:
            self.at.append(at)
            self.ends.append(start + len(piece))
            at += len(piece) + 1

    def holds(self, words: str) -> Span | None:
        """Where `words` first stand, and no longer word, path or option around them."""
        words = words.replace("`", "")
        at = self.text.find(words)
        while at >= 0:
            end = at + len(words)
            before, after = self.text[at - 1 : at], self.text[end : end + 2]
            grows = after[:1].isalnum() or after[:1] in ("_", "/", "-") or (after[:1] == "." and after[1:2].isalnum())
            if not (before.isalnum() or before in ("_", "/", "-", ".")) and not grows:
                first = bisect.bisect_right(self.at, at) - 1
                last = bisect.bisect_right(self.at, end - 1) - 1
                return (self.starts[first] + at - self.at[first], self.starts[last] + end - self.at[last])
            at = self.text.find(words, at + 1)
        return None


def _split(text: str, start: int, end: int) -> Iterator[Command]:
    """The commands of a script: one a line and between && || ;, without what only moves or prints, or a heredoc's body."""
    script = text[start:end]
    if heredoc := re.search(r"<<-?\s*['\"]?\w+", script):
        end = start + (script.find("\n", heredoc.end()) if "\n" in script[heredoc.end() :] else len(script))
    for line in re.finditer(r"(?:[^\n\\]|\\.|\\\n)+", text[start:end]):
        at = start + line.start()
        pieces = [m.span() for m in _APART.finditer(line[0])] if not re.search(r"['\"]", line[0]) else []
        inner = 0
        for stop, following in [*pieces, (len(line[0]), len(line[0]))]:
            raw = line[0][inner:stop]
            words = " ".join(raw.replace("\\\n", " ").split())
            if words and not words.startswith("#") and words.split()[0] not in _DULL:
                first = at + inner + len(raw) - len(raw.lstrip())
                yield Command(words, (first, first + len(raw.strip())))
            inner = following


def _written(text: str, start: int, end: int, inline: bool = False) -> Iterator[Command]:
    """Commands that a text shows: in fenced shell blocks, after a $ and, if `inline`, in backticks."""
    for fence in _FENCE.finditer(text, start, end):
        for line in re.finditer(r"^[ \t]*(?:\$[ \t]+)?([^\s#].*)$", fence[2], re.M):
            yield from _split(text, fence.start(2) + line.start(1), fence.start(2) + line.end(1))
    for prompt in _PROMPT.finditer(text, start, end):
        yield from _split(text, *prompt.span(1))
    for quoted in _INLINE.finditer(text, start, end) if inline else ():
        words = quoted[1].split()
        if len(words) > 1 and words[0] in _PROGRAMS:
            yield from _split(text, *quoted.span(1))
