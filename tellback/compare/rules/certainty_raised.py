"""What may be so told as known: «might be the pump» told as «the pump was confirmed as the cause».

A retelling often leaves out a «perhaps»; that alone is no news here. What counts is a word that says that it is certain, which
the source does not have, where the source's sentence has one that says that it is not.
"""

from __future__ import annotations

import re

from tellback.compare.binding.matter import Matters
from tellback.compare.rules.base import Drift, Found, Harmless, Placed, Reason, TextRule
from tellback.compare.sentences.surroundings import denied
from tellback.language.clauses import Parse
from tellback.language.lexicon import words
from tellback.language.stems import stem

_CERTAIN = words(
    "confirm establish prove proven demonstrate show certainly certain definitely undoubtedly unquestionably surely guarantee "
    "conclusively proof indisputably doubtless"
)
_CERTAIN_STEMS = frozenset(map(stem, _CERTAIN))
_OPEN = re.compile(
    r"\b(?:(?-i:may)|might|could|can|possib\w+|perhaps|maybe|probab\w+|likely|unclear|uncertain|unknown|unproven|unconfirmed|suspect\w*|seem\w*|appear(?:s|ed|ing)?(?= (?:to|that|as (?:if|though)|not to|likely|unlikely|certain|sure)\b)|(?:it|there) (?:would )?appears?\b|apparently|"
    r"reportedly|allegedly|presumabl[ey]|suggest\w*|caution\w*|warn\w*|think\w*|thought|believe\w*|guess\w*|hop(?:e|es|ed|ing)|expect\w*|if|unless|provided|permitting|"
    r"subject to|whether|not (?:yet )?\w*(?:known|certain|sure|clear|decided|confirmed)|hypothes\w+|assum\w+|estimate\w*|would|should)\b", re.I
)  # fmt: skip


class CertaintyRaised(TextRule):
    name = "certainty raised"
    kinds = ("roles",)
    reasons = (Reason.CERTAINTY_RAISED,)
    found = (
        Found("The leak started at 9:40. Its cause is still unclear, it might be the new gasket.",
              "The leak began at 9:40, and the new gasket was confirmed as its cause.", "unclear", "confirmed"),
        Found("Two more buses are to run from May, money permitting. Fares stay as they are.",
              "Fares stay as they are, and two more buses will certainly run from May.", "permitting", "certainly"),
    )  # fmt: skip
    harmless = (
        Harmless("The leak started at 9:40. Its cause is still unclear, it might be the new gasket.",
                 "Whether the new gasket caused the leak of 9:40 has not been confirmed."),
        Harmless("A mutant is a kind of character that appears in the comic books of Ulm.", "The mutant is a character that shows up in comic books of Ulm."),
        Harmless("Two keepers say that their logs of the weir appear twice on the page.", "Logs of the weir show up twice on the page, the keepers say."),
        Harmless("The test confirmed that the gasket may leak in frost.", "That the gasket may leak in frost was confirmed by the test."),
    )  # fmt: skip

    def find_all(self, s: Parse, o: Parse) -> list[Placed]:
        sure = [k for k, key in enumerate(o.key) if key in _CERTAIN_STEMS and o.is_content(k)]
        if not sure:
            return []
        matters, out, known = Matters(s.text, o.text), [], set(s.key)
        for k in sure:
            if denied(o, k) or _OPEN.search(_sentence(o, o.sent_of[k])):
                continue
            told = matters.told(o.start[k], _CERTAIN_STEMS)
            n = s.sentence_at(told[0]) if told else -1
            hedge = _OPEN.search(_sentence(s, n)) if told else None
            if told and hedge and known.isdisjoint(_CERTAIN_STEMS):
                start = s.start[s.sents[n][0]]
                here = start + hedge.start(), start + hedge.end()
                drift = Drift("roles", here, o.span(k, k), Reason.CERTAINTY_RAISED, (hedge[0], o.low[k]), with_clause=True)
                out.append(Placed(n, o.sent_of[k], drift))
        return out


def _sentence(p: Parse, n: int) -> str:
    first, stop = p.sents[n]
    return p.text[p.start[first] : p.span(stop - 1, stop - 1)[1]]
