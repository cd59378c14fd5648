"""What a finding must show before it accuses the summary of a session, where one line condenses many turns.

Rules that compare sentence with sentence are made for texts that tell each other sentence by sentence. A summary of a session
has lines without verbs, labels, and sentences that join what stood far apart: there such a rule is right only where both places
share most of their words. What falls short of that is told as *cannot tell*. (On 79 faithful summaries that nobody had seen, an
added name was no invention in 13 of 13 cases, and what sentences seemed to deny or exchange was right in 6 of 10.)
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from tellback.audit.findings import Finding
from tellback.audit.transcripts.asks import asks
from tellback.audit.transcripts.clauses import Clause, clause_at
from tellback.audit.transcripts.stance import swapped
from tellback.facts.extract import RELATIONS
from tellback.language.lexicon import opposite
from tellback.records import Span

SHARED = 3  # words of content that both places must have
SHARE = 0.6  # and which share of those of the output's place
MANY = 12  # numbers up to this count and order things: a summary's own points, parts and tests
BESIDE = 20  # characters around a number in which its words stand
_EDGE = re.compile(r"[.!?;:]\s|[\n()]|,\s|\s[-–—]\s")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_CAPITAL = re.compile(r"[A-ZÀ-Þ][\w'’-]*")
_OFFER = re.compile(
    r"\b(?:suggest|propos|recommend|would|could|might|shall|should|if you|perhaps|maybe|want me)\w*\b|[’']d\b|\?", re.I
)
_WHY = "a summary's line condenses many turns, and these two places share too few words to be held against each other"


def weighed(facts: Iterable[Finding], source: str, output: str) -> list[Finding]:
    """Findings about facts; those of level wrong that show too little become unscored."""
    facts = list(facts)
    shown = {k for k, f in enumerate(facts) if f.level != "wrong" or _shows(f, source, output)}
    # of two values that changed places each shows the other's
    told = {(f.kind, _number(f.source), _number(f.output)) for k, f in enumerate(facts) if k in shown and f.outcome == "drifted"}
    return [
        f if k in shown or f.outcome == "drifted" and (f.kind, _number(f.output), _number(f.source)) in told else replace(f, outcome="unscored", why=_WHY)
        for k, f in enumerate(facts)
    ]


def additions(invented: Iterable[Finding], source: str) -> list[Finding]:
    """What an output adds, without what may be another way to say what a session holds."""
    return [f for f in invented if not _may_be_said(f, source)]


def _shows(f: Finding, source: str, output: str) -> bool:
    if f.source_span is None or f.output_span is None:
        return True
    if f.kind == "name":
        return f.outcome == "drifted"
    if f.outcome == "replaced" and _number(f.source) and _number(f.source) == _number(f.output):
        return False  # «410 kg» told as «410»
    if f.kind not in RELATIONS:
        return f.outcome != "drifted" or _told_apart(f, source)
    if swapped(f.source or "", f.output or ""):
        return True  # «the barge, not the train», «the train was chosen over the barge»: nothing else need be shared
    here, there = _place(source, f.source_span), _place(output, f.output_span)
    if asks(here.text) or _OFFER.search(here.text):
        return False  # what is asked for or offered is no state of things that could be told otherwise
    shared = len(here.words & there.words)
    if shared < SHARED or shared < SHARE * len(there.words):
        return False
    return f.kind != "negation" or here.negative != there.negative or _turned(here.words, there.words)


def _told_apart(f: Finding, source: str) -> bool:
    """Whether a number that is told of something else is shown with a word that the source has with the one number alone: of
    «14 fields» that later are «11 fields» the word does not tell which are meant."""
    mine, theirs = (frozenset(_NUMBER.findall(words or "")) for words in (f.source, f.output))
    if mine and mine == theirs:
        return True
    here, there = _words_of(f.source or ""), _words_of(f.output or "")
    shared = (here & there) - mine - theirs
    if re.search(r"[.!?]\s", f.source or ""):
        return False
    around = [source[max(0, m.start() - BESIDE) : m.end() + BESIDE] for n in theirs - mine for m in re.finditer(rf"(?<![\d.,]){re.escape(n)}(?![\d]|[.,]\d)", source)]
    return any(all(word not in _words_of(text) for text in around) for word in shared)


def _words_of(text: str) -> frozenset[str]:
    return frozenset().union(*(c.words for c in clause_at(text, 0, len(text))))


def _place(text: str, span: Span) -> Clause:
    """The stretch between commas, colons and line ends in which a finding stands."""
    start = max((e.end() for e in _EDGE.finditer(text, max(0, span[0] - 200), span[0])), default=max(0, span[0] - 200))
    stop = _EDGE.search(text, span[1], span[1] + 200)
    end = stop.start() + 1 if stop else min(len(text), span[1] + 200)
    return next(clause_at(text, start, end), Clause("", span, frozenset(), frozenset(), False))


def _turned(mine: frozenset[str], theirs: frozenset[str]) -> bool:
    """Whether a word of one place has its opposite in the other."""
    return any(opposite(a, b) for a in mine - theirs for b in theirs - mine)


def _may_be_said(f: Finding, source: str) -> bool:
    words = f.output or ""
    if f.kind == "name":
        capitals = _CAPITAL.findall(words)
        # «Birgit Holm», of whom nobody spoke; a product, a language or a heading is how a summary calls things
        person = len(capitals) > 1 and all(word[1:].islower() for word in capitals)
        return not person or any(re.search(rf"\b{re.escape(word)}", source, re.I) for word in capitals)
    if f.kind in ("code", "denial"):
        return words.isalpha() or f.kind == "denial"
    number = _number(words)
    if f.kind != "number" or number is None:
        return False
    return number.isdigit() and (
        int(number) <= MANY or re.search(rf"(?<![\d.,]){number}(?![\d]|[.,]\d)", source) is not None
    )


def _number(words: str | None) -> str | None:
    found = _NUMBER.findall(words or "")
    return found[0] if len(found) == 1 else None
