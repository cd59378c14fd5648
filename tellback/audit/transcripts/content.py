"""What a claim is about: its words without those that only say that something was asked, decided or is still to be done."""

from __future__ import annotations

import re

from tellback.audit.transcripts.told import Claim
from tellback.language.stems import stem

_FRAME = re.compile(
    r"^(?:ask|undecid|want|request|told|tell|instruct|prefer|insist|requir|approv|authori|confirm|agre|agr$|allow|permit|explicit|"
    r"pend|task|step|next|still|remain|open|todo|done|decid|decision|also|said|say|messag|user|human|constraint|goal|(?:any|every|some|no)thing|anyth|everyth|someth|noth|befor|happen|els$|whether|know$|caus$|reason$|root$|issu$|problem|solv|investigat|resolv|item$|point$|aft$|after$|that$|then$|later$|idea$|matter$|question$|answer$|found$|find$|henc$|again$|onc$|mor$|until|unless|alon$|eith|too$|well$|beside|besid|follow-up|follow$|concern|unmodif|unalter|unedit|intend|personal|themsel|himsel|hersel|whom$)|^(?:off|out|why|put|stay|keep|may|maximum|minimum)$"
)
#: «Wants that left alone» says «leave it».
_LEFT = re.compile(r"\b(?:left|leave[sd]?|leaving|let) (?:alone|be|as is|untouched|in peace)\b", re.I)
#: When, but not what: «the user said not at this time».
_NOW = re.compile(r"\b(?:at (?:this|the|that) (?:time|moment|point|stage)|at present|for (?:now|the (?:moment|time being)))\b", re.I)


#: What says that nobody approved, or only if somebody does: there is nothing in it that could have been made up.
WITHHELD = re.compile(
    r"(?:\bnot|\bnever|n[’']t)(?: yet| so far)? (?:agree|approv|confirm|accept|consent|permit|allow|authori[sz]|sign)|"
    r"\b(?:if|once|unless|until|whether) the users? (?:agree|approv|confirm|accept|consent|permit|allow|authori[sz]|sign)",
    re.I,
)


def content(claim: Claim) -> frozenset[str]:
    """What a claim is about, without the words that only say that it is one."""
    left = {stem(w) for aside in (_LEFT, _NOW) for found in aside.finditer(claim.clause.text) for w in found[0].casefold().split()}
    return frozenset(w for w in claim.clause.words if w not in left and not _FRAME.match(w))
