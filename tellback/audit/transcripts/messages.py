"""Agent transcripts as sources: messages, flattened to one text whose offsets lead back to the messages.

`documents` finds the messages of a file, `shapes` what each of them says, `voices` whose word that is. A summary of what
stands before it in the same conversation is left out: it would be held against itself.
"""

from __future__ import annotations

import bisect
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tellback.audit.inputs import read_text
from tellback.audit.transcripts.clauses import Clause, clauses
from tellback.audit.transcripts.documents import is_message, lines, looks_like_one, unreadable
from tellback.audit.transcripts.shapes import Piece, pieces
from tellback.audit.transcripts.voices import ASSISTANT, SUMMARY, TOOL, USER
from tellback.errors import UsageError
from tellback.records import Span

INSTRUCTION, COMMAND, ERROR, DECISION = "instruction", "command", "error", "decision"
FILE, STATE = "file", "state"  # a file that the agent wrote; where the work stood at the end
#: Kinds of fact that only transcripts have, in the order in which their inventions are shown.
KINDS = (INSTRUCTION, COMMAND, ERROR, DECISION, FILE, STATE)
GAP = "\n\n"  # between two pieces of the text


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
    _cut: dict[Span, list[Clause]] = field(default_factory=dict, repr=False, compare=False)

    def clauses(self, part: Part) -> list[Clause]:
        """The clauses of a part, cut once."""
        if part.span not in self._cut:
            self._cut[part.span] = list(clauses(self.text, *part.span))
        return self._cut[part.span]

    def part_at(self, offset: int) -> Part:
        """The part that holds a character of the text; one between two parts belongs to the former."""
        starts = [part.span[0] for part in self.parts]
        return self.parts[max(0, bisect.bisect_right(starts, offset) - 1)]

    def words(self, part: Part) -> str:
        return self.text[slice(*part.span)]


def is_transcript(path: str, text: str) -> bool:
    """Whether a file called `path` that holds `text` is one."""
    return looks_like_one(path, text)


def read(path: str) -> Transcript:
    """The transcript in a file ("-": standard input); raises UsageError that names a line that is no JSON object."""
    return parse(read_text(path), path)


def parse(text: str, name: str = "transcript") -> Transcript:
    """A transcript from JSON lines, or from a JSON document in any of the shapes that are read.

    Raises UsageError for messages of which none is in such a shape, with what was found instead.
    """
    strange: list[Mapping[str, Any]] = []

    def counted() -> Iterable[tuple[int, Mapping[str, Any]]]:
        for line in lines(text, name):
            if not (strange or is_message(line.content) or line.content.keys() & {"message", "payload"}):
                strange.append(line.content)
            yield line.number, line.content

    found = flatten(counted())
    if strange and not found.parts:
        raise UsageError(
            f"{name} holds no message that can be read: {unreadable(strange[0])}. Give its text as a .txt file."
        )
    return found


def flatten(messages: Iterable[tuple[int, Mapping[str, Any]]]) -> Transcript:
    """A transcript of (line number, message) pairs."""
    return joined((line, piece) for line, message in messages for piece in pieces(message))


def joined(found: Iterable[tuple[int, Piece]]) -> Transcript:
    """A transcript of (line number, piece) pairs."""
    texts: list[str] = []
    parts: list[Part] = []
    at = 0
    begun = False
    for line, (role, form, words) in found:
        if not words.strip() or (role == SUMMARY and begun):
            continue
        begun |= role in (USER, ASSISTANT, TOOL)
        parts.append(Part(role, form, (at, at + len(words)), line))
        texts.append(words)
        at += len(words) + len(GAP)
    return Transcript(GAP.join(texts), tuple(parts))
