"""The readers that `tellback validate` knows by name, and the simplest check beside them."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from tellback.audit.findings import Finding

Reader = Callable[[str, str], Sequence[Finding]]


def _span_reader(source: str, output: str) -> Sequence[Finding]:
    from tellback.audit.texts import audit

    result = audit(source, output)
    return [*result.facts, *result.invented]


WORD = re.compile(r"[$€£]?\d[\w,.:/-]*\w%?|\b[A-Z][a-z]\w+|\d|`[^`]+`|\b(?:not|never)\b")


def _containing(source: str, output: str) -> list[Finding]:
    """The check that most teams write first: is each number, capitalised word and «not» of the source in the output?"""
    said = {m[0].lower() for m in WORD.finditer(output)}
    return [
        Finding("word", "faithful" if m[0].lower() in said else "missing", m[0], None, m.span(), None, "contained?")
        for m in WORD.finditer(source)
    ]


def _mock(outcome: str) -> Reader:
    """Says `outcome` of every word of the source."""

    def reader(source: str, output: str) -> list[Finding]:
        spans = [m.span() for m in re.finditer(r"\S+", source)]
        return [Finding("word", outcome, source[a:b], None, (a, b), None, "mock") for a, b in spans]

    return reader


def _asking(name: str) -> Reader:
    """A reader that is asked for each value; it speaks of no relations."""

    def reader(source: str, output: str) -> Sequence[Finding]:
        from tellback.validation.probes import findings, reader_called

        return findings(reader_called(name), source, output)

    return reader


#: A reader takes (source, output) and gives one Finding a fact, kept ones too, and the invented.
READERS: dict[str, Reader] = {
    "span": _span_reader,
    "contains": _containing,
    "likelihood": _asking("likelihood"),
    "judge": _asking("judge"),
    "mock": _mock("faithful"),
    "mock-alarm": _mock("replaced"),
}
