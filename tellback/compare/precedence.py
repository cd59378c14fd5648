"""The order in which outcomes are decided, for every reader that compares what an output says with what a source says."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

T = TypeVar("T")


def decide(
    says: bool,
    against: Sequence[T],
    *,
    broken: Callable[[T], bool] = lambda _: False,
    given_elsewhere: Callable[[T], bool] = lambda _: False,
    believed: Callable[[T], bool] = lambda _: False,
) -> tuple[str, T | None, str]:
    """(outcome, what decided it, which rule) of a fact, given whether the output `says` its value and what it says
    `against` it, best first.

    Faithful needs the value and nothing against it. Then: a broken relation, or a value that the source gives to
    another subject, is drifted; what the model believes is overwritten; any other value is replaced; nothing is missing.
    The rule is "says", "broken", "elsewhere", "believed", "other" or "nothing".
    """
    if not against:
        return ("faithful", None, "says") if says else ("missing", None, "nothing")
    for outcome, rule, holds in (
        ("drifted", "broken", broken),
        ("drifted", "elsewhere", given_elsewhere),
        ("overwritten", "believed", believed),
    ):
        for other in against:
            if holds(other):
                return outcome, other, rule
    return "replaced", against[0], "other"
