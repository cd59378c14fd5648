"""What the agent offered and the user put off or turned down, told as if the user had asked for it or agreed.

«Shall I merge them?» – «I'll tell you tomorrow» – «the user told the agent to merge them.» Only an answer that puts off or refuses
leaves an offer open: where users ask for anything in that answer, or later speak of the deed, nothing is said.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tellback.audit.findings import INVENTED, Finding
from tellback.audit.transcripts.asks import asks
from tellback.audit.transcripts.clauses import BASE, NEGATOR, Clause, clauses
from tellback.audit.transcripts.messages import INSTRUCTION, Transcript
from tellback.audit.transcripts.shares import ACTS
from tellback.audit.transcripts.voices import ASSISTANT, SYSTEM, USER
from tellback.language.stems import stem

_OFFERS = re.compile(
    r"\b(?:i|we) (?:can|could|might|would|may)\b|\b(?:i|we)[’']d\b|\b(?:shall|should|can|may) (?:i|we)\b|\bwant me to\b|"
    r"\b(?:do|would) you (?:want|like)\b|\bif you (?:want|like|wish)\b|\bi(?:[’']d)? (?:suggest|propose|recommend)\b|\bhappy to\b",
    re.I,
)
_PUTS_OFF = re.compile(
    r"^\W*(?:(?:hmm|well|ok(?:ay)?|thanks|thank you|understood)\W+)*(?:no\b|nope\b|not (?:now|yet|sure|today|at)\b|don[’']?t\b|do not\b|wait\b|"
    r"hold (?:on|off)\b|let me\b|let[’']?s (?:see|wait|hold|leave)\b|(?:i[’']ll|i will|i need to|i have to|i must|i want to|i[’']d (?:like|have) to) "
    r"(?:first )?(?:ask|read|check|think|look|see|talk|speak|decide|tell|let you know|get back|sleep|discuss|consult|consider|answer|wait|call)\b|"
    r"maybe\b|perhaps\b|later\b|rather not\b)",
    re.I,
)
_REFUSES = re.compile(r"^\W*(?:(?:hmm|well|thanks|thank you)\W+)*(?:no(?! (?:problem|worries|doubt))|nope|nah|rather not|don[’']?t|do not|not)\b", re.I)
#: Who gave it, and to whom; what was given begins behind it.
_GAVE = re.compile(
    r"\busers? (?:(?!\b(?:not|never|if|once|when|whether)\b)[^.;:\n]){0,60}?\b(?:told|asked|instructed|ordered|requested|agreed|approved|allowed|authori[sz]ed|permitted|confirmed|"
    r"gave (?:the|an|its|his|her|their) (?:ok(?:ay)?|go-ahead|permission|approval|consent) (?:for|to)|said yes to)\b(?! by\b)"
    r"|\bper (?:the )?user\b[:,]?|\b(?:at|on) the user[’']s (?:request|order|wish|instruction)s?\b[:,]?|\baccording to the user\b[:,]?",
    re.I,
)
_BETWEEN = re.compile(
    r"\W*(?:(?:the|a|an|to|that|for|with|it|us|me|him|them|agent|assistant|model|may|can|could|should|will|would|must|is|be|let|have|both|also|now|go ahead and|and)\b\W*)*", re.I
)
_WORD = re.compile(r"[A-Za-z][\w-]*")
_OTHERWISE = re.compile(r"\b(?:himself|herself|themselves|personally|not|never|no|whether|undecided)\b|\?", re.I)


def untaken(transcript: Transcript, output: str) -> Iterator[Finding]:
    """The claims of an output that a user gave what the agent only offered, and the user put off or turned down."""
    told = [(c, deed) for c in clauses(output) for deed in _given(c)]
    if not told:
        return
    offers, spoken = _open(transcript)
    for clause, deed in told:
        offer = next((o for o in offers if deed in o.words), None)
        if offer is not None and deed not in spoken:
            why = f"no user gave this instruction; the agent offered it, «{offer.text}», and no user agreed"
            yield Finding(INSTRUCTION, INVENTED, None, clause.text, None, clause.span, why)


def refused(transcript: Transcript) -> list[Clause]:
    """What the agent said right before a user answered with «no»."""
    found: list[Clause] = []
    before: list[Clause] = []
    for part in transcript.parts:
        if part.form == "text" and part.role == ASSISTANT:
            before = list(transcript.clauses(part))
        elif part.form == "text" and part.role == USER:
            found += before if _REFUSES.search(transcript.words(part)) else ()
            before = []
    return found


def _given(clause: Clause) -> Iterator[str]:
    """The deeds that a clause says a user gave, in stems."""
    for gave in _GAVE.finditer(clause.text):
        rest = clause.text[_BETWEEN.match(clause.text, gave.end()).end() :]  # type: ignore[union-attr]
        word = _WORD.match(rest)
        if word and not _OTHERWISE.search(clause.text[gave.end() :]):
            deed = stem(BASE.get(word[0].casefold(), word[0].casefold()))
            if deed in ACTS:
                yield deed


def _open(transcript: Transcript) -> tuple[list[Clause], frozenset[str]]:
    """(the offers that the next answer put off or turned down, the words of all users)."""
    offers: list[Clause] = []
    before: list[Clause] = []
    spoken: set[str] = set()
    for part in transcript.parts:
        if part.form != "text":
            continue
        own = transcript.clauses(part)
        if part.role == ASSISTANT:
            before = [c for c in own if _OFFERS.search(c.text)]
        elif part.role in (USER, SYSTEM):
            spoken.update(word for c in own for word in c.words)
            if any(_PUTS_OFF.search(c.text) for c in own) and not any(_requests(c) for c in own):
                offers += before
            else:  # what is asked for later may be an offer of before, in other words
                offers = []
            before = []
    return offers, frozenset(spoken)


def _requests(clause: Clause) -> bool:
    return asks(clause.text) and not NEGATOR.search(clause.text) and not _PUTS_OFF.search(clause.text)
