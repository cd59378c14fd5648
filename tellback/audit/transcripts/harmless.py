"""What an output of a session says though nobody said it, and that still makes nothing up: how summaries open, words that are
capitalised only since they begin a line, and the initials of what was said."""

from __future__ import annotations

import re
from collections.abc import Iterable

from tellback.audit.findings import Finding
from tellback.audit.transcripts.told import is_heading
from tellback.audit.transcripts.voices import is_summary

_BEFORE = re.compile(r"(?:^|[.!?:;|]\s|\n)[\s\-*•>#\d.)(\"'“`_\[\]x]*$")
_LABEL = re.compile(r"[\s\-*•>#\d.)_]*(?:[A-Z][a-z]+[ _*]*){1,4}:")
_NUMBERED = re.compile(r"[ \t]*(?:\d+[.)]|#+)[ \t]*\**(?:[A-Z][a-z]+|and|of|the|&|/)(?: +(?:[A-Z][a-z]+|and|of|the|for|to|&|/)){0,5}\**:?[ \t]*")
_INITIALS = re.compile(r"[A-Z]{2,5}s?")


def made_up(findings: Iterable[Finding], output: str, source: str) -> list[Finding]:
    """The findings among what an output adds that are no such thing."""
    return [f for f in findings if not (_opens(f, output) or _is_initials(f, source) or _is_quoted(f, source))]


def _is_quoted(finding: Finding, source: str) -> bool:
    """Whether somebody's words are quoted as they were said, up to the sign that ends them."""
    return finding.kind == "quote" and bool(finding.output) and finding.output.strip(" .!?,;\"“”«»'") in source


def _opens(finding: Finding, output: str) -> bool:
    """Whether it is the line that introduces a summary, a heading, or a word that a line begins with."""
    if finding.output is None or finding.output_span is None:
        return False
    if finding.kind != "name":
        return finding.kind == "claim" and (is_summary(finding.output) or is_heading(finding.output))
    start, end = finding.output_span
    if _NUMBERED.fullmatch(output, output.rfind("\n", 0, start) + 1, _line_end(output, end)):
        return True  # «2. Key Findings»
    label = _LABEL.match(output, output.rfind("\n", 0, start) + 1, end + 20)
    if label and label.end() > end:
        return True
    single = finding.output.isalpha() and finding.output[1:].islower() and output[end : end + 1] in (",", ":", "\n", "")
    if not single or not _BEFORE.search(output[max(0, start - 40) : start]):
        return False
    return re.search(rf"[\w,] {finding.output}\b", output[end:] + output[:start]) is None


def _line_end(text: str, at: int) -> int:
    end = text.find("\n", at)
    return len(text) if end < 0 else end


def _is_initials(finding: Finding, source: str) -> bool:
    """Whether a word of capitals is made of the first letters of words that follow each other: «PR» of «pull request»."""
    if finding.kind != "name" or not finding.output or not _INITIALS.fullmatch(finding.output):
        return False
    words = r"[\s-]+".join(rf"{letter}\w+" for letter in finding.output.rstrip("s"))
    return re.search(rf"\b{words}", source, re.I) is not None
