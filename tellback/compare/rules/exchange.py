"""Two things that changed places: in a sentence told again with the same words, and in what governs what.

`block_exchange` reads word order alone: the new sentence is the old one with two blocks exchanged around a middle that
stands as it stood. Passive voice, dative alternation and fronting never give that form, because they move one block or
change the middle. `slot_exchange` reads the parse: a filled the place that b fills now, and b the place of a.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tellback.language.clauses import Parse
from tellback.language.columns import NOMINAL
from tellback.language.lexicon import SEQUELS, STATIVE, SYMMETRIC, stem, words
from tellback.records import Span

Slots = Mapping[tuple[str, str], Mapping[str, int]]

#: Words around which two names may change places without a change of meaning.
MUTUAL = SYMMETRIC | words("near beside opposite similar different equal married between same alongside")
MUTUAL_STEMS = frozenset(stem(w) for w in MUTUAL)
CAUSAL = words("because so therefore if unless although though")
SUBORDINATE = words("before after until till since because if unless once")


@dataclass(frozen=True)
class Drift:
    """A contradiction between a sentence of the source and one of the output, with its places in both texts."""

    kind: str
    source: Span
    output: Span
    why: str
    outcome: str = "drifted"


def words_of(p: Parse, n: int) -> list[int]:
    """The words of sentence `n`, without punctuation."""
    first, last = p.sents[n]
    return [i for i in range(first, last) if p.pos[i] not in ("PUNCT", "SPACE")]


def forms(p: Parse, words: list[int], inflected: bool = True) -> list[str]:
    """One string a word, to compare sentences by; without inflection where «chase» is to meet «chases»."""
    base = p.low if inflected else p.key
    return ["a" if p.low[i] == "an" else ("be" if p.lemma[i] == "be" else base[i]) for i in words]


def find_blocks(s: list[str], o: list[str]) -> tuple[int, int, int, int] | None:
    """(start, length of A, length of B, end) of the exchange «P A M B Q» -> «P B M A Q» with M not empty."""
    if s == o or len(s) != len(o):
        return None
    p = 0
    while s[p] == o[p]:
        p += 1
    e = len(s)
    while s[e - 1] == o[e - 1]:
        e -= 1
    if e - p < 3 and e - p < len(s) - 1 or sorted(s[p:e]) != sorted(o[p:e]):
        return None
    # the blocks may begin or end with the same words, which then seem not to have moved
    for left in range(min(p, 2) + 1):
        for right in range(min(len(s) - e, 2) + 1):
            found = _split(s[p - left : e + right], o[p - left : e + right])
            if found:
                return p - left, *found, e + right
    return None


def _split(a: list[str], b: list[str]) -> tuple[int, int] | None:
    n = len(a)
    for i in range(1, n - 1):
        if a[:i] != b[n - i :]:
            continue
        for j in range(1, n - i):
            if a[n - j :] == b[:j] and a[i : n - j] == b[j : n - i]:
                return i, j
    return None


def _category(p: Parse, block: list[int]) -> str:
    tags = [p.pos[i] for i in block]
    heads = _heads(p, block)
    verbs = [i for i in block if i in p.predicates and (i in heads or i == block[0])]
    if verbs and len(block) > 1 and not any(p.pos[i] in NOMINAL for i in heads[:1]):
        return "clause"
    if any(t in ("NOUN", "PROPN", "PRON") for t in tags):
        return "nominal"
    if verbs or "VERB" in tags or "AUX" in tags:
        return "verb"
    for name, wanted in (("number", "NUM"), ("adjective", "ADJ"), ("adverb", "ADV")):
        if wanted in tags:
            return name
    return ""


def block_exchange(s: Parse, i: int, o: Parse, j: int) -> Drift | None:
    """The exchange of two blocks between sentence `i` of `s` and `j` of `o`, if it changes the meaning."""
    sw, ow = words_of(s, i), words_of(o, j)
    found = find_blocks(forms(s, sw), forms(o, ow)) or find_blocks(forms(s, sw, False), forms(o, ow, False))
    if found is None:
        return None
    start, n_a, n_b, end = found
    if _turned_round(forms(s, sw), start, n_a, end - start - n_a - n_b):
        return None
    a, m, b = sw[start : start + n_a], sw[start + n_a : end - n_b], sw[end - n_b : end]
    kinds = _category(s, a), _category(s, b)
    middle = {s.pos[k] for k in m}
    pivots = {"VERB", "AUX", "ADP", "SCONJ", "PART"} & middle
    if "" in kinds or "adverb" in kinds or s.pos[a[0]] == "ADP" and s.pos[b[0]] == "ADP":
        return None
    kind, why = "", ""
    if {s.low[k] for k in m} <= {"and", "then"} and _told_in_order(s, a, b):
        kind, why = "order", "two past events joined by «and» changed places"
    elif _prepositional(s, a, b):
        return None  # «on the table lay a book»
    elif "clause" in kinds:
        joint = next((s.low[k] for k in m if s.low[k] in SUBORDINATE | SEQUELS), None)
        if joint and joint not in CAUSAL:
            kind, why = "order", f"the events around «{joint}» changed places"
        elif joint:
            kind, why = "roles", f"the clauses around «{joint}» changed places"
    elif kinds[0] != kinds[1]:
        inverted = hold(s, a) == hold(o, ow[end - n_a : end]) and hold(s, b) == hold(o, ow[start : start + n_b])
        if not inverted and set(kinds) <= {"nominal", "number", "adjective"} and pivots:
            kind, why = "roles", "two phrases changed places"
    elif kinds[0] == "nominal":
        if pivots and not _coordinated(s, a, b, m) and not _mutual(s, a, m, b):
            kind, why = "roles", "two noun phrases changed places"
            if _are_modifiers(s, a, b) and not _are_arguments(s, sw, start, end):
                kind = "attribution"
    elif kinds[0] in ("number", "adjective"):
        if middle & {"NOUN", "PROPN", "VERB", "ADP"}:
            kind, why = "attribution", f"two {kinds[0]}s changed places"
            if _are_arguments(s, sw, start, end):
                kind, why = "roles", "subject and object changed places"
    elif kinds[0] == "verb" and middle & {"NOUN", "PROPN", "ADP", "ADV", "PRON"}:
        kind, why = "roles", "two verbs changed places"
    if not kind:
        return None
    return Drift(kind, s.span(a[0], b[-1]), o.span(ow[start], ow[end - 1]), why)


_HOLDS = {"nsubj": "agent", "nsubjpass": "patient", "dobj": "patient", "poss": "of"}


def hold(p: Parse, run: list[int]) -> list[str]:
    """What a run of words hangs on, up to its predicate, and the word that opens that predicate's clause."""
    i = run_head(p, run)
    out = [w for w in (_opening(p, i),) if w and i in p.predicates]
    for _ in range(6):
        while p.dep[i] == "conj" and p.head[i] != i:
            i = p.head[i]
        h = p.head[i]
        if h == i:
            return out
        if p.dep[i] in ("pobj", "pcomp") or p.dep[i] == "prep" and p.pos[h] == "ADP":
            by_agent = p.dep[h] == "agent"
            out.append("agent" if by_agent else p.low[h])
        else:
            out += [] if p.dep[i] in ("prep", "agent") else [_HOLDS.get(p.dep[i], p.dep[i])]
            out.append(p.key[h])
        if h in p.predicates:
            return [*out, _opening(p, h)]
        i = h
    return out


