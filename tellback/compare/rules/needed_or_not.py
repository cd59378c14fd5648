"""What nobody needs told as what everybody needs, or the other way round: «need not bring a ticket», «nobody gets in without a ticket»."""

from __future__ import annotations

import re

from tellback.compare.rules.base import Drift, Found, Harmless, Placed, Reason, TextRule
from tellback.language.clauses import Parse
from tellback.language.stems import stem
from tellback.language.words import SMALL
from tellback.records import Span

_THING = r"(?:(?:an?|the|any|your|their|his|her|its|our) )?(?P<thing>(?:[a-z-]{1,30} ){0,2}?[a-z-]{3,30})"
_HAVE = r"(?:have|bring|show|carry|wear|book|buy|use|give|make|hold|get|take|fill in|present)"
_STRICT = tuple(map(re.compile, (
    rf"(?:\b(?:not|never|cannot|nobody|none|no (?!need)[a-z]{1,30})\b|n't\b)[^.;,]{{0,60}}\bwithout {_THING}(?=[.,;:!?\n)]|$| (?:and|or|but|at|on|in|for|from)\b)",
    rf"\b(?:must|has to|have to|is required to|are required to) {_HAVE} {_THING}(?=[.,;:!?\n)]|$| (?:and|or|but|at|on|in|for|from|to)\b)",
    r"(?<!no )\b(?P<thing>[a-z-]{3,30}) (?:is|are) (?:required|mandatory|compulsory|obligatory|needed|necessary)\b",
)))  # fmt: skip
_LAX = tuple(map(re.compile, (
    rf"\b(?:need not|needn't|(?:do|does)(?: not|n't) (?:have|need) to|no need to) {_HAVE} {_THING}(?=[.,;:!?\n)]|$| (?:and|or|but|at|on|in|for|from|to)\b)",
    r"\bno (?P<thing>[a-z-]{3,30}) (?:is |are )?(?:needed|required|necessary)\b",
    r"\b(?P<thing>[a-z-]{3,30}) (?:is|are)(?: not|n't) (?:needed|required|necessary|mandatory|compulsory|obligatory)\b",
    r"\b(?P<thing>[a-z-]{3,30}) (?:is|are) (?:optional|voluntary|unnecessary|not needed)\b",
)))  # fmt: skip
MOST = 200  # such words of a text that are looked at


class NeededOrNot(TextRule):
    name = "needed or not"
    kinds = ("negation",)
    reasons = (Reason.NEEDED_OR_NOT,)
    found = (
        Found("Rowers need not bring a towel. Boats are washed on Friday.", "Rowers may not come without a towel.", "need not bring a towel", "not come without a towel"),
        Found("Nobody enters the vault without a badge, says the guard.", "In the vault no badge is needed.", "Nobody enters the vault without a badge", "no badge is needed"),
    )  # fmt: skip
    harmless = (
        Harmless("Rowers need not bring a towel.", "Rowers can come without a towel."),
        Harmless("Nobody enters the vault without a badge.", "A badge is needed for the vault."),
        Harmless("Rowers need not bring a towel, but swimmers must bring a towel.", "Swimmers must bring a towel."),
    )

    def find_all(self, s: Parse, o: Parse) -> list[Placed]:
        theirs = _places(o.text)
        mine = _places(s.text) if theirs else {}
        out = []
        for (thing, strict), there in theirs.items():
            here = mine.get((thing, not strict))
            if here and (thing, strict) not in mine and (thing, not strict) not in theirs:
                out.append(Placed(s.sentence_at(here[0]), o.sentence_at(there[0]), Drift("negation", here, there, Reason.NEEDED_OR_NOT)))
        return out


def _places(text: str) -> dict[tuple[str, bool], Span]:
    """(stem of a thing, whether it must be had) -> where that is said last."""
    out: dict[tuple[str, bool], Span] = {}
    lower = text.lower().replace("’", "'") if len(text.lower()) == len(text) else text
    for strict, rules in ((True, _STRICT), (False, _LAX)):
        for rule in rules:
            for match, _ in zip(rule.finditer(lower), range(MOST), strict=False):
                word = match["thing"].split()[-1]
                if word not in SMALL:
                    out[stem(word), strict] = match.span()
    return out
