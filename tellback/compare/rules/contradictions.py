"""What one sentence says against another: roles, polarity, order, quantifier, attribution.

`contradictions` compares a sentence of the source with one of the output that speaks of the same thing. Every rule asks
for evidence on both sides: the same predicate, the same words, in places that exclude each other. A word that merely
changed says nothing here.
"""

from __future__ import annotations

from tellback.compare.rules.exchange import Drift, Slots, block_exchange, slot_exchange, words_of
from tellback.compare.rules.tiles import tile_exchange
from tellback.compare.rules.wording import denials, implied, parities, substitutions
from tellback.language.clauses import Clause, Parse
from tellback.language.coreference import OPEN, PRONOUNS
from tellback.language.lexicon import (
    DENYING_VERBS,
    EXCLUSIVE,
    LABILE,
    NEG_RAISING,
    NEGATORS,
    QUANTIFIER_CONFLICTS,
    opposite,
    stem,
)
from tellback.language.order import Order, denied_event, orders
from tellback.language.quantity import quantities
from tellback.language.slots import amount_subjects, amounts, slots
from tellback.records import Span

_PRONOUN_STEMS = frozenset(stem(w) for w in (*PRONOUNS, *OPEN))


def contradictions(s: Parse, i: int, o: Parse, j: int) -> list[Drift]:
    """The contradictions between sentence `i` of the source and sentence `j` of the output, surest first."""
    block = block_exchange(s, i, o, j)
    if block is not None:
        return [block]
    twins = _antonyms(s, i, o, j)
    told = substitutions(s, i, o, j, bool(twins))
    a_slots, b_slots = slots(s, i), _canonical(slots(o, j), slots(s, i), twins)
    exchanged = slot_exchange(s, a_slots, o, b_slots)
    out: list[Drift] = [d for d in told if d.kind == "order"] or _orders(s, i, o, j)
    flipped = [d for d in told if d.kind == "negation"] or _polarity(s, i, o, j, twins)
    exchanged = [e for e in exchanged if not (_one_row(s, *e[0]) and _one_row(o, *e[1]))]
    undone = [e for e in exchanged if e[3] & set(twins.values()) or _compared(s, e[0], o, e[1], twins)]
    if undone:
        # «A is taller than B» said as «B is shorter than A»: two changes that undo each other
        flipped = [d for d in flipped if not d.why.startswith("antonym")]
        exchanged = [e for e in exchanged if e not in undone]
    for (sa, sb), (oa, ob), nominal, _ in exchanged:
        kind = "roles" if nominal else "attribution"
        out.append(Drift(kind, _hull(s, sa, sb), _hull(o, oa, ob), "each stands where the other stood"))
    if not exchanged and not undone:
        exchanged_words, turned = tile_exchange(s, i, o, j)
        out += exchanged_words or _lone_roles(s, i, o, j)
        flipped = [d for d in flipped if not (turned and d.why.startswith("antonym"))]
    counted = _quantifiers(s, i, o, j)
    out += counted
    if not any("none" in d.why for d in counted):
        out += flipped
    if not exchanged:
        out += _replaced(s, o, a_slots, b_slots)
    if not out:
        out += _misplaced(s, i, o, j)
    return out


def _one_row(p: Parse, a: int, b: int) -> bool:
    """Whether two adjectives stand in a row: «a red, spongy surface», «new or dazzling»."""
    between = range(min(a, b) + 1, max(a, b))
    return p.pos[a] == p.pos[b] == "ADJ" and all(p.pos[k] in ("ADJ", "PUNCT", "CCONJ") for k in between)


def _compared(s: Parse, mine: tuple[int, int], o: Parse, theirs: tuple[int, int], twins: dict[str, str]) -> bool:
    """Whether what stands between the two things is a comparative, and its contrary in the output: «the old is less rare
    than the new», «the new is more rare than the old»."""

    def between(p: Parse, pair: tuple[int, int]) -> set[str]:
        return {p.key[k] for k in range(min(pair), max(pair)) if p.tag[k] in ("JJR", "RBR")}

    here, there = between(s, mine), between(o, theirs)
    return any(y in there and x in here for y, x in twins.items())


