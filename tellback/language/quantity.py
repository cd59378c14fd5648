"""How many, how often, at least or at most: the quantifiers of a sentence and what they count."""

from __future__ import annotations

from dataclasses import dataclass

from tellback.language.clauses import Parse
from tellback.language.lexicon import BOUNDS, QUANTIFIERS, words

#: What a denial makes of a bound: «not more than 300» is «at most 300».
#: Words by which a bound describes a thing, whatever is denied of that.
OF_A_THING = frozenset({"with", "of", "having", "containing", "weighing", "worth", "costing", "measuring", "holding", "carrying"})
_DUAL = {"min": "max", "max": "min"}
_ADVERBS = words("always often sometimes rarely never")


@dataclass(frozen=True)
class Quantity:
    """`name` is the class of the quantifier ("all", "some", "min" ...), `of` the stem of what it counts, `words` the
    first and last of its words."""

    name: str
    of: str
    words: tuple[int, int]


def quantities(p: Parse, sentence: int) -> list[Quantity]:
    first, last = p.sents[sentence]
    out = []
    for i in range(first, last):
        bound = _bound(p, i, first)
        if bound:
            out.append(bound)
            continue
        name = QUANTIFIERS.get(p.low[i])
        if name is None or name == "only":
            continue
        if name in _ADVERBS:
            if p.dep[i] in ("advmod", "neg") and p.head[i] in p.predicates:
                out.append(Quantity(name, p.key[p.head[i]], (i, i)))
            continue
        start = i
        if name == "few" and i > first and p.low[i - 1] in ("a", "quite"):
            name, start = "some", i - 1
        of = _counted(p, i, last)
        if of and not (name == "all" and i > first and p.low[i - 1] in ("not", "n't", "at", "above", "after", "of")):
            out.append(Quantity(name, of, (start, i)))
    return out


def _counted(p: Parse, i: int, last: int) -> str:
    dep, h = p.dep[i], p.head[i]
    if dep in ("det", "predet", "amod") and p.pos[h] in ("NOUN", "PROPN", "PRON") and h > i:
        return "people" if p.low[h] in ("people", "persons", "person") else p.key[h]
    if dep == "advmod":
        return ""  # «most important», «all over»
    for c in p.children[i]:
        if p.low[c] == "of":
            for k in p.children[c]:
                if p.dep[k] == "pobj":
                    return p.key[k]
    if p.low[i] in ("both", "everyone", "everybody", "everything", "someone", "nobody", "nothing", "none"):
        return "people" if p.low[i] in ("everyone", "everybody", "someone", "nobody") else "thing"
    return ""


def _bound(p: Parse, i: int, first: int) -> Quantity | None:
    """A bound that ends right before the number at `i`."""
    if p.pos[i] != "NUM":
        return None
    for n in (3, 2, 1):
        k = i - n
        if k < first:
            continue
        words = tuple(p.low[k:i])
        if words in BOUNDS:
            return Quantity(_DUAL[BOUNDS[words]] if _denied(p, k) else BOUNDS[words], p.low[i], (k, i - 1))
    return None


def _denied(p: Parse, k: int) -> bool:
    """Whether the clause of the word `k` has a negator before it, which the bound is not only a property of something in: «cannot export
    invoices with more than 500 lines»."""
    if k and p.low[k - 1] in OF_A_THING:
        return False
    predicate = p.predicate_of[k]
    negators = next((c.negators for c in p.clauses_of_sentence[p.sent_of[k]] if c.head == predicate), ())
    return sum(n < k for n in negators) % 2 == 1
