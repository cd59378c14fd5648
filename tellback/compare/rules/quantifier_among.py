"""How many there are of a thing, told as another share of it among the same words: «most orchards» told as «all orchards»."""

from __future__ import annotations

from collections import defaultdict

from tellback.compare.binding.among import Among
from tellback.compare.rules.base import Drift, Found, Harmless, Placed, Reason, TextRule
from tellback.compare.sentences.surroundings import denied
from tellback.language.clauses import Parse
from tellback.language.lexicon import EVERYONE, QUANTIFIER_CONFLICTS
from tellback.language.quantity import Quantity, quantities
from tellback.records import Span

_SHARES = ("all", "most", "some", "few", "many")
_THINGS = ("NOUN", "PROPN", "ADJ")
_ONLY = ("only", "solely", "exclusively")


class QuantifierAmong(TextRule):
    name = "quantifier among the same words"
    kinds = ("quantifier",)
    reasons = (Reason.QUANTIFIER_AMONG, Reason.ONLY_TOLD_OF_ALL)
    found = (
        Found("Most of the vineyards were spared by the hail. In some valleys, however, the early grapes rotted.",
              "The hail left all vineyards unharmed, but some valleys lost their early grapes to rot.", "Most", "all"),
        Found("Only wardens can read the duty roster. Everyone else sees a grey box.",
              "Anyone can read the duty roster, not just the wardens; some see a grey box.", "Only wardens", "Anyone"),
    )  # fmt: skip
    harmless = (
        Harmless("Most of the vineyards were spared by the hail. In some valleys the early grapes rotted.",
                 "The hail left most vineyards unharmed, but in some valleys all early grapes were lost."),
        Harmless("Only wardens can read the duty roster. Everyone else sees a grey box.",
                 "The duty roster can be read by wardens alone; everyone else sees a grey box."),
        Harmless("Only wardens can read the duty roster.", "Not everyone can read the duty roster, wardens can."),
        Harmless("Only pass holders may use the reading lamps.", "The reading lamps are barred to anyone without a pass."),
    )  # fmt: skip

    def find_all(self, s: Parse, o: Parse) -> list[Placed]:
        among = Among(s.text, o.text)
        return [*_shares(s, o, among), *_only(s, o, among)]


def _shares(s: Parse, o: Parse, among: Among) -> list[Placed]:
    mine, theirs = _by_noun(s), _by_noun(o)
    out = []
    for noun, told in theirs.items():
        given = mine.get(noun, [])
        if len(given) != 1 or len(told) != 1:
            continue
        (a, i), (b, j) = given[0], told[0]
        if frozenset((a.name, b.name)) not in QUANTIFIER_CONFLICTS or not {a.name, b.name} <= set(_SHARES):
            continue
        if denied(s, a.words[1]) or denied(o, b.words[1]) or not _alike(s, a.words[1], o, b.words[1], among):
            continue
        out.append(_placed(s, i, s.span(*a.words), o, j, o.span(*b.words), Reason.QUANTIFIER_AMONG, (a.name, b.name)))
    return out


def _by_noun(p: Parse) -> dict[str, list[tuple[Quantity, int]]]:
    """Noun -> its quantities with their sentences."""
    out: dict[str, list[tuple[Quantity, int]]] = defaultdict(list)
    for n in range(len(p.sents)):
        for one in quantities(p, n):
            out[one.of].append((one, n))
    return out


def _only(s: Parse, o: Parse, among: Among) -> list[Placed]:
    """«Only X may» told as «anyone may»."""
    out = []
    everyone = [
        k for k, word in enumerate(o.low) if word in EVERYONE and o.dep[k] in ("nsubj", "nsubjpass", "agent", "pobj")
    ]
    some = [m for m, word in enumerate(s.low[:-1]) if word in _ONLY and s.pos[m + 1] in _THINGS and not denied(s, m)]
    for k in everyone:
        if denied(o, k) or o.low[k - 1 : k] in (["not"], ["n't"]) or _EXCEPT.intersection(o.low[k + 1 : k + 4]):
            continue
        m = next((m for m in some if _alike(s, m + 1, o, k, among)), None)
        if m is not None:
            there = o.sent_of[k], o.span(k, k)
            out.append(_placed(s, s.sent_of[m], s.span(m, m + 1), o, *there, Reason.ONLY_TOLD_OF_ALL, ()))
    return out


#: «Everybody except Ann came», of whom alone the source says that she did not.
_EXCEPT = frozenset("else except but apart save other bar without lacking unless".split())


def _alike(s: Parse, m: int, o: Parse, k: int, among: Among) -> bool:
    here, there = among.source(s.start[m]), among.output(o.start[k])
    return among.enough(here & there, here, there)


def _placed(
    s: Parse, i: int, here: Span, o: Parse, j: int, there: Span, reason: Reason, words: tuple[str, ...]
) -> Placed:
    return Placed(i, j, Drift("quantifier", here, there, reason, words))
