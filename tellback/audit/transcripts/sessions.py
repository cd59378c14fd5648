"""Sessions: the conversations of a file, read as a stream, with the compactions that cut them.

A compaction is what a program wrote in the place of all that stood before it. Each is kept with where it stands, so that
it can be held against exactly that, and never against itself or an earlier one.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from tellback.audit.transcripts.documents import Json, Line
from tellback.audit.transcripts.marks import Mark, mark, used_tokens, when
from tellback.audit.transcripts.messages import Transcript, joined
from tellback.audit.transcripts.shapes import Piece, pieces
from tellback.audit.transcripts.voices import ASSISTANT, SUMMARY, SYSTEM, TOOL, USER

HELD = 16_000_000  # characters of tools' output that are held of one session
ENDS = 1_000  # characters at either end of a result that are held above that
LONGEST = 200_000  # characters of any one piece
PER_TOKEN = 4  # characters of a token, where no file says how many there are
RECORDED, ESTIMATED = "recorded", "characters / 4"


@dataclass(frozen=True, slots=True)
class Compaction:
    """`at`: how many pieces of its session stand before it. `before` and `after` count tokens, as `counted` says.

    `summary` is None where it cannot be read, and `unreadable` says why.
    """

    at: int
    line: int
    when: str | None
    before: int | None
    after: int | None
    counted: str
    trigger: str | None
    summary: str | None = field(repr=False)
    unreadable: str | None = None
    counted_after: str = ESTIMATED


class Numbered(NamedTuple):
    line: int
    piece: Piece


@dataclass(frozen=True)
class Session:
    """One conversation. `shortened` counts the pieces of which only the two ends are held, since the session is so long."""

    name: str
    pieces: tuple[Numbered, ...] = field(repr=False)
    compactions: tuple[Compaction, ...]
    shortened: int = 0

    @property
    def transcript(self) -> Transcript:
        return joined(self.pieces)

    def before(self, compaction: Compaction) -> Transcript:
        """What stands before a compaction, without any summary of it."""
        return joined(self.pieces[: compaction.at])


def sessions(lines: Iterable[Line]) -> list[Session]:
    """The conversations among the lines of one file, in the order in which they begin."""
    found: dict[str, _Builder] = {}
    known: dict[str, str] = {}  # the id of a message -> its conversation, which goes on where another id answers it
    current = ""
    for number, content, conversation in lines:
        if content.get("type") == "session_meta" and isinstance(content.get("payload"), dict):
            started = found.get(current)
            if started is None or started.begun:  # a second one before the first message is a fork's note
                current = str(content["payload"].get("id") or number)
        key = conversation or current
        key = known.get(str(content.get("parentUuid")), key)
        if content.get("uuid"):
            known[str(content["uuid"])] = key
        found.setdefault(key, _Builder(key)).add(number, content)
    return [builder.done() for builder in found.values() if builder.pieces or builder.compactions]


class _Builder:
    """A session while its lines come in."""

    def __init__(self, name: str):
        self.name = name
        self.pieces: list[Numbered] = []
        self.compactions: list[Compaction] = []
        self.begun = False
        self.shortened = 0
        self.held = 0
        self.spoken = 0  # characters since the start, for sizes that no file records
        self.tokens: int | None = None
        self.open: tuple[int, Mark] | None = None  # a mark whose summary has not come yet
        self.waiting: Compaction | None = None  # a compaction whose size afterwards has not come yet

    def add(self, number: int, content: Json) -> None:
        tokens = used_tokens(content)
        if tokens is not None:
            self._sized(tokens)
        found = mark(content)
        if found and found.summary is None and not found.unreadable:
            self.open = (number, found)
            return
        if found:
            if not self._told_before(found):
                self._compacted(number, content, found, found.summary)
            return
        for piece in pieces(content):
            if piece.role == SUMMARY and (self.begun or self.open):
                self._compacted(number, content, self.open[1] if self.open else Mark(), piece.text)
            if piece.text.strip() and not (piece.role == SUMMARY and self.begun):
                self._say(number, piece)

    def _told_before(self, found: Mark) -> bool:
        """Whether this mark only repeats the last one: Codex notes an encrypted compaction twice."""
        last = self.compactions[-1] if self.compactions else None
        return bool(found.unreadable and last and last.unreadable and last.at == len(self.pieces))

    def _say(self, number: int, piece: Piece) -> None:
        if self.open and piece.role in (USER, ASSISTANT, TOOL):
            line, found = self.open
            self._compacted(line, {}, found._replace(unreadable="the file marks it, but holds no summary"), None)
        self.begun |= piece.role in (USER, ASSISTANT, TOOL)
        text, size = piece.text, len(piece.text)
        self.spoken += size
        tool = piece.role not in (USER, SYSTEM, ASSISTANT, SUMMARY) or piece.form == "call"
        most = LONGEST if not tool or self.held < HELD else 2 * ENDS
        if size > most:
            text = f"{text[: most // 2]}\n…\n{text[-most // 2 :]}"
            self.shortened += 1
        self.held += len(text) if tool else 0
        self.pieces.append(Numbered(number, piece._replace(text=text)))

    def _compacted(self, number: int, content: Json, found: Mark, summary: str | None) -> None:
        self.open = None
        recorded = found.before if found.before is not None else self.tokens
        size = len(summary) // PER_TOKEN if summary is not None else None
        self.waiting = Compaction(
            at=len(self.pieces), line=number, when=found.when or when(content), trigger=found.trigger,
            before=recorded if recorded is not None else self.spoken // PER_TOKEN,
            after=found.after if found.after is not None else size,
            counted=RECORDED if recorded is not None else ESTIMATED, summary=summary, unreadable=found.unreadable,
        )  # fmt: skip
        self.compactions.append(self.waiting)
        self.spoken = len(summary or "")

    def _sized(self, tokens: int) -> None:
        self.tokens = tokens
        self.waiting = None

    def done(self) -> Session:
        if self.open:
            line, found = self.open
            self._compacted(line, {}, found._replace(unreadable="the file marks it, but holds no summary"), None)
        return Session(self.name, tuple(self.pieces), tuple(self.compactions), self.shortened)
