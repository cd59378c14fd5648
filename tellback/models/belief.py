"""Belief: what a model answers without the source, over the options and by generation.

Shares of options are taken among the options alone; generation is greedy. Each question is asked once, however many
probes share it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch

from tellback.models.decode import greedy
from tellback.models.decoder import Decoder, Prefix
from tellback.models.score import score_options
from tellback.records import Probe


@dataclass(frozen=True)
class Belief:
    """Of one model about one question."""

    top: str  # the likeliest option
    p: Mapping[str, float]  # probability of each option among the options
    generated: str  # the greedy answer


def surface(probe: Probe, option: str) -> str:
    """The words that say `option`."""
    forms = probe.options[option]
    return forms[0] if forms else option


def option_ids(decoder: Decoder, probe: Probe) -> list[list[int]]:
    """Token ids of each option as it continues the question."""
    lead = "" if decoder.ask_id is not None else " "
    return [decoder.lm.ids(lead + surface(probe, option)) + decoder.answer_end for option in probe.options]


def empty_prefix(decoder: Decoder, n: int) -> Prefix:
    """`n` memories of nothing."""
    return Prefix([], torch.zeros(n, 0, dtype=torch.bool, device=decoder.device))


def closed_book(decoder: Decoder, probes: Sequence[Probe], max_new: int = 16) -> dict[str, Belief]:
    """probe id -> Belief, for every probe, with nothing before the question."""
    unique = {(p.question, tuple(p.options)): p for p in probes}
    asked = list(unique.values())
    if not asked:
        return {}
    scored = score_options(
        decoder, empty_prefix(decoder, 1), [0] * len(asked), [decoder.question_ids(p.question) for p in asked],
        [option_ids(decoder, p) for p in asked],
    )  # fmt: skip
    answers = answer(decoder, empty_prefix(decoder, 1), [0] * len(asked), [p.question for p in asked], max_new)
    found = {}
    for probe, log_p, text in zip(asked, scored, answers, strict=True):
        p = torch.tensor(log_p).softmax(0).tolist()
        by_option = dict(zip(probe.options, p, strict=True))
        found[probe.question, tuple(probe.options)] = Belief(max(by_option, key=by_option.__getitem__), by_option, text)
    return {p.id: found[p.question, tuple(p.options)] for p in probes}


def answer(
    decoder: Decoder, prefix: Prefix, rows: Sequence[int], questions: Sequence[str], max_new: int, batch_size: int = 64
) -> list[str]:
    """The greedy answer to `questions[i]` after `prefix[rows[i]]`, up to the end of text or of the line."""
    out: list[str] = []
    for at in range(0, len(questions), batch_size):
        part = slice(at, at + batch_size)
        start = [decoder.question_PD(q) for q in questions[part]]
        ids, _ = greedy(decoder, prefix.select(rows[part]), start, max_new, decoder.line_end)
        out += [decoder.lm.text(row).strip() for row in ids]
    return out


def summary(beliefs: Mapping[str, Belief], probes: Sequence[Probe]) -> dict[str, object] | None:
    """Figures over the probes that have an expected belief: None when there are none.

    "mean_probability" of the expected value among the options, "top": share of questions whose likeliest option it
    is, "generated": share of greedy answers that begin with it, "n" questions.
    """
    unique = {p.question: p for p in probes if p.believed is not None}
    if not unique:
        return None
    rows = [(p, beliefs[p.id]) for p in unique.values()]
    by_kind: dict[str, list[float]] = {}
    for probe, belief in rows:
        by_kind.setdefault(probe.fact.kind, []).append(belief.p[probe.believed])
    return {
        "mean_probability": sum(b.p[p.believed] for p, b in rows) / len(rows),
        "top": sum(b.top == p.believed for p, b in rows) / len(rows),
        "generated": sum(b.generated.casefold().startswith(surface(p, p.believed).casefold()) for p, b in rows)
        / len(rows),
        "n": len(rows),
        "by_kind": {kind: sum(v) / len(v) for kind, v in sorted(by_kind.items())},
    }
