"""What a text says may be done and what must be: «can», «is free to», «obliges them to», however it is built."""

from __future__ import annotations

from functools import lru_cache

from tellback.language.clauses import Parse
from tellback.language.lexicon import words

MAY, MUST = "allowed", "a duty"
_CAN = words("may can could might")
_MUST = words("must shall")
#: «is free to go», «is obliged to go»: words that give their infinitive its strength.
_FREE = words("allowed permitted free able welcome entitled invited authorised authorized optional eligible voluntary")
_BOUND = words("obliged required forced bound compelled obligated ordered mandatory compulsory obligatory necessary")
#: «lets them go», «obliges them to go»: verbs that give it to what another does.
_LET = words("allow permit let enable entitle authorise authorize invite")
_MAKE = words("oblige require force compel order obligate")
_STATES = words("be have do")
_REACH = 9  # words from such a word to the verb


@lru_cache(maxsize=4)
def strengths(p: Parse) -> dict[int, tuple[str, int]]:
    """Verb -> (MAY or MUST, the word that says so), where its clause says which. Denials are not looked at."""
    out: dict[int, tuple[str, int]] = {}
    for i, low in enumerate(p.low):
        if low in _CAN or low in _MUST:
            if p.dep[i] == "aux" and p.lemma[p.head[i]] not in _STATES:
                out[p.head[i]] = (MAY if low in _CAN else MUST), i
            continue
        kind = _governs(p, i)
        if kind is not None:
            verb = _infinitive(p, i)
            if verb is not None:
                out[verb] = kind, i
    return out


def _governs(p: Parse, i: int) -> str | None:
    low, lemma = p.low[i], p.lemma[i]
    if low in _FREE or lemma in _LET:
        return MAY
    if low == "order" and p.pos[i] == "NOUN":
        return None  # «in order to go»
    if low in _BOUND or lemma in _MAKE or lemma == "have" and p.low[i + 1 : i + 2] == ["to"]:
        return MUST
    return None


def _infinitive(p: Parse, i: int) -> int | None:
    """The verb that follows «to» behind word `i` in its sentence, before the next mark."""
    last = min(i + _REACH, p.sents[p.sent_of[i]][1])
    for k in range(i + 1, last):
        if p.pos[k] == "PUNCT":
            return None
        if p.low[k] == "to" and k + 1 < len(p.low):
            return next((m for m in range(k + 1, min(k + 4, last)) if p.pos[m] in ("VERB", "AUX") and p.lemma[m] not in _STATES), None)
        if p.lemma[i] == "let" and p.pos[k] == "VERB":
            return k
    return None
