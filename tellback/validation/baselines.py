"""What a reader is measured against: the check that most teams write first, and two that look at nothing."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Protocol

from tellback.audit.findings import Finding
from tellback.readers.base import PLANTED, VerdictReader
from tellback.readers.table import READERS, RENAMED, reader_class
from tellback.registry import choose


class Measured(Protocol):
    """What `validate` measures: every reader, and the baselines."""

    name: str
    measured_on: str

    def findings(self, source: str, output: str) -> Sequence[Finding]:
        """One Finding a fact of `source`, kept ones too, and the invented."""


class Baseline(ABC):
    """Needs no model."""

    name: str
    measured_on = PLANTED
    uses_torch = False

    @classmethod
    def for_validation(cls) -> Baseline:
        return cls()

    @abstractmethod
    def findings(self, source: str, output: str) -> Sequence[Finding]:
        """As Measured has it."""


WORD = re.compile(r"[$€£]?\d[\w,.:/-]*\w%?|\b[A-Z][a-z]\w+|\d|`[^`]+`|\b(?:not|never)\b")


class Contains(Baseline):
    """Is each number, capitalised word and «not» of the source in the output?"""

    name = "contains"

    def findings(self, source: str, output: str) -> list[Finding]:
        said = {m[0].lower() for m in WORD.finditer(output)}
        return [
            Finding("word", "faithful" if m[0].lower() in said else "missing", m[0], None, m.span(), None, "contained?")
            for m in WORD.finditer(source)
        ]


class AlwaysFaithful(Baseline):
    """Says of every word of the source that it was kept."""

    name, outcome = "always-faithful", "faithful"

    def findings(self, source: str, output: str) -> list[Finding]:
        spans = [m.span() for m in re.finditer(r"\S+", source)]
        return [Finding("word", self.outcome, source[a:b], None, (a, b), None, "whatever it is") for a, b in spans]


class AlwaysReplaced(AlwaysFaithful):
    """Says of every word of the source that it was replaced."""

    name, outcome = "always-replaced", "replaced"


BASELINES: dict[str, type[Baseline]] = {cls.name: cls for cls in (Contains, AlwaysFaithful, AlwaysReplaced)}


def measured_class(name: str) -> type[VerdictReader] | type[Baseline]:
    """The reader or baseline called `name`. Raises UsageError for any other."""
    name = RENAMED.get(name.strip(), name.strip())
    choose("reader", name, {**READERS, **BASELINES})
    return BASELINES[name] if name in BASELINES else reader_class(name)


def instrument(name: str) -> Measured:
    """The reader or baseline called `name`, as it is measured. Raises UsageError for an unknown one."""
    return measured_class(name).for_validation()
