"""Two events told in the contrary order, whatever the wording: «A before B» against «B, and then A»."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tellback.compare.rules.base import Drift, Found, Harmless, Reason, Rule, guard
from tellback.compare.sentences.pair import SentencePair
from tellback.language.clauses import Parse
from tellback.language.coreference import OPEN, PRONOUNS
from tellback.language.lexicon import stem
from tellback.language.order import Order, denied_event, orders

_PRONOUN_STEMS = frozenset(stem(w) for w in (*PRONOUNS, *OPEN))
#: «An hour after landing»: how far apart two events are is of neither.
_MEASURES = frozenset(map(stem, "about an some hour hours minute minutes day days week weeks month months year years".split()))
#: Share of an event's words by which it is known again.
_KNOWN = 0.5
#: Words behind a connective by which the clause it opens is known again.
_OPENING = 3


@dataclass(frozen=True, eq=False)
class TwoOrders:
    mine: Order
    theirs: Order


class EventOrder(Rule):
    name = "order of events"
    kinds = ("order",)
    reasons = (Reason.ORDER_TURNED,)
    found = (
        Found("Clara fed the horses before she lit the stove.", "After she lit the stove, Clara fed the horses.", "before", "After"),
        Found("The band played once the guests sat down.", "After the band played, the guests sat down.", "once", "After"),
    )  # fmt: skip
    harmless = (
        Harmless("Clara fed the horses before she lit the stove.", "Before she lit the stove, Clara fed the horses."),
        Harmless("Clara fed the horses and then lit the stove.", "Clara lit the stove after she fed the horses."),
    )

    def find(self, pair: SentencePair) -> list[Drift]:
        theirs = orders(pair.o, pair.j)
        out = []
        for a in orders(pair.s, pair.i) if theirs else ():
            if not any(_same(a, b) for b in theirs):
                out += [_drift(pair, a, b) for b in theirs if _same(a, b, turned=True)]
        return out


def _same(a: Order, b: Order, turned: bool = False) -> bool:
    """Whether `b` tells the events of `a` in the order of `a`, or with `turned` in the contrary one."""
    first, second = (b.second, b.first) if turned else (b.first, b.second)
    straight = _alike(a.first, first) + _alike(a.second, second)
    crossed = _alike(a.first, second) + _alike(a.second, first)
    if straight == crossed:  # a name and its pronoun may have changed places, «before he left, Tom slept»
        mine, theirs = (a.first | a.second) - _PRONOUN_STEMS, (first | second) - _PRONOUN_STEMS
        one, two = a.first & mine - a.second, a.second & mine - a.first
        straight = _alike(one, first & theirs) + _alike(two, second & theirs)
        crossed = _alike(one, second & theirs) + _alike(two, first & theirs)
    return min(_alike(a.first, first), _alike(a.second, second)) >= _KNOWN and straight > crossed


def _alike(a: frozenset[str], b: frozenset[str]) -> float:
    a, b = a - _MEASURES or a, b - _MEASURES or b
    return len(a & b) / max(min(len(a), len(b)), 1)


def _drift(pair: SentencePair, a: Order, b: Order) -> Drift:
    s, o = pair.s, pair.o
    if a.marker >= 0 and b.marker >= 0 and s.low[a.marker] != o.low[b.marker]:
        spans = s.span(a.marker, a.marker), o.span(b.marker, b.marker)
    else:
        spans = s.span(*a.words), o.span(*b.words)
    return Drift("order", *spans, Reason.ORDER_TURNED, evidence=TwoOrders(a, b))


@guard("Clara must pay before she moves in.", "Clara must not move in until she has paid.")
def denied_until(pair: SentencePair, drift: Drift, found: Sequence[Drift]) -> bool:
    """«Until» or «before» with a denied event says what «before» says with the event that did happen."""
    a, b = drift.evidence.mine, drift.evidence.theirs
    denied = denied_event(pair.s, a.marker) != denied_event(pair.o, b.marker)
    both = min(a.marker, b.marker) >= 0 and pair.s.low[a.marker] == pair.o.low[b.marker] == "before"
    return denied and (both or _until(pair.s, a) != _until(pair.o, b))


def _until(p: Parse, order: Order) -> bool:
    return order.marker >= 0 and p.low[order.marker] in ("until", "till")


@guard(
    "The band played after the guests left before the lamp went out.",
    "After the guests left the band played, before the lamp went out.",
)
def same_clause_opened(pair: SentencePair, drift: Drift, found: Sequence[Drift]) -> bool:
    """One connective opens the same words in both: then only the parses differ."""
    s, o, a, b = pair.s, pair.o, drift.evidence.mine, drift.evidence.theirs
    if min(a.marker, b.marker) < 0 or s.low[a.marker] != o.low[b.marker]:
        return False
    mine, theirs = (p.key[m + 1 : m + 1 + _OPENING] for p, m in ((s, a.marker), (o, b.marker)))
    return mine == theirs
