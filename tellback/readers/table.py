"""The readers of told-back text, by name: what says which outcome each probe came to.

A reader takes a document, the text that was told back of it and the measured beliefs, and gives one Verdict a probe. What
it cannot read it leaves `unscored`, with the reason; it never guesses. `Verdict.reader` and `VerdictReader.name` are its
name in READERS.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tellback.config import Frozen, ModelSpec, VerdictReaderSpec, parse
from tellback.errors import UsageError
from tellback.readers.base import VerdictReader
from tellback.readers.cues import SpanReader
from tellback.records import Corpus
from tellback.registry import choose

if TYPE_CHECKING:
    from tellback.models.decoder import Decoder

@dataclass(frozen=True)
class Surroundings:
    """What a reader may need of where it reads."""

    corpus: Corpus
    decoder: Decoder | None = None  # an LM that reads text as it was loaded, for a reader that names no model
    world: Mapping[str, Any] | None = None  # settings of the pocket world, for its models
    scores: dict = field(default_factory=dict)  # what its likelihood readers have scored, shared by those of one LM


def make(spec: VerdictReaderSpec, around: Surroundings) -> VerdictReader:
    """The reader called `spec.name` with its options. Raises UsageError for an unknown name or option."""
    return choose("reader", spec.name, READERS)(spec, around)


def _span(spec: VerdictReaderSpec, around: Surroundings) -> VerdictReader:
    parse(Frozen, spec.options, "reader 'span', options")
    return SpanReader(around.corpus)


def _likelihood(spec: VerdictReaderSpec, around: Surroundings) -> VerdictReader:
    from tellback.readers.likelihood import LikelihoodReader, LikelihoodSettings, plain_lm

    given = {"normalise": "gain"} if spec.name == "likelihood-gain" else {}
    settings = parse(LikelihoodSettings, given | spec.options, f"reader {spec.name!r}, options")
    decoder = around.decoder
    if settings.model is not None:
        decoder = plain_lm(ModelSpec.model_validate(settings.model), around.world)
    if decoder is None:
        raise UsageError(f"reader {spec.name!r} needs a language model. Name one: options: {{model: smollm2-135m}}.")
    return LikelihoodReader(decoder, settings, spec.name == "likelihood-listed", around.scores)


def _judge(spec: VerdictReaderSpec, around: Surroundings) -> VerdictReader:
    from tellback.models.endpoint import Endpoint
    from tellback.readers.judge import JudgeReader, JudgeSettings

    settings = parse(JudgeSettings, spec.options, "reader 'judge', options")
    return JudgeReader(Endpoint(settings.endpoint), settings)


def _mock(spec: VerdictReaderSpec, around: Surroundings) -> VerdictReader:
    from tellback.readers.mock import MockReader, MockSettings

    return MockReader(parse(MockSettings, spec.options, "reader 'mock', options"))


#: name -> maker(spec, surroundings)
READERS: dict[str, Callable[[VerdictReaderSpec, Surroundings], VerdictReader]] = {
    "span": _span,
    "likelihood": _likelihood,
    "likelihood-gain": _likelihood,
    "likelihood-listed": _likelihood,
    "judge": _judge,
    "mock": _mock,
}
ABOUT = {
    "span": "looks values up in the text: deterministic, free; for worlds and sets whose answers stand in the text",
    "likelihood": "a language model scores each option as the continuation of text and question",
    "likelihood-gain": "by how much the text raises each option over the bare question",
    "likelihood-listed": "the same model chooses from a printed list, in every cyclic order of the options",
    "judge": "a chat endpoint says what the text says, with a quote that is checked; the outcome is derived here",
    "mock": "verdicts by rule or from a table, for tests",
}


def cost_line(name: str, cost: Mapping[str, Any]) -> str:
    """One line for the terminal."""
    money = "" if cost.get("cost") is None else f", cost {cost['cost']:.4f}"
    return (
        f"{name}: {cost['requests']} requests ({cost['cached']} of {cost['replies']} replies from the cache), "
        f"{cost['prompt_tokens']} + {cost['completion_tokens']} tokens{money}; {cost['unscored']} probes unscored"
    )
