"""What was to stay as it is, or to wait for something, told as to be changed or to go ahead.

Only what is asked for, planned or allowed counts: that something was changed all the same may be what happened.
"""

from __future__ import annotations

import re

from tellback.audit.transcripts.asks import LEAD, asks
from tellback.audit.transcripts.clauses import BASE, NEGATOR, STOP, Clause
from tellback.language.stems import stem

_CHANGE = frozenset(
    stem(w)
    for w in """change modify touch edit alter update rewrite refactor remove delete drop rename move migrate replace upgrade
    overwrite reformat convert wipe merge extend raise lower increase decrease set switch turn translate shorten reorder discard clear
    clean use reuse encode re-encode compress shrink resize""".split()
)
_KEEP = re.compile(LEAD + r"(?:keep|retain|preserve|leave|hold|pin)\s+(?P<what>(?:(?!\b(?:at|on|to|under|below|until|till|unless|for now)\b)[^,.;:()])+)"
                   r"(?:\b(?:at|on|to)\s+(?P<value>[\w.]+))?(?P<rest>[^.;]*)", re.I)  # fmt: skip
_STAYS = re.compile(r"\b(?:keep|kept|keeps|keeping|retain\w*|remain\w*|stay\w*|unchanged|untouched|preserv\w*|leav\w+|left|same|intact|as (?:is|they are|it is)|back|again)\b", re.I)
_PLANNED = re.compile(r"\b(?:(?:is|are|was|were|has|have|had) to be|to be|must be|should be|will be|shall be|needs? to be|may(?: now)? be|can(?: now)? be|wants?|wanted|asked|agreed|allowed|approved)\b", re.I)
_GOES_AHEAD = re.compile(r"\b(?:may|can|could|should|is to|are to|will|ready|go ahead|said|asked|told|agreed|approved|allowed)\b", re.I)
_WITHOUT = re.compile(r"\bwithout (?:first )?(?:waiting for|asking|consulting|telling|informing|hearing from|checking with|involving)(?: the| her| his| our)?\s+(?P<who>[A-Z][\w-]+|\w{4,})")
_FIRST = re.compile(r"\b(?:first|before|until|till|unless|once|after|must|has to|have to|needs? to|signs?|signed|approv\w+|asks?|wait\w*)\b", re.I)
_CONDITION = re.compile(r"\b(?:if|unless|until|till|once|when|after|before|later|next)\b", re.I)


def lifted(given: Clause, said: Clause) -> str | None:
    """Why a request, a plan or a permission lifts what `given` keeps as it is or makes wait; None where it does not."""
    without = _WITHOUT.search(said.text)
    if without and _GOES_AHEAD.search(said.text) and not NEGATOR.search(said.text):
        who = re.search(rf"\b{re.escape(without['who'])}\b", given.text, re.I)
        if who and _FIRST.search(given.text) and not _WITHOUT.search(given.text):
            return "drops what had to come before"
    kept = _KEEP.match(given.text)
    if kept is None or _STAYS.search(said.text) or NEGATOR.search(said.text) or not (asks(said.text) or _PLANNED.search(said.text)):
        return None
    about = _stems(kept["what"])
    if not about or not about <= said.words or not said.words & _CHANGE - about:
        return None
    if kept["value"]:
        value = kept["value"].rstrip(".").casefold()
        same = re.search(rf"\b{re.escape(value)}\b", said.text, re.I)
        return None if same or not _names_value(said.text, value) else "changes what was to be kept at its value"
    if _CONDITION.search(said.text) or _exempts(kept["rest"]):
        return None
    return "changes what was to be kept"


def _stems(text: str) -> frozenset[str]:
    words = (w.casefold() for w in re.findall(r"[\w.+/#@-]*\w", text))
    return frozenset(stem(BASE.get(w, w)) for w in words if w not in STOP)


def _names_value(text: str, value: str) -> bool:
    """Whether a clause says to what something is to be changed: a number for a number, else a word in capitals or after «to»."""
    if value[:1].isdigit():
        return re.search(r"\d", text) is not None
    return re.search(r"\bto (?!be\b)[\w.]+", text) is not None


def _exempts(rest: str) -> bool:
    return re.search(r"\b(?:except|but|other than|apart from)\b", rest, re.I) is not None
