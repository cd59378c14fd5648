"""Belief: what a model answers without the source, over the options and by generation.

Shares of options are taken among the options alone; generation is greedy. Each question is asked once, however many
probes share it. Of a question whose likeliest option is hardly likelier than chance, or changes with the way of counting
an option's tokens, no belief exists: `has_belief`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import torch

from tellback.models.decode import greedy
from tellback.models.decoder import Decoder, Prefix, empty_prefix
from tellback.models.score import normalised, score_options
from tellback.records import Corpus, Probe

ANSWER = "Answer:"
ABOVE_CHANCE = 0.15  # by which the likeliest option's probability must exceed 1 / k for it to be believed


@dataclass(frozen=True)
class Belief:
    """Of one model about one question."""

    top: str  # the likeliest option
    p: Mapping[str, float]  # probability of each option among the options
    generated: str  # the greedy answer
    per_token: str | None = None  # the likeliest option by mean log-probability of its tokens; None: not asked

    @property
    def confidence(self) -> float:
        """Probability of the likeliest option."""
        return self.p[self.top]

    @property
    def margin(self) -> float:
        """By how much the likeliest option exceeds the next; its probability where there is no other."""
        others = sorted(p for option, p in self.p.items() if option != self.top)
        return self.confidence - (others[-1] if others else 0.0)


def bare_question(question: str) -> str:
    """What is left of a question when it asks nothing: the place of the answer, and nothing of a cloze."""
    return ANSWER if question.rstrip().endswith((ANSWER, "?")) else ""


def score_closed(decoder: Decoder, questions: Sequence[list[int]], options: Sequence[list[list[int]]]) -> list[list[float]]:
    """Log-probability (nats) of each option after each question, with nothing before it."""
    return score_options(decoder, empty_prefix(decoder, 1), [0] * len(questions), questions, options)


def has_belief(belief: Belief, k: int | None = None) -> bool:
    """Whether the likeliest of `k` options (None: of those that were asked) stands out, 1 / k + ABOVE_CHANCE at least, and
    is the likeliest per token too: a small model's favourite among long options is often a matter of their lengths."""
    k = len(belief.p) if k is None else k
    agreed = belief.per_token is None or belief.per_token == belief.top
    return k > 1 and agreed and belief.confidence >= 1 / k + ABOVE_CHANCE


def surface(probe: Probe, option: str) -> str:
    """The words that say `option`."""
    forms = probe.options[option]
    return forms[0] if forms else option


def option_ids(decoder: Decoder, probe: Probe) -> list[list[int]]:
    """Token ids of each option as it continues the question."""
    lead = "" if decoder.ask_id is not None else " "
    return [decoder.lm.ids(lead + surface(probe, option)) + decoder.answer_end for option in probe.options]


def closed_book(
    decoder: Decoder, probes: Sequence[Probe], max_new: int = 16, normalise: str = "sum"
) -> dict[str, Belief]:  # fmt: skip
    """probe id -> Belief, for every probe, with nothing before the question. `normalise`: as ProbeSpec.normalise;
    `gain` is by how much the question raises an option over its bare place (domain-conditional PMI, arXiv 2104.08315)."""
    unique = {(p.question, tuple(p.options)): p for p in probes}
    asked = list(unique.values())
    if not asked:
        return {}
    options = [option_ids(decoder, p) for p in asked]
    scored = score_closed(decoder, [decoder.question_ids(p.question) for p in asked], options)
    means = [normalised(log_p, [len(ids) for ids in rows], "tokens") for log_p, rows in zip(scored, options, strict=True)]
    if normalise == "gain":
        bare = score_closed(decoder, [decoder.question_ids(bare_question(p.question)) for p in asked], options)
        scored = [[x - y for x, y in zip(s, b, strict=True)] for s, b in zip(scored, bare, strict=True)]
    answers = answer(decoder, empty_prefix(decoder, 1), [0] * len(asked), [p.question for p in asked], max_new)
    found = {}
    for probe, log_p, mean, ids, text in zip(asked, scored, means, options, answers, strict=True):
        p = torch.tensor(normalised(log_p, [len(row) for row in ids], normalise)).softmax(0).tolist()
        by_option = dict(zip(probe.options, p, strict=True))
        by_token = dict(zip(probe.options, mean, strict=True))
        top, per_token = (max(d, key=d.__getitem__) for d in (by_option, by_token))
        found[probe.question, tuple(probe.options)] = Belief(top, by_option, text, per_token)
    return {p.id: found[p.question, tuple(p.options)] for p in probes}


def to_measure(corpus: Corpus) -> list[Probe]:
    """The probes whose belief a study measures: those of which the corpus expects one, or all where it expects nothing
    and says that belief is to be measured."""
    probes = [p for documents in corpus.sets.values() for d in documents for p in d.probes if p.question]
    return probes if _measured(corpus) else [p for p in probes if p.believed is not None]


def _measured(corpus: Corpus) -> bool:
    return corpus.settings.get("belief") == "measured"


def believing(corpus: Corpus, beliefs: Mapping[str, Belief]) -> Corpus:
    """The corpus with what was measured as each probe's `believed`, where belief is to be measured; else as it is.

    `conflicts` then says that a belief exists and that the source contradicts it; probes of which no belief exists have
    None, so that they never count as overwritten and are left out of the share that is set against chance.
    """
    if not _measured(corpus):
        return corpus

    def with_belief(probe: Probe) -> Probe:
        if not probe.question:
            return probe
        belief = beliefs[probe.id]
        top = belief.top if has_belief(belief) else None
        return replace(probe, believed=top, conflicts=top is not None and top != probe.fact.value)

    sets = {
        name: tuple(replace(d, probes=tuple(map(with_belief, d.probes))) for d in documents)
        for name, documents in corpus.sets.items()
    }
    return replace(corpus, sets=sets)


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
    """Figures over the probes that have an expected belief: None when nothing was measured.

    "mean_probability" of the expected value among the options, "top": share of questions whose likeliest option it
    is, "generated": share of greedy answers that begin with it, "n" questions; None where n is 0. Over all questions
    that were asked: "n_with_belief" and "n_without" (see `has_belief`), the mean "confidence" and "margin".
    """
    asked = {(p.question, tuple(p.options)): p for p in probes if p.id in beliefs}
    if not asked:
        return None
    rows = [(p, beliefs[p.id]) for p in asked.values() if p.believed is not None]
    by_kind: dict[str, list[float]] = {}
    for probe, belief in rows:
        by_kind.setdefault(probe.fact.kind, []).append(belief.p[probe.believed])

    def share(values: Iterable[float]) -> float | None:
        return sum(values) / len(rows) if rows else None

    measured = [beliefs[p.id] for p in asked.values()]
    n_with = sum(has_belief(b) for b in measured)
    return {
        "mean_probability": share(b.p[p.believed] for p, b in rows),
        "top": share(b.top == p.believed for p, b in rows),
        "generated": share(b.generated.casefold().startswith(surface(p, p.believed).casefold()) for p, b in rows),
        "n": len(rows),
        "by_kind": {kind: sum(v) / len(v) for kind, v in sorted(by_kind.items())},
        "n_with_belief": n_with,
        "n_without": len(measured) - n_with,
        "confidence": sum(b.confidence for b in measured) / len(measured),
        "margin": sum(b.margin for b in measured) / len(measured),
    }
