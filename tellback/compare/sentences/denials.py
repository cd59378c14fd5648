"""The denials of a sentence: which words deny, and what they add up to.

«The other sentence» is the one to compare with: «no doubt» denies against «doubt», and against «surely» it does not.
"""

from __future__ import annotations

from collections.abc import Collection

from tellback.language.clauses import Parse
from tellback.language.contrast import contrastive
from tellback.language.lexicon import (
    DENYING_VERBS,
    IMPLYING,
    NEGATORS,
    NOBODY,
    NOT_DENYING,
    stem,
    words,
)

_INSTEAD = (("instead", "of"), ("rather", "than"))
#: After «no» these deny or do not, as the sentence goes: «no more than», «there is no more to do».
_BUT = words("but except excepting besides save")
_DOUBLE = words("doubt more less fewer")
#: Words behind «instead of» in which what was not done is looked for.
_REACH = 4


def denials(p: Parse, words: list[int], q: Parse, others: Collection[int]) -> list[int]:
    """The words among `words` of `p` that deny something: negators but «not only» and the like, and verbs as «fail».

    `others` are the words of the other sentence, of `q`.
    """
    out: list[int] = []
    for i in words:
        word = p.low[i]
        if p.lemma[i] in DENYING_VERBS and any(p.dep[c] == "xcomp" for c in p.children[i]):
            out.append(i)
        elif word in NEGATORS and not (word == "nor" and any(p.low[k] in ("neither", "no", "not") for k in out)):
            following = p.low[i + 1] if i + 1 < len(p.low) else ""
            exempt = ("not" if word == "n't" else word, following) in NOT_DENYING
            if (not exempt and not contrastive(p, i)) or following in _DOUBLE and _stands_without_no(following, q, others):
                out.append(i)
    return out


def _stands_without_no(word: str, p: Parse, words: Collection[int]) -> bool:
    """Whether the sentence has `word`, or an inflected form of it, and nowhere «no» before it."""
    places = [i for i in words if p.key[i] == stem(word)]
    return bool(places) and not any(i and p.low[i - 1] == "no" for i in places)


def parities(p: Parse, words: list[int], q: Parse, others: list[int]) -> set[int]:
    """Whether the denials of a sentence add up to one, as 0 and 1; both where it may be read either way."""
    n = len(denials(p, words, q, others))
    either = rejected(p, words) & {q.key[k] for k in others} and not rejected(q, others)
    return {0, 1} if either or yet_to(p, words) and not yet_to(q, others) else {n % 2}


def yet_to(p: Parse, words: list[int]) -> bool:
    """Whether something «has yet to» happen."""
    return any(p.low[k : k + 2] == ["yet", "to"] for k in words)


def rejected(p: Parse, words: list[int]) -> set[str]:
    """The stems of what «instead of going» says that he did not do, where another text may deny it."""
    opened = [i for i in words if tuple(p.low[i : i + 2]) in _INSTEAD]
    return {p.key[k] for i in opened for k in range(i + 2, min(i + 2 + _REACH, len(p.low))) if p.tag[k] in ("VB", "VBG")}


def denied_contexts(p: Parse, sentence: int) -> list[str]:
    """Every word of a sentence that denies, with the next word of content: the same list, the same denials."""
    first, last = p.sents[sentence]
    out = []
    for i in range(first, last):
        if p.low[i] in NEGATORS or p.lemma[i] in DENYING_VERBS or p.lemma[i] in IMPLYING:
            following = (p.key[k] for k in range(i + 1, last) if p.pos[k] in ("VERB", "NOUN", "ADJ", "PROPN", "NUM"))
            out.append(next(following, ""))
    return sorted(out)


def of_none_but(s: Parse, i: int, o: Parse, j: int) -> bool:
    """Whether one sentence says of «nobody but the porter» what the other says of the porter."""
    for p, n, q, m in ((s, i, o, j), (o, j, s, i)):
        first, last = p.sents[n]
        for k in range(first, last - 2):
            if p.low[k] in NOBODY or p.low[k : k + 2] == ["no", "one"]:
                mark = next((at for at in range(k + 1, min(k + 4, last - 1)) if p.low[at] in _BUT), last)
                named = next((at for at in range(mark, last) if p.is_content(at)), None)
                if named is not None and p.key[named] in q.key[slice(*q.sents[m])]:
                    return True
    return False