def _opening(p: Parse, predicate: int) -> str:
    return next((p.low[c] for c in p.children[predicate] if p.dep[c] == "mark"), "")


def run_head(p: Parse, run: list[int]) -> int:
    """The word of a run that none of the others governs."""
    return next((k for k in run if p.head[k] not in run or p.head[k] == k), run[0])


def _turned_round(words: list[str], start: int, n_a: int, n_m: int) -> bool:
    """«in May in Rome he slept» as «in Rome he slept in May»: one phrase moved, its preposition stood before both."""
    m = words[start + n_a : start + n_a + n_m]
    return start >= n_m and words[start - n_m : start] == m


def _told_in_order(p: Parse, a: list[int], b: list[int]) -> bool:
    x, y = (next((k for k in block if p.pos[k] not in ("ADV", "PART")), block[0]) for block in (a, b))
    return all(p.tag[k] == "VBD" and p.pos[k] == "VERB" and p.lemma[k] not in STATIVE for k in (x, y))


def _prepositional(p: Parse, a: list[int], b: list[int]) -> bool:
    return p.pos[a[0]] == "ADP" or p.pos[b[0]] == "ADP"


def _are_modifiers(p: Parse, a: list[int], b: list[int]) -> bool:
    return p.dep[a[-1]] in ("compound", "amod", "poss") and p.dep[b[-1]] in ("compound", "amod", "poss")


