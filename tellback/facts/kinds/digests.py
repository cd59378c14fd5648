"""What a program made up to name one thing: uuid, hash."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from tellback.facts.kinds.base import Exact, Examples, Reading, Value
from tellback.facts.kinds.identifier import Identifier


class Uuid(Identifier):
    name = "uuid"
    rule = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.I)
    examples = Examples(
        found={"has id 123E4567-e89b-12d3-a456-426614174000 now": "123e4567-e89b-12d3-a456-426614174000"},
        same=[("123E4567-e89b-12d3-a456-426614174000", "123e4567-e89b-12d3-a456-426614174000")],
        other=[("123e4567-e89b-12d3-a456-426614174000", "123e4567-e89b-12d3-a456-426614174001")],
        none=["123e4567-e89b-12d3-a456"],
    )

    def canonical(self, text: str) -> str:
        return text.lower()


_SHORTEST = 7  # characters that tell a commit
_HEADS, _TAILS = range(4, 17), range(4, 9)  # characters before and after the dots of a digest that is cut in the middle
_CUT = "..."


@dataclass(frozen=True, slots=True)
class Digest(Exact):
    """Its beginning says it, and so do its beginning and its end."""

    def implied(self) -> Iterable[Reading]:
        text = self.text
        if _CUT in text:
            return []
        starts = [Digest(text[:n]) for n in range(_SHORTEST, len(text))]
        if len(text) < 32:
            return starts
        return [*starts, *(Digest(f"{text[:n]}{_CUT}") for n in _HEADS), *(Digest(f"{text[:n]}{_CUT}{text[-m:]}") for n in _HEADS for m in _TAILS)]


class Hash(Identifier):
    """The hexadecimal digest of a commit or a file; a number and a word of its letters are none. Its beginning says it
    («3e8abcd»), with dots and its end too («3e8abc...9d1f»)."""

    name = "hash"
    rule = re.compile(
        r"(?:(?:sha\d+|md5):)?(?=[0-9a-f.]*[a-f])(?=[a-f.]*\d)(?:[0-9a-f]{7,128}|[0-9a-f]{4,16}\.\.\.(?:[0-9a-f]{4,8})?)"
        r"|(?=[0-9A-F]*[A-F])(?=[A-F]*\d)[0-9A-F]{12,128}"
    )
    examples = Examples(
        found={"broken by commit 3e8abcd1 again": "3e8abcd1"},
        same=[("3E8ABCD1F00D", "3e8abcd1f00d"), ("sha1:3e8abcd1f00d", "3e8abcd1f00d")],
        other=[("3e8abcd1", "3e8abcd2"), ("3e8abcd1", "3e8abcd")],
        none=["1234567", "defaced", "3e8a"],
    )

    def canonical(self, text: str) -> str:
        return text.lower().rpartition(":")[2]

    def value(self, text: str) -> Value:
        return Value(self.name, (Digest(self.canonical(text)),))

    def keeps(self, a: Value, b: Value) -> bool:
        return super().keeps(a, b) or b.keys[0] in self.spared(a)

    def part_of(self, a: Value, b: Value) -> bool:
        return False  # the beginning is no part, it says the whole

    def spared(self, value: Value) -> tuple[str, ...]:
        return value.implied


UUID, HASH = Uuid(), Hash()
