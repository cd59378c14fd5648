"""Which of two events a text puts first: «before», «after», «then», and past events joined by «and»."""

from __future__ import annotations

from dataclasses import dataclass

from tellback.language.clauses import Clause, Parse
from tellback.language.columns import CONTENT, LIGHT
from tellback.language.lexicon import EARLIER, SEQUELS, STATIVE

#: Subjects and objects that deny their clause.
_NONE = ("nothing", "nobody", "none", "no", "neither")


@dataclass(frozen=True)
class Order:
    """The event `first` comes before `second` (sets of stems); `marker` is the word that says so, -1 for none."""

    first: frozenset[str]
    second: frozenset[str]
    marker: int
    words: tuple[int, int]  # first and last word of what tells both


def _stems(p: Parse, words: list[int]) -> frozenset[str]:
    return frozenset(
        p.key[i]
        for i in words
        if p.pos[i] in CONTENT | {"PRON"}
        and p.lemma[i] not in LIGHT
        and p.low[i] not in SEQUELS
        and p.low[i] not in EARLIER
    )


def orders(p: Parse, sentence: int) -> list[Order]:
    """The orders that a sentence states, first of all by a connective."""
    out: list[Order] = []
    by_head = {c.head: c for c in p.clauses_of_sentence[sentence]}
    first, last = p.sents[sentence]
    for i in range(first, last):
        word = p.low[i]
        if word in EARLIER:
            found = _connective(p, i, by_head)
            if found:
                main, sub, region = found
                a, b = (sub, main) if EARLIER[word] else (main, sub)
                if a and b and a != b:
                    out.append(Order(a, b, i, region))
        elif word in SEQUELS and p.pos[i] == "ADV":
            found = _sequel(p, i, by_head, sentence)
            if found:
                out.append(found)
    marked = {o.marker for o in out}
    for clause in by_head.values():
        h = p.head[clause.head]
        if p.dep[clause.head] != "conj" or h not in by_head or not _second_past_event(p, clause.head, h):
            continue
        if any(m in clause.own for m in marked):
            continue
        a, b = _stems(p, list(by_head[h].own)), _stems(p, list(clause.own))
        if a and b:
            out.append(Order(a, b, -1, (min(h, clause.head), max(h, clause.head))))
    return out


def denied_event(p: Parse, marker: int) -> bool:
    """Whether the connective belongs to what did not happen: «it was not published until June»."""
    if marker < 0:
        return False
    h = p.head[p.head[marker]] if p.dep[marker] in ("mark", "advmod") else p.head[marker]
    top = p.predicate_of[h]
    heads = (top, p.head[top]) if p.dep[top] == "xcomp" else (top,)  # «nothing is to be printed until»
    found = [c for c in p.clauses_of_sentence[p.sent_of[marker]] if c.head in heads]
    return any(c.denied or any(p.low[k] in _NONE for k in c.own if p.dep[k] in ("nsubj", "nsubjpass", "dobj", "det")) for c in found)


def _second_past_event(p: Parse, x: int, y: int) -> bool:
    """Whether `x` tells a second past event, joined by «and» to that of `y`, of one subject."""
    if p.lemma[x] in STATIVE or p.lemma[y] in STATIVE or x in p.passive or y in p.passive:
        return False
    if any(p.dep[c] in ("nsubj", "nsubjpass") for c in p.children[x]):
        return False
    joint = [p.low[c] for c in p.children[y] if p.dep[c] == "cc" and y < c < x]
    return joint[-1:] == ["and"] and p.tag[x] == p.tag[y] == "VBD"


def _connective(p: Parse, i: int, by_head: dict[int, Clause]):
    dep, h = p.dep[i], p.head[i]
    if dep in ("mark", "advmod") and h in by_head and p.dep[h] in ("advcl", "ccomp", "relcl", "acl") and h > i:
        main = p.predicate_of[p.head[h]]
        sub_words = p.tree(h)
    elif dep == "prep" and p.children[i] and h != i:
        if not any(p.dep[c] in ("pobj", "pcomp") for c in p.children[i]):
            return None
        main = p.predicate_of[h]
        sub_words = [w for w in p.tree(i) if w != i]
    else:
        return None
    if main < 0 or main not in by_head:
        return None
    inside = set(sub_words)
    main_words = [w for w in p.tree(main) if w not in inside and w != i]
    if not main_words:
        return None
    low, high = min(min(main_words), min(inside)), max(max(main_words), max(inside))
    own = [w for w in main_words if p.predicate_of[w] == main]
    return _stems(p, own), _stems(p, sub_words), (low, high)


def _sequel(p: Parse, i: int, by_head: dict[int, Clause], sentence: int) -> Order | None:
    pred = p.predicate_of[i]
    if pred not in by_head:
        return None
    here = by_head[pred]
    earlier = (
        [c for c in by_head.values() if c.head < min(here.own)] if p.dep[pred] in ("conj", "ROOT", "ccomp") else []
    )
    if p.dep[pred] == "conj" and p.head[pred] in by_head:
        before = by_head[p.head[pred]]
    elif earlier:
        before = earlier[-1]
    elif sentence and p.clauses_of_sentence[sentence - 1] and i - p.sents[sentence][0] < 2:
        before = p.clauses_of_sentence[sentence - 1][0]
    else:
        return None
    a, b = _stems(p, list(before.own)), _stems(p, list(here.own))
    return Order(a, b, i, (min(before.own), max(here.own))) if a and b and a != b else None
