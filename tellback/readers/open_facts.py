"""The facts that the rules of an audit leave unscored, as questions that a reader can be asked.

Rules decide everything that they can; a sentence told in so many other words that it cannot be compared is asked here, one
question a fact: does the output say this, deny it, or not speak of it? What comes without a usable answer stays unscored,
with the reason.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from tellback.audit.findings import Audit, Finding
from tellback.records import Document, Fact, Probe, Verdict

SAYS, DENIES, SILENT = "Yes", "No", "It does not say"
ANSWERS = (SAYS, DENIES, SILENT)
NEAR = 6000  # characters of the output that a question shows


def questions(audit: Audit, answers: Sequence[str]) -> list[tuple[Document, str]]:
    """(a document with the questions, the part of the output that they are asked of): one a part."""
    asked: dict[str, list[Probe]] = {}
    for i in _open(audit):
        statement = sentence_of(audit.source, audit.facts[i])
        asked.setdefault(_near(audit.output, statement), []).append(_probe(i, statement, answers))
    return [(Document("audit", audit.source, probes=tuple(probes)), text) for text, probes in asked.items()]


def answered(audit: Audit, verdicts: Sequence[Verdict]) -> Audit:
    """`audit` with what the verdicts on `questions` say."""
    facts = list(audit.facts)
    for verdict in verdicts:
        i = int(verdict.probe_id)
        outcome = "missing" if verdict.said == SILENT else verdict.outcome
        before = f"{facts[i].why}; " if outcome == "unscored" and facts[i].why else ""
        facts[i] = replace(facts[i], outcome=outcome, why=f"{before}{verdict.reader}: {verdict.why}")
    return replace(audit, facts=tuple(facts))


def _open(audit: Audit) -> list[int]:
    return [i for i, f in enumerate(audit.facts) if f.outcome == "unscored" and f.source_span]


def _probe(number: int, statement: str, answers: Sequence[str]) -> Probe:
    """To say the statement is faithful to it, to deny it (or exchange who did what) is drift."""
    fact = Fact("statement", str(number), SAYS, (0, len(statement)), (0, len(statement)), (DENIES,))
    question = f"According to this text, is it true that {statement.rstrip('.')}?"
    return Probe(str(number), "audit", "audit", "qa_ii", fact, question, {answer: () for answer in answers})


def sentence_of(text: str, fact: Finding) -> str:
    """The sentence around a fact of the source, at most a few hundred characters of it."""
    start, end = fact.source_span or (0, 0)
    before = max([m.end() for m in re.finditer(r"[.!?]\s+|\n", text[max(0, start - 300) : start])], default=0)
    after = re.search(r"[.!?](?=\s|$)|\n", text[end : end + 300])
    first = max(0, start - 300) + before
    return text[first : end + (after.end() if after else 300)].strip()


def _near(output: str, statement: str) -> str:
    """The part of a long output that shares most words with the statement."""
    if len(output) <= NEAR:
        return output
    words = set(re.findall(r"\w{4,}", statement.casefold()))
    starts = range(0, len(output) - NEAR // 2, NEAR // 2)
    best = max(starts, key=lambda at: len(words & set(re.findall(r"\w{4,}", output[at : at + NEAR].casefold()))))
    return output[best : best + NEAR]
