"""What the agent said was not done, and nobody spoke of as done since, told by an output as done.

«I have not deployed it.» – «It has been deployed.» Where a later turn may have done it (its verb stands there again, or the agent says
«done»), nothing is said; nor where the output's clause waits for something itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from tellback.audit.findings import Finding
from tellback.audit.transcripts.asks import VERBS
from tellback.audit.transcripts.clauses import BASE, NEGATOR, Clause, clause_at, clauses
from tellback.audit.transcripts.messages import STATE, Part, Transcript
from tellback.audit.transcripts.shares import is_held
from tellback.audit.transcripts.voices import ASSISTANT, USER
from tellback.language.stems import stem

_MORE = "begin touch tackle solve copy try roll ship answer reply agree finish complete sign print pay book order phone meet measure paint plant install upload empty fill rotate renew restore import export index sync reboot"
#: Verbs any of which says that another was done.
_ALIKE = [
    {form for w in words.split() for form in (stem(w), stem(f"{w}d"))}
    for words in ("begin start touch tackle", "test try check verify confirm", "deploy ship release roll", "send mail post submit email", "answer reply respond agree accept")
]
_BEGIN = _ALIKE[0]
_DEEDS = frozenset(map(stem, VERBS | set(_MORE.split()))).union(*_ALIKE)
_IRREGULAR = frozenset("run set put cut begun sent built written done made told taken read sold paid met bought drawn brought".split())
_WORD = re.compile(r"[A-Za-z]+(?:-[a-z]+)?")
_NOT_DONE = re.compile(
    r"(?:\b(?:ha(?:ve|s|d)|is|are|was|were|did|could)(?: not|n[’']t)|\bnothing (?:has|was|is)|\bnot(?= (?:yet )?[a-z]+(?:ed|n|nt|t) (?:yet|so far)))"
    r"(?: (?:yet|been|so far|fully|really|actually|even|be|able to))*\s+(?P<deed>[a-z]+)",
    re.I,
)
_NO_ANSWER = re.compile(r"\bno (?P<deed>answer|reply|response) (?:yet|so far)", re.I)
_DONE = re.compile(r"\b(?:done|live|finished|complete[d]?|all set|went through|through now|it works|works now|now)\b", re.I)
_TO_COME = re.compile(
    r"\b(?:will|[’']ll|would|going to|to be|once|until|till|if|unless|before|after|when|whether|pending|wait\w*|should|shall|can|could|may|might|must|need\w*|"
    r"tomorrow|tonight|this evening|next|later|monday|tuesday|wednesday|thursday|friday|saturday|sunday|still|yet|only|except|partly|half|attempt\w*|tried|fail\w*)\b",
    re.I,
)
_AUXILIARY = re.compile(r"(?:\b(?:has|have|had|was|were|been|got|it[’']s|now|and)\b|[|:\-–—,(]|\[x\])\W*(?:(?:now|already|been|also|since|then|successfully|meanwhile|both|all)\W+)*$", re.I)
_ALONE = re.compile(r"[\W\d]*(?:also|already|now|done)?\W*", re.I)
_TICKED = re.compile(r"\W*\[[xX✓✔]\]|\W*[✓✔✅]")
_ANSWERS = _ALIKE[4]
_NO_DEED = re.compile(r"\b(?:to|be|not|never|will|can|without|being)\W*$", re.I)
_SEGMENT = re.compile(r"[,;:|]|\s[-–—]\s|\b(?:and|but|so|since|because|although|though|while|which|except)\b")


class Undone(NamedTuple):
    """The clause that says so, its deed and what was not done (the words of its part of the sentence), in stems."""

    clause: Clause
    deed: str
    thing: frozenset[str]
    part: Part


def told_done(transcript: Transcript, output: str) -> Iterator[Finding]:
    """What an output tells as done though the last that was said of it is that it is not."""
    told = list(clauses(output))
    claims = [(c, deed, told[i - 1] if i else None) for i, c in enumerate(told) if not NEGATOR.search(c.text) for deed in _done(c)]
    if not claims:
        return
    open_ = list(_undone(transcript, frozenset(deed for _, deed, _ in claims)))
    seen = set()
    for clause, deed, before in claims:
        for one in open_:
            if clause.span not in seen and _is_of(transcript, one, deed, clause, before):
                seen.add(clause.span)
                yield Finding(STATE, "drifted", one.clause.text, clause.text, one.clause.span, clause.span, "tells as done what the agent said was not")


def _undone(transcript: Transcript, told: frozenset[str]) -> Iterator[Undone]:
    """Of the deeds `told`, and of those that say that nothing was begun."""
    for n, part in enumerate(transcript.parts):
        if part.form != "text" or part.role != ASSISTANT:
            continue
        for clause in transcript.clauses(part):
            for pattern in (_NOT_DONE, _NO_ANSWER):
                for found in pattern.finditer(clause.text):
                    deed = _stem(found["deed"])
                    if deed in _DEEDS and (deed in _BEGIN or _alike(deed) & told) and not _came_after(transcript, n, clause, deed):
                        yield Undone(clause, deed, _thing(clause, found.span(), deed), part)


def _came_after(transcript: Transcript, n: int, clause: Clause, deed: str) -> bool:
    """Whether a later turn may have done it."""
    alike = _alike(deed)
    for part in transcript.parts[n:]:
        if part.form != "text" or part.role not in (ASSISTANT, USER):
            if _names(transcript, part, alike):
                return True
            continue
        for c in transcript.clauses(part):
            if c.span[0] <= clause.span[0]:
                continue
            if deed not in _ANSWERS and part.role == ASSISTANT and part is not transcript.parts[n] and _DONE.search(c.text):
                return True
            if alike & c.words and not (part.role == USER and _TO_COME.search(c.text)) and not c.negative:
                return True
    return False


def _names(transcript: Transcript, part: Part, alike: frozenset[str]) -> bool:
    """Whether what a tool returned, which may be long, holds one of the deeds."""
    text = transcript.words(part).casefold()
    return any(deed in text for deed in alike)


def _thing(clause: Clause, span: tuple[int, int], deed: str) -> frozenset[str]:
    """The words of the part of the sentence that says what was not done."""
    text = clause.text
    cuts = [0, *(m.end() for m in _SEGMENT.finditer(text, 0, span[0]))]
    end = next((m.start() for m in _SEGMENT.finditer(text, span[1])), len(text))
    which = text[: cuts[-1]].endswith("which")
    for cut in reversed(cuts[-2:] if which else cuts[-1:]):  # «the new defaults, which I have not run»
        own = next(clause_at(text, cut, end), None)
        thing = frozenset(w for w in own.words if w != deed and w not in _SMALL) if own else frozenset()
        if thing:
            return thing
    return frozenset()


_SMALL = frozenset(map(stem, "yet far begun begin start not have noth answer reply which haven hasn hadn isn aren wasn weren didn couldn".split()))


def _is_of(transcript: Transcript, one: Undone, deed: str, clause: Clause, before: Clause | None) -> bool:
    """Whether a clause of the output tells of what was not done."""
    alike = _alike(one.deed)
    if deed not in alike and not (one.deed in _BEGIN and one.thing):
        return False
    held = [w for w in one.thing if is_held(w, clause)]
    if one.thing:
        return len(held) >= max(1, (2 * len(one.thing) + 2) // 3) if len(one.thing) < 4 else len(held) >= len(one.thing) / 2
    if _was_done(transcript, alike):
        return False
    if one.deed not in _ANSWERS:
        return True
    about = frozenset(_about(transcript, one.part))
    return any(is_held(w, c) for c in (clause, before) if c for w in about if w not in alike and len(w) > 3)


def _about(transcript: Transcript, part: Part) -> Iterator[str]:
    """The content words of a part and of the one before it."""
    at = transcript.parts.index(part)
    for near in transcript.parts[max(0, at - 1) : at + 1]:
        for clause in clauses(transcript.text, *near.span):
            yield from clause.words


def _was_done(transcript: Transcript, alike: frozenset[str]) -> bool:
    """Whether the session tells anywhere that such a deed was done."""
    for part in transcript.parts:
        if part.form != "text" or part.role not in (ASSISTANT, USER):
            if _names(transcript, part, alike):
                return True
        elif any(deed in alike for c in transcript.clauses(part) if not c.negative for deed in _done(c)):
            return True
    return False


def _done(clause: Clause) -> Iterator[str]:
    """The deeds that a clause tells as done, in stems."""
    text = clause.text
    if _TICKED.match(text):
        yield from sorted(_BEGIN)
    for word in _WORD.finditer(text):
        low = word[0].casefold()
        if not (low.endswith("ed") or low in _IRREGULAR):
            continue
        deed = _stem(low)
        start = max((m.end() for m in _SEGMENT.finditer(text, 0, word.start())), default=0)
        end = next((m.start() for m in _SEGMENT.finditer(text, word.end())), len(text))
        front = text[max(0, word.start() - 40) : word.start()]
        if deed in _DEEDS and not _TO_COME.search(text, start, end) and (_ALONE.fullmatch(front) or _AUXILIARY.search(front)) and not _NO_DEED.search(front):
            yield deed


def _alike(deed: str) -> frozenset[str]:
    return frozenset({deed}.union(*(group for group in _ALIKE if deed in group)))


def _stem(word: str) -> str:
    low = word.casefold()
    return stem(BASE.get(low, low))