def _argument_of(p: Parse, i: int) -> int:
    """The word that heads the noun phrase of `i`."""
    while p.dep[i] in ("amod", "compound", "nummod", "poss", "det", "case", "nmod", "quantmod", "advmod"):
        i = p.head[i]
    return i


def _are_arguments(p: Parse, words: list[int], start: int, end: int) -> bool:
    """Whether the two blocks' edges lie in the subject and in the object of one verb."""
    x, y = _argument_of(p, words[start]), _argument_of(p, words[end - 1])
    return p.dep[x] in ("nsubj", "nsubjpass") and p.dep[y] in ("dobj", "pobj", "dative") and x != y


def _heads(p: Parse, block: list[int]) -> list[int]:
    inside = set(block)
    return [i for i in block if p.head[i] not in inside or p.head[i] == i]


def _coordinated(p: Parse, a: list[int], b: list[int], m: list[int]) -> bool:
    """Two members of one list: their order says nothing."""
    if not {p.pos[k] for k in m} & {"VERB", "AUX", "SCONJ"} and any(p.pos[k] == "CCONJ" for k in m):
        tops = [_top_conjunct(p, i) for i in (_heads(p, a)[-1], _heads(p, b)[-1])]
        return tops[0] == tops[1]
    return False


def _top_conjunct(p: Parse, i: int) -> int:
    while p.dep[i] in ("conj", "compound", "amod", "nmod") and p.head[i] != i:
        i = p.head[i]
    return i


def _mutual(p: Parse, a: list[int], m: list[int], b: list[int]) -> bool:
    words = [p.low[k] for k in m]
    if any(p.key[k] in MUTUAL_STEMS for k in m) or words.count("as") > 1 or words == ["with"]:
        return True
    if {p.pos[k] for k in m} <= {"AUX", "DET", "ADV", "PRON"} and all(
        p.lemma[k] == "be" for k in m if p.pos[k] == "AUX"
    ):
        return not any(p.low[k] in ("a", "an") for k in (*m, *b))  # «Paris is the capital» may be turned, «is a» not
    return False


def slot_exchange(
    s: Parse, a_slots: Slots, o: Parse, b_slots: Slots
) -> list[tuple[tuple[int, int], tuple[int, int], bool, set[str]]]:
    """Pairs of words (in the source, in the output) that fill each other's place, whether both are nominal, and what
    governs the two places."""
    out = []
    seen: set[frozenset[str]] = set()
    lost = {
        k: [(u, w) for u, w in f.items() if u not in b_slots.get(k, {})] for k, f in a_slots.items() if k in b_slots
    }
    where: dict[str, list[tuple[str, str]]] = {}
    for slot, fillers in lost.items():
        for unit, _ in fillers:
            where.setdefault(unit, []).append(slot)
    for slot, fillers in lost.items():
        gained = [u for u in b_slots[slot] if u not in a_slots[slot]]
        for a, word in fillers:
            for b in gained:
                for other in where.get(b, ()):
                    if other == slot or a not in b_slots[other] or a in a_slots[other]:
                        continue
                    if _harmless(slot, other) or frozenset((a, b)) in seen:
                        continue
                    seen.add(frozenset((a, b)))
                    there = a_slots[other][b]
                    nominal = s.pos[word] in NOMINAL - {"NUM"} and s.pos[there] in NOMINAL - {"NUM"}
                    out.append(((word, there), (b_slots[slot][b], b_slots[other][a]), nominal, {slot[0], other[0]}))
    return out


def _harmless(one: tuple[str, str], two: tuple[str, str]) -> bool:
    governors, roles = {one[0], two[0]}, {one[1], two[1]}
    if len(governors) == 1 and governors & (MUTUAL_STEMS | {stem(m) for m in MUTUAL}):
        return True
    return governors == {"be"} and roles <= {"agent", "attr"}
