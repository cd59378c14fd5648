"""What every kind of fact is: a value with its readings, and the protocol that the scanner and the comparison ask.

A kind is one file (or one object of a small family) and one line in `table.py`. It says where one begins, when two say
the same, when one says a part of the other, and how it is written; and it brings examples of all four, which a test
runs. Nobody outside asks for a kind by its name.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import ClassVar, Literal

from tellback.records import Span

Group = Literal["value", "identifier", "quote", "name", "sign"]

_FIRST_NUMBER = re.compile(r"\d[\d.,]*")


class Reading(ABC):
    """One way to understand a value. Frozen and hashable; its text is canonical: equal readings have one text."""

    __slots__ = ()

    @abstractmethod
    def __str__(self) -> str: ...

    def implied(self) -> Iterable[Reading]:
        """The readings that are said along with this one: of a date its year, its month, its day without the year."""
        return ()

    def halves(self) -> tuple[Reading, Reading] | None:
        """The two readings that say the whole side by side («In 1879 ..., on 14 March»), None where it cannot be parted."""
        return None

    def shorter(self) -> Iterable[Reading]:
        """What says it well enough beside the other half of a value: a path without its folders, a time without seconds."""
        return ()

    def added(self) -> str | None:
        """The key of what this reading says beyond the thing that it names: the line of a path, the port of a host. None:
        nothing."""
        return None


@dataclass(frozen=True, slots=True)
class Exact(Reading):
    """What is itself letter by letter: an identifier, a quotation."""

    text: str

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class Value:
    """What a mention says: the name of its kind and its readings, the likeliest first.

    Most values have one reading; 03/04/2020 has two (day or month first), «5m» too (metres or million). `written` is the
    number as it stands, without unit and magnitude (4.5 of «$4.5M»); it is no part of the value. `keys`, under which the
    value is found in an index, are the canonical texts of the readings.
    """

    kind: str
    readings: tuple[Reading, ...]
    written: Decimal | Fraction | None = field(default=None, compare=False)
    keys: tuple[str, ...] = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "keys", tuple([str(reading) for reading in self.readings]))

    @property
    def implied(self) -> tuple[str, ...]:
        """The keys of what the value says along with itself."""
        return tuple(dict.fromkeys(str(part) for reading in self.readings for part in reading.implied()))

    def __str__(self) -> str:
        """The canonical text of every reading, for people and files: nothing reads it back."""
        return " | ".join(self.keys)


@dataclass(frozen=True, slots=True)
class Found:
    """A value and its characters [start, end); `open` numbers have no unit of their own and may share a neighbour's."""

    value: Value
    start: int
    end: int
    open: bool = False


@dataclass(frozen=True, slots=True)
class Examples:
    """What shows a kind, and what a test holds it to. Texts may have words around the value."""

    found: Mapping[str, str]  # text -> canonical text of the one value of this kind in it, which holds no other fact
    same: Collection[tuple[str, str]]  # two wordings of one value
    other: Collection[tuple[str, str]]  # two that differ
    none: Collection[str]  # texts that hold no value of this kind


class Kind(ABC):
    """One kind of fact. Kinds hold no state; `table.py` has one object of each."""

    name: ClassVar[str]
    group: ClassVar[Group]
    examples: ClassVar[Examples]
    each_place: ClassVar[bool] = False  # whether it counts at every place, though the same is said elsewhere
    holds_facts: ClassVar[bool] = False  # whether facts inside one (a path in a command) are facts of their own

    def write(self, value: Value) -> str:
        """The canonical text of the likeliest reading, which the kind reads again."""
        return value.keys[0]

    @abstractmethod
    def read(self, text: str) -> Value | None:
        """The value of this kind that is written as `text`, None where none is."""

    def same(self, a: Value, b: Value) -> bool:
        """Whether the two say one thing: they share a reading. Precision counts: 1879 is not 14 March 1879."""
        return not set(a.keys).isdisjoint(b.keys)

    def part_of(self, a: Value, b: Value) -> bool:
        """Whether `b` says a part of what `a` says, and nothing else: a date without its day, a number without its unit."""
        return not self.same(a, b) and not set(a.implied).isdisjoint(b.keys)

    def keeps(self, a: Value, b: Value) -> bool:
        """Whether who says `b` has said `a`: the same, or more than it."""
        return self.same(a, b) or not set(b.implied).isdisjoint(a.keys)

    def bare(self, value: Value) -> str | None:
        """The key of the value without its unit, None where it has none."""
        return None

    def spared(self, value: Value) -> tuple[str, ...]:
        """The keys of what keeps the value though it says less: an age without its unit."""
        return ()

    def number(self, value: Value, said: str) -> str | None:
        """The key of the first number in the words `said` of a value."""
        found = _FIRST_NUMBER.search(said)
        return found[0].replace(",", "").rstrip(".") if found else None

    def shown(self, text: str, span: Span) -> Span:
        """The words of `text` that tell a reader what the value at `span` is about: more than itself for a mere sign."""
        return span

    def compared(self, text: str, span: Span) -> Span:
        """The same for a value that another has replaced."""
        return self.shown(text, span)

    def in_other_words(self, value: Value, said: str, sentence: str) -> bool:
        """Whether `sentence`, in lower case, says the value in words that are no mention («both» for 2)."""
        return False

    def could_be_invented(self, value: Value, said: str, source: str, numbers: Collection[str]) -> bool:
        """Whether a value that stands nowhere in the `source` (in lower case; `numbers`: its numbers) is news."""
        return self.number(value, said) not in numbers


#: How a word is written where a value begins: anyhow, with a capital, or as it is given.
Case = Literal["any", "capital", "exact"]


class ValueKind(Kind):
    """What is read at a place of the text: `begins` and `signs` say where to look, `find` what is there."""

    group: ClassVar[Group] = "value"
    begins: ClassVar[Mapping[str, Case]] = {}  # words, in lower case (those of case "exact": as written)
    signs: ClassVar[str] = ""  # a regular expression for beginnings that are no words
    token: ClassVar[str] = ""  # the same for a run without a space that is one, whatever identifier it looks like

    @abstractmethod
    def find(self, text: str, at: int) -> Found | None:
        """The value that begins at offset `at` of folded text. What it reads is bounded, so that scanning is linear."""

    def read(self, text: str) -> Value | None:
        found = self.find(text, 0) if text else None
        return found.value if found and (found.start, found.end) == (0, len(text)) else None