def _hull(p: Parse, a: int, b: int) -> Span:
    x, y = p.phrase(min(a, b)), p.phrase(max(a, b))
    return p.span(min(x[0], y[0]), max(x[1], y[1]))


def _antonyms(s: Parse, i: int, o: Parse, j: int) -> dict[str, str]:
    """Stem of the output -> its contrary in the source, where neither sentence has both."""
    a, b = s.content(*s.sents[i]), o.content(*o.sents[j])
    return {y: x for y in b if y not in a for x in a if x not in b and opposite(x, y)}


def _canonical(found: Slots, other: Slots, twins: dict[str, str]) -> Slots:
    """The slots with names and contraries spelt as in `other`, so that «Dan Boetsch» meets «Boetsch»."""
    known = {u for f in other.values() for u in f} | {g for g, _ in other}
    names: dict[str, str] = {}

    def spell(unit: str) -> str:
        if unit in known:
            return unit
        if unit in twins:
            return twins[unit]
        if unit not in names:
            words = set(unit.split())
            fits = [k for k in known if k and (words <= set(k.split()) or set(k.split()) <= words)]
            names[unit] = fits[0] if len(fits) == 1 else unit
        return names[unit]

    return {(spell(g), r): {spell(u): w for u, w in f.items()} for (g, r), f in found.items()}


def _own_keys(p: Parse, clause: Clause) -> set[str]:
    return {p.key[k] for k in clause.own if p.pos[k] in ("NOUN", "PROPN", "VERB", "ADJ", "NUM", "ADV")} - NEGATORS


def _matched(s: Parse, i: int, o: Parse, j: int, twins: dict[str, str]) -> list[tuple[Clause, Clause]]:
    """Clauses of the two sentences that have one predicate (or contrary ones) and share most of their words."""
    theirs = [(d, _own_keys(o, d)) for d in o.clauses_of_sentence[j]]
    scored = []
    for c in s.clauses_of_sentence[i]:
        mine = _own_keys(s, c)
        for d, keys in theirs:
            same = c.key == d.key or twins.get(d.key) == c.key
            spelt = {twins.get(k, k) for k in keys}
            common = len(mine & spelt)
            if not same or not common or common < 0.5 * min(len(mine), len(spelt)):
                continue
            if c.key in ("be", "have", "do", "say") and not (mine & spelt) - {c.key}:
                continue
            if _other_subject(s, c, o, d):
                continue
            scored.append((common / max(len(mine), len(spelt)), -abs(c.head - d.head), c, d))
    out, used = [], set()
    for *_, c, d in sorted(scored, key=lambda t: t[:2], reverse=True):
        if ("s", c.head) not in used and ("o", d.head) not in used:
            used |= {("s", c.head), ("o", d.head)}
            out.append((c, d))
    return out


def _other_subject(s: Parse, c: Clause, o: Parse, d: Clause) -> bool:
    """Whether the two clauses are about different things: «the vaccine was tested», «the drug was not tested»."""
    role = "agent" if "agent" in c.roles and "agent" in d.roles else "patient"
    mine, theirs = ({p.unit(k) or p.low[k] for k in x.roles.get(role, ())} for p, x in ((s, c), (o, d)))
    if not mine or not theirs or mine & theirs:
        return False
    words, others = ({w for u in units for w in u.split()} for units in (mine, theirs))
    named = any(s.unit(k) for k in c.roles[role]) and any(o.unit(k) for k in d.roles[role])
    pronouns = not any(s.unit(k) for k in c.roles[role]) and not any(o.unit(k) for k in d.roles[role])
    return (named or pronouns) and not words & others and not (mine | theirs) & {"somebody", "someone"}


def _negator_contexts(p: Parse, n: int) -> list[str]:
    """Every negator of a sentence with the next word of content: the same list, the same denials."""
    first, last = p.sents[n]
    out = []
    for i in range(first, last):
        if p.low[i] in NEGATORS or p.lemma[i] in DENYING_VERBS:
            following = (p.key[k] for k in range(i + 1, last) if p.pos[k] in ("VERB", "NOUN", "ADJ", "PROPN", "NUM"))
            out.append(next(following, ""))
    return sorted(out)


