"""A denial put in or taken out, «before» turned to «after»: read off the wording of two nearly equal sentences.

Where two sentences differ in a few words, the words themselves are better witnesses than two parses, either of which may
err: the parity of denials tells whether one says what the other denies, and the difference tells where.
"""

from __future__ import annotations

from collections.abc import Collection
from difflib import SequenceMatcher

from tellback.compare.rules.exchange import Drift, forms, words_of
from tellback.language.clauses import Parse
from tellback.language.lexicon import (
    DENYING_VERBS,
    IMPLYING,
    IMPLYING_BESIDE,
    NEGATORS,
    NOT_DENYING,
    TURNED,
    opposite,
    stem,
    words,
)
from tellback.records import Span

TURNING = frozenset(word for pair in TURNED for word in pair)
#: Share of words in common from which wording alone is trusted.
NEARLY_EQUAL = 0.75
#: Words that a denial brings along: «did not see anybody».
_FILLERS = words("do ever any anyone anybody anything")
_INSTEAD = (("instead", "of"), ("rather", "than"))
#: After «no» these deny or do not, as the sentence goes: «no more than», «there is no more to do».
_OPEN = words("doubt more less fewer")


def denials(p: Parse, words: list[int], q: Parse, others: Collection[int]) -> list[int]:
    """The words that deny something: negators but «not only» and the like, and verbs as «fail».

    `others` are the words of the sentence of `q` to compare with: «no doubt» denies against «doubt», and against «surely»
    it does not.
    """
    out: list[int] = []
    for i in words:
        word = p.low[i]
        if p.lemma[i] in DENYING_VERBS and any(p.dep[c] == "xcomp" for c in p.children[i]):
            out.append(i)
        elif word in NEGATORS and not (word == "nor" and any(p.low[k] in ("neither", "no", "not") for k in out)):
            following = p.low[i + 1] if i + 1 < len(p.low) else ""
            exempt = ("not" if word == "n't" else word, following) in NOT_DENYING
            if not exempt or following in _OPEN and _bare(following, q, others):
                out.append(i)
    return out


def _bare(word: str, p: Parse, words: Collection[int]) -> bool:
    """Whether the sentence has `word`, or an inflected form of it, and nowhere «no» before it."""
    places = [i for i in words if p.key[i] == stem(word)]
    return bool(places) and not any(i and p.low[i - 1] == "no" for i in places)


def parities(p: Parse, words: list[int], q: Parse, others: list[int]) -> set[int]:
    """Whether the denials of a sentence add up to one, as 0 and 1; both where it may be read either way."""
    n = len(denials(p, words, q, others))
    either = _not_done(p, words) & {q.key[k] for k in others} and not _not_done(q, others)
    yet_to = any(tuple(p.low[k : k + 2]) == ("yet", "to") for k in words) and not any(q.low[k] == "yet" for k in others)
    return {0, 1} if either or yet_to else {n % 2}


def implied(p: Parse, words: Collection[int], predicate: int, q: Parse, others: Collection[int]) -> bool:
    """Whether `predicate` is denied without a negator, by a word that governs it or stands in its clause; not where the
    words of the other sentence hold that word or its contrary."""
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


def _not_done(p: Parse, words: list[int]) -> set[str]:
    """What «instead of going» says of itself that he did not do, where another text may deny it."""
    opened = [i for i in words if tuple(p.low[i : i + 2]) in _INSTEAD]
    return {p.key[k] for i in opened for k in range(i + 2, min(i + 6, len(p.low))) if p.tag[k] in ("VB", "VBG")}


def substitutions(s: Parse, i: int, o: Parse, j: int, contraries: bool) -> list[Drift]:
    """Denials and orders that differ between two nearly equal sentences; empty where they differ too much to say.

    `contraries`: the sentences hold a word and its antonym, so that parity alone decides nothing here.
    """
    sw, ow = words_of(s, i), words_of(o, j)
    mine, theirs = denials(s, sw, o, ow), denials(o, ow, s, sw)
    turning = [k for k in sw if s.low[k] in TURNING]
    turned = [k for k in ow if o.low[k] in TURNING]
    odd = not contraries and parities(s, sw, o, ow).isdisjoint(parities(o, ow, s, sw))
    differ = sorted(s.low[k] for k in turning) != sorted(o.low[k] for k in turned)
    if not odd and not (turning and turned and differ):
        return []
    a, b = forms(s, sw, False), forms(o, ow, False)
    lost = len(set(a) ^ set(b)) / max(len(set(a) | set(b)), 1)
    if 1 - lost < NEARLY_EQUAL and len(set(a) ^ set(b) - _FILLERS) > 2:
        return []
    blocks = SequenceMatcher(None, a, b, autojunk=False).get_matching_blocks()
    to_o = {x + k: y + k for x, y, n in blocks for k in range(n)}
    to_s = {y: x for x, y in to_o.items()}
    out = []
    if odd:
        drift = _denied(s, sw, mine, to_o, o, ow) if len(mine) > len(theirs) else None
        if len(theirs) > len(mine):
            turned_round = _denied(o, ow, theirs, to_s, s, sw)
            if turned_round:
                drift = Drift("negation", turned_round.output, turned_round.source, turned_round.why)
        if drift:
            out.append(drift)
    if turning and turned and differ:
        out += _turned(s, sw, o, ow, to_o)
    return out


def _denied(p: Parse, words: list[int], found: list[int], across: dict[int, int], q: Parse, others: list[int]):
    """The denial of `p` that has no counterpart in `q`, beside the word of `q` that it would stand at."""
    place = {w: n for n, w in enumerate(words)}
    alone = [w for w in found if place[w] not in across]
    if not alone:
        return None
    n = place[alone[0]]
    there = _counterpart(p, words, n, across, q, others)
    return Drift("negation", p.span(alone[0], alone[0]), there, "one side denies what the other states")


def _counterpart(p: Parse, words: list[int], n: int, across: dict[int, int], q: Parse, others: list[int]) -> Span:
    before, after = across.get(n - 1), across.get(n + 1)
    if before is not None and p.pos[words[n - 1]] in ("AUX", "VERB"):
        k = others[before]
    elif after is not None:
        k = others[after]
    else:
        k = others[before] if before is not None else others[min(n, len(others) - 1)]
    return q.span(k, k)


def _turned(s: Parse, sw: list[int], o: Parse, ow: list[int], to_o: dict[int, int]) -> list[Drift]:
    out = []
    for n, w in enumerate(sw):
        if s.low[w] not in TURNING or n in to_o:
            continue
        before = to_o.get(n - 1) if n else -1
        after = to_o.get(n + 1)
        at = before + 1 if before is not None else (after - 1 if after is not None else None)
        if at is None or not 0 <= at < len(ow) or (after is not None and after != at + 1):
            continue
        k = ow[at]
        if frozenset((s.low[w], o.low[k])) in TURNED:
            out.append(Drift("order", s.span(w, w), o.span(k, k), f"«{s.low[w]}» became «{o.low[k]}»"))
    return out
