"""The denials of a sentence: which words deny, what they add up to, and what is denied without a negator.

«The other sentence» is the one to compare with: «no doubt» denies against «doubt», and against «surely» it does not.
"""

from __future__ import annotations

from collections.abc import Collection

from tellback.language.clauses import Parse
from tellback.language.lexicon import (
    DENYING_VERBS,
    IMPLYING,
    IMPLYING_BESIDE,
    NEGATORS,
    NOT_DENYING,
    opposite,
    stem,
    words,
)

_INSTEAD = (("instead", "of"), ("rather", "than"))
#: After «no» these deny or do not, as the sentence goes: «no more than», «there is no more to do».
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
            if not exempt or following in _DOUBLE and _stands_without_no(following, q, others):
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
    yet_to = any(tuple(p.low[k : k + 2]) == ("yet", "to") for k in words) and not any(q.low[k] == "yet" for k in others)
    return {0, 1} if either or yet_to else {n % 2}


def rejected(p: Parse, words: list[int]) -> set[str]:
    """The stems of what «instead of going» says that he did not do, where another text may deny it."""
    opened = [i for i in words if tuple(p.low[i : i + 2]) in _INSTEAD]
    return {p.key[k] for i in opened for k in range(i + 2, min(i + 2 + _REACH, len(p.low))) if p.tag[k] in ("VB", "VBG")}


def implied(p: Parse, words: Collection[int], predicate: int, q: Parse, others: Collection[int]) -> bool:
    """Whether `predicate` is denied without a negator, by a word that governs it or stands in its clause; not where the
    other sentence holds that word or its contrary."""
    there, low = {q.key[k] for k in others}, {q.low[k] for k in others}
    if any(p.tag[k] in ("JJS", "RBS") for k in words) and any(q.low[k] == "other" and q.low[k - 1] == "no" for k in others):
        return True  # «the worst of all», «no other was as bad»
    above = {predicate}
    k = predicate
    while p.head[k] != k:
        k = p.head[k]
        above.add(k)
    above.discard(predicate)
    for k in words:
        clause = p.predicate_of[k]
        if p.low[k] in IMPLYING_BESIDE and p.low[k] not in low:
            if predicate in (clause, p.head[clause]) and not IMPLYING_BESIDE[p.low[k]].isdisjoint(low):
                return True
            continue
        governs = k in above or p.dep[k] in ("acomp", "attr", "oprd") and p.head[k] in above
        if p.lemma[k] in IMPLYING and governs and p.key[k] not in there:
            return not any(opposite(p.key[k], other) for other in there)
    return False


def denied_contexts(p: Parse, sentence: int) -> list[str]:
    """Every negator of a sentence with the next word of content: the same list, the same denials."""
    first, last = p.sents[sentence]
    out = []
    for i in range(first, last):
        if p.low[i] in NEGATORS or p.lemma[i] in DENYING_VERBS:
            following = (p.key[k] for k in range(i + 1, last) if p.pos[k] in ("VERB", "NOUN", "ADJ", "PROPN", "NUM"))
            out.append(next(following, ""))
    return sorted(out)
