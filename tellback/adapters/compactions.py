"""What a compaction lost: the messages before it, those after it, and over several rounds what was first said.

The adapters of frameworks turn their messages into the shapes that transcripts are read in, and the rest is here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tellback.audit import Audit
from tellback.audit.examine import Options, examine
from tellback.audit.transcripts import flatten
from tellback.audit.transcripts.messages import GAP
from tellback.audit.transcripts.shapes import pieces

Message = Mapping[str, Any]  # {"role", "content", ...}, or an item of the Responses API
ENCRYPTED = "the compaction is encrypted: what it kept cannot be read"


def audit_messages(before: Sequence[Message], after: Sequence[Message], *, fast: bool = False) -> Audit:
    """The audit of what `after` keeps of `before`: the summary together with the messages that were left as they are.

    What a message that was left still says is not lost, whatever the summary leaves out. Where `after` holds a
    compaction that only its maker can read, nothing is audited and `unread` says so.
    """
    source = flatten(enumerate(before, 1))
    output = GAP.join(piece.text for message in after for piece in pieces(message) if piece.text.strip())
    if any(message.get("type") == "compaction" for message in after):
        return Audit(source.text, output, (), unread=ENCRYPTED)
    return examine(source, output, Options(fast=fast))


@dataclass
class Rounds:
    """One conversation over its compactions. Each is held against what was said, never against an earlier summary.

    `said`: the messages that no compaction wrote, of all rounds; `after`: what the last compaction left. Both are plain
    lists, to be stored with the conversation where the process may end between two rounds.
    """

    said: list[Message] = field(default_factory=list)
    after: list[Message] = field(default_factory=list)

    def audit(self, before: Sequence[Message], after: Sequence[Message], *, fast: bool = False) -> Audit:
        """The audit of the next compaction, which made `after` of the conversation `before`."""
        self.said = [*self.said, *(message for message in before if message not in self.after)]
        self.after = list(after)
        return audit_messages(self.said, after, fast=fast)
