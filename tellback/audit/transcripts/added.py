"""A task of an output that half speaks of what was asked for, and asks for something of which nobody spoke: «translate the page
into German», where a page was to be written."""

from __future__ import annotations

from collections.abc import Sequence

from tellback.audit.findings import INVENTED, Finding
from tellback.audit.transcripts.asks import VERBS, is_plain
from tellback.audit.transcripts.authority import GATHERED, Authority
from tellback.audit.transcripts.clauses import Clause, Index
from tellback.audit.transcripts.content import content
from tellback.audit.transcripts.messages import INSTRUCTION
from tellback.audit.transcripts.news import is_news
from tellback.audit.transcripts.reworded import may_reword
from tellback.audit.transcripts.shares import is_held
from tellback.audit.transcripts.told import Claim
from tellback.language.stems import stem

_DEEDS = frozenset(map(stem, VERBS)) - set(map(stem, ("wait", "await", "hold", "pause")))  # who waits adds nothing


def added(authority: Authority, claim: Claim, said: Index, retold: Sequence[Clause]) -> Finding | None:
    """The finding where a listed task has a deed and a thing of which nobody spoke, and is no rewording of anything in `said`: all
    that shares a word with it is told elsewhere in the output, by one of `retold`."""
    if claim.sort not in ("asked", "pending") or claim.clause.negative or not is_plain(claim.clause.text):
        return None
    words = content(claim)
    deeds = words & _DEEDS
    if not deeds or any(authority.others.holds(w) or is_held(w, authority.users) for w in deeds):
        return None  # of the deed somebody spoke
    near, share = authority.best(claim, words)
    if near is None or share >= GATHERED or not is_news(words, authority.others, authority.users):
        return None
    if may_reword(claim.clause, said, retold):
        return None
    why = "no user gave this task: nobody spoke of it, and what it shares with the session is told elsewhere"
    return Finding(INSTRUCTION, INVENTED, None, claim.clause.text, None, claim.clause.span, why)
