"""Whether a request that no user gave is made up, or one that a summary tells in words of its own."""

from __future__ import annotations

import re

from tellback.audit.transcripts.clauses import Clause, Index
from tellback.audit.transcripts.shares import is_held

NEWS = 2  # words of a claim that stand nowhere in a session
LEAST = 3  # letters of a word that counts
#: Stems of words with which a summary joins and frames what was said: new ones make nothing up.
_SMALL = re.compile(
    r"^(?:wish|lik|offer|suggest|propos|left|leav|see|look|tak|giv|get|got|mak|com|go|hold|hav|touch|untouch|chang|unchang|new|same?|two|thre|"
    r"through|against|whenever|whatever|wherever|within|without|during|befor|toward|into|onto|over|under|ahead|apart|through|though|yet|agent|assistant)$"
)


def is_news(words: frozenset[str], others: Index, users: Clause, named: bool = False) -> bool:
    """Whether a claim of these words speaks of things of which neither `users` nor `others` ever spoke: NEWS of them, or one where the
    claim is `named` as a rule or as the user's («the user wants it shipped»).

    A summary tells requests in other words, and what it adds to them is a verb or two: of 18 such claims of faithful summaries 5 have
    so many new words, of 23 made-up ones 21 (benchmarks/retold, sets 5 to 10, on which NEWS was chosen).
    """
    new = sum(len(w) >= LEAST and not _SMALL.match(w) and not others.holds(w) and not is_held(w, users) for w in words)
    return new >= (1 if named else NEWS)