def _polarity(s: Parse, i: int, o: Parse, j: int, twins: dict[str, str]) -> list[Drift]:
    out, denied = [], []
    sw, ow = words_of(s, i), words_of(o, j)
    if _some_and_others(s, sw, o, ow):
        return []
    unchanged = _negator_contexts(s, i) == _negator_contexts(o, j)  # the parse may have moved them, the text did not
    matched = _matched(s, i, o, j, twins)
    for c, d in matched:
        mine, theirs = _own_keys(s, c), _own_keys(o, d)
        pairs = [(x, y) for y, x in twins.items() if x in mine and y in theirs]
        denial = c.denied != d.denied and not unchanged
        if (denial + len(pairs)) % 2 == 0 or implied(s, sw, c.head, o, ow) or implied(o, ow, d.head, s, sw):
            continue
        if denial:
            denied.append((c, d))
            out.append(Drift("negation", _denial(s, c), _denial(o, d), "one side denies what the other states"))
        else:
            x, y = pairs[0]
            a = next(k for k in c.own if s.key[k] == x)
            b = next(k for k in d.own if o.key[k] == y)
            if _than_another(s, a, o, b):
                continue
            out.append(Drift("negation", s.span(a, a), o.span(b, b), f"antonym: «{s.low[a]}» against «{o.low[b]}»"))
    if len(out) == len(denied) == 1 and _denied_elsewhere(s, sw, o, ow, matched, *denied[0]):
        return []
    raised = len(out) == len(denied) == 2 and _raised(s, *denied)
    return [] if raised or len(out) == len(denied) == 1 and _denied_beside(s, i, o, j, *denied[0]) else out


def _than_another(s: Parse, a: int, o: Parse, b: int) -> bool:
    """Whether two comparatives compare with different things: «shorter there than here», «longer here than there»."""

    def other(p: Parse, k: int) -> str:
        last = p.sents[p.sent_of[k]][1]
        than = next((i for i in range(k, last) if p.low[i] == "than"), last)
        return next((p.key[i] for i in range(than, last) if p.pos[i] in ("NOUN", "PROPN")), "")

    found = other(s, a), other(o, b)
    return s.tag[a] in ("JJR", "RBR") and o.tag[b] in ("JJR", "RBR") and "" not in found and found[0] != found[1]


def _some_and_others(s: Parse, sw: list[int], o: Parse, ow: list[int]) -> bool:
    """«Some favoured it, others did not» said as «favoured by some and not by others»: whom a denial belongs to is left to
    a word that is not there."""
    parted = [sum(p.low[k] in ("some", "others") for k in words) > 1 for p, words in ((s, sw), (o, ow))]
    return all(parted) and len(denials(s, sw, o, ow)) == len(denials(o, ow, s, sw)) > 0


def _denied_elsewhere(
    s: Parse, sw: list[int], o: Parse, ow: list[int], matched: list[tuple[Clause, Clause]], c: Clause, d: Clause
) -> bool:  # fmt: skip
    """Whether the side that seems to affirm denies as often, in words that belong to no clause of the other: «it is not
    true that he came», «he came without a hat» for «he came, he had no hat»."""
    mine, theirs = denials(s, sw, o, ow), denials(o, ow, s, sw)
    if len(mine) != len(theirs):
        return False
    if c.denied:
        found, p, q, at, heads = theirs, o, s, s.sent_of[c.head], {y.head for _, y in matched}
    else:
        found, p, q, at, heads = mine, s, o, o.sent_of[d.head], {x.head for x, _ in matched}
    around = q.sents[max(at - 1, 0)][0], q.sents[min(at + 1, len(q.sents) - 1)][1]
    told = {q.key[k] for k in q.predicates if around[0] <= k < around[1]}
    own = [p.predicate_of[k] for k in found if p.low[k] != "without"]
    return bool(found) and all(v not in heads and (v < 0 or p.key[v] not in told) for v in own)


def _denied_beside(s: Parse, i: int, o: Parse, j: int, c: Clause, d: Clause) -> bool:
    """Whether the side that seems to affirm denies all the same: in the clause, «no more», or in a verb above, «need»."""
    p, x, n, q, m = (o, d, j, s, i) if c.denied else (s, c, i, o, j)
    words, others = words_of(p, n), words_of(q, m)
    if len(parities(p, words, q, others)) > 1:
        return True
    found = denials(p, words, q, others)
    return any(k in x.own or _above(p, k) in NEG_RAISING for k in found if k not in x.negators)


