"""Harmless changes that look like a finding of any rule."""

from __future__ import annotations

from collections.abc import Sequence

from tellback.compare.rules.base import Drift, guard
from tellback.compare.sentences.pair import SentencePair
from tellback.language.lexicon import NEGATORS


@guard(
    "The report of the harbour board says that the old ferry is not a safe boat for children. It also lists several "
    "reasons why the ferry is not fast enough to serve anyone. In the end the board advises against the ferry.",
    "report harbour board says old ferry not safe boat children It lists several reasons ferry not fast serve anyone In "
    "end board advises against ferry",
)
def words_left_out(pair: SentencePair, drift: Drift, found: Sequence[Drift]) -> bool:
    """The output's sentence is several of the source run together by leaving words out; what its parse says is nothing.
    A «not» of the source that is gone, though, is gone."""
    words = pair.telegraphic.words_in(pair.j, drift.output)
    if drift.kind == "negation" and not any(pair.o.low[k] in NEGATORS for k in words):
        return False
    return pair.telegraphic.run_together(pair.j, words)
