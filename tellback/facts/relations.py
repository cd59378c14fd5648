"""What a text says about who did what to whom, as Facts: one a clause, and one a quantifier, order and exclusive
attribute.

`relations(doc)` reads a spaCy parse. A clause's fact is of kind "roles", "negation" where the source denies it; the judge
(compare/relations.py) may hand it back with the kind of what broke and the span of the place. Pronouns are resolved
where one antecedent fits. Facts of values and names are another reader's: facts/extract.py.
"""

from __future__ import annotations

from spacy.tokens import Doc

from tellback.language.clauses import Clause, Parse, parse_of
from tellback.language.columns import CONTENT
from tellback.language.lexicon import EXCLUSIVE, exclusive
from tellback.language.order import orders
from tellback.language.quantity import quantities
from tellback.language.slots import slots
from tellback.records import Fact, Span

KINDS = ("roles", "negation", "order", "quantifier", "attribution")
_MAIN = ("agent", "patient", "recipient", "attr")
#: Words from its predicate within which a clause's subject and object are shown.
_REACH = 12


def relations(doc: Doc) -> list[Fact]:
    """The relation facts of a parsed text, in reading order."""
    p = parse_of(doc)
    out: list[Fact] = []
    for n, (first, last) in enumerate(p.sents):
        sentence = p.span(first, last - 1)
        found = [fact for c in p.clauses_of_sentence[n] if (fact := _clause_fact(p, c, sentence))]
        for o in orders(p, n):
            if o.marker >= 0:
                value = f"{_join(o.first)} < {_join(o.second)}"
                against = f"{_join(o.second)} < {_join(o.first)}"
                span = p.span(o.marker, o.marker)
                found.append(Fact("order", p.low[o.marker], value, span, sentence, (against,)))
        for q in quantities(p, n):
            found.append(Fact("quantifier", q.of, q.name, p.span(*q.words), sentence))
        for (governor, role), fillers in slots(p, n).items():
            if role == "mod":
                for unit, word in fillers.items():
                    if any(exclusive(p.low[word], governor, names) for names in EXCLUSIVE):
                        found.append(Fact("attribution", governor, unit, p.span(word, word), sentence))
        out += sorted(found, key=lambda f: f.span)
    return out


def _join(stems: frozenset[str]) -> str:
    return " ".join(sorted(stems))


def _clause_fact(p: Parse, c: Clause, sentence: Span) -> Fact | None:
    named = {role: [p.label(k) for k in ks] for role, ks in c.roles.items()}
    mains = [named[r] for r in _MAIN if r in named]
    if not mains and not (p.head[c.head] == c.head and named):
        return None
    args = ["+".join(units) for units in mains]
    verb = f"not {c.verb}" if c.denied else c.verb
    value = " ".join((args[0] if args else "", verb, *args[1:])).strip()
    turned = (" ".join((args[1], verb, args[0], *args[2:])),) if len(args) > 1 else ()
    undone = c.verb if c.denied else f"not {c.verb}"
    denied = " ".join((args[0] if args else "", undone, *args[1:])).strip()
    kind = "negation" if c.denied else "roles"
    key = f"{c.verb}: {', '.join(sorted(args))}"
    return Fact(kind, key, value, clause_span(p, c), sentence, (*turned, denied))


def clause_span(p: Parse, c: Clause) -> Span:
    """The words that carry a clause: the stretch from its subject to its object, with what denies it."""
    words = [c.head, *(k for k in c.negators if abs(k - c.head) < _REACH)]
    for role in _MAIN:
        for k in c.roles.get(role, ())[:1]:
            if p.sent_of[k] == p.sent_of[c.head] and abs(k - c.head) < _REACH:
                words.extend(p.phrase(k))
    if len(words) == 1:  # its subject was read as something else
        words += [k for k in c.own if abs(k - c.head) < _REACH and p.pos[k] in CONTENT]
    return p.span(min(words), max(words))