def _above(p: Parse, k: int) -> str:
    """The verb of the clause that the word `k` belongs to."""
    return p.lemma[p.predicate_of[k]] if p.predicate_of[k] >= 0 else ""


def _raised(s: Parse, one: tuple[Clause, Clause], two: tuple[Clause, Clause]) -> bool:
    """Whether a denial went from a verb like «think» to what is thought or back, which says the same."""
    (a, x), (b, y) = (one, two) if one[0].head < two[0].head else (two, one)
    inner = s.head[b.head] == a.head and s.dep[b.head] in ("xcomp", "ccomp") or s.lemma[a.head] == "need"
    return inner and s.lemma[a.head] in NEG_RAISING and a.denied == y.denied != b.denied == x.denied


def _denial(p: Parse, c: Clause) -> Span:
    """The word that denies the clause, or the verb that a denial would stand at."""
    if c.negators:
        return p.span(c.negators[0], c.negators[0])
    matrix = p.head[c.head]
    if p.dep[c.head] == "xcomp" and c.denied:
        return p.span(matrix, matrix)
    for k in p.children[c.head]:
        if p.dep[k] in ("aux", "auxpass") and k < c.head and p.tag[k] != "TO":
            return p.span(k, k)
    return p.span(c.head, c.head)


def _lone_roles(s: Parse, i: int, o: Parse, j: int) -> list[Drift]:
    """«Alice was hit» against «Alice hit Bob»: one of two arguments, in the other's role."""
    out = []
    for c in s.clauses_of_sentence[i]:
        agents, patients = ({s.unit(k): k for k in c.roles.get(r, ()) if s.unit(k)} for r in ("agent", "patient"))
        if not agents or not patients or agents.keys() & patients.keys() or " " in c.key or c.key in ("be", "have"):
            continue
        for d in o.clauses_of_sentence[j]:
            stated = any(o.dep[k] in ("nsubj", "nsubjpass") for k in o.children[d.head])
            if d.key != c.key or not stated or d.negators or c.negators or s.lemma[c.head] in LABILE:
                continue
            theirs = {o.unit(k): k for k in d.roles.get("patient", ())}
            doers = {o.unit(k) for k in d.roles.get("agent", ())} | {
                o.unit(k) for r, f in d.roles.items() if r == "by" for k in f
            }
            wrong = theirs.keys() & agents.keys()
            if wrong and not doers and not theirs.keys() & patients.keys():
                a = wrong.pop()
                b = next(iter(patients.values()))
                out.append(
                    Drift(
                        "roles", _hull(s, agents[a], b), _hull(o, theirs[a], d.head), "the doer became the one done to"
                    )
                )
    return out


def _orders(s: Parse, i: int, o: Parse, j: int) -> list[Drift]:
    theirs = orders(o, j)
    if not theirs:
        return []
    out = []
    for a in orders(s, i):
        if any(_same(a, b) for b in theirs):
            continue
        for b in theirs:
            if denied_event(s, a.marker) != denied_event(o, b.marker) and _until(s, a) != _until(o, b):
                continue  # «not until June», «June came before»
            if _same(a, b, turned=True) and not _same_opening(s, a, o, b):
                out.append(_order_drift(s, a, o, b))
                break
    return out


def _until(p: Parse, order: Order) -> bool:
    return order.marker >= 0 and p.low[order.marker] in ("until", "till")


def _same_opening(s: Parse, a: Order, o: Parse, b: Order) -> bool:
    """Whether one connective opens the same words in both: then only the parses differ."""
    if min(a.marker, b.marker) < 0 or s.low[a.marker] != o.low[b.marker]:
        return False
    return s.key[a.marker + 1 : a.marker + 4] == o.key[b.marker + 1 : b.marker + 4]


def _alike(a: frozenset[str], b: frozenset[str]) -> float:
    return len(a & b) / max(min(len(a), len(b)), 1)


