"""Inspect AI: a scorer that gives the share of facts kept, the audit of a log, and of the compactions in a log.

Needs `pip install tellback[inspect]`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from inspect_ai.event import CompactionEvent, Event, ModelEvent
from inspect_ai.log import EvalLog, EvalSample, read_eval_log, resolve_sample_attachments
from inspect_ai.model import ChatMessage
from inspect_ai.scorer import Score, Scorer, Target, mean, scorer, stderr
from inspect_ai.solver import TaskState

from tellback.adapters.compactions import Message, Rounds
from tellback.audit import Audit
from tellback.audit.examine import Options, examine
from tellback.audit.rows import row
from tellback.errors import UsageError


@scorer(metrics=[mean(), stderr()])
def faithful(source: str | None = None, fast: bool = False) -> Scorer:
    """Share of the source's facts that the model's completion keeps, in [0, 1].

    The source is the sample's input, or its metadata under the name `source`. A sample without facts that could be
    scored stays unscored: metrics leave it out. The findings are in the score's metadata.
    """

    async def score(state: TaskState, target: Target) -> Score:
        text = state.input_text if source is None else _named(state.metadata, source, state.sample_id)
        return as_score(examine(text, state.output.completion, Options(fast=fast)), state.output.completion)

    return score


def as_score(audit: Audit, answer: str) -> Score:
    """An audit as a Score of Inspect AI."""
    found = row(audit)
    del found["id"]
    if audit.score is None:
        why = audit.unread or "the source holds no facts that could be scored"
        return Score.unscored(reason="scoring_failed", answer=answer, explanation=why, metadata=found)
    worst = [f"{f.outcome} {f.kind}: {f.source!r} / {f.output!r}" for f in audit.findings[:10]]
    return Score(value=audit.score, answer=answer, explanation="\n".join(worst), metadata=found)


def audit_log(
    log: EvalLog | str, source: str | None = None, *, fast: bool = False
) -> Iterator[tuple[str | int, Audit]]:
    """(sample id, Audit) for each sample of an evaluation log, or of the file of one.

    `source` as in `faithful`. Samples that ended in an error have no completion and are left out.
    """
    found = read_eval_log(log) if isinstance(log, str) else log
    for sample in found.samples or ():
        if sample.error is not None:
            continue
        text = _text(sample.input) if source is None else _named(sample.metadata or {}, source, sample.id)
        yield sample.id, examine(text, sample.output.completion, Options(fast=fast))


def audit_compactions(log: EvalLog | str, *, fast: bool = False) -> Iterator[tuple[str | int, Audit]]:
    """(sample id, Audit) for each compaction in an evaluation log, or in the file of one, in their order.

    What the model was given after a compaction is held against all messages that the sample had before it, without
    earlier summaries. A compaction after which the model was not called again left nothing to read, and is left out.
    """
    found = read_eval_log(log) if isinstance(log, str) else log
    for sample in found.samples or ():
        rounds = Rounds()
        sample = resolve_sample_attachments(sample)  # long texts of events are kept elsewhere in a log
        for at, event in enumerate(sample.events):
            call = _next_call(sample, at) if isinstance(event, CompactionEvent) else None
            if call is not None:
                before, after = _plain(_said_before(sample, at, call)), _plain(call.input)
                yield sample.id, rounds.audit(before, after, fast=fast)


def _next_call(sample: EvalSample, at: int) -> ModelEvent | None:
    """The model call after event `at`, of the same role; what it was given is what the compaction left."""
    role = sample.events[at].role
    return next((e for e in sample.events[at + 1 :] if isinstance(e, ModelEvent) and e.role == role), None)


def _said_before(sample: EvalSample, at: int, call: ModelEvent) -> Iterator[ChatMessage]:
    """What was said before the compaction at event `at`; summaries, which say so in their metadata, are nobody's word."""
    ids = [message.id for message in sample.messages]
    answer = call.output.message.id if call.output.choices else None
    before = sample.messages[: ids.index(answer)] if answer in ids else _given(sample.events[:at])
    return (message for message in before if "summary" not in (message.metadata or {}))


def _given(events: Sequence[Event]) -> list[ChatMessage]:
    """The messages of model calls, each once, where the sample keeps no history of its own (an agent behind a bridge).

    Of the last call, which may be the one that writes the summary, the last message, which asks for it, is left out.
    """
    calls = [event for event in events if isinstance(event, ModelEvent)]
    asked = [message for call in calls[:-1] for message in (*call.input, *(c.message for c in call.output.choices))]
    return list(
        {message.id: message for message in (*asked, *(m for call in calls[-1:] for m in call.input[:-1]))}.values()
    )


def _plain(messages: Iterator[ChatMessage] | Sequence[ChatMessage]) -> list[Message]:
    return [
        {"role": m.role, "content": m.text,
         "tool_calls": [{"function": {"arguments": call.arguments}} for call in getattr(m, "tool_calls", None) or ()]}
        for m in messages
    ]  # fmt: skip


def _text(given: Any) -> str:
    return given if isinstance(given, str) else "\n\n".join(message.text for message in given if message.role == "user")


def _named(metadata: dict[str, Any], name: str, sample: Any) -> str:
    if name not in metadata:
        raise UsageError(f"sample {sample!r} has no metadata {name!r} to take the source from. It has: {sorted(metadata)}.")  # fmt: skip
    return str(metadata[name])
