"""Whose kin somebody is: of a wife and her husband each text may name the one by the other."""

from __future__ import annotations

from tellback.language.clauses import Parse
from tellback.language.lexicon import words
from tellback.language.stems import stem

#: Each line: those on the one end of a tie, those on the other.
_TIES = tuple(
    tuple(frozenset(map(stem, words(end))) for end in line.split("/"))
    for line in (
        "husband / wife", "boyfriend / girlfriend", "father dad mother mum mom parent / son daughter child", "uncle aunt / nephew niece",
        "grandfather grandpa grandmother grandma grandparent / grandson granddaughter grandchild", "brother / sister", "king / queen",
    )
)  # fmt: skip


def of_other_kin(s: Parse, m: int, o: Parse, k: int) -> bool:
    """Whether two words of kin are the two ends of a tie and not told of the same person: «Anna, Peter's wife», «Peter, Anna's
    husband». Where a text does not name whose kin it is, only the other may say so."""
    if not any((s.key[m] in a and o.key[k] in b) or (s.key[m] in b and o.key[k] in a) for a, b in _TIES):
        return False
    mine, theirs = _whose(s, m), _whose(o, k)
    return mine != theirs and bool(mine and theirs)


def _whose(p: Parse, k: int) -> str:
    """The stem of the one whose kin word `k` is; empty where that is not said."""
    for c in p.children[k]:
        if p.dep[c] == "poss":
            return p.key[c] if p.pos[c] != "PRON" else p.low[c]
        if p.low[c] in ("of", "to"):
            for of in p.children[c]:
                if p.dep[of] == "pobj":
                    return p.key[of]
    return ""