def _same(a: Order, b: Order, turned: bool = False) -> bool:
    first, second = (b.second, b.first) if turned else (b.first, b.second)
    straight = _alike(a.first, first) + _alike(a.second, second)
    crossed = _alike(a.first, second) + _alike(a.second, first)
    if straight == crossed:  # a name and its pronoun may have changed places, «before he left, Tom slept»
        mine, theirs = (a.first | a.second) - _PRONOUN_STEMS, (first | second) - _PRONOUN_STEMS
        one, two = a.first & mine - a.second, a.second & mine - a.first
        straight = _alike(one, first & theirs) + _alike(two, second & theirs)
        crossed = _alike(one, second & theirs) + _alike(two, first & theirs)
    return min(_alike(a.first, first), _alike(a.second, second)) >= 0.5 and straight > crossed


def _order_drift(s: Parse, a: Order, o: Parse, b: Order) -> Drift:
    if a.marker >= 0 and b.marker >= 0 and s.low[a.marker] != o.low[b.marker]:
        spans = s.span(a.marker, a.marker), o.span(b.marker, b.marker)
    else:
        spans = s.span(*a.words), o.span(*b.words)
    return Drift("order", *spans, "the two events changed places")


def _quantifiers(s: Parse, i: int, o: Parse, j: int) -> list[Drift]:
    theirs = quantities(o, j)
    out = []
    for a in quantities(s, i):
        same = [b for b in theirs if b.of == a.of]
        if not same or any(b.name == a.name for b in same):
            continue
        b = same[0]
        if {a.name, b.name} == {"all", "none"} and _other_verb(s, a.words[0], o, j):
            continue
        if frozenset((a.name, b.name)) in QUANTIFIER_CONFLICTS or {a.name, b.name} == {"min", "max"}:
            out.append(Drift("quantifier", s.span(*a.words), o.span(*b.words), f"{a.name} became {b.name}"))
    return out


def _other_verb(s: Parse, k: int, o: Parse, j: int) -> bool:
    """Whether the verb that the word `k` hangs on is another in the output: «lost none» says as much as «kept all»."""
    verb = s.predicate_of[k]
    return verb >= 0 and s.lemma[verb] != "be" and s.key[verb] not in o.key[slice(*o.sents[j])]


def _bare(unit: str) -> str:
    return unit.removesuffix("ern")  # «the south stand», «the southern stand»


def _replaced(s: Parse, o: Parse, a_slots: Slots, b_slots: Slots) -> list[Drift]:
    """A colour, a direction, a rank of one noun that became another: «the white strawberry», «the red strawberry»."""
    out = []
    for slot, fillers in a_slots.items():
        if slot[1] != "mod" or slot not in b_slots:
            continue
        for names in EXCLUSIVE:
            mine = [(u, w) for u, w in fillers.items() if s.low[w] in names and u not in b_slots[slot]]
            theirs = [(u, w) for u, w in b_slots[slot].items() if o.low[w] in names and u not in fillers]
            if {_bare(u) for u, _ in mine} & {_bare(u) for u, _ in theirs}:
                continue
            if len(mine) == 1 and len(theirs) == 1:
                (_, a), (u, b) = mine[0], theirs[0]
                elsewhere = u in s.key
                why = "the source gives it to another subject" if elsewhere else "another value of the same class"
                outcome = "drifted" if elsewhere else "replaced"
                out.append(Drift("attribution", s.span(a, a), o.span(b, b), why, outcome))
    return out


def _misplaced(s: Parse, i: int, o: Parse, j: int) -> list[Drift]:
    """A number that the source gives to another subject, where it gives this one another number."""
    theirs = amounts(o, j)
    if not theirs:
        return []
    out = []
    for subject, counted, number, k in amounts(s, i):
        for other, what, said, m in theirs:
            if (subject, counted) != (other, what) or number == said:
                continue
            if said in s.low[slice(*s.sents[i])] or number in o.low[slice(*o.sents[j])]:
                continue  # within one sentence the exchange rules see more
            givers = amount_subjects(s).get((what, said), set())
            if givers and subject not in givers:
                out.append(Drift("attribution", s.span(k, k), o.span(m, m), "the source gives it to another subject"))
    return out
