"""What the agent offered and the user put off or turned down, told as if the user had asked for it or agreed.

«Shall I merge them?» – «I'll tell you tomorrow» – «the user told the agent to merge them.» Only an answer that puts off or refuses
leaves an offer open: where users ask for anything in that answer, or later speak of the deed, nothing is said.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from tellback.audit.findings import INVENTED, Finding
from tellback.audit.transcripts.asks import asks
from tellback.audit.transcripts.clauses import BASE, NEGATOR, Clause, clauses
from tellback.audit.transcripts.messages import INSTRUCTION, Transcript
from tellback.audit.transcripts.shares import ACTS, is_held, share_of
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
#: «The user would also like a check», «by the user's wish», «the user cleared it».
_WANTS = re.compile(
    r"\busers? (?:also |now |still |already |has |had |have )*(?:wants?|wanted|wish(?:es|ed)|would (?:also )?like|likes?|prefer(?:s|red)|decided|chose|opted|cleared|okayed|accepted|took up)\b"
    r"|\buser[’']s (?:wish|request|decision|instruction|order|ok(?:ay)?|approval|consent)\b|\b(?:as|which) the user (?:wants|wanted|wished|asked|agreed|decided)\b",
    re.I,
)
#: What is told as still to be done.
_TO_DO = re.compile(r"\b(?:is|are) to be \w+|\b(?:will|shall) be \w+(?:ed|en|t|n)\b|\bcomes? next\b|^\W*(?:next|then|to do|todo|pending|open|still to do)\b[^:]{0,20}:", re.I)
#: What says itself that nothing is settled.
_SAYS_SO = re.compile(
    r"\b(?:offer\w*|suggest\w*|propos\w*|recommend\w*|idea|option|alternative\w*|depends?|declin\w+|refus\w+|reject\w+|put off|postpon\w+|instead|only|just|"
    r"think\w*|consider\w*|decid(?:e|es|ing)|ask(?:s|ing)? \w+ (?:about|whether|first)|leave[sd]?|leaving|left|alone|for now)\b",
    re.I,
)
_LATER = re.compile(r"\b(?:later|spring|summer|autumn|winter|first|once|if|until|after|before)\b", re.I)
#: «Leave the backfill for now», «the index can wait».
_LEAVES = re.compile(r"\b(?:leave|skip|park|drop|forget)\b[^.;?]{1,50}\b(?:for (?:now|later|the moment|today)|alone|out|aside|be)\b|\bcan wait\b|\bnot (?:now|yet|today)\b", re.I)
LEAST = 2  # words that a claim shares with an offer
MOST_OF = 0.5  # and the share of the offer's words that they are
SPOKEN = 0.65  # share of them that a user's own request must hold to be what is told
_OTHERWISE = re.compile(r"\b(?:himself|herself|themselves|personally|not|never|no|whether|undecided)\b|\?", re.I)


def untaken(transcript: Transcript, output: str) -> Iterator[Finding]:
    """The claims of an output that a user gave what the agent only offered, and the user put off or turned down; and that it is
    still to be done."""
    told = [c for c in clauses(output) if not _OTHERWISE.search(c.text) and (_GAVE.search(c.text) or _WANTS.search(c.text) or _TO_DO.search(c.text))]
    if not told:
        return
    offers, users = _open(transcript)
    for clause in told:
        given = [*_given(clause)]
        for offer in offers:
            if _takes(clause, given, offer, users):
                why = f"no user gave this instruction; the agent offered it, «{offer.text}», and no user agreed"
                yield Finding(INSTRUCTION, INVENTED, None, clause.text, None, clause.span, why)
                break


def _takes(clause: Clause, given: Sequence[str], offer: Clause, users: Sequence[Clause]) -> bool:
    """Whether a clause tells an open offer as given: its deed, or most of its words, and no user spoke of these for it."""
    shared = frozenset(w for w in offer.words if is_held(w, clause))
    if not any(deed in offer.words for deed in given):
        if len(shared) < LEAST or len(shared) < MOST_OF * len(offer.words) or NEGATOR.search(clause.text):
            return False
        if _SAYS_SO.search(clause.text) or (_LATER.search(clause.text) and not _GAVE.search(clause.text)):
            return False
    deeds = frozenset(given) or shared
    return not any(share_of(deeds, c) >= SPOKEN for c in users)


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


def _open(transcript: Transcript) -> tuple[list[Clause], list[Clause]]:
    """(the offers that the next answer put off or turned down, what users said but for that)."""
    offers: list[Clause] = []
    before: list[Clause] = []
    users: list[Clause] = []
    for part in transcript.parts:
        if part.form != "text":
            continue
        own = transcript.clauses(part)
        if part.role == ASSISTANT:
            before = [c for c in own if _OFFERS.search(c.text)]
        elif part.role in (USER, SYSTEM):
            off = [c for c in own if _PUTS_OFF.search(c.text) or _LEAVES.search(c.text)]
            users += [c for c in own if c not in off and not c.negative]
            asked = [c for c in own if c not in off and _requests(c)]
            # what is asked for later may be an offer of before, in other words
            offers = [o for o in offers if not any(is_held(w, o) for c in asked for w in c.words)]
            if off and not asked or own and _REFUSES.search(own[0].text):
                offers += before
            else:
                offers += [o for o in before if any(is_held(w, o) for c in off if _LEAVES.search(c.text) for w in c.words)]
            before = []
    return offers, users


def _requests(clause: Clause) -> bool:
    return asks(clause.text) and not NEGATOR.search(clause.text) and not _PUTS_OFF.search(clause.text)
