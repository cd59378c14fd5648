"""A sentence of the source beside one of the output, with what several rules need to know of both, worked out once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cached_property

from tellback.compare.sentences.clauses import Flip, Matched, flips, matched_clauses
from tellback.compare.sentences.telegraphic import Telegraphic
from tellback.compare.sentences.tiling import Tiling, tiling
from tellback.language.clauses import Parse
from tellback.language.lexicon import opposite, words
from tellback.language.slots import slots

Slots = Mapping[tuple[str, str], Mapping[str, int]]

#: Share of words in common from which wording alone is trusted.
NEARLY_EQUAL = 0.75
#: Words that may differ all the same.
SPARE = 2
#: Words that a denial brings along: «did not see anybody».
_FILLERS = words("do ever any anyone anybody anything")


@dataclass(eq=False)
class SentencePair:
    """Sentence `i` of the source's parse `s` and sentence `j` of the output's parse `o`."""

    s: Parse
    i: int
    o: Parse
    j: int
    telegraphic: Telegraphic

    @cached_property
    def s_words(self) -> list[int]:
        """The words of the source's sentence, without punctuation."""
        return _words(self.s, self.i)

    @cached_property
    def o_words(self) -> list[int]:
        return _words(self.o, self.j)

    @cached_property
    def contraries(self) -> dict[str, str]:
        """Stem of the output -> its antonym in the source, where neither sentence has both."""
        a, b = _said(self.s, self.i), _said(self.o, self.j)
        return {y: x for y in b if y not in a for x in a if x not in b and opposite(x, y)}

    @cached_property
    def s_slots(self) -> Slots:
        """(governor, role) -> filler -> its word, for the source's sentence."""
        return slots(self.s, self.i)

    @cached_property
    def o_slots(self) -> Slots:
        """The same for the output's, with names and antonyms spelt as in the source."""
        return _spelt_as_in(slots(self.o, self.j), self.s_slots, self.contraries)

    @cached_property
    def matched(self) -> list[Matched]:
        """The clauses that tell of the same."""
        return matched_clauses(self.s, self.i, self.o, self.j, self.contraries)

    @cached_property
    def flips(self) -> list[Flip]:
        """Those of them that say the contrary of each other."""
        return flips(self.s, self.i, self.o, self.j, self.matched, self.contraries)

    @cached_property
    def tiling(self) -> Tiling:
        """The runs of content words that both have."""
        return tiling(self.s, self.i, self.o, self.j)

    @cached_property
    def alignment(self) -> dict[int, int] | None:
        """Number of a word of the source's sentence -> that of the same word in the output's; None where the two differ in
        too many words for the wording to be trusted."""
        a, b = forms(self.s, self.s_words, inflected=False), forms(self.o, self.o_words, inflected=False)
        mine, theirs = set(a), set(b)
        common = 1 - len(mine ^ theirs) / max(len(mine | theirs), 1)
        if common < NEARLY_EQUAL and len(mine ^ (theirs - _FILLERS)) > SPARE:
            return None
        blocks = SequenceMatcher(None, a, b, autojunk=False).get_matching_blocks()
        return {x + k: y + k for x, y, n in blocks for k in range(n)}


def _said(p: Parse, sentence: int) -> set[str]:
    """The stems of a sentence's content words, and of its verbs with their particles."""
    return p.content(*p.sents[sentence]).keys() | {c.key for c in p.clauses_of_sentence[sentence]}


def _words(p: Parse, sentence: int) -> list[int]:
    return [i for i in range(*p.sents[sentence]) if p.pos[i] not in ("PUNCT", "SPACE")]


def forms(p: Parse, words: list[int], inflected: bool = True) -> list[str]:
    """One string a word, to compare sentences by; without inflection where «chase» is to meet «chases»."""
    base = p.low if inflected else p.key
    return ["a" if p.low[i] == "an" else ("be" if p.lemma[i] == "be" else base[i]) for i in words]


def _spelt_as_in(found: Slots, source: Slots, contraries: Mapping[str, str]) -> Slots:
    """The slots `found` in the output with its names spelt as in those of the source, so that «Dan Boetsch» meets
    «Boetsch»."""
    known = {u for f in source.values() for u in f} | {g for g, _ in source}
    names: dict[str, str] = {}

    def spell(unit: str) -> str:
        if unit in known:
            return unit
        if unit in contraries:
            return contraries[unit]
        if unit not in names:
            parts = set(unit.split())
            fits = [k for k in known if k and (parts <= set(k.split()) or set(k.split()) <= parts)]
            names[unit] = fits[0] if len(fits) == 1 else unit
        return names[unit]

    return {(spell(g), r): {spell(u): w for u, w in f.items()} for (g, r), f in found.items()}
