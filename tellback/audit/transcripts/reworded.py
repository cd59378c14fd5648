"""A rule of an output that may be a sentence of a plain text in words of its own: then nobody can tell whether it is made up."""

from __future__ import annotations

from collections.abc import Sequence

from tellback.audit.transcripts.clauses import Clause, Index
from tellback.audit.transcripts.shares import is_held, share_of
from tellback.records import Span

TOLD = 0.3  # share of a sentence's content words by which another place of the output tells it
NEAR = 6
SHORT = 3  # a shorter word is no name of a thing


def may_reword(claim: Clause, said: Index, retold: Sequence[Clause]) -> bool:
    """Whether a sentence of the source shares a word with the claim and is told nowhere else in the output: «Sunday was closed for
    stocktaking», «No trade on Sunday because of the inventory»."""
    others = [c for c in retold if not _meet(c.span, claim.span)]
    words = frozenset(w for w in claim.words if len(w) > SHORT)
    return any(
        any(is_held(w, near) for w in words) and not any(share_of(near.words, other) >= TOLD for other in others)
        for near in said.ranked(words, NEAR)
        if near.words
    )


def _meet(a: Span, b: Span) -> bool:
    return a[0] < b[1] and b[0] < a[1]
