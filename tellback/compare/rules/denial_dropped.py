"""A «not» that a word dropper took away: what is left of its sentence states what the sentence denied."""

from __future__ import annotations

from difflib import SequenceMatcher

from tellback.compare.rules.base import Drift, Found, Harmless, Reason, Rule
from tellback.compare.sentences.denials import denials
from tellback.compare.sentences.pair import SentencePair, forms
from tellback.language.columns import CONTENT
from tellback.language.lexicon import NEGATORS

#: Share of the output's words that must be the source's, in their order.
LEFT_OVER = 0.8
#: Words of the source between a denial and the word it denies, at most.
REACH = 4
#: Words that are gone, at least: with fewer gone the wording is compared as a whole.
GONE = 2


class DenialDropped(Rule):
    name = "denial dropped"
    kinds = ("negation",)
    reasons = (Reason.DENIAL_DROPPED,)
    found = (
        Found("The tenant is not liable for damage by frost but pays for the repair of the lock.",
              "tenant liable damage frost pays repair lock", "not", "liable"),
        Found("In May the ferry does not sail on Sundays, but the bus runs until midnight.", "May ferry sail Sundays, bus runs midnight",
              "not", "sail"),
    )  # fmt: skip
    harmless = (
        Harmless("The tenant is not liable for damage by frost but pays for the repair of the lock.",
                 "tenant not liable damage frost pays repair lock"),
        Harmless("The tenant is not liable for damage by frost but pays for the repair of the lock.", "tenant pays repair lock"),
    )  # fmt: skip

    def find(self, pair: SentencePair) -> list[Drift]:
        s, o, sw, ow = pair.s, pair.o, pair.s_words, pair.o_words
        lost = denials(s, sw, o, ow)
        if not lost or len(sw) - len(ow) < GONE:
            return []
        blocks = SequenceMatcher(None, forms(s, sw), forms(o, ow), autojunk=False).get_matching_blocks()
        across = {a + k: b + k for a, b, size in blocks for k in range(size)}
        if len(across) < LEFT_OVER * len(ow):
            return []
        out = []
        for n, word in enumerate(sw):
            if word not in lost or n in across:
                continue
            after = next((k for k in range(n + 1, min(n + 1 + REACH, len(sw))) if s.pos[sw[k]] in CONTENT), None)
            before = next((k for k in range(n - 1, max(n - 1 - REACH, -1), -1) if s.pos[sw[k]] in CONTENT), None)
            if after not in across or before is not None and before not in across:
                continue
            at = across[after]
            first = across[before] + 1 if before is not None else max(at - REACH, 0)
            if not any(o.low[k] in NEGATORS for k in ow[first:at]) and at - first <= n - (before or 0) + after - n:
                span = o.span(ow[across.get(n - 1, at)], ow[at])
                out.append(Drift("negation", s.span(word, word), span, Reason.DENIAL_DROPPED))
        return out
