"""Steps told in another order: numbered lines, and «first ..., then ..., finally ...», over several sentences."""

from __future__ import annotations

from collections.abc import Sequence

from tellback.compare.rules.base import Drift, Found, Harmless, Placed, Reason, TextRule
from tellback.language.clauses import Parse
from tellback.language.sequence import Event, sequences

#: Share of the words of the shorter of two events by which one is known in the other.
KNOWN = 0.6
#: Events of one sequence that are compared; work grows with its square.
MOST = 200


class StepsTurned(TextRule):
    name = "order of steps"
    kinds = ("order",)
    reasons = (Reason.STEPS_TURNED,)
    found = (
        Found("1. Drain the tank\n2. Close the valve\n3. Open the lid", "1. Drain the tank\n2. Open the lid\n3. Close the valve",
              "Close the valve\n3. Open the lid", "Open the lid\n3. Close the valve"),
        Found("Clara fed the horses first. Then Ruth swept the yard, and finally Peter left.",
              "First Ruth swept the yard, then Peter left, and finally Clara fed the horses.",
              "Clara fed the horses first. Then Ruth swept the yard, and finally Peter left",
              "First Ruth swept the yard, then Peter left, and finally Clara fed the horses"),
    )  # fmt: skip
    harmless = (
        Harmless("1. Drain the tank\n2. Close the valve\n3. Open the lid", "Drain the tank, then close the valve, then open the lid."),
        Harmless("1. Drain the tank\n2. Close the valve\n3. Open the lid", "1. Drain the tank\n2. Open the lid"),
        Harmless("1. The mill\n2. The barn\n3. The well", "The well, the barn and the mill."),
    )

    def find_all(self, s: Parse, o: Parse) -> list[Placed]:
        theirs = sequences(o)
        out = []
        for mine in sequences(s) if theirs else ():
            for told in theirs:
                pairs = _known(mine[:MOST], told[:MOST])
                turned = [(x, y) for n, x in enumerate(pairs) for y in pairs[n + 1 :] if x[1] > y[1]]
                if turned:
                    here = [mine[k] for two in turned for k, _ in two]
                    there = [told[k] for two in turned for _, k in two]
                    drift = Drift("order", _span(s, here), _span(o, there), Reason.STEPS_TURNED)
                    out.append(Placed(min(e.sentence for e in here), min(e.sentence for e in there), drift))
        return out


def _known(mine: Sequence[Event], told: Sequence[Event]) -> list[tuple[int, int]]:
    """(number of an event, number of the one that tells it) for each event that is told once, in the order of `mine`."""
    out = []
    for n, event in enumerate(mine):
        scores = [len(event.keys & other.keys) / min(len(event.keys), len(other.keys)) for other in told]
        best = max(scores)
        if best >= KNOWN and scores.count(best) == 1:
            out.append((n, scores.index(best)))
    taken = [j for _, j in out]
    return [(n, j) for n, j in out if taken.count(j) == 1]


def _span(p: Parse, events: Sequence[Event]) -> tuple[int, int]:
    return p.span(min(e.first for e in events), max(e.last for e in events))
