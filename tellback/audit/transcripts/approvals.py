"""Somebody's approval that a summary reports, where the session says that it is still to be had.

«Bo has to see it first» and «Bo is away until Friday» are no approval by Bo: whoever spoke of him must have said that he gave it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tellback.audit.findings import Finding
from tellback.audit.transcripts.clauses import NEGATOR, Clause
from tellback.audit.transcripts.messages import INSTRUCTION, Transcript
from tellback.audit.transcripts.voices import ASSISTANT, SYSTEM, USER

_WHO = r"(?P<who>[A-Z][a-z]+(?:[’']s team)?|(?:the|our|her|his|their) (?:[a-z]+ )?[a-z]+)"
_GAVE = (
    r"(?:(?:has|have|had|did|already|now|since|also|then|read|seen|heard|looked at|checked|it|them|that|this|and|the [a-z]+|[a-z]+ed),? ){0,7}?"
    r"(?:approved|agreed|confirmed|signed off|okayed|ok[’']d|accepted|cleared|consented|permitted|allowed|authori[sz]ed|said yes|"
    r"(?:gave|given) (?:(?:her|his|their|its|the|an?) )?(?:ok(?:ay)?|permission|approval|consent|blessing|go-ahead|green light|sign-?off|nod|word))\b"
)
_REPORTED = re.compile(rf"\b{_WHO} {_GAVE}")
_YES = re.compile(
    r"\b(?:approv\w+|agree\w*|confirm\w*|sign(?:ed|s)? (?:it |this |them )?off|ok(?:ay)?(?:ed|s)?|accept\w*|clear(?:ed|s)|consent\w*|permi\w+|allow\w*|authori\w+|yes|"
    r"fine|happy|good|likes?|liked|go-ahead|green light|blessing|said|says|told|wants?|wanted|thumbs|lgtm|content|glad|no objections?|won|answered|replied|wrote)\b",
    re.I,
)
_OPEN = re.compile(
    r"\b(?:has to|have to|must|needs? to|should|will|[’']ll|is going to|wants to|going to|before|until|till|unless|once|wait\w*|ask\w*|whether|if|not|never|"
    r"tomorrow|next|later|first|meets|away|back on|decides?|decide|discuss\w*|talk|speak|check\w* with|pending|open|still|yet)\b|n[’']t\b",
    re.I,
)
_SELF = frozenset("the user,the assistant,the agent,the team,user,assistant,we,they,it,i,he,she,you,everyone".split(","))


def early_approvals(transcript: Transcript, output: str) -> Iterator[Finding]:
    """The approvals of an output whose giver the session only says is still to be asked."""
    found = _REPORTED.finditer(output)
    told: list[Clause] | None = None
    for claim in found:
        who = claim["who"]
        if who.casefold() in _SELF or NEGATOR.search(claim[0]) or _hangs(output, claim.start()):
            continue
        told = _spoken(transcript) if told is None else told
        name = re.compile(rf"\b{re.escape(who.removeprefix('the ').removeprefix('The '))}\b", re.I)
        about = [c for c in told if name.search(c.text)]
        first = next((c for c in about if _OPEN.search(c.text)), None)
        if first and not any(_YES.search(c.text) and not _OPEN.search(c.text) for c in about):
            yield Finding(INSTRUCTION, "drifted", first.text, claim[0], first.span, claim.span(), "tells as given an approval that was still to be had")


def _hangs(output: str, at: int) -> bool:
    """Whether it stands behind «once», «if» or «until»: an approval to come."""
    start = max(output.rfind(sign, 0, at) for sign in ".!?\n;")
    return re.search(r"\b(?:once|if|until|till|when|whether|unless|before|after|that)\W*(?:\w+\W+){0,2}$", output[start + 1 : at], re.I) is not None


def _spoken(transcript: Transcript) -> list[Clause]:
    parts = [p for p in transcript.parts if p.form == "text" and p.role in (USER, SYSTEM, ASSISTANT)]
    return [c for p in parts for c in transcript.clauses(p)]
