"""The likelihood reader: the LM itself scores a question's options; the likeliest is what it says."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from tellback.records import Document, Probe, Verdict

READER = "likelihood"


def judge(
    probe: Probe, document: Document, log_p: Sequence[float], belief: str | None
) -> Verdict:  # fmt: skip
    """The outcome when the options of `probe` have log-probabilities `log_p` (nats, in the options' order).

    An option that cannot be scored (NaN) leaves the probe unscored. Precedence as for every reader.
    """
    if not log_p or any(math.isnan(x) for x in log_p):
        return Verdict(probe.id, READER, "unscored", why="an option has no likelihood")
    p = shares(probe, log_p)
    said = max(p, key=p.__getitem__)
    fact = probe.fact
    elsewhere = {f.value for f in document.facts if f.kind == fact.kind and f.key != fact.key}
    if said == fact.value:
        outcome = "faithful"
    elif said in fact.contraries or said in elsewhere:
        outcome = "drifted"
    else:
        outcome = "overwritten" if said == belief else "replaced"
    return Verdict(probe.id, READER, outcome, said, None, f"{said!r} is the likeliest option", p[fact.value])


def shares(probe: Probe, log_p: Sequence[float]) -> Mapping[str, float]:
    """Probability of each option among the options."""
    top = max(log_p)
    weights = [math.exp(x - top) for x in log_p]
    return {option: w / sum(weights) for option, w in zip(probe.options, weights, strict=True)}
