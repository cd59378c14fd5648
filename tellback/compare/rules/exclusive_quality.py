"""A colour, a direction or a rank of one noun became another: «the white strawberry», «the red strawberry»."""

from __future__ import annotations

from tellback.compare.rules.base import Drift, Found, Harmless, Reason, Rule
from tellback.compare.sentences.pair import SentencePair
from tellback.language.clauses import Parse
from tellback.language.lexicon import EXCLUSIVE, exclusive


class ExclusiveQuality(Rule):
    name = "exclusive quality"
    kinds = ("attribution",)
    reasons = (Reason.QUALITY_REPLACED, Reason.QUALITY_MISPLACED)
    found = (
        Found("Clara wore a green scarf.", "Clara wore a yellow scarf.", "green", "yellow"),
        Found("Clara wore a green scarf. Ruth drove a yellow van.", "Clara wore a yellow scarf. Ruth drove a van.", "green", "yellow"),
        Found("They closed the third gate at noon.", "They closed the second gate at noon.", "third", "second"),
    )  # fmt: skip
    harmless = (
        Harmless("They closed the south gate at noon.", "They closed the southern gate at noon."),
        Harmless("Clara wore a green scarf.", "The scarf that Clara wore was green."),
        Harmless("Ilse paints the first panel, Kofi the second.", "Kofi has the second panel, Ilse the first."),
        Harmless("Last quarter the mill sold less flour.", "The mill sold less flour in the third quarter."),
        Harmless("The mill sold less flour last week.", "The mill sold less flour in the second week of May."),
    )

    def find(self, pair: SentencePair) -> list[Drift]:
        s, o = pair.s, pair.o
        out = []
        for slot, fillers in pair.s_slots.items():
            theirs_here = pair.o_slots.get(slot)
            if slot[1] != "mod" or theirs_here is None:
                continue
            for names in EXCLUSIVE:
                mine = [(u, w) for u, w in fillers.items() if exclusive(s.low[w], slot[0], names) and u not in theirs_here]
                theirs = [(u, w) for u, w in theirs_here.items() if exclusive(o.low[w], slot[0], names) and u not in fillers]
                if {_direction(u) for u, _ in mine} & {_direction(u) for u, _ in theirs}:
                    continue
                if len(mine) == 1 and len(theirs) == 1:
                    (_, a), (u, b) = mine[0], theirs[0]
                    if _in_compound(s, a) or _in_compound(o, b):
                        continue  # «right-to-left pages»
                    if s.low[a] == o.low[b] or u in s.key and len({s.key[s.head[k]] for k in range(len(s.key)) if s.key[k] == u} | {slot[0]}) == 1:
                        continue  # of two things of one name, each with its own: which is meant, the sentence need not say
                    if _named_alone(s, pair.i, o.low[b]) and _named_alone(o, pair.j, s.low[a]):
                        continue  # «the first programme, Kofi the second», «the second programme, Ilse the first»
                    spans = s.span(a, a), o.span(b, b)
                    if u in s.key:
                        out.append(Drift("attribution", *spans, Reason.QUALITY_MISPLACED))
                    else:
                        out.append(Drift("attribution", *spans, Reason.QUALITY_REPLACED, outcome="replaced"))
        return out


def _named_alone(p: Parse, sentence: int, word: str) -> bool:
    """Whether a quality stands in a sentence without its noun, which was named before: «the second»."""
    first, last = p.sents[sentence]
    return any(p.low[k] == word and p.low[k - 1] == "the" and (k + 1 == last or not p.is_content(k + 1)) for k in range(first + 1, last))


def _in_compound(p: Parse, k: int) -> bool:
    """Whether a word is a part of one with hyphens."""
    return "-" in p.text[p.start[k] - 1 : p.start[k]] or p.text[p.end[k] : p.end[k] + 1] == "-"


def _direction(unit: str) -> str:
    return unit.removesuffix("ern")  # «the south stand», «the southern stand»
